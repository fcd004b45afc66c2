//! Armed, offboarded by hand in another process on served mocks, verified, and rechecked two days later: one chain
//! of evidence, and one report.

use std::path::{Path, PathBuf};
use std::process::Command;

use doornail::clock::Tempo;

use crate::desk::{Desk, Ran, journal, only_entry, rulings};
use crate::serving::Serving;

const SCALE: i64 = 60;

const ACME: &str = r#"
supplier: acme
name: Acme Support
owners: {business: a@ours.example}
principals:
  - {id: leo, platform: zendesk, login: leo@acme.example, remote_id: "9002"}
  - {id: maya, platform: zendesk, login: maya@acme.example, remote_id: "9001"}
bystanders: [{supplier: globex, credential: globex-leo}]
credentials:
  - {id: leo-token, platform: zendesk, kind: oauth_access, principal: leo, remote_id: "602", secret: {token: env:ACME_ZENDESK_LEO_ACCESS}, authorization: {reference: T, date: 2026-10-01}}
  - {id: maya-token, platform: zendesk, kind: oauth_access, principal: maya, remote_id: "603", held_by: supplier, accept_proof: [listing]}
  - {id: lost-token, platform: zendesk, kind: oauth_access, principal: maya, remote_id: "604", held_by: nobody, accept_proof: [listing]}
"#;

const GLOBEX: &str = r#"
supplier: globex
name: Globex
owners: {business: a@ours.example}
principals: [{id: leo, platform: zendesk, login: leo@globex.example, remote_id: "9102"}]
credentials:
  - {id: globex-leo, platform: zendesk, kind: oauth_access, principal: leo, remote_id: "702", secret: {token: env:GLOBEX_ZENDESK_LEO_ACCESS}, authorization: {reference: T, date: 2026-10-01}}
"#;

struct Place {
    desk: Desk,
    mocks: Serving,
    clock: String,
}

impl Place {
    fn new() -> Self {
        let desk = Desk::with(&[("suppliers/acme.yaml", ACME), ("suppliers/globex.yaml", GLOBEX)]);
        let scale = SCALE.to_string();
        let mocks = Serving::start(&desk, &["--clock-scale", &scale, "zendesk"]);
        let address = format!("http://{}", mocks.address("ZENDESK_URL"));
        desk.write(
            "doornail.yaml",
            &format!(
                "fingerprint_key: env:PRINTS\nenvironments:\n  served:\n    vantage: the office\n    platforms: {{zendesk: {{base_url: '{address}', observe: {{token: env:ZENDESK_ADMIN_TOKEN}}}}}}\n    safety: {{allow_hosts: ['127.0.0.1']}}\nchase: {{arm_within: 10m}}\n"
            ),
        );
        let clock = mocks.variables["DOORNAIL_CLOCK"].clone();
        Self { desk, mocks, clock }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let all = self.mocks.variables.iter();
        let given = all.map(|(name, value)| (name.as_str(), value.as_str()));
        let own = [("PRINTS", "a key of prints"), ("DOORNAIL_CLOCK", self.clock.as_str())];
        let others = given.filter(|(name, _)| *name != "DOORNAIL_CLOCK");
        self.desk.run_with(arguments, &others.chain(own).collect::<Vec<_>>())
    }

    fn now(&self) -> String {
        self.clock.parse::<Tempo>().unwrap().now().to_string()
    }

    /// So much later, by our clock.
    fn wait(&mut self, seconds: i64) {
        let (scale, since) = self.clock.split_once('@').unwrap();
        let since: jiff::Timestamp = since.parse().unwrap();
        // What began so much earlier has come so many times further.
        let earlier = jiff::SignedDuration::from_secs(seconds / (SCALE - 1) + 1);
        self.clock = format!("{scale}@{}", since.checked_sub(earlier).unwrap());
    }

    /// What somebody does by hand, with a program that knows nothing of doornail.
    fn offboard(&self, ids: &[&str]) {
        for id in ids {
            let url = format!(
                "http://{}/api/v2/oauth/tokens/{id}.json",
                self.mocks.address("ZENDESK_URL")
            );
            let header =
                format!("Authorization: Bearer {}", self.mocks.variables["ZENDESK_ADMIN_TOKEN"]);
            let done = Command::new("curl")
                .args(["-fsS", "-X", "DELETE", "-H", &header, &url])
                .status()
                .unwrap();
            assert!(done.success(), "{id}");
        }
    }

    fn armed(&self) -> PathBuf {
        let arm = ["arm", "--supplier", "acme", "--env", "served", "--confirm", "served"];
        let ran = self.run(&arm);
        assert_eq!(ran.code, Some(0), "{}", ran.whole());
        only_entry(&self.desk.path().join("doornail-runs"))
    }

    fn again(&self, run: &Path, arguments: &[&str]) -> Ran {
        let run = run.to_string_lossy();
        let arguments: Vec<&str> =
            arguments.iter().map(|one| if *one == "RUN" { &*run } else { one }).collect();
        self.run(&[&arguments[..], &["--confirm", "served"]].concat())
    }
}

#[test]
fn a_manual_offboarding_is_one_chain_of_evidence_from_arming_to_the_recheck_two_days_later() {
    let mut place = Place::new();
    let run = place.armed();
    // Days before, and once more within the hour.
    place.wait(3 * 86_400);
    let again = place.again(&run, &["arm", "--again", "RUN"]);
    assert_eq!(again.code, Some(0), "{}", again.whole());
    let decided = place.now();
    place.wait(60);
    let acted = place.now();
    place.offboard(&["602", "603", "604"]);
    let verified = place.again(
        &run,
        &[
            "verify",
            "--armed",
            "RUN",
            "--terminated-at",
            &decided,
            "--first-action-at",
            &acted,
            "--ticket",
            "CHG-77",
            "--within",
            "2h",
        ],
    );
    assert_eq!(verified.code, Some(0), "{}", verified.whole());
    for part in ["1 by use", "2 by listing, not used from here", "From first action", "the office"]
    {
        assert!(verified.stdout.contains(part), "{part}: {}", verified.whole());
    }
    place.wait(2 * 86_400);
    let rechecked = place.again(&run, &["recheck", "RUN"]);
    assert_eq!(rechecked.code, Some(0), "{}", rechecked.whole());
    assert_eq!(place.run(&["verify-journal", &run.to_string_lossy()]).code, Some(0));
    let events = journal(&run);
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((named("run-started"), named("termination-began"), named("taken-up")), (1, 1, 3));
    let report = |name: &str| std::fs::read_to_string(run.join(name)).unwrap();
    let html = report("report.html");
    for part in [
        "is proven to work again, ",
        "Terminated by <b>CHG-77</b>",
        "The first action of CHG-77, carried out elsewhere",
        "nothing is back at the recheck of ",
        "of which nobody looked for ",
        "gone by listing",
    ] {
        assert!(html.contains(part), "{part}");
    }
    for name in ["report.html", "report.md"] {
        assert!(report(name).contains("From first action"), "{name}");
    }
    assert!(report("junit.xml").contains("doornail.window-from-first-action"));
    assert!(report("summary.json").contains("\"from_first_action_us\": "));
}

#[test]
fn what_dies_between_two_armings_is_found_before_the_day() {
    let mut place = Place::new();
    let run = place.armed();
    place.offboard(&["602"]);
    place.wait(86_400);
    let again = place.again(&run, &["arm", "--again", "RUN"]);
    assert_eq!(again.code, Some(4), "{}", again.whole());
    let all = rulings(&run);
    let lost = all.iter().find(|(finding, on, _)| finding == "unproven" && on == "leo-token");
    assert!(lost.is_some_and(|(_, _, why)| why.contains("was not let in again")), "{all:?}");
}

#[test]
fn what_nobody_ended_by_hand_survives_and_is_named() {
    let place = Place::new();
    let run = place.armed();
    let decided = place.now();
    place.offboard(&["602", "604"]);
    let verified = place.again(
        &run,
        &["verify", "--armed", "RUN", "--terminated-at", &decided, "--ticket", "CHG-77"],
    );
    assert_eq!(verified.code, Some(1), "{}", verified.whole());
    let all = rulings(&run);
    let survivor = all.iter().find(|(finding, ..)| finding == "survivor").unwrap();
    assert_eq!(survivor.1, "maya-token");
    assert!(survivor.2.contains("still there by listing"), "{}", survivor.2);
    assert!(
        verified.stdout.contains("nobody recorded when the first action"),
        "{}",
        verified.whole()
    );
}
