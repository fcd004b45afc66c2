//! The test of the tests, on every platform: each broken in every way, and what its drill makes of it.
//!
//! One run of the program plays all platforms with one fault; a cell's exit code is what its scenario's
//! part of the journal comes to, and the worst of them must be the program's own. A platform is added by
//! one line of [`DRILLS`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use doornail::journal::RunView;
use doornail::journal::chain::replay;
use doornail::journal::event::Event;
use doornail::journal::exit::exit_code;

use crate::desk::Desk;
use crate::estate::{PLATFORMS, only};
use crate::sabotage_drills::{DRILLS, Drill};
use crate::sabotage_greens::{EVERYWHERE, GREENS};

/// Those of the platform's answers: broken from the start on, and again from the termination on.
const OF_ANSWERS: [&str; 9] = [
    "everything-404",
    "everything-200",
    "everything-401",
    "rate-limited",
    "block-page",
    "unavailable",
    "html-with-200",
    "redirect-to-login",
    "torn-body",
];

/// Those of what the platform does, and of who it says one is. The clock is an hour off.
const OF_DEEDS: [&str; 9] = [
    "revoke-does-nothing",
    "survives-deactivation",
    "slow-death:7200",
    "comes-back:600",
    "kills-bystander",
    "extra-token",
    "other-identity",
    "clock-ahead:3600",
    "clock-behind:3600",
];

/// Those that begin when all was proven to work and everything has been taken away: not one probe after
/// the termination gets a sound answer. Arming takes no simulated time, and an action some seconds.
const LATER: [&str; 3] = ["other-identity", "clock-ahead:3600", "clock-behind:3600"];

/// All faults as the command line takes them: name, and the seconds it waits.
fn faults() -> Vec<(&'static str, Option<u32>)> {
    let at_once = ["none"].into_iter().chain(OF_ANSWERS).chain(OF_DEEDS);
    let later = OF_ANSWERS.into_iter().chain(LATER);
    at_once.map(|fault| (fault, None)).chain(later.map(|fault| (fault, Some(1)))).collect()
}

/// A project with the bundled suppliers of every platform, each supplier at one platform only.
fn project(fault: &str) -> Desk {
    let desk = Desk::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("features/estate/suppliers");
    for drill in DRILLS {
        for side in ["acme", "globex"] {
            let name = format!("{side}-{}.yaml", drill.platform);
            let text = if PLATFORMS.contains(&drill.platform) {
                let cut = only(drill.platform);
                let text = fs::read_to_string(cut.path().join(format!("suppliers/{side}.yaml")));
                text.unwrap()
                    .replace("supplier: acme\n", &format!("supplier: acme-{}\n", drill.platform))
                    .replace(
                        "supplier: globex\n",
                        &format!("supplier: globex-{}\n", drill.platform),
                    )
                    .replace("supplier: globex,", &format!("supplier: globex-{},", drill.platform))
            } else {
                fs::read_to_string(folder.join(&name)).unwrap()
            };
            desk.write(&format!("suppliers/{name}"), &text);
        }
    }
    // How exact an exposure is does not matter here, and each probe costs.
    desk.write("doornail.yaml", "chase: {resolution_percent: 30}\n");
    desk.write("all.feature", &feature(fault));
    desk
}

fn feature(fault: &str) -> String {
    let scenarios = DRILLS.iter().map(|drill| scenario(drill, fault));
    "Feature: The end, everywhere\n".to_owned() + &scenarios.collect::<String>()
}

fn scenario(drill: &Drill, fault: &str) -> String {
    let platform = drill.platform;
    let mut text = format!(
        "  Scenario: {platform}\n    Given the supplier \"acme-{platform}\"\n    \
         And a bystander on every platform\n    \
         And every credential of the supplier is proven to work\n"
    );
    for (action, object) in drill.actions {
        let on = if object.is_empty() { String::new() } else { format!(" on \"{object}\"") };
        text += &format!("    When the action \"{action}\" of \"{platform}\" is taken{on}\n");
    }
    text += "    Then it has these effects\n      | credential | effect |\n";
    for credential in drill.ends {
        text += &format!("      | {credential} | stops working within 15 minutes |\n");
    }
    for credential in drill.stays {
        text += &format!("      | {credential} | still works |\n");
    }
    if !drill.ends.is_empty() {
        text += "    And nothing comes back for 30 minutes\n";
    }
    // Where it is not met on a sound platform either, it is demanded only where there is something to find.
    if drill.listed || fault == "extra-token" {
        text += "    And no unrecorded access of the supplier remains on any platform that can be listed\n";
    }
    text + "    And every bystander still works\n"
}

/// Exit code and finding codes of a platform under one fault.
type Cell = (u8, BTreeSet<String>);

/// One run on all platforms with one fault.
fn column(fault: &str, after: Option<u32>) -> BTreeMap<&'static str, Cell> {
    let desk = project(fault);
    let at = after.map_or(String::new(), |seconds| format!("@{seconds}"));
    let broken: Vec<String> =
        DRILLS.iter().map(|drill| format!("--mock-fault={}{at}={fault}", drill.platform)).collect();
    let mut arguments = vec!["run", "all.feature"];
    if fault != "none" {
        arguments.extend(broken.iter().map(String::as_str));
    }
    let ran = desk.run(&arguments);
    let cells = cells(&desk.run_folder());
    let worst =
        [5, 1, 6, 4, 3, 0].into_iter().find(|code| cells.values().any(|cell| cell.0 == *code));
    assert_eq!(ran.code, worst.map(i32::from), "{fault}{at}: {}", ran.whole());
    assert_eq!(cells.len(), DRILLS.len(), "{fault}{at}: {}", ran.whole());
    cells
}

/// Each scenario's part of a journal, judged as if it had been the whole run.
fn cells(run: &Path) -> BTreeMap<&'static str, Cell> {
    let replay = replay(&run.join("journal.ndjson")).unwrap();
    let mut cells = BTreeMap::new();
    for drill in DRILLS {
        let starts = replay.entries.iter().find(|entry| {
            matches!(&entry.event, Event::ScenarioStarted(started) if started.name == drill.platform)
        });
        let Some(number) = starts.and_then(|entry| entry.scenario) else { continue };
        let mut view = RunView::default();
        for entry in replay.entries.iter().filter(|entry| entry.scenario == Some(number)) {
            view.apply(entry);
        }
        let rulings = view.scenarios[&number].claims.iter().flat_map(|claim| &claim.rulings);
        let mut findings: BTreeSet<String> =
            rulings.map(|judged| judged.ruling.finding.code().to_owned()).collect();
        findings.remove("holds");
        cells.insert(drill.platform, (exit_code(&view, None), findings));
    }
    cells
}

/// All runs, two at a time.
fn table() -> BTreeMap<(&'static str, String), Cell> {
    let faults = faults();
    let next = AtomicUsize::new(0);
    let table = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((fault, after)) = faults.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = named(fault, *after);
                    for (platform, cell) in column(fault, *after) {
                        table.lock().unwrap().insert((platform, name.clone()), cell);
                    }
                }
            });
        }
    });
    table.into_inner().unwrap()
}

fn named(fault: &str, after: Option<u32>) -> String {
    after.map_or(fault.to_owned(), |_| format!("{fault} later"))
}

/// Why a cell may be green.
fn excuse(platform: &str, fault: &str) -> Option<&'static str> {
    let fits = |(at, of, _): &&(&str, &str, &str)| *at == platform && *of == fault;
    if fault == "none" {
        return Some("nothing is broken");
    }
    GREENS.iter().find(fits).map(|(_, _, why)| *why)
}

/// Why a fault may be green anywhere.
fn everywhere(fault: &str) -> Option<&'static str> {
    EVERYWHERE.iter().find(|(of, _)| *of == fault).map(|(_, why)| *why)
}

#[test]
#[cfg_attr(not(feature = "default"), ignore = "it is of the whole program")]
fn no_platform_however_broken_is_green_without_a_reason() {
    let table = table();
    let mut text = String::new();
    for drill in DRILLS {
        for (fault, after) in faults() {
            let fault = named(fault, after);
            let (code, findings) = &table[&(drill.platform, fault.clone())];
            let findings: Vec<&str> = findings.iter().map(String::as_str).collect();
            let excuse = match (code, excuse(drill.platform, &fault), everywhere(&fault)) {
                (0, Some(why), _) | (0, None, Some(why)) => format!("green: {why}"),
                (0, None, None) => "FALSE GREEN".to_owned(),
                (_, Some(_), _) => "FALSE RED".to_owned(),
                (_, None, _) => String::new(),
            };
            let line =
                format!("{:<24}{fault:<28}{code}  {}{excuse}", drill.platform, findings.join(", "));
            text.push_str(&format!("{}\n", line.trim_end()));
        }
    }
    insta::assert_snapshot!(text);
    assert!(!text.contains("FALSE"), "{text}");
}

#[test]
fn every_excuse_is_of_a_cell_that_exists() {
    let faults: BTreeSet<String> =
        faults().into_iter().map(|(fault, after)| named(fault, after)).collect();
    for (platform, fault, _) in GREENS {
        assert!(DRILLS.iter().any(|drill| drill.platform == *platform), "{platform}");
        assert!(faults.contains(*fault), "{fault}");
    }
}
