//! The embedded mocks as a stage: the one module that knows them.

mod seed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use doornail_mocks::{Estate, Fault};
use jiff::Timestamp;

use crate::clock::{Clock, Tempo};
use crate::error::{Problems, did_you_mean};
use crate::id::{EnvironmentId, PlatformId};
use crate::platform::Catalogue;
use crate::probe::stage::{Identity, Site, Stage};
use crate::probe::wallet::Values;
use crate::probe::{Permits, Wire};
use crate::secret::Secret;

pub(crate) use self::seed::Form as SeedForm;
pub use self::seed::Seed;

/// The variable that tells how fast the time of mocks runs, to those who drill on them.
pub const CLOCK: &str = "DOORNAIL_CLOCK";

/// A way of breaking a mocked platform, for doornail's own tests.
#[derive(Clone, Debug)]
pub struct MockFault {
    platform: String,
    fault: Fault,
    sound_for: Duration,
}

impl MockFault {
    /// Reads `PLATFORM=FAULT`, or `PLATFORM@SECONDS=FAULT` for a platform that is sound for so long; none
    /// if either is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        let (place, name) = text.split_once('=')?;
        let (platform, sound_for) = Self::place(place)?;
        let fault = Fault::by_name(name)?;
        Some(Self { platform: platform.to_owned(), fault, sound_for })
    }

    /// Takes `PLATFORM` or `PLATFORM@SECONDS` apart.
    fn place(text: &str) -> Option<(&str, Duration)> {
        let (platform, seconds) = text.split_once('@').unwrap_or((text, "0"));
        Some((platform, Duration::from_secs(seconds.parse().ok()?)))
    }

    /// The platform to break.
    pub fn platform(&self) -> PlatformId {
        PlatformId::new(self.platform.as_str())
    }

    fn inject(&self, estate: &Estate) {
        estate.break_after(&self.platform, self.fault, self.sound_for);
    }
}

/// A platform that no mock plays.
#[derive(Clone, Debug, thiserror::Error)]
#[error("unknown platform `{name}`\n  hint: {hint}")]
pub struct UnknownPlatform {
    name: String,
    hint: String,
}

/// Platforms that mocks play, by name: those that are named, or all.
///
/// # Errors
/// If a name is unknown.
pub fn playable(named: &[String]) -> Result<Vec<&'static str>, UnknownPlatform> {
    let all: Vec<&'static str> = Estate::known().map(|(name, _)| name).collect();
    for name in named {
        if !all.contains(&name.as_str()) {
            let near = did_you_mean(name, all.iter().copied());
            let near = near.map(|hint| format!("{hint} ")).unwrap_or_default();
            let hint = format!("{near}known: {}", all.join(", "));
            return Err(UnknownPlatform { name: name.clone(), hint });
        }
    }
    let wanted = |name: &&str| named.is_empty() || named.iter().any(|one| one == name);
    Ok(all.into_iter().filter(wanted).collect())
}

/// A running set of mocks, and the stage they make.
#[derive(Clone)]
pub struct Mocks {
    estate: Arc<Estate>,
    /// Their addresses and secrets by variable name.
    pub variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Mocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mocks(..)")
    }
}

impl Mocks {
    /// Starts the mocks of the wanted platforms on the drill's clock.
    pub async fn start(clock: Arc<dyn Clock>, wanted: &BTreeSet<PlatformId>) -> Self {
        let began = SystemTime::UNIX_EPOCH
            + Duration::try_from(clock.began().as_duration()).unwrap_or_default();
        let now = Arc::new(move || began + clock.now().since_start());
        let estate = Estate::start(now, |name| wanted.contains(name)).await;
        let variables = estate.variables().clone();
        Self { estate: Arc::new(estate), variables }
    }

    /// Starts the mocks of these platforms for anybody who can reach this machine's loopback, begun as the
    /// seed says. Their time starts now and runs `scale` times as fast as the wall clock.
    ///
    /// # Errors
    /// If an address cannot be listened on, or something cannot be done by hand.
    pub async fn serve(platforms: &[&str], seed: &Seed, scale: u32) -> Result<Self, Problems> {
        let sockets = seed.sockets()?;
        let (began, start) = (SystemTime::now(), Instant::now());
        let now = Arc::new(move || began + start.elapsed().saturating_mul(scale));
        let estate = Estate::start_on(now, |name| platforms.contains(&name), sockets).await;
        if let Err(problems) = seed.plant(&estate) {
            estate.shutdown().await;
            return Err(problems);
        }
        let mut variables = estate.variables().clone();
        if let (true, Ok(since)) = (scale > 1, Timestamp::try_from(began)) {
            variables.insert(CLOCK.to_owned(), Tempo::new(scale, since).to_string());
        }
        Ok(Self { estate: Arc::new(estate), variables })
    }

    /// The stage they make. A platform's variables start with its name: `OKTA_URL` is its address,
    /// `OKTA_ADMIN_TOKEN` our identity there, `OKTA_RESOURCE_URL` a parameter.
    ///
    /// # Errors
    /// If a description needs a parameter that its mock does not give.
    pub fn stage(&self, catalogue: &Catalogue) -> Result<Stage, Problems> {
        let mut platforms = BTreeMap::new();
        for description in catalogue.iter() {
            let prefix = description.platform.as_str().replace('-', "_").to_uppercase();
            let variable = |name: &str| {
                self.variables.get(&format!("{prefix}_{}", name.to_uppercase())).cloned()
            };
            let base_url = variable("url");
            let given: BTreeMap<String, String> = description
                .parameters
                .keys()
                .filter_map(|name| Some((name.clone(), variable(name)?)))
                .collect();
            // Not started for this scenario.
            if base_url.is_none() && given.is_empty() {
                continue;
            }
            let mut site = Site::new(description, base_url, &given)?;
            let mut admin = Values::default();
            for field in description.admin.iter().flat_map(|admin| &admin.secret) {
                if let Some(value) = variable(&format!("admin_{field}")) {
                    admin.set_secret(format!("admin.{field}"), Secret::new(value));
                }
            }
            for identity in [Identity::Observe, Identity::Mint, Identity::Act] {
                site.admins.insert(identity, admin.clone());
            }
            platforms.insert(description.platform.clone(), site);
        }
        let estate = self.estate.clone();
        let allow_hosts = vec!["127.0.0.1".to_owned()];
        Ok(Stage {
            environment: EnvironmentId::new("mocks"),
            mocked: true,
            platforms,
            allow_hosts: allow_hosts.clone(),
            permits: Permits {
                wire: Wire::new(allow_hosts, Vec::new(), false),
                ..Permits::default()
            },
            by_hand: Some(Arc::new(move |platform, action, object| {
                estate.by_hand(platform, action, object)
            })),
        })
    }

    pub(super) fn provision(
        &self,
        upstream: &str,
        downstream: &str,
        delay: Duration,
    ) -> Result<(), String> {
        self.estate.provision(upstream, downstream, delay)
    }

    pub(super) fn break_provisioning(&self, downstream: &str) -> Result<(), String> {
        self.estate.break_provisioning(downstream)
    }

    pub(super) fn sync_nightly(&self, downstream: &str, at: Duration) -> Result<(), String> {
        self.estate.sync_nightly(downstream, at)
    }

    /// Breaks a platform if it takes part in this scenario.
    pub(super) fn inject(&self, fault: &MockFault) {
        if self.estate.platforms().any(|name| name == fault.platform) {
            fault.inject(&self.estate);
        }
    }

    /// Ends the mocks, unless somebody else still uses them.
    pub async fn shutdown(self) {
        if let Ok(estate) = Arc::try_unwrap(self.estate) {
            estate.shutdown().await;
        }
    }
}
