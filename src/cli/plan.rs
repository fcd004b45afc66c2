//! `doornail plan`: what would be used, revoked and spared. Sends nothing.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use doornail::drill::canary::Plan;
use doornail::drill::expand::{Fate, Part, Planned, expand, predict, remedy};
use doornail::drill::roster::not_usable;
use doornail::drill::worst::wrong_passwords;
use doornail::id::ProcedureId;
use doornail::inventory::{Procedure, Supplier};
use doornail::journal::event::Rehearsal;
use doornail::platform::Catalogue;
use doornail::steps::Project;

use super::change::{self, Intent};
use super::load;
use super::options::PlanOptions;
use super::output::Output;
use super::rehearsal::ground;
use super::run::{suppliers, vantage};
use super::steps::indented;

pub(crate) async fn plan(
    options: &PlanOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let Some(id) = load::supplier(&project, options.supplier.as_deref())? else {
        bail!("which supplier?\n  hint: name it with --supplier");
    };
    let Some(supplier) = project.inventory.supplier(&id) else {
        bail!("unknown supplier `{id}`");
    };
    if let (true, Some(name)) = (options.announce, &options.environment) {
        output.data(announcement(&project, supplier, name)?);
        return Ok(0);
    }
    let mut text = population(&project, supplier, options.environment.as_deref())?;
    let procedures: Vec<&Procedure> = match &options.procedure {
        Some(name) => {
            let found = project.inventory.procedure(&ProcedureId::new(name.as_str()));
            let Some(found) = found else {
                let known: Vec<&str> =
                    project.inventory.procedures.keys().map(ProcedureId::as_str).collect();
                bail!("unknown procedure `{name}`\n  hint: known: {}", known.join(", "));
            };
            vec![found]
        }
        None => project.inventory.procedures.values().map(|(_, procedure)| procedure).collect(),
    };
    for procedure in procedures {
        text.push_str(&one(procedure, supplier, &project.catalogue));
    }
    if let Some(name) = &options.environment {
        text.push_str(&canaries(&project, supplier, name)?);
    }
    text.push_str("\nNothing was sent.\n");
    output.data(text);
    if let (Some(file), Some(name)) = (&options.out_plan, &options.environment) {
        let hash = written(&project, options, (root, file), name, *output).await?;
        output.line(format!("{}: plan sha256:{hash}", file.display()));
    }
    Ok(0)
}

/// Writes what is to be approved: the run that the same options would begin.
async fn written(
    project: &Project,
    options: &PlanOptions,
    of: (&Path, &Path),
    environment: &str,
    output: Output,
) -> anyhow::Result<String> {
    let features = load::features(&options.features, of.0)?.select(options.tags.as_deref())?;
    let default = load::supplier(project, options.supplier.as_deref())?;
    let suppliers = suppliers(&features, default.as_ref());
    load::procedures(project, &features)?;
    if let Some(typed) = &options.terminate
        && !suppliers.iter().all(|id| id.as_str() == typed)
    {
        bail!("the features end others than `{typed}`: such a run is never begun");
    }
    let for_real = options.terminate.is_some();
    let intent =
        Intent { environment, suppliers: &suppliers, for_real, tags: options.tags.as_deref() };
    change::write(project, &features, &intent, of, output).await
}

/// What would be used, and where.
fn population(
    project: &Project,
    supplier: &Supplier,
    environment: Option<&str>,
) -> anyhow::Result<String> {
    let place = match environment {
        None => "the built-in mocks".to_owned(),
        Some(name) => {
            let environment = load::environment(project, name)?;
            format!("{name}, on hosts {}", environment.safety.allow_hosts.join(", "))
        }
    };
    let mut text = format!(
        "{} ({}) on {place}\n\nUsed, with its own secret, on every door\n",
        supplier.name, supplier.supplier
    );
    let mut doors = 0;
    for item in &supplier.credentials {
        let credential = &item.value;
        if let Some(why) = not_usable(credential) {
            text.push_str(&format!("  {} is not used: {why}\n", credential.id));
            continue;
        }
        let kind = project
            .catalogue
            .get(&credential.platform)
            .and_then(|description| description.credentials.get(&credential.kind));
        let Some(kind) = kind else { continue };
        let channels: Vec<&str> = match &credential.channels {
            Some(named) => named.iter().map(|channel| channel.as_str()).collect(),
            None => kind.probe.keys().map(|channel| channel.as_str()).collect(),
        };
        doors += channels.len();
        text.push_str(&format!(
            "  {} ({} {}): {}\n",
            credential.id,
            credential.platform,
            credential.kind,
            channels.join(", ")
        ));
    }
    // 3 refusals a death, 20 probes at the polite interval, and 5 % steps up to a day.
    text.push_str(&format!(
        "Bystanders: {}. At worst about {} requests in a day of watching.\n",
        supplier.bystanders.len(),
        (doors + supplier.bystanders.len()) * 200
    ));
    let accounts = wrong_passwords(supplier, &project.catalogue);
    if !accounts.is_empty() {
        text.push_str("\nWrong passwords, at worst, of each account once its password has ended\n");
    }
    let refusals = project.config.chase.confirmation().refusals;
    for account in &accounts {
        text.push_str(&indented(&account.in_words(refusals), 90, "  "));
    }
    Ok(text)
}

/// What those who watch the platforms' logs should know beforehand.
fn announcement(
    project: &Project,
    supplier: &Supplier,
    environment: &str,
) -> anyhow::Result<String> {
    let settings = load::environment(project, environment)?;
    let plan = Plan::new(supplier, &project.catalogue, &ground(project, environment)?, "RUN");
    let platforms: BTreeSet<&str> =
        plan.canaries.iter().map(|canary| canary.platform.as_str()).collect();
    let (hosts, agent) = (settings.safety.allow_hosts.join(", "), &settings.connection.user_agent);
    let agent = agent.as_deref().unwrap_or(concat!("doornail/", env!("CARGO_PKG_VERSION")));
    let longest = settings.safety.max_duration.map_or_else(
        || "It ends when the drill's watch is over.".to_owned(),
        |longest| format!("It takes at most {longest}."),
    );
    Ok(format!(
        "An offboarding drill is about to run in the environment {environment}.\n\
         It makes {} users, apps and credentials at {}, uses them, ends them and removes them.\n\
         Their names begin with {} and {}; RUN is the run's id.\n\
         It sends from {} to {hosts}, as {agent} (run RUN).\n\
         Expect sign-ins, refused sign-ins and deletions of what bears these names, and of nothing else.\n\
         {longest} What does not bear these names is not the drill's: treat it as you always would.\n",
        plan.canaries.len(),
        platforms.into_iter().collect::<Vec<_>>().join(", "),
        plan.supplier.supplier,
        plan.control.supplier,
        vantage(),
    ))
}

/// What a rehearsal would make, and what it would leave out.
fn canaries(project: &Project, supplier: &Supplier, environment: &str) -> anyhow::Result<String> {
    let plan = Plan::new(supplier, &project.catalogue, &ground(project, environment)?, "RUN");
    let Rehearsal { kinds, rehearsed, .. } = plan.rehearsal;
    let mut text = format!(
        "\nA rehearsal (--confirm {environment}, without --terminate) makes, ends and removes these, and nothing \
         else: {rehearsed} of {kinds} kinds\n"
    );
    for canary in &plan.canaries {
        text.push_str(&format!("  {} {}: {}\n", canary.platform, canary.sort, canary.name));
    }
    for (credential, why) in &plan.left_out {
        text.push_str(&indented(&format!("{credential} is not rehearsed: {why}"), 90, "  "));
    }
    Ok(text)
}

pub(super) fn one(procedure: &Procedure, supplier: &Supplier, catalogue: &Catalogue) -> String {
    let (planned, empty) = expand(procedure, supplier, &Part::default(), catalogue);
    let mut text = format!("\nProcedure {}\n", procedure.procedure);
    for (index, step) in planned.iter().enumerate() {
        let line = match step {
            Planned::Action(action) => {
                let manual = catalogue
                    .get(&action.platform)
                    .and_then(|description| description.actions.get(&action.name))
                    .is_some_and(|action| action.manual);
                let hand = if manual { " by hand" } else { "" };
                format!("{} {} on {}{hand}", action.platform, action.name, action.object)
            }
            Planned::Command { words, .. } => format!(
                "run {}",
                words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            ),
            Planned::Wait(length) => format!("wait {length}"),
            Planned::Webhook { url, .. } => format!("tell {url}"),
            Planned::Ask { text, .. } => format!("ask: {text}"),
        };
        let purpose = step.purpose();
        let kept = purpose.preserve.map_or_else(String::new, |kept| format!("preserve {kept}: "));
        text.push_str(&format!("  {:>3}. {kept}{line}\n", index + 1));
    }
    for step in &empty {
        text.push_str(&format!("  note: {step}\n"));
    }
    let fates = predict(&planned, supplier, catalogue);
    let survivors: Vec<_> = fates
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Spared { .. } | Fate::Untouched))
        .collect();
    text.push_str(&format!(
        "  Known to survive it: {} of {} credentials\n",
        survivors.len(),
        fates.len()
    ));
    for (credential, fate) in &fates {
        match fate {
            Fate::Killed { reversible: false, .. } => {}
            Fate::Killed { by, reversible: true, .. } => {
                text.push_str(&format!(
                    "    {credential} ends by {by}, and comes back on re-activation\n"
                ));
            }
            Fate::Spared { by, why, remedy, .. } => {
                text.push_str(&format!("    {credential} survives {by}\n"));
                text.push_str(&indented(&format!("why: {why}"), 90, "        "));
                text.push_str(&indented(&format!("remedy: {remedy}"), 90, "        "));
            }
            Fate::Untouched => {
                text.push_str(&format!("    {credential} survives: no step touches it\n"));
                let known = supplier.credential(credential).and_then(|credential| {
                    remedy(catalogue.get(&credential.platform)?, &credential.kind)
                });
                if let Some((what, _)) = known {
                    text.push_str(&indented(&format!("remedy: {what}"), 90, "        "));
                }
            }
            Fate::Unknown { by } => {
                text.push_str(&format!(
                    "    {credential}: unknown, the vendor does not say what {by} does to it; only a drill can tell\n"
                ));
            }
        }
    }
    text
}
