//! Each flaw of a reset turns the drill red, and nothing else does.

use super::console::{Console, Flaw, TAKEN};
use crate::desk::{Desk, Ran, journal, rulings};

/// The drill on a console with a flaw, what it ruled, and the console afterwards.
fn drill(flaw: Flaw, feature: &str) -> (Ran, Desk, Console) {
    let console = Console::serve(flaw);
    let port = console.port;
    let config = format!(
        "environments:\n  live:\n    platforms: {{console: {{base_url: 'http://127.0.0.1:{port}', observe: {{token: \
         env:ADMIN}}, act: {{token: env:ADMIN}}}}}}\n    safety: {{allow_hosts: ['127.0.0.1']}}\nchase: {{spread: 200ms, \
         patience: 4s, arm_within: 5s}}\n"
    );
    let desk = Desk::with(&[
        ("platforms/console.yaml", include_str!("project/console.yaml")),
        ("suppliers/acme.yaml", include_str!("project/acme.yaml")),
        ("suppliers/globex.yaml", include_str!("project/globex.yaml")),
        ("features/reset.feature", feature),
        ("doornail.yaml", &config),
    ]);
    let variables = [
        ("ADMIN", "admin-secret-token"),
        ("MAYA_PASSWORD", "maya-secret-password"),
        ("MAYA_SESSION", "session-of-maya"),
        ("MAYA_LINK", "link-of-maya"),
        ("SAM_PASSWORD", "sam-secret-password"),
        ("SAM_SESSION", "session-of-sam"),
        ("SAM_LINK", "link-of-sam"),
    ];
    let arguments = ["run", "--env", "live", "--confirm", "live", "--terminate", "acme"];
    let ran = desk.run_with(&arguments, &variables);
    (ran, desk, console)
}

const FEATURE: &str = include_str!("project/reset.feature");

/// A flaw, the exit code, and the finding about a subject.
const FLAWS: [(Flaw, i32, &str, &str); 11] = [
    (Flaw::None, 0, "holds", "acme-login"),
    (Flaw::SessionsSurvive, 1, "survivor", "acme-session"),
    (Flaw::LinksSurvive, 1, "survivor", "acme-link"),
    (Flaw::NoStepUpFor("password"), 1, "step-up-missing", "acme-login (attempted)"),
    (Flaw::NoStepUpFor("mail"), 1, "step-up-missing", "acme-login"),
    (Flaw::NoStepUpFor("role"), 1, "step-up-missing", "acme-login"),
    (Flaw::NoStepUpFor("factor"), 1, "step-up-missing", "acme-login"),
    (Flaw::MailToTheSupplier, 1, "way-back", "acme-login"),
    (Flaw::CacheUntilTheNewIsUsed, 1, "survivor", "acme-login"),
    (Flaw::NoAddressFor("role"), 3, "not-confirmed", "acme-login"),
    (Flaw::NoAddressFor("password"), 4, "holds", "acme-login"),
];

#[test]
fn a_sound_reset_is_green_and_each_flaw_is_found_for_what_it_is() {
    let wrong = std::thread::scope(|scope| {
        let all = FLAWS.map(|(flaw, code, finding, subject)| {
            scope.spawn(move || {
                let (ran, desk, console) = drill(flaw, FEATURE);
                let found = rulings(&desk.run_folder());
                let bad = |one: &&(String, String, String)| one.0 != "holds";
                let bad: Vec<_> = found.iter().filter(bad).collect();
                let is_it = |one: &&(String, String, String)| one.0 == finding && one.1 == subject;
                // Whoever could change the address has their reset mails sent to it.
                let follows = flaw == Flaw::NoStepUpFor("mail");
                let as_told = (finding == "holds" || bad.iter().copied().any(|one| is_it(&one)))
                    && bad.iter().all(|one| is_it(one) || (follows && one.0 == "way-back"));
                let (most, locked) = console.wrong();
                let capped = most <= TAKEN && !locked;
                let fine = ran.code == Some(code) && as_told && capped;
                (!fine).then(|| format!("{flaw:?}: {bad:?}, {most} wrong\n{}", ran.whole()))
            })
        });
        all.into_iter().filter_map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_lock_out_that_is_seen_is_told_and_ends_all_trying() {
    let short = "Feature: The console\n  Scenario: A password is reset\n    Given the supplier \"acme\"\n    And a bystander on every platform\n    And every credential of the supplier is proven to work\n    When the shared login \"acme-login\" is reset\n    Then its old password is refused within 2 seconds\n";
    let (ran, desk, _console) = drill(Flaw::LocksAtOnce, short);
    assert_eq!(ran.code, Some(3), "{}", ran.whole());
    let events = journal(&desk.run_folder());
    let locked: Vec<_> = events.iter().filter(|event| event["event"] == "locked-out").collect();
    assert!(!locked.is_empty(), "{}", ran.whole());
    assert_eq!(locked[0]["account"], "maya");
    assert!(locked[0]["ours"].as_u64().unwrap() >= 1);
    for file in ["report.md", "report.html", "summary.json"] {
        let text = std::fs::read_to_string(desk.run_folder().join(file)).unwrap();
        assert!(text.contains("maya"), "{file}");
        assert!(file == "summary.json" || text.contains("locked out, seen at"), "{file}");
    }
    assert!(ran.stdout.contains("maya at console: locked out, seen at"), "{}", ran.whole());
}

#[test]
fn a_reset_mail_to_the_supplier_is_found_on_the_mocks_too() {
    let desk = Desk::new();
    desk.write(
        "mail.feature",
        "Feature: Mail\n  Scenario: Nobody changed the address\n    Given the supplier \"acme-keycloak\"\n    And a bystander on every platform\n    And every credential of the supplier is proven to work\n    When the action \"logout_user\" of \"keycloak\" is taken on \"keycloak-maya\"\n    Then the reset mail of \"keycloak-maya-password\" does not go to a mailbox that the supplier still reads\n",
    );
    let ran = desk.run(&["run", "mail.feature"]);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let found = rulings(&desk.run_folder());
    let told = found.iter().any(|(finding, subject, why)| {
        finding == "way-back"
            && subject == "keycloak-maya-password"
            && why.contains("maya@acme.example")
    });
    assert!(told, "{found:?}");
}

#[test]
fn to_switch_single_sign_on_off_is_no_end_of_the_local_password() {
    let desk = Desk::new();
    desk.write(
        "sso.feature",
        "Feature: SSO\n  Scenario: Off\n    Given the supplier \"acme-servicenow\"\n    And a bystander on every platform\n    And every credential of the supplier is proven to work\n    When the action \"disable_sso\" of \"servicenow\" is taken on \"servicenow-support-eu\"\n    Then the login \"servicenow-support-eu\" stops working within 15 minutes\n",
    );
    let ran = desk.run(&["run", "sso.feature"]);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    let found = rulings(&desk.run_folder());
    assert!(
        found.iter().any(
            |(finding, subject, _)| finding == "survivor" && subject == "servicenow-support-eu"
        ),
        "{found:?}"
    );
}
