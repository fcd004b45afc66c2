//! `doornail probe`: every credential of a supplier used once, with its controls.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use doornail::chase::Stop;
use doornail::chase::schedule::Pace;
use doornail::drill::person::Nobody;
use doornail::drill::{Drill, Ground, Shared};
use doornail::id::{EnvironmentId, RunId};
use doornail::journal::Journal;
use doornail::journal::event::{Event, RunStarted, ScenarioResult, ScenarioStarted};
use doornail::secret::{FingerprintKey, Secret};

use super::connect::scaled;
use super::ground::{Leave, Needs, ground, leave};
use super::options::ProbeOptions;
use super::output::Output;
use super::session::secrets;
use super::{connect, load};

pub(crate) async fn probe(
    options: &ProbeOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let project = load::project(root)?;
    let Some(id) = load::supplier(&project, options.supplier.as_deref())? else {
        bail!("which supplier?\n  hint: name it with --supplier");
    };
    if let Some(name) = &options.ground.environment {
        load::environment(&project, name)?;
    }
    if let Leave::DryRun(why) = leave(&options.ground, &[].into())? {
        output.note(format!("dry run: nothing was sent\n  hint: {why}"));
        return Ok(4);
    }
    let secrets = secrets(&project, *output);
    let (name, about) = (options.ground.environment.as_deref(), [id.clone()].into());
    let ground = ground(&project, name, &secrets, Needs::Reading, &about).await?;
    let mocked = matches!(ground, Ground::Mocks { .. });
    let environment = match &ground {
        Ground::Mocks { .. } => EnvironmentId::new("mocks"),
        Ground::Real(stage) => stage.environment.clone(),
    };
    let tempo = connect::tempo(&project, &ground)?;
    let vantage = connect::vantage(&project, &ground);
    let scratch = std::env::temp_dir().join(format!("doornail-probe-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).context("a scratch folder")?;
    let journal = Journal::create(&scratch, None)?;
    journal.record(Event::RunStarted(RunStarted {
        run: RunId::new("probe"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        began: jiff::Timestamp::now(),
        environment,
        mocked,
        simulated: mocked,
        confirmation: project.config.chase.confirmation(),
        vantage: vantage.clone(),
        selection: "probe".to_owned(),
        scenarios: 1,
        files: project.files.clone(),
        clock_scale: scaled(tempo),
        change: None,
        remarks: connect::remarks(&project, &ground),
    }));
    let shared = Arc::new(Shared {
        catalogue: project.catalogue.clone(),
        inventory: project.inventory.clone(),
        journal: journal.clone(),
        client: connect::client(&project, &ground, "probe")?,
        user_agent: connect::user_agent(&project, &ground, "probe"),
        key: FingerprintKey::new(Secret::new("probe")),
        stop: Stop::default(),
        ground,
        secrets,
        pace: Pace::default(),
        arm_within: project.config.chase.arm_within(),
        patience: project.config.chase.patience(),
        longest_wait: None,
        supplier: Some(id),
        person: Arc::new(Nobody),
        faults: Vec::new(),
        rehearse: None,
        tempo,
        vantage: vantage.clone(),
        window: None,
        passwords: Arc::default(),
        vault: None,
    });
    let facts = ScenarioStarted {
        feature: "probe".to_owned(),
        name: "every credential is used once".to_owned(),
        file: String::new(),
        line: 0,
        tags: Vec::new(),
        steps: Vec::new(),
        began: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut drill = Drill::begin(shared, 1, facts).await?;
    drill.bind_supplier(None, None)?;
    drill.arm("every credential is proven to work").await?;
    let table = journal.view(|view| {
        let mut text = String::new();
        for subject in view.scenarios.values().flat_map(|scenario| &scenario.subjects) {
            for (channel, probed) in &subject.last {
                text.push_str(&format!(
                    "{:<28} {:<22} {:<16} {}\n",
                    subject.facts.credential.as_str(),
                    format!("{}.{}", subject.facts.platform, subject.facts.kind),
                    channel.as_str(),
                    probed.verdict
                ));
            }
        }
        text
    });
    drill.end(ScenarioResult::Completed).await;
    output.data(table);
    if mocked {
        output.line("mocked platforms: this says nothing about anybody's real access");
    }
    let _ = std::fs::remove_dir_all(&scratch);
    Ok(0)
}
