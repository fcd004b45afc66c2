//! `doornail arm`: everything of a supplier is proven to work, for an offboarding that somebody else will carry
//! out.

use std::path::Path;

use anyhow::{Context as _, bail};
use doornail::drill::Drill;
use doornail::id::EnvironmentId;
use doornail::journal::event::{Event, Role, RunStarted, ScenarioResult, ScenarioStarted};
use doornail::journal::{Journal, RunView};

use super::again::{ARMED, arm_again, confirmed, demand_key};
use super::connect::scaled;
use super::ground::{Needs, ground};
use super::options::ArmOptions;
use super::output::Output;
use super::person::person;
use super::run::{run_folder, vantage};
use super::session::{Beginning, Session, secrets};
use super::{connect, load};

pub(crate) async fn arm(options: &ArmOptions, root: &Path, output: &Output) -> anyhow::Result<u8> {
    if let Some(run) = &options.again {
        return arm_again(run, options, root, output).await;
    }
    if !options.witnessed.files.is_empty() {
        bail!(
            "nothing was asked of the supplier yet\n  hint: arm first, then `doornail witness --for RUN`"
        );
    }
    let project = load::project(root)?;
    let Some(supplier) = load::supplier(&project, options.supplier.as_deref())? else {
        bail!("which supplier?\n  hint: name it with --supplier");
    };
    let Some(name) = &options.environment else { bail!("where?\n  hint: --env NAME") };
    load::environment(&project, name)?;
    demand_key(&project)?;
    if !confirmed(name, &options.confirm, *output)? {
        return Ok(4);
    }
    let secrets = secrets(&project, *output);
    let about = [supplier.clone()].into();
    let ground = ground(&project, Some(name), &secrets, Needs::Reading, &about).await?;
    let tempo = connect::tempo(&project, &ground)?;
    let (run, folder) = run_folder(&options.out)?;
    let journal = Journal::create(&folder, None)?;
    journal.record(Event::RunStarted(RunStarted {
        run: run.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        began: jiff::Timestamp::now(),
        environment: EnvironmentId::new(name),
        mocked: false,
        simulated: false,
        confirmation: project.config.chase.confirmation(),
        vantage: vantage(),
        selection: ARMED.to_owned(),
        scenarios: 1,
        files: project.files.clone(),
        clock_scale: scaled(tempo),
        change: None,
        remarks: connect::remarks(&project, &ground),
    }));
    let beginning = Beginning {
        project: &project,
        run: &run,
        folder,
        journal,
        ground,
        secrets,
        supplier: Some(supplier.clone()),
        faults: Vec::new(),
        rehearse: None,
        person: person(*output),
        change: None,
        unseal: None,
    };
    let session = Session::begin(beginning, *output).await?;
    let facts = ScenarioStarted {
        feature: "An offboarding that somebody else carries out".to_owned(),
        name: format!("The end of {supplier}"),
        file: String::new(),
        line: 0,
        tags: Vec::new(),
        steps: Vec::new(),
        began: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut drill = Drill::begin(session.shared.clone(), 1, facts).await?;
    drill.leave_rotating();
    let armed = async {
        drill.bind_supplier(None, None)?;
        drill.with_bystanders()?;
        drill.arm("every credential of the supplier is proven to work").await
    };
    let armed = armed.await;
    let result = if armed.is_ok() { ScenarioResult::Completed } else { ScenarioResult::Broken };
    drill.end(result).await;
    armed.context("arming")?;
    let opened = session.shared.journal.view(opened);
    let code = session.end(|| {})?;
    if !opened.is_empty() {
        output.note(format!(
            "note: opened to prove that they work, and gone with this process, so `verify` cannot test them: {}",
            opened.join(", ")
        ));
    }
    output.note(format!(
        "armed: once the end was ordered, type `doornail verify --armed {run} --terminated-at TIME --ticket REF \
         --confirm {name}`"
    ));
    Ok(code)
}

/// Sessions and tokens that were opened while arming. What they are is kept nowhere.
fn opened(view: &RunView) -> Vec<String> {
    let subjects = view.scenarios.values().flat_map(|scenario| &scenario.subjects);
    let derived = subjects.filter(|subject| match &subject.facts.role {
        Role::Derived { .. } => true,
        Role::Suspect | Role::Bystander | Role::Renewed { .. } | Role::Attempted { .. } => false,
    });
    derived.map(|subject| subject.facts.credential.to_string()).collect()
}
