//! When something comes back that nobody of the drill let back in, the report says what the platform's own
//! log knows of it.

use crate::desk::Desk;

fn drill(
    platform: &str,
    supplier: &str,
    actions: [&str; 2],
    principal: &str,
    credential: &str,
) -> String {
    let [ends, restores] = actions;
    let desk = Desk::new();
    desk.write(
        "a.feature",
        &format!(
            "Feature: Back again
  Scenario: Somebody undoes it
    Given the supplier {supplier}
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the action \"{ends}\" of \"{platform}\" is taken on \"{principal}\"
    Then it has these effects
      | credential   | effect                         |
      | {credential} | stops working within 5 minutes |
    When the action \"{restores}\" of \"{platform}\" is taken on \"{principal}\"
    Then nothing comes back for 10 minutes
"
        ),
    );
    let ran = desk.run(&["run", "a.feature"]);
    assert_eq!(ran.code, Some(1), "{}", ran.whole());
    assert!(ran.stdout.contains("revenant"), "{}", ran.stdout);
    ran.stdout
}

#[test]
fn what_came_back_at_okta_is_explained_by_its_log() {
    let said = drill(
        "okta",
        "\"acme-okta\"",
        ["suspend_user", "unsuspend_user"],
        "okta-maya",
        "okta-maya-ssws",
    );
    assert!(said.contains("the audit log of Okta: "), "{said}");
    assert!(said.contains(" did user.lifecycle.unsuspend at "), "{said}");
}

#[test]
fn what_came_back_at_zendesk_is_explained_by_its_log() {
    let said = drill(
        "zendesk",
        "\"acme\" at \"zendesk\"",
        ["suspend_user", "unsuspend_user"],
        "zd-sync",
        "zendesk-legacy",
    );
    assert!(said.contains("the audit log of Zendesk: "), "{said}");
    assert!(said.contains(" did update at "), "{said}");
}
