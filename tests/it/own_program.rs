//! A protocol that doornail does not speak, in real time: the user's own program signs in, and another stays
//! signed in. Descriptions, scripts and feature only, as a user would write them.

use crate::desk::{Desk, Ran};

const DESCRIPTION: &str = r#"
platform: broker
title: Home-grown broker
base_url: http://127.0.0.1:9
credentials:
  login:
    title: Broker login
    class: login
    owned_by: principal
    secret: [password]
    bogus: {password: '[a-z]{12}'}
    list: {cannot: the broker has no listing}
    mint: {cannot: made by hand}
    derives: [{kind: session, channel: stay, secret: {}}]
    probe:
      once:
        sign_in:
          command: {run: [sh, broker.sh, "{{ principal.login }}"], env: {PASSWORD: "{{ password }}"}}
        alive: [{json: {/exit: 0, /stdout: "signed in as {{ principal.login }}"}}]
        dead: [{json: {/exit: 1, /stderr: bad credentials}}]
        samples: []
      stay:
        sign_in:
          command:
            run: [sh, stay.sh, "{{ principal.login }}"]
            stdin: "{{ password }}\n"
            stays: {ask: "{{ nonce }}"}
        alive: [{json: {/line: "{{ principal.login }} is in"}}]
        dead: [{json: {/exit: 1, /stderr: bad credentials}}]
        samples: []
  session:
    title: Broker session
    class: session
    owned_by: principal
    secret: []
    list: {cannot: the broker has no listing}
    mint: {cannot: opened by a login}
    probe:
      stay:
        kept: true
        no_bogus: a connection cannot be made up
        alive: [{json: {/line: "{{ nonce }} {{ principal.login }} is in"}}]
        dead: [{json: {/exit: 5, /stderr: session ended}}]
        samples: []
polite: {every: 100ms, budget: 100/s}
"#;

const BROKER: &str = r#"
if [ -e closed ]; then echo "maintenance" >&2; exit 9; fi
if grep -qx "$1 $PASSWORD" accounts; then echo "signed in as $1"; exit 0; fi
echo "bad credentials" >&2
exit 1
"#;

const STAY: &str = r#"
read password
PASSWORD=$password sh broker.sh "$1" > /dev/null || exit $?
echo "$1 is in"
while read nonce; do
  if [ -e "kicked-$1" ]; then echo "session ended" >&2; exit 5; fi
  echo "$nonce $1 is in"
done
"#;

const FEATURE: &str = r#"
Feature: The broker
  Scenario: End
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "end"
    Then every shared login stops working within 5 seconds
    And every open session ends within 5 seconds
    And nothing comes back for 1 second
    And every bystander still works
"#;

fn supplier(id: &str, login: &str, rest: &str) -> String {
    format!(
        "supplier: {id}
name: {id}
owners: {{business: someone@ours.example}}
principals: [{{id: {login}, platform: broker, login: {login}}}]
credentials:
  - {{id: {id}-login, platform: broker, kind: login, principal: {login}, secret: {{password: env:{}_PW}},
     authorization: {{reference: T-1, date: 2026-10-01}}}}
{rest}",
        id.to_uppercase()
    )
}

/// Plays the drill with this shell line as the whole procedure.
fn drill(end: &str, safety: &str) -> (Desk, Ran) {
    drill_at(end, safety, "1@2026-01-05T09:00:00Z")
}

/// The same, faster than time is: an answer that proves nothing is waited for a minute.
fn drill_at(end: &str, safety: &str, tempo: &str) -> (Desk, Ran) {
    let bystander = "bystanders: [{supplier: globex, credential: globex-login}]\n";
    let (acme, globex) = (supplier("acme", "maya", bystander), supplier("globex", "sam", ""));
    let procedure = format!("procedure: end\nsteps:\n  - {{command: [sh, -c, {end:?}]}}\n");
    let config = format!(
        "environments:\n  live:\n    platforms: {{broker: {{}}}}\n    safety: {{allow_hosts: [127.0.0.1]{safety}}}\n\
         chase: {{spread: 300ms, patience: 3s, arm_within: 5s}}\n"
    );
    let desk = Desk::with(&[
        ("platforms/broker.yaml", DESCRIPTION),
        ("suppliers/acme.yaml", &acme),
        ("suppliers/globex.yaml", &globex),
        ("procedures/end.yaml", &procedure),
        ("features/end.feature", FEATURE),
        ("doornail.yaml", &config),
        ("accounts", "maya correct-horse-1\nsam battery-staple-2\n"),
        ("broker.sh", BROKER),
        ("stay.sh", STAY),
    ]);
    let leave = ["run", "--env", "live", "--confirm", "live", "--terminate", "acme"];
    let variables = [
        ("ACME_PW", "correct-horse-1"),
        ("GLOBEX_PW", "battery-staple-2"),
        ("DOORNAIL_CLOCK", tempo),
    ];
    let ran = desk.run_with(&leave, &variables);
    (desk, ran)
}

const PERMITTED: &str = ", allow_programs: [sh]";

#[test]
fn what_a_program_signs_in_to_is_proven_dead_with_its_session() {
    let (_desk, ran) = drill("sed -i /maya/d accounts; touch kicked-maya", PERMITTED);
    assert_eq!(ran.code, Some(0), "{}", ran.whole());
}

#[test]
fn a_session_that_outlives_its_password_is_a_survivor() {
    let (desk, ran) = drill("sed -i /maya/d accounts", PERMITTED);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let journal = std::fs::read_to_string(desk.run_folder().join("journal.ndjson")).unwrap();
    let survivors: Vec<&str> =
        journal.lines().filter(|line| line.contains("\"survivor\"")).collect();
    assert!(!survivors.is_empty());
    for line in survivors {
        assert!(line.contains("acme-login/session"), "{line}");
    }
    for secret in ["correct-horse-1", "battery-staple-2"] {
        assert!(!journal.contains(secret), "a password is in the journal");
    }
}

#[test]
fn an_answer_of_a_program_that_no_pattern_names_is_never_dead() {
    let (_desk, ran) = drill_at("touch closed kicked-maya", PERMITTED, "20@2026-01-05T09:00:00Z");
    assert!(matches!(ran.code, Some(3..=5)), "{}", ran.whole());
    assert!(ran.whole().contains("no rule matches"), "{}", ran.whole());
}

#[test]
fn a_program_that_nobody_permitted_is_never_run() {
    let (desk, ran) = drill("touch ended", "");
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.whole().contains("allow_programs"), "{}", ran.whole());
    assert!(!desk.path().join("ended").exists());
}
