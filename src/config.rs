//! `doornail.yaml`: environments, their platforms, and the rules of safety.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{FileError, Problems, did_you_mean, from_yaml, nearest_or_known};
use crate::id::{EnvironmentId, PlatformId, SupplierId};
use crate::inventory::secret_ref::SecretRef;
use crate::platform::Catalogue;
use crate::span::Span;
use crate::track::Confirmation;

mod change;

pub use change::{BudgetForm, ChangeForm, KeyForm, Recipient, When, WindowForm};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Real environments by name. Without one, drills run on the embedded mocks.
    #[serde(default)]
    pub environments: BTreeMap<EnvironmentId, Environment>,
    /// Whom "the supplier" means where nobody says so.
    pub supplier: Option<SupplierId>,
    /// The key of fingerprints, so that they are the same from run to run.
    pub fingerprint_key: Option<SecretRef>,
    /// The recipient of age, `age1...`, to whom what a drill makes is sealed, so that it can be rechecked.
    pub sealed_to: Option<Recipient>,
    /// The identity that opens it, for `doornail recheck` and `resume` alone.
    pub unseal: Option<SecretRef>,
    /// How deaths are confirmed and how often is asked.
    #[serde(default)]
    pub chase: ChaseForm,
}

/// How deaths are confirmed and how often is asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaseForm {
    /// Refusals in a row that confirm a death (default 3).
    pub confirmations: Option<u32>,
    /// Least time from the first of them to the last (default 5 s).
    pub spread: Option<Span>,
    /// How long proving everything to work may take; what is not proven by then is unproven (default
    /// 60 s): controls never delay containment.
    pub arm_within: Option<Span>,
    /// How long after a deadline a definitive answer is waited for (default 10 minutes).
    pub patience: Option<Span>,
    /// Longer watches on a real environment are handed over: the run ends before them, and `doornail resume`
    /// goes on with them. Without it a run waits for the end of every watch.
    pub longest_wait: Option<Span>,
    /// How exactly exposure is measured, as a part of the time elapsed, in per cent (default 5).
    pub resolution_percent: Option<u32>,
}

impl ChaseForm {
    /// How long after a deadline a definitive answer is waited for.
    pub fn patience(&self) -> Duration {
        self.patience.map_or(Duration::from_secs(600), |span| span.0)
    }

    /// How long proving everything to work may take.
    pub fn arm_within(&self) -> Duration {
        self.arm_within.map_or(Duration::from_secs(60), |span| span.0)
    }

    /// The rules of confirmation.
    pub fn confirmation(&self) -> Confirmation {
        let default = Confirmation::default();
        Confirmation {
            refusals: self.confirmations.unwrap_or(default.refusals).max(1),
            spread: self.spread.map_or(default.spread, |span| span.0),
        }
    }
}

/// A set of real platforms.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Its platforms.
    pub platforms: BTreeMap<PlatformId, PlatformConfig>,
    /// The name of the place from where they are used: one for each way out. A refusal seen from elsewhere than
    /// where a credential was let in proves nothing. By default the proxy, or the machine's name.
    pub vantage: Option<String>,
    /// How its platforms are reached.
    #[serde(default)]
    pub connection: ConnectionForm,
    /// What keeps a drill from doing harm.
    pub safety: Safety,
    /// The approval that a run needs before it writes anything here.
    pub change: Option<ChangeForm>,
    /// How often platforms may be asked from here, where that is not what their descriptions call polite.
    #[serde(default)]
    pub budgets: BTreeMap<PlatformId, BudgetForm>,
}

impl Environment {
    fn check_budgets(
        &self,
        place: &str,
        file: &Path,
        catalogue: &Catalogue,
        problems: &mut Problems,
    ) {
        for (platform, form) in &self.budgets {
            let place = format!("{place}.budgets.{platform}");
            let Some(description) = catalogue.get(platform) else {
                problems.push(FileError::new(file, format!("{place}: unknown platform")));
                continue;
            };
            let polite = description.polite.budget;
            if form.is_looser_than(polite) && form.looser_because.is_none() {
                let what = format!(
                    "{place}: {} is more than what its description calls polite, {polite}",
                    form.at_most
                );
                let hint = "write less, or why it may be more: `looser_because: agreed with the vendor, T-1`";
                problems.push(FileError::new(file, what).hint(hint));
            }
        }
    }

    /// What a reader of a report should know of it: secrets that stay where they are when no drill runs and can
    /// change everything at a platform, and budgets that are looser than polite.
    pub fn remarks(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (platform, settings) in &self.platforms {
            for (identity, fields) in [("mint", &settings.mint), ("act", &settings.act)] {
                let at_rest =
                    fields.iter().flatten().filter_map(|(_, reference)| match reference {
                        SecretRef::Env(_) | SecretRef::File(_) => Some(reference.to_string()),
                        SecretRef::Command(_) | SecretRef::Prompt(_) | SecretRef::Mint => None,
                    });
                let at_rest: Vec<String> = at_rest.collect();
                if !at_rest.is_empty() {
                    all.push(format!(
                        "standing secret: `{identity}` of {platform} ({}) works when no drill runs, too",
                        at_rest.join(", ")
                    ));
                }
            }
        }
        let looser = self.budgets.iter().filter_map(|(platform, form)| {
            let why = form.looser_because.as_ref()?;
            Some(format!("looser budget at {platform}: {}: {why}", form.at_most))
        });
        all.extend(looser);
        all
    }
}

/// One platform of an environment: its parameters, and our administrative identities there.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct PlatformConfig {
    /// Where its paths start, in place of the description's.
    pub base_url: Option<String>,
    /// The tenant's id, which the platform has to name before anything else is sent there.
    pub expected_tenant: Option<String>,
    /// The identity that reads.
    pub observe: Option<BTreeMap<String, SecretRef>>,
    /// The identity that mints canaries.
    pub mint: Option<BTreeMap<String, SecretRef>>,
    /// The identity that revokes.
    pub act: Option<BTreeMap<String, SecretRef>>,
    /// The description's parameters.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, String>,
}

/// How the platforms of an environment are reached.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionForm {
    /// Sent as `User-Agent` in place of doornail's name, where unknown agents are blocked; the run's id is
    /// added to it.
    pub user_agent: Option<String>,
    /// A PEM file of certification authorities trusted beside those of the system.
    pub ca: Option<PathBuf>,
    /// The address of an HTTP proxy; loopback is never asked through it.
    pub proxy: Option<String>,
}

impl ConnectionForm {
    fn check(&self, place: &str, file: &Path, problems: &mut Problems) {
        let mut wrong = |what: String, hint: &str| {
            problems.push(FileError::new(file, format!("{place}.connection.{what}")).hint(hint));
        };
        let is_plain = |text: &str| text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if let Some(agent) = &self.user_agent
            && (agent.trim().is_empty() || !is_plain(agent))
        {
            wrong(
                format!("user_agent: {agent:?} cannot be sent"),
                "write printable ASCII, such as acme-soc/1.0",
            );
        }
        let Some(proxy) = &self.proxy else { return };
        let whole = "write its whole address, such as http://proxy.example.com:3128";
        let Ok(proxy) = proxy.parse::<url::Url>() else {
            wrong("proxy: this is no address".to_owned(), whole);
            return;
        };
        if !["http", "https"].contains(&proxy.scheme()) {
            wrong(
                format!("proxy: found the scheme `{}`, expected http or https", proxy.scheme()),
                whole,
            );
        }
        if !proxy.username().is_empty() || proxy.password().is_some() {
            wrong(
                "proxy: the address carries a name or a password".to_owned(),
                "a proxy that asks for a password is not supported; secrets are never written into this file",
            );
        }
    }
}

/// What keeps a drill from doing harm.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Safety {
    /// Hosts that may be asked; `*.example.com` stands for every name below.
    pub allow_hosts: Vec<String>,
    /// Programs that descriptions may run to use a credential, as they name them.
    #[serde(default)]
    pub allow_programs: Vec<String>,
    /// The most credentials one run may use.
    #[serde(default = "fifty")]
    pub max_credentials: usize,
    /// The most paid seats a rehearsal may take.
    #[serde(default)]
    pub max_paid_seats: u32,
    /// The longest a run may take; then it stops as at an interruption. Keep it below the limit of the job that
    /// starts it, so that there is time to clean up.
    pub max_duration: Option<Span>,
    /// Where this file exists, no run begins; where it appears, a run stops as at an interruption.
    pub stop_file: Option<PathBuf>,
}

fn fifty() -> usize {
    50
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &Path, text: &str, catalogue: &Catalogue) -> Result<Self, Problems> {
        let config: Self = from_yaml(file, text)?;
        let mut problems = Problems::default();
        for (name, environment) in &config.environments {
            let place = format!("environments.{name}");
            environment.connection.check(&place, file, &mut problems);
            if let Some(change) = &environment.change {
                change.check(&place, file, &mut problems);
            }
            environment.check_budgets(&place, file, catalogue, &mut problems);
            for (platform, settings) in &environment.platforms {
                let place = format!("environments.{name}.platforms.{platform}");
                let Some(description) = catalogue.get(platform) else {
                    let known = catalogue.iter().map(|description| description.platform.as_str());
                    let mut error = FileError::new(file, format!("{place}: unknown platform"));
                    if let Some(hint) = did_you_mean(platform.as_str(), known) {
                        error = error.hint(hint);
                    }
                    problems.push(error);
                    continue;
                };
                if settings.expected_tenant.is_some() && description.tenant.is_none() {
                    let what = format!(
                        "{place}: the tenant of {platform} cannot be read back: its description does not say how"
                    );
                    let hint = "remove `expected_tenant`, or add `tenant:` to the description";
                    problems.push(FileError::new(file, what).hint(hint));
                }
                let known = description.parameters.keys().map(String::as_str);
                for parameter in settings.parameters.keys() {
                    if !description.parameters.contains_key(parameter) {
                        let what = format!("{place}: unknown parameter `{parameter}`");
                        let hint = nearest_or_known(parameter, known.clone());
                        problems.push(FileError::new(file, what).hint(hint));
                    }
                }
                for (parameter, about) in &description.parameters {
                    if about.default.is_none()
                        && !settings.parameters.contains_key(parameter)
                        && settings.base_url.is_none()
                    {
                        let what = format!("{place}: lacks `{parameter}`: {}", about.about);
                        problems.push(
                            FileError::new(file, what).hint(format!("add `{parameter}: ...`")),
                        );
                    }
                }
            }
        }
        problems.into_result(config)
    }
}
