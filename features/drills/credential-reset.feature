@reset
Feature: Passwords are reset
  A reset ends the old password. It does not end what was opened or minted with it. The old password is tried until its
  end is sure, and never more often than its account takes; only then is the new one used.

  Scenario: A password is reset at the identity provider
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the shared login "okta-login" is reset
    Then its old password is refused within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And the key "okta-ssws" still works
    And every bystander still works

  Scenario: A reset leaves tokens and sessions, which have to be ended on their own
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the shared login "okta-login" is reset
    And the action "clear_sessions_and_tokens" of "okta" is taken on "okta-maya"
    Then its old password is refused within 5 minutes
    And sessions opened before the reset end within 5 minutes
    And the grant "okta-refresh" stops working within 5 minutes
    And nothing comes back for 1 hour
    And every bystander still works

  Scenario: Its own owner changes the password, and ends the sessions with it
    Given the supplier "acme-okta"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the password of "okta-maya-password" is changed by its own owner
    Then its old password is refused within 5 minutes
    And sessions opened before the reset end within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And the grant "okta-maya-refresh" still works
    And the key "okta-maya-ssws" still works
    And every bystander still works

  Scenario: Its own owner changes a shared password, and the others who know the old one are out
    Given the supplier "acme-zendesk-account"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the password of "zendesk-account-password" is changed by its own owner
    And the action "delete_sessions" of "zendesk" is taken on "zd-support-eu"
    Then its old password is refused within 5 minutes
    And sessions opened before the reset end within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And nothing comes back for 1 hour
    And every bystander still works

  Scenario: A new password demanded at the next sign-in ends nothing
    Given the supplier "acme-okta"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the action "expire_password" of "okta" is taken on "okta-maya"
    Then the login "okta-maya-password" still works
    And the session "okta-maya-session" still works
    And the grant "okta-maya-refresh" still works
    And the key "okta-maya-ssws" still works
    And every bystander still works

  Scenario: Where the demand for a new password binds nobody at the API, the old one goes on until it is reset
    Given the supplier "acme-servicenow"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the action "require_new_password" of "servicenow" is taken on "servicenow-sync"
    Then the login "servicenow-sync-login" still works
    When the shared login "servicenow-sync-login" is reset
    Then its old password is refused within 15 minutes
    And the new password works
    And every bystander still works

  Scenario: The second factor is removed, and the password and what it opened go on
    Given the supplier "acme-okta"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the action "reset_factors" of "okta" is taken on "okta-maya"
    Then the login "okta-maya-password" still works
    And the session "okta-maya-session" still works
    And every bystander still works

  @sso
  Scenario: Single sign-on is switched off, and the local password still works until it is reset
    Given the supplier "acme-servicenow"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the action "disable_sso" of "servicenow" is taken on "servicenow-support-eu"
    Then the login "servicenow-support-eu" still works
    When the shared login "servicenow-support-eu" is reset
    Then its old password is refused within 15 minutes
    And the new password works
    And every bystander still works

  Scenario: The address for reset mails is changed to one of ours
    Given the supplier "acme-keycloak"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the action "change_mail" of "keycloak" is taken on "keycloak-maya"
    Then the reset mail of "keycloak-maya-password" does not go to a mailbox that the supplier still reads
    And the session "keycloak-maya-session" still works
    And every bystander still works
