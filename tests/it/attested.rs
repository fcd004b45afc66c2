//! What only a person can try: proof by attestation, by one of the words that were given, with who chose it and when.
//! Silence, and what is none of these words, is never a verdict.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use doornail::chase::Stop;
use doornail::chase::schedule::Pace;
use doornail::claim::Expectation;
use doornail::clock::Tempo;
use doornail::drill::claims::Deadline;
use doornail::drill::expand::Part;
use doornail::drill::person::{Person, Reply};
use doornail::drill::secrets::SecretSource;
use doornail::drill::{Drill, Ground, Shared};
use doornail::journal::Journal;
use doornail::journal::event::{ScenarioResult, ScenarioStarted};
use doornail::probe::http::Connection;
use doornail::probe::{Permits, Site, Stage, Wire};
use doornail::secret::{FingerprintKey, Secret};
use doornail::steps::Project;
use serde_json::Value;

use crate::desk::{journal, rulings};
use crate::own_platform::{LEAVE, Manner, doornail, project, said};

const CONSOLE: &str = "credentials:
  - id: console
    platform: desk
    kind: token
    principal: maya
    ask:
      text: 'sign in to the console as {{ principal.login }}'
      answers: {I was let in: alive, The password was refused: dead, A captcha came: inconclusive}
    accept_proof: [attestation]
    authorization: {reference: T-1, date: 2026-10-01}
";

/// A project with a console that only a person can try.
fn with_console() -> tempfile::TempDir {
    let folder = project(Manner::Sound);
    let file = folder.path().join("suppliers/acme.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("credentials:\n", CONSOLE)).unwrap();
    folder
}

/// Somebody who chooses these, one after the other, and then nothing any more.
struct Says(Mutex<VecDeque<&'static str>>);

#[async_trait]
impl Person for Says {
    async fn ask(&self, _what: &str) -> Reply {
        Reply::Nobody
    }

    async fn choose(&self, what: &str, words: &[&str]) -> Option<usize> {
        assert!(what.contains("console (acme): sign in to the console as maya"), "{what}");
        let says = self.0.lock().unwrap().pop_front()?;
        words.iter().position(|word| *word == says)
    }

    fn name(&self) -> String {
        "ines".to_owned()
    }
}

fn shared(root: &Path, journal: Arc<Journal>, says: &[&'static str]) -> Shared {
    let project = Project::read(root).unwrap();
    let settings = project.config.environments.values().next().unwrap();
    let platform = settings.platforms.values().next().unwrap();
    let description = project.catalogue.get(&"desk".into()).unwrap();
    let site = Site::new(description, platform.base_url.clone(), &BTreeMap::new()).unwrap();
    let hosts = settings.safety.allow_hosts.clone();
    let stage = Stage {
        environment: "desk-live".into(),
        mocked: false,
        platforms: [("desk".into(), site)].into(),
        permits: Permits {
            programs: Vec::new(),
            wire: Wire::new(hosts.clone(), Vec::new(), false),
        },
        allow_hosts: hosts,
        by_hand: None,
    };
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let variables = [
        variable("ACME_TOKEN", "acme-secret-token-1"),
        variable("GLOBEX_TOKEN", "globex-secret-token-1"),
    ];
    Shared {
        catalogue: project.catalogue.clone(),
        inventory: project.inventory.clone(),
        journal,
        client: Connection::new("test").client().unwrap(),
        key: FingerprintKey::new(Secret::new("a key of fingerprints")),
        stop: Stop::default(),
        ground: Ground::Real(Arc::new(stage)),
        secrets: SecretSource { variables: variables.into(), ..SecretSource::default() },
        pace: Pace::default(),
        arm_within: Duration::from_secs(3),
        patience: Duration::from_secs(1),
        longest_wait: None,
        supplier: Some("acme".into()),
        person: Arc::new(Says(Mutex::new(says.iter().copied().collect()))),
        faults: Vec::new(),
        rehearse: None,
        tempo: Tempo::default(),
        user_agent: String::new(),
        passwords: Arc::default(),
        window: None,
        vault: None,
        vantage: "office".to_owned(),
    }
}

/// What is ruled on the console when these words are chosen, and the looks at it.
fn told(says: &[&'static str]) -> (Vec<(String, String)>, Vec<Value>) {
    let folder = with_console();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::create(&run, None).unwrap();
        let shared = Arc::new(shared(folder.path(), journal, says));
        let facts = ScenarioStarted {
            feature: "F".to_owned(),
            name: "S".to_owned(),
            file: String::new(),
            line: 0,
            tags: Vec::new(),
            steps: Vec::new(),
            began: jiff::Timestamp::UNIX_EPOCH,
        };
        let mut drill = Drill::begin(shared, 1, facts).await.unwrap();
        drill.bind_supplier(None, None).unwrap();
        drill.with_bystanders().unwrap();
        drill.arm("armed").await.unwrap();
        drill.terminate("end", Part::default()).await.unwrap();
        let (what, by) = (vec!["console".into()], Deadline::Within(Duration::from_secs(1)));
        drill.demand_dead("dead", Expectation::Dead, what, by, None).await.unwrap();
        drill.end(ScenarioResult::Completed).await;
    });
    let on_console = rulings(&run).into_iter().filter(|(_, on, _)| on == "console");
    let ruled = on_console.skip(1).map(|(finding, _, why)| (finding, why)).collect();
    let looks = journal(&run).into_iter().filter(|event| event["event"] == "looked").collect();
    (ruled, looks)
}

#[test]
fn a_refusal_that_a_person_chose_is_gone_by_attestation_with_who_and_when() {
    let (ruled, looks) = told(&["I was let in", "The password was refused"]);
    assert_eq!(ruled[0].0, "holds", "{ruled:?}");
    assert!(ruled[0].1.starts_with("gone by attestation "), "{ruled:?}");
    assert_eq!(looks.len(), 2);
    for look in &looks {
        assert_eq!((&look["by"], &look["vantage"]), (&"ines".into(), &"office".into()));
        assert!(look["received"].as_u64().is_some());
    }
    assert!(looks[1]["why"].as_str().unwrap().contains("The password was refused"));
}

#[test]
fn who_is_let_in_at_the_deadline_has_found_a_survivor() {
    let (ruled, looks) = told(&["I was let in"; 3]);
    assert_eq!(ruled[0].0, "survivor", "{ruled:?}");
    assert_eq!(looks.len(), 3, "once before, once after, and once at the deadline");
}

#[test]
fn silence_doubt_and_other_words_are_never_a_verdict() {
    for says in [
        &["I was let in"][..],
        &["I was let in", "A captcha came", "A captcha came"],
        &["I was let in", "it is dead, believe me", "dead"],
        &["The password was refused", "The password was refused"],
        &[],
    ] {
        let (ruled, _) = told(says);
        assert!(ruled.iter().all(|(finding, _)| finding != "holds"), "{says:?}: {ruled:?}");
    }
}

#[test]
fn without_a_terminal_nobody_attests_to_anything() {
    let folder = with_console();
    let output = doornail(folder.path())
        .args(["run", "--non-interactive", "--env", "desk-live", "--out"])
        .arg(folder.path().join("runs"))
        .args(LEAVE)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("nobody answered"), "{}", said(&output));
}
