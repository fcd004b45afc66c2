//! `doornail check`: reads everything a run would read, and says what is wrong; of an environment also who our
//! identities are there.

use std::collections::BTreeSet;
use std::path::Path;

use doornail::drill::Ground;
use doornail::drill::standing::{ReadBack, Standing, standings};
use doornail::probe::Identity;
use doornail::steps::Project;

use super::again::confirmed;
use super::ground::{Needs, ground};
use super::options::CheckOptions;
use super::output::Output;
use super::session::secrets;
use super::{connect, load};

pub(crate) async fn check(
    options: &CheckOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let features = load::features(&options.features, root)?;
    if !features.lint.problems.is_empty() {
        let problems: Vec<String> =
            features.lint.problems.iter().map(ToString::to_string).collect();
        anyhow::bail!("{}", problems.join("\n"));
    }
    load::procedures(&project, &features)?;
    for error in &features.lint.undefined {
        output.note(format!("error: {error}"));
    }
    let credentials: usize =
        project.inventory.suppliers.values().map(|(_, supplier)| supplier.credentials.len()).sum();
    output.line(format!(
        "{} platforms, {} suppliers with {credentials} credentials, {} procedures, {} environments{}",
        project.catalogue.iter().count(),
        project.inventory.suppliers.len(),
        project.inventory.procedures.len(),
        project.config.environments.len(),
        if project.bundled { " (the bundled estate)" } else { "" },
    ));
    output.line(format!("{} feature files, {} scenarios", features.files.len(), features.count()));
    let tags: BTreeSet<String> = features.tags();
    output.line(format!("tags: {}", tags.into_iter().collect::<Vec<_>>().join(" ")));
    if !features.lint.undefined.is_empty() || features.count() == 0 {
        return Ok(4);
    }
    match &options.environment {
        Some(name) => identities(&project, name, &options.confirm, output).await,
        None => Ok(0),
    }
}

/// What each of our identities is at an environment, and is let do.
async fn identities(
    project: &Project,
    name: &str,
    confirm: &Option<String>,
    output: &Output,
) -> anyhow::Result<u8> {
    let environment = load::environment(project, name)?;
    if !confirmed(name, confirm, *output)? {
        for (platform, settings) in &environment.platforms {
            let given = [
                ("observe", settings.observe.is_some()),
                ("mint", settings.mint.is_some()),
                ("act", settings.act.is_some()),
            ];
            let given: Vec<&str> =
                given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
            output.line(format!("would ask {platform} as {}", given.join(", ")));
        }
        return Ok(4);
    }
    for remark in environment.remarks() {
        output.line(remark);
    }
    let secrets = secrets(project, *output);
    let ground = ground(project, Some(name), &secrets, Needs::Checking, &BTreeSet::new()).await?;
    let Ground::Real(stage) = &ground else { return Ok(4) };
    let client = connect::client(project, &ground, "who is who")?;
    let tempo = connect::tempo(project, &ground)?;
    let all = standings(&project.catalogue, stage, &project.inventory, client, tempo).await;
    let mut worst = 0;
    for one in &all {
        let expected = environment.platforms.get(&one.platform);
        let expected = expected.and_then(|settings| settings.expected_tenant.as_deref());
        let (text, code) = told(one, expected);
        output.line(text);
        worst = worst.max(code);
    }
    for platform in environment.platforms.keys() {
        if !all.iter().any(|one| one.platform == *platform) {
            output.line(format!(
                "{platform}: no identity: nothing can be listed, ended or made there"
            ));
        }
    }
    Ok(worst)
}

/// One identity in words, and the exit code it asks for.
fn told(one: &Standing, expected: Option<&str>) -> (String, u8) {
    let mut code = 0;
    let who = match &one.who {
        ReadBack::Said(who) => format!("is {who}"),
        ReadBack::Refused(seen) => {
            code = 4;
            format!("NOT LET IN: it answered {seen}")
        }
        ReadBack::NotDescribed => "who it is cannot be read back".to_owned(),
    };
    let tenant = match (&one.tenant, expected) {
        (ReadBack::Said(tenant), Some(expected)) if tenant == expected => {
            format!(", tenant {tenant} as expected")
        }
        (ReadBack::Said(tenant), Some(expected)) => {
            code = 4;
            format!(", ANOTHER TENANT: {tenant}, not {expected}")
        }
        (ReadBack::Said(tenant), None) => format!(", tenant {tenant}"),
        (ReadBack::Refused(seen), Some(_)) => {
            code = 4;
            format!(", its tenant CANNOT BE READ: it answered {seen}")
        }
        (ReadBack::Refused(_) | ReadBack::NotDescribed, None)
        | (ReadBack::NotDescribed, Some(_)) => String::new(),
    };
    let mut text = format!("{} {} {who}{tenant}", one.platform, one.identity);
    let can = one.lists.iter().filter(|(_, result)| matches!(result, ReadBack::Said(_)));
    let can: Vec<&str> = can.map(|(kind, _)| kind.as_str()).collect();
    if !can.is_empty() {
        text.push_str(&format!("\n  may list {}", can.join(", ")));
    }
    for (kind, result) in &one.lists {
        if let ReadBack::Refused(seen) = result {
            code = code.max(3);
            text.push_str(&format!(
                "\n  MAY NOT LIST {kind} (it answered {seen}): unrecorded access of that kind would not be found"
            ));
        }
    }
    match one.identity {
        Identity::Observe => {}
        Identity::Mint => text.push_str("\n  what it may make is not known until it makes it"),
        Identity::Act => text.push_str("\n  what it may end is not known until it ends it"),
    }
    (text, code)
}
