//! The test of the tests: every platform broken in every way, and what the drill makes of it. A row that
//! could be green is a bug.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::desk::rulings;
use crate::estate::{DRILL, PLATFORMS, only};

const FAULTS: [&str; 17] = [
    "everything-404",
    "everything-200",
    "everything-401",
    "rate-limited",
    "block-page",
    "unavailable",
    "revoke-does-nothing",
    "survives-deactivation",
    "slow-death:600",
    "slow-death:36000",
    "comes-back:600",
    "kills-bystander",
    "other-identity",
    "html-with-200",
    "redirect-to-login",
    "torn-body",
    "extra-token",
];

/// Why a cell may be green.
fn excused(platform: &str, fault: &str) -> Option<&'static str> {
    match (platform, fault) {
        (_, "sound") => Some("nothing is broken"),
        (_, "slow-death:600") => Some("ten minutes late is within the ninety that are allowed"),
        ("slack" | "oauth-oidc", "survives-deactivation") => {
            Some("contract-end revokes everything here one by one; see the second table")
        }
        ("oauth-oidc", "extra-token") => Some("nothing can be listed here, and no claim says so"),
        _ => None,
    }
}

/// Those of them that are faults of a platform's answers.
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

/// One run of a drill on one broken platform: its exit code, and how often each finding was ruled.
fn cell(platform: &str, fault: &str, drill: &str) -> (i32, BTreeMap<String, usize>) {
    let desk = only(platform);
    desk.write("drill.feature", drill);
    let sabotage = match fault.split_once('@') {
        Some((fault, seconds)) => format!("{platform}@{seconds}={fault}"),
        None => format!("{platform}={fault}"),
    };
    let mut arguments = vec!["run", "drill.feature"];
    if fault != "sound" {
        arguments.extend(["--mock-fault", &sabotage]);
    }
    let ran = desk.run(&arguments);
    let mut findings = BTreeMap::new();
    for (finding, _, _) in rulings(&desk.run_folder()) {
        *findings.entry(finding).or_insert(0) += 1;
    }
    (ran.code.unwrap_or(-1), findings)
}

/// All cells, a few at a time, as lines in a fixed order.
fn table(faults: &[&str], drill: impl Fn(&str) -> String + Sync) -> String {
    let cells: Vec<(&str, &str)> = PLATFORMS
        .iter()
        .flat_map(|platform| faults.iter().map(move |fault| (*platform, *fault)))
        .collect();
    let next = AtomicUsize::new(0);
    let lines = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((platform, fault)) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (code, findings) = cell(platform, fault, &drill(platform));
                    let line = line(platform, fault, code, &findings);
                    lines.lock().unwrap().insert((*platform, *fault), line);
                }
            });
        }
    });
    let lines = lines.into_inner().unwrap();
    cells.iter().map(|cell| lines[cell].clone()).collect()
}

/// Findings are named, not counted: how many probes there were is not the point of this table.
fn line(platform: &str, fault: &str, code: i32, findings: &BTreeMap<String, usize>) -> String {
    let codes: Vec<&str> =
        findings.keys().map(String::as_str).filter(|code| *code != "holds").collect();
    let excuse = match (code, excused(platform, fault)) {
        _ if findings.is_empty() => "FALSE: nothing was ruled".to_owned(),
        (0, Some(why)) => format!("green: {why}"),
        (0, None) => "FALSE GREEN".to_owned(),
        (_, Some(_)) => "FALSE RED".to_owned(),
        (_, None) => String::new(),
    };
    let line = format!("{platform:<11} {fault:<22} {code}  {}{excuse}", codes.join(", "));
    format!("{}\n", line.trim_end())
}

/// Nothing can be listed on the OpenID server, so the drill there must not demand it.
fn drill_of(platform: &str) -> String {
    DRILL
        .lines()
        .filter(|line| platform != "oauth-oidc" || !line.contains("no unrecorded access"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn no_broken_platform_is_green() {
    let faults: Vec<&str> = ["sound"].into_iter().chain(FAULTS).collect();
    let table = table(&faults, drill_of);
    insta::assert_snapshot!(table);
    assert!(!table.contains("FALSE"), "{table}");
}

/// The dangerous case: everything was proven to work, and then the platform stops giving answers that mean
/// anything. Silence, blocks and errors after a termination must not pass for death.
#[test]
fn a_platform_that_breaks_after_the_termination_is_not_green() {
    // After a second everything is armed and revoked, and nothing confirmed; after half an hour
    // everything is confirmed and watched.
    let faults: Vec<String> = ["1", "1800"]
        .iter()
        .flat_map(|seconds| OF_ANSWERS.map(|fault| format!("{fault}@{seconds}")))
        .collect();
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let table = table(&faults, drill_of);
    insta::assert_snapshot!(table);
    assert!(!table.contains("FALSE"), "{table}");
}

/// Where a thorough procedure hides it, a mere deactivation shows it.
#[test]
fn what_only_a_deactivation_ends_is_seen_to_survive_a_broken_one() {
    let survivors = |platform: &str, fault: &str| -> Vec<String> {
        let desk = only(platform);
        let drill = drill_of("oauth-oidc").replace("contract-end", "deactivate-only");
        desk.write("drill.feature", &drill);
        let sabotage = format!("{platform}={fault}");
        let mut arguments = vec!["run", "drill.feature"];
        if fault != "sound" {
            arguments.extend(["--mock-fault", &sabotage]);
        }
        assert_eq!(desk.run(&arguments).code, Some(1), "{platform} {fault}");
        let found = rulings(&desk.run_folder()).into_iter();
        found.filter(|(finding, ..)| finding == "survivor").map(|(_, subject, _)| subject).collect()
    };
    let mut text = String::new();
    for platform in PLATFORMS {
        let known = survivors(platform, "sound");
        let mut new = survivors(platform, "survives-deactivation");
        new.retain(|subject| !known.contains(subject));
        new.sort();
        new.dedup();
        text.push_str(&format!("{platform}: {}\n", new.join(", ")));
    }
    insta::assert_snapshot!(text, @r"
    oauth-oidc: oidc-refresh, oidc-refresh-leo, oidc-refresh-leo/access_token, oidc-refresh/access_token, oidc-session
    okta: okta-login, okta-refresh, okta-refresh/oauth_access_custom, okta-session, okta-ssws, okta-ssws-leo
    slack: slack-leo, slack-maya, slack-session
    zendesk: support-eu, zendesk-legacy, zendesk-leo, zendesk-maya, zendesk-refresh, zendesk-refresh/oauth_access
    ");
}

/// A short drill on Slack that demands nothing of bystanders, with a fault that comes later.
fn without_a_demand_for_bystanders(platform: &str, fault: &str) -> String {
    let desk = only(platform);
    let unasked = ["no unrecorded access", "every bystander still works"];
    let drill: Vec<&str> =
        DRILL.lines().filter(|line| !unasked.iter().any(|step| line.contains(step))).collect();
    desk.write("drill.feature", &(drill.join("\n") + "\n"));
    let ran = desk.run(&["run", "drill.feature", "--mock-fault", fault]);
    assert_ne!(ran.code, Some(0), "{}", ran.whole());
    ran.whole()
}

/// The whole platform refuses everybody from the fourth minute on: nothing can be seen to come back.
#[test]
fn a_watch_in_which_everybody_is_refused_proves_nothing() {
    without_a_demand_for_bystanders("slack", "slack@200=everything-401");
}

/// Globex's token dies with Acme's first one, and no step of the feature asks after it.
#[test]
fn a_harmed_bystander_is_never_green_even_if_no_step_asks_after_it() {
    let said = without_a_demand_for_bystanders("zendesk", "zendesk=kills-bystander");
    assert!(said.starts_with("exit 5\n"), "{said}");
}

#[test]
fn an_unknown_fault_breaks_nothing_in_silence() {
    let desk = only("slack");
    desk.write("drill.feature", DRILL);
    let ran = desk.run(&["run", "drill.feature", "--mock-fault", "slack=no-such-fault"]);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    let ran = desk.run(&["run", "drill.feature", "--mock-fault", "slac=everything-404"]);
    assert_ne!(ran.code, Some(0), "{}", ran.whole());
}
