//! Where a drill is played, with every guard before the first request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use doornail::clock::{SimulatedClock, Tempo};
use doornail::drill::Ground;
use doornail::drill::mocked::Mocks;
use doornail::drill::roster;
use doornail::drill::secrets::SecretSource;
use doornail::drill::tenant::{TenantError, read_back};
use doornail::id::{EnvironmentId, PlatformId, SupplierId};
use doornail::inventory::Supplier;
use doornail::journal::event::Role;
use doornail::platform::schema::Description;
use doornail::probe::stage::permitted;
use doornail::probe::{Identity, Permits, Site, Stage, Values};
use doornail::steps::Project;

use super::options::GroundOptions;
use super::{connect, load};

/// Simulated drills begin at a fixed instant, so that they repeat to the byte.
pub(crate) const BEGINNING: &str = "2026-01-05T09:00:00Z";

/// Why nothing is sent.
pub(crate) enum Leave {
    /// Everything needed was typed.
    Given,
    /// The environment alone: what the drill makes itself may be ended.
    Rehearse,
    /// It was not: a dry run.
    DryRun(String),
}

/// What a command does to a real environment: it loads no identity that it does not need.
#[derive(Clone, Copy)]
pub(crate) enum Needs {
    /// It only reads.
    Reading,
    /// It ends access.
    Acting,
    /// It makes canaries, ends them and removes them; no secret of a supplier is used.
    Rehearsing,
    /// It removes canaries.
    Cleaning,
    /// It reads back who each of our identities is.
    Checking,
}

impl Needs {
    fn identities(self) -> &'static [Identity] {
        match self {
            Self::Reading => &[Identity::Observe],
            Self::Acting => &[Identity::Observe, Identity::Act],
            Self::Rehearsing => &[Identity::Observe, Identity::Mint, Identity::Act],
            Self::Cleaning => &[Identity::Observe, Identity::Mint],
            Self::Checking => &[Identity::Observe, Identity::Mint, Identity::Act],
        }
    }
}

/// Builds the ground of a run, with every guard that comes before the first use of a credential.
pub(crate) async fn ground(
    project: &Project,
    environment: Option<&str>,
    secrets: &SecretSource,
    needs: Needs,
    suppliers: &BTreeSet<SupplierId>,
) -> anyhow::Result<Ground> {
    let ground = match environment {
        None => Ground::Mocks { began: BEGINNING.parse().context("the fixed beginning")? },
        Some(name) => Ground::Real(Arc::new(real(project, name, secrets, needs).await?)),
    };
    match needs {
        Needs::Reading | Needs::Acting => preflight(project, &ground, suppliers, secrets).await?,
        Needs::Rehearsing | Needs::Cleaning | Needs::Checking => {}
    }
    // Checking says of each identity what it sees.
    if let (Ground::Real(stage), false) = (&ground, matches!(needs, Needs::Checking)) {
        let client = connect::client(project, &ground, "whose tenant")?;
        let tempo = connect::tempo(project, &ground)?;
        tenants(project, stage, client, tempo).await?;
    }
    Ok(ground)
}

async fn real(
    project: &Project,
    name: &str,
    secrets: &SecretSource,
    needs: Needs,
) -> anyhow::Result<Stage> {
    let id = EnvironmentId::new(name);
    let environment = load::environment(project, name)?;
    // What a drill left is removed whatever else is forbidden.
    if let (Some(file), false) = (&environment.safety.stop_file, matches!(needs, Needs::Cleaning))
        && connect::says_stop(file)
    {
        bail!(
            "{}: the stop file is there; nothing was sent\n  hint: remove it when it is safe to begin",
            file.display()
        );
    }
    let mut platforms = BTreeMap::new();
    for (platform, settings) in &environment.platforms {
        let Some(description) = project.catalogue.get(platform) else { continue };
        let mut site = Site::new(description, settings.base_url.clone(), &settings.parameters)?;
        guard_host(&site, &environment.safety.allow_hosts)
            .with_context(|| format!("{platform}: its address is refused; nothing was sent"))?;
        guard_programs(description, &environment.safety.allow_programs)?;
        for identity in needs.identities().iter().copied() {
            let fields = match identity {
                Identity::Observe => &settings.observe,
                Identity::Mint => &settings.mint,
                Identity::Act => &settings.act,
            };
            let mut values = Values::default();
            for (field, reference) in fields.iter().flatten() {
                let secret = secrets.find(reference).await.with_context(|| {
                    format!(
                        "environment {name}: the `{identity}` secret of {platform} is missing; \
                         nothing was sent\n  hint: set it, or correct its reference in doornail.yaml"
                    )
                })?;
                values.set_secret(format!("admin.{field}"), secret);
            }
            if fields.is_some() {
                site.admins.insert(identity, values);
            }
        }
        // Who acts may also read; the other way round never.
        if let (None, Some(act)) =
            (site.admins.get(&Identity::Observe), site.admins.get(&Identity::Act).cloned())
        {
            site.admins.insert(Identity::Observe, act);
        }
        platforms.insert(platform.clone(), site);
    }
    Ok(Stage {
        environment: id,
        mocked: false,
        platforms,
        allow_hosts: environment.safety.allow_hosts.clone(),
        permits: Permits {
            programs: environment.safety.allow_programs.clone(),
            wire: connect::wire(environment)?,
        },
        by_hand: None,
    })
}

fn guard_host(site: &Site, allow_hosts: &[String]) -> anyhow::Result<()> {
    let base = site.parameters.plain("base_url").unwrap_or_default();
    let Ok(url) = base.parse() else {
        bail!("`base_url` is not a whole address\n  hint: write it as in https://name.example.com")
    };
    Ok(permitted(allow_hosts, &url)?)
}

fn guard_programs(description: &Description, allowed: &[String]) -> anyhow::Result<()> {
    let channels = description.credentials.values().flat_map(|kind| kind.probe.values());
    for program in channels.filter_map(|channel| channel.sign_in.as_ref()?.program()) {
        if !allowed.contains(&program) {
            bail!(
                "{}: its description runs the program {program:?}; nothing was sent\n  hint: if that is right, \
                 add it to `safety.allow_programs` in doornail.yaml",
                description.platform
            );
        }
    }
    Ok(())
}

/// Whether a real run may act: the environment and every supplier typed again.
pub(crate) fn leave(
    options: &GroundOptions,
    suppliers: &BTreeSet<SupplierId>,
) -> anyhow::Result<Leave> {
    let Some(environment) = &options.environment else { return Ok(Leave::Given) };
    if options.confirm.as_deref() != Some(environment) {
        return Ok(Leave::DryRun(format!("to act, add --confirm {environment}")));
    }
    if options.terminate.is_none() && !suppliers.is_empty() {
        return Ok(Leave::Rehearse);
    }
    for supplier in suppliers {
        if options.terminate.as_deref() != Some(supplier.as_str()) {
            return Ok(Leave::DryRun(format!(
                "its real access would be ended: add --terminate {supplier}"
            )));
        }
    }
    Ok(Leave::Given)
}

/// Finds every secret of the suppliers and their bystanders before anything is sent.
async fn preflight(
    project: &Project,
    ground: &Ground,
    suppliers: &BTreeSet<SupplierId>,
    secrets: &SecretSource,
) -> anyhow::Result<()> {
    let mut source = secrets.clone();
    let mut mocks = None;
    if let Ground::Mocks { began } = ground {
        let known = suppliers.iter().filter_map(|id| project.inventory.supplier(id));
        let visited = known.flat_map(Supplier::platforms).collect();
        let started = Mocks::start(SimulatedClock::start_at(*began), &visited).await;
        source.variables.extend(started.variables.clone());
        mocks = Some(started);
    }
    let mut used: Vec<(&Supplier, &doornail::inventory::supplier::Credential)> = Vec::new();
    for supplier in suppliers.iter().filter_map(|id| project.inventory.supplier(id)) {
        used.extend(supplier.credentials.iter().map(|item| (supplier, &item.value)));
        for item in &supplier.bystanders {
            let other = project.inventory.supplier(&item.value.supplier);
            used.extend(
                other.and_then(|other| Some((other, other.credential(&item.value.credential)?))),
            );
        }
    }
    if let Ground::Real(_) = ground {
        let most = connect::environment(project, ground)
            .map_or(0, |environment| environment.safety.max_credentials);
        if used.len() > most {
            bail!(
                "{} credentials would be used, {most} are allowed; nothing was sent\n  hint: raise \
                 `safety.max_credentials` in doornail.yaml, or drill a smaller part",
                used.len()
            );
        }
    }
    for (supplier, credential) in used {
        if roster::not_usable(credential).is_some() {
            continue;
        }
        roster::ready(supplier, credential, Role::Suspect, &project.catalogue, None, &source)
            .await
            .with_context(|| {
                "a secret is missing; nothing was sent\n  hint: set it, or mark the credential \
                 `held_by: supplier`"
            })?;
    }
    if let Some(mocks) = mocks {
        mocks.shutdown().await;
    }
    Ok(())
}

/// Nobody's credential is used before every platform has named the tenant that was expected.
async fn tenants(
    project: &Project,
    stage: &Arc<Stage>,
    client: reqwest::Client,
    tempo: Tempo,
) -> anyhow::Result<()> {
    let environment = project.config.environments.get(&stage.environment);
    let platforms = environment.into_iter().flat_map(|environment| &environment.platforms);
    let expected: BTreeMap<PlatformId, String> = platforms
        .filter_map(|(platform, settings)| {
            Some((platform.clone(), settings.expected_tenant.clone()?))
        })
        .collect();
    if expected.is_empty() {
        return Ok(());
    }
    // Who acts would be shown to a stranger first.
    for platform in expected.keys() {
        let asks = environment.and_then(|known| known.platforms.get(platform)?.observe.as_ref());
        if asks.is_none() {
            return Err(TenantError::NobodyAsks { platform: platform.clone() }.into());
        }
    }
    Ok(read_back(&project.catalogue, stage, client, &expected, tempo).await?)
}
