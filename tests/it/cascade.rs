//! What a wired estate leaves open is no pass where its end is demanded: the bundled scenarios document
//! it, and these demand it.

use crate::desk::{Desk, Ran, rulings};

const GIVEN: &str = "    Given the supplier \"acme-cascade\"
    And a bystander on every platform
";
const PROVEN: &str = "    And every credential of the supplier is proven to work\n";

fn play(wired: &str, then: &str) -> (Desk, Ran) {
    let text = format!("Feature: F\n  Scenario: S\n{GIVEN}{wired}{PROVEN}{then}");
    let desk = Desk::with(&[("a.feature", &text)]);
    let ran = desk.run(&["run", "a.feature"]);
    (desk, ran)
}

/// Whom a finding was ruled on.
fn ruled(desk: &Desk, finding: &str) -> Vec<String> {
    let all = rulings(&desk.run_folder()).into_iter();
    all.filter(|(found, ..)| found == finding).map(|(_, subject, _)| subject).collect()
}

#[test]
fn a_backdoor_made_during_notice_is_a_leftover_and_no_pass() {
    let (desk, ran) = play(
        "",
        "    When a backdoor credential of the kind \"sp_secret\" is made for \"maya\" at \"entra\" during the notice period
    And the supplier is terminated with the procedure \"cascade-end\"
    Then the key \"entra-sp-secret-backdoor\" stops working within 15 minutes
    And no unrecorded access of the supplier remains
",
    );
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert_eq!(ruled(&desk, "survivor"), ["entra-sp-secret-backdoor"]);
    assert_eq!(ruled(&desk, "leftover").len(), 1, "{}", ran.whole());
}

#[test]
fn a_provisioning_call_that_does_nothing_leaves_survivors() {
    let (desk, ran) = play(
        "    And users of \"okta\" are provisioned to \"zendesk\" and \"slack\" within 5 minutes
    And the provisioning to \"slack\" answers 200 and does nothing
",
        "    When the supplier is terminated with the procedure \"naive\"
    Then the token \"zendesk-maya\" stops working within 10 minutes
    And the token \"slack-maya\" stops working within 10 minutes
",
    );
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert_eq!(ruled(&desk, "survivor"), ["slack-maya"]);
}

#[test]
fn an_account_that_a_nightly_job_brings_back_is_a_revenant() {
    let (desk, ran) = play(
        "    And users of \"okta\" are provisioned to \"zendesk\" within 5 minutes
    And a nightly sync re-creates accounts at \"zendesk\" at 02:00
",
        "    When the supplier is terminated with the procedure \"naive\"
    Then the token \"zendesk-maya\" stops working within 10 minutes
    And nothing comes back for 24 hours
",
    );
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert!(ruled(&desk, "revenant").contains(&"zendesk-maya".to_owned()), "{}", ran.whole());
}

#[test]
fn what_cannot_be_wired_or_made_breaks_its_scenario() {
    let end = "    When the supplier is terminated with the procedure \"naive\"
    Then every bystander still works
";
    let backdoor = "    When a backdoor credential of the kind \"api_token\" is made for \"maya\" at \"zendesk\" during the notice period\n";
    for (wired, then, says) in [
        (
            "    And the provisioning to \"slack\" answers 200 and does nothing\n",
            end.to_owned(),
            "nothing is provisioned to \"slack\"",
        ),
        (
            "    And users of \"keycloak\" are provisioned to \"slack\" within 5 minutes\n",
            end.to_owned(),
            "no platform \"keycloak\"",
        ),
        ("", format!("{backdoor}{end}"), "no `api_token` of zendesk can be made"),
    ] {
        let (_, ran) = play(wired, &then);
        assert!(!matches!(ran.code, Some(0)), "{}", ran.whole());
        assert!(ran.whole().contains(says), "{}", ran.whole());
    }
}
