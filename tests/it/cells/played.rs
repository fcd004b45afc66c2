//! What became of the features of the platforms when the program played them, read off its journals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use doornail::platform::catalogue::Catalogue;
use doornail::platform::schema::Description;
use serde_json::Value;

use super::written::{Effect, Key, name};
use crate::desk::{Desk, journal};

/// How many runs are under way at once.
const AT_ONCE: usize = 4;

/// One feature, played.
pub(super) struct Played {
    pub(super) file: String,
    /// Rows that held, each with the kind its credential was enlisted as.
    pub(super) held: BTreeMap<Key, String>,
    /// Those that held of what was seen alive, with everything in reach refused.
    pub(super) contained: BTreeSet<Key>,
    /// Everything else, each with the name of its scenario; none if it is about the run as a whole.
    pub(super) wrong: Vec<(Option<String>, String)>,
}

/// Plays every feature in a run of its own.
pub(super) fn all(features: &[PathBuf], catalogue: &Catalogue) -> Vec<Played> {
    let of = |it: &Description| -> Vec<String> {
        let actions = it.actions.iter().filter(|(_, action)| action.without_step_up);
        actions.map(|(name, _)| format!("{}.{name}", it.platform)).collect()
    };
    let refused: BTreeSet<String> = catalogue.iter().flat_map(of).collect();
    let left = Mutex::new(features.iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some(feature) = next else { break };
                    let played = play(feature, &refused);
                    done.lock().unwrap().push(played);
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    assert_eq!(done.len(), features.len());
    done
}

fn play(feature: &Path, refused: &BTreeSet<String>) -> Played {
    let desk = Desk::new();
    let ran = desk.run(&["run", &feature.to_string_lossy()]);
    let file = name(feature);
    let mut played =
        Played { file, held: BTreeMap::new(), contained: BTreeSet::new(), wrong: Vec::new() };
    if ran.code != Some(0) {
        let said: String = ran.stdout.chars().take(1_500).collect();
        let what = format!("{}: exit {:?}\n{}\n{said}", played.file, ran.code, ran.stderr);
        played.wrong.push((None, what));
    }
    if desk.path().join("doornail-runs").is_dir() {
        let mut reader = Reader { of: BTreeMap::new(), scenarios: false, refused };
        for event in journal(&desk.run_folder()) {
            reader.event(&event, &mut played);
        }
        if !reader.scenarios {
            played.wrong.push((None, format!("{}: no scenario was played", played.file)));
        }
    }
    played
}

/// Where in a journal one is. Scenarios may be played beside each other: each has its own state.
struct Reader<'r> {
    of: BTreeMap<u64, State>,
    scenarios: bool,
    /// Actions that try what has to be refused.
    refused: &'r BTreeSet<String>,
}

#[derive(Default)]
struct State {
    scenario: (usize, String),
    kinds: BTreeMap<String, String>,
    /// Credentials whose last probe was answered as one who may reach nothing.
    contained: BTreeSet<String>,
    action: Option<String>,
    intended: BTreeMap<u64, String>,
    claimed: BTreeMap<u64, (String, Key)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Reader<'_> {
    fn event(&mut self, event: &Value, played: &mut Played) {
        let Some(number) = event["scenario"].as_u64() else { return };
        let state = self.of.entry(number).or_default();
        let file = played.file.clone();
        let mut wrong = |state: &State, what: String| {
            played.wrong.push((Some(state.scenario.1.clone()), what));
        };
        match event["event"].as_str().unwrap() {
            "scenario-started" => {
                self.scenarios = true;
                let line = usize::try_from(event["line"].as_u64().unwrap()).unwrap();
                state.scenario = (line, text(&event["name"]));
            }
            "enlisted" => {
                state.kinds.insert(text(&event["credential"]), text(&event["kind"]));
            }
            "action-intended" => {
                let action = format!("{}.{}", text(&event["platform"]), text(&event["name"]));
                state.intended.insert(event["action"].as_u64().unwrap(), action.clone());
                state.action = Some(action);
            }
            "action-ended" => {
                let action = state.intended.remove(&event["action"].as_u64().unwrap());
                let refused = action.as_ref().is_some_and(|name| self.refused.contains(name));
                if event["result"].get("accepted").is_none() != refused {
                    let result = &event["result"];
                    wrong(
                        state,
                        format!("{file}: {action:?} ended otherwise than it should: {result}"),
                    );
                }
            }
            "probed" => {
                let credential = text(&event["credential"]);
                let verdict = &event["verdict"];
                if verdict["verdict"] == "alive" && verdict["reason"] == "contained" {
                    state.contained.insert(credential);
                } else if verdict["verdict"] != "inconclusive" {
                    state.contained.remove(&credential);
                }
            }
            "claimed" => state.claimed(event, &file),
            "judged" => {
                let claim = state.claimed.remove(&event["claim"].as_u64().unwrap());
                let Some((subject, key)) = claim else { return };
                let rulings = event["rulings"].as_array().unwrap();
                let holds = rulings.len() == 1
                    && rulings[0]["finding"] == "holds"
                    && rulings[0]["subject"] == subject.as_str();
                match state.kinds.get(&subject) {
                    Some(kind) if holds => {
                        if state.contained.contains(&subject) {
                            played.contained.insert(key.clone());
                        }
                        played.held.insert(key, kind.clone());
                    }
                    _ => wrong(state, format!("{file}: {key:?}: {}", event["rulings"])),
                }
            }
            "scenario-ended" => {
                for (_, key) in state.claimed.values() {
                    wrong(state, format!("{file}: {key:?} was never judged"));
                }
                for action in state.intended.values() {
                    wrong(state, format!("{file}: {action} has no answer"));
                }
                if event["result"] != "completed" {
                    let (line, name) = &state.scenario;
                    wrong(state, format!("{file}:{line}: {name}: {}", event["result"]));
                }
            }
            _ => {}
        }
    }
}

impl State {
    /// A claim of one row: its text is its subject and an effect.
    fn claimed(&mut self, event: &Value, file: &str) {
        let subjects = event["subjects"].as_array().map_or(&[][..], Vec::as_slice);
        let [subject] = subjects else { return };
        let (subject, words) = (text(&subject["credential"]), text(&event["text"]));
        let effect = words.strip_prefix(&subject).and_then(|rest| rest.strip_prefix(' '));
        if effect.and_then(Effect::of).is_none() {
            return;
        }
        let Some(action) = self.action.clone() else { return };
        let (line, name) = self.scenario.clone();
        let key = (line, format!("{file}: {name}"), action, words);
        self.claimed.insert(event["id"].as_u64().unwrap(), (subject, key));
    }
}
