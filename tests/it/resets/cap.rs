//! By what was sent: no account gets more wrong passwords than its cap, and none is locked.

use std::path::Path;
use std::time::Duration;

use crate::desk::{Desk, journal, rulings};
use crate::rehearsal::tap::{Exchange, Tap};
use crate::serving::Serving;

/// How many times as fast as real the mocks' time runs.
const SCALE: u32 = 40;

const DRILL: &str = r#"Feature: A whole reset
  Scenario: From the reset to the end of the watch
    Given the supplier "acme-okta"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the shared login "okta-maya-password" is reset
    And the action "clear_sessions_and_tokens" of "okta" is taken on "okta-maya"
    Then its old password is refused within 5 minutes
    And sessions opened before the reset end within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And nothing comes back for 10 minutes
    And every bystander still works
"#;

fn bundled(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Okta in another process, which locks an account at the sixth wrong password within ten minutes, and a tap before it.
fn okta() -> (Desk, Serving, Tap) {
    let desk = Desk::new();
    for name in ["acme-okta", "globex-okta"] {
        let file = format!("suppliers/{name}.yaml");
        desk.write(&file, &bundled(&format!("features/estate/{file}")));
    }
    desk.write("features/reset.feature", DRILL);
    desk.write("seed.yaml", "faults: {okta: locks:600}\n");
    let scale = SCALE.to_string();
    let mocks = Serving::start(&desk, &["--clock-scale", &scale, "--seed", "seed.yaml", "okta"]);
    let tap = Tap::before(&mocks.address("OKTA_URL"));
    let admin = "{token: env:OKTA_ADMIN_TOKEN}";
    desk.write(
        "doornail.yaml",
        &format!(
            "environments:\n  sandbox:\n    platforms:\n      okta: {{base_url: 'http://127.0.0.1:{}', resource_url: \
             '{}', observe: {admin}, act: {admin}}}\n    safety: {{allow_hosts: ['127.0.0.1']}}\nchase: {{arm_within: 10m}}\n",
            tap.port, mocks.variables["OKTA_RESOURCE_URL"]
        ),
    );
    (desk, mocks, tap)
}

/// The sign-ins of an account that were not let in, in order.
fn wrong<'e>(exchanges: &'e [Exchange], login: &str) -> Vec<&'e Exchange> {
    let name = format!("\"username\":\"{login}\"");
    exchanges
        .iter()
        .filter(|one| one.request.starts_with("POST /api/v1/authn") && one.request.contains(&name))
        .filter(|one| !one.answer.starts_with("HTTP/1.1 200"))
        .collect()
}

#[test]
fn a_whole_reset_drill_sends_no_more_wrong_passwords_than_the_cap_and_locks_nobody() {
    let (desk, mocks, tap) = okta();
    let variables: Vec<(&str, &str)> =
        mocks.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let arguments = ["run", "--env", "sandbox", "--confirm", "sandbox", "--terminate", "acme-okta"];
    let ran = desk.run_with(&arguments, &variables);
    let exchanges = tap.exchanges();
    let all = wrong(&exchanges, "maya@acme.example");
    // The old password three times, and what was attempted three times.
    assert!(all.len() >= 6, "{} wrong passwords\n{}", all.len(), ran.whole());
    let window = Duration::from_secs(600) / SCALE;
    for (index, first) in all.iter().enumerate() {
        let inside = all[index..].iter().filter(|one| one.asked < first.asked + window).count();
        assert!(inside <= 5, "{inside} wrong passwords within ten minutes\n{}", ran.whole());
    }
    for login in ["leo@acme.example", "maya@globex.example"] {
        assert_eq!(wrong(&exchanges, login).len(), 0, "{login}");
    }
    // A locked account would refuse the new password as well.
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    let of = |name: &str| {
        let events = journal(&desk.run_folder());
        events.iter().filter(|event| event["event"] == name).count()
    };
    assert_eq!(of("locked-out"), 0);
    assert!(of("withheld") > 0, "six wrong passwords do not fit into one window");
}

const LOCKING: [&str; 6] = [
    "--mock-fault",
    "okta=locks:600",
    "--mock-fault",
    "zendesk=locks:600",
    "--mock-fault",
    "servicenow=locks:900",
];

#[test]
fn no_bundled_reset_drill_locks_an_account_where_the_sixth_wrong_password_does() {
    let desk = Desk::new();
    let ran = desk.run(&[&["run", "--tags", "@reset"], &LOCKING[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
    assert!(rulings(&desk.run_folder()).iter().any(|(_, _, why)| why == "it works"));
}

/// The most refusals of one account's passwords within ten minutes, as the journal has them.
fn most_refused(cap: &str) -> usize {
    let desk = Desk::new();
    let okta = bundled("src/platforms/okta.yaml");
    let lockout = format!("lockout: {{refusals: {cap}, per: 10m}}");
    desk.write("platforms/okta.yaml", &okta.replace("lockout: {refusals: 5, per: 10m}", &lockout));
    for name in ["acme-okta", "globex-okta"] {
        let file = format!("suppliers/{name}.yaml");
        desk.write(&file, &bundled(&format!("features/estate/{file}")));
    }
    desk.write("reset.feature", DRILL);
    desk.run(&["run", "reset.feature"]);
    let refused: Vec<u64> = journal(&desk.run_folder())
        .iter()
        .filter(|event| event["channel"] == "authn" && event["verdict"]["verdict"] == "dead")
        .map(|event| event["received"].as_u64().unwrap())
        .collect();
    let within =
        |from: u64| refused.iter().filter(|at| (from..from + 600_000_000).contains(*at)).count();
    refused.iter().map(|from| within(*from)).max().unwrap()
}

#[test]
fn it_is_the_cap_that_keeps_the_drill_from_sending_more() {
    let (careful, careless) = (most_refused("5"), most_refused("500"));
    assert!(careful <= 5 && careless > 5, "{careful} with the cap, {careless} without");
}

#[test]
fn the_plan_says_how_many_wrong_passwords_each_account_gets_at_worst() {
    let desk = Desk::new();
    let ran = desk.run(&["plan", "--supplier", "acme-servicenow"]);
    let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("leo@acme.example at servicenow: 2 within 20m, the cap of its description; 6 confirm the end of its passwords on 2 doors, which takes 3 windows, at least 40m"),
        "{}",
        ran.whole()
    );
}
