@platform @platform:salesforce
Feature: What an action leaves behind at Salesforce
  An access token is a session: it ends with it, and its refresh token makes the next one at once. Deactivating or freezing
  a user is a mask that lifts. Passwords, approvals, certificates and consumer secrets each need an end of their own.

  Background:
    Given the supplier "acme-salesforce"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deactivating a user ends what is the user's, and not what runs as another
    When the action "deactivate_user" of "salesforce" is taken on "maya"
    Then it has these effects
      | credential              | effect                          |
      | salesforce-maya         | stops working within 5 minutes  |
      | salesforce-maya-refresh | stops working within 5 minutes  |
      | salesforce-maya-access  | stops working within 15 minutes |
      | salesforce-bridge       | still works                     |
      | salesforce-certificate  | still works                     |
    And every bystander still works

  Scenario: Deactivating a user ends the user's open session
    When the action "deactivate_user" of "salesforce" is taken on "support-eu"
    Then it has these effects
      | credential                | effect                          |
      | salesforce-shared         | stops working within 5 minutes  |
      | salesforce-shared-session | stops working within 15 minutes |
      | salesforce-bridge         | still works                     |
    And every bystander still works

  Scenario: Re-activating a user brings the password and the refresh token back
    When the action "deactivate_user" of "salesforce" is taken on "maya"
    Then it has these effects
      | credential              | effect                         |
      | salesforce-maya         | stops working within 5 minutes |
      | salesforce-maya-refresh | stops working within 5 minutes |
    When the action "reactivate_user" of "salesforce" is taken on "maya"
    Then it has these effects
      | credential              | effect     |
      | salesforce-maya         | comes back |
      | salesforce-maya-refresh | comes back |
    And every bystander still works

  # Open sessions and tokens are not in the table: nothing is promised of them.
  Scenario: Freezing a user shuts the login, and unfreezing opens it again
    When the action "freeze_user" of "salesforce" is taken on "maya"
    Then it has these effects
      | credential      | effect                         |
      | salesforce-maya | stops working within 5 minutes |
    When the action "unfreeze_user" of "salesforce" is taken on "maya"
    Then it has these effects
      | credential      | effect     |
      | salesforce-maya | comes back |
    And every bystander still works

  Scenario: Removing an app's session leaves the refresh token, which makes the next one
    When the action "remove_session" of "salesforce" is taken on "salesforce-maya-access"
    Then it has these effects
      | credential              | effect                        |
      | salesforce-maya-access  | stops working within 1 minute |
      | salesforce-maya-refresh | still works                   |
    And every bystander still works

  Scenario: Removing a session of the browser ends it
    When the action "remove_session" of "salesforce" is taken on "salesforce-shared-session"
    Then it has these effects
      | credential                | effect                        |
      | salesforce-shared-session | stops working within 1 minute |
      | salesforce-maya-refresh   | still works                   |
    And every bystander still works

  Scenario: A new password ends the old one, and no token
    When the shared login "salesforce-maya" is reset
    Then it has these effects
      | credential              | effect                         |
      | salesforce-maya         | stops working within 5 minutes |
      | salesforce-maya-refresh | still works                    |
      | salesforce-maya-access  | still works                    |
    And every bystander still works

  Scenario: A new password of the integration user ends no app that runs as that user
    When the shared login "salesforce-sync" is reset
    Then it has these effects
      | credential             | effect                         |
      | salesforce-sync        | stops working within 5 minutes |
      | salesforce-bridge      | still works                    |
      | salesforce-certificate | still works                    |
    And every bystander still works

  Scenario: A password that Salesforce makes ends the old one, and no token
    When the action "generate_password" of "salesforce" is taken on "maya"
    Then it has these effects
      | credential              | effect                         |
      | salesforce-maya         | stops working within 5 minutes |
      | salesforce-maya-refresh | still works                    |
      | salesforce-maya-access  | still works                    |
    And every bystander still works

  Scenario: A password that Salesforce makes for the integration user ends no app that runs as that user
    When the action "generate_password" of "salesforce" is taken on "sync"
    Then it has these effects
      | credential             | effect                         |
      | salesforce-sync        | stops working within 5 minutes |
      | salesforce-bridge      | still works                    |
      | salesforce-certificate | still works                    |
    And every bystander still works

  Scenario: Revoking an access token leaves its refresh token and the browser's sessions
    When the action "revoke_access_token" of "salesforce" is taken on "salesforce-maya-access"
    Then it has these effects
      | credential                | effect                        |
      | salesforce-maya-access    | stops working within 1 minute |
      | salesforce-maya-refresh   | still works                   |
      | salesforce-shared-session | still works                   |
    And every bystander still works

  # Up to 30 minutes are documented; the minute more is for a probe that falls on the very end.
  Scenario: Revoking an access token in JWT form takes half an hour, and leaves the session beside it
    When the action "revoke_access_token" of "salesforce" is taken on "salesforce-leo-jwt"
    Then it has these effects
      | credential             | effect                          |
      | salesforce-leo-jwt     | stops working within 31 minutes |
      | salesforce-leo-refresh | still works                     |
      | salesforce-leo-session | still works                     |
    And every bystander still works

  Scenario: Revoking a refresh token ends its access tokens, and leaves the browser's sessions
    When the action "revoke_refresh_token" of "salesforce" is taken on "salesforce-maya-refresh"
    Then it has these effects
      | credential                           | effect                         |
      | salesforce-maya-refresh              | stops working within 1 minute  |
      | salesforce-maya-access               | stops working within 1 minute  |
      | salesforce-maya-refresh/oauth_access | stops working within 5 minutes |
      | salesforce-shared-session            | still works                    |
    And every bystander still works

  Scenario: Revoking an approval ends the refresh token and its access tokens
    When the action "revoke_approval" of "salesforce" is taken on "salesforce-maya-refresh"
    Then it has these effects
      | credential              | effect                        |
      | salesforce-maya-refresh | stops working within 1 minute |
      | salesforce-maya-access  | stops working within 1 minute |
      | salesforce-leo-refresh  | still works                   |
    And every bystander still works

  Scenario: Revoking an approval leaves access tokens in JWT form
    When the action "revoke_approval" of "salesforce" is taken on "salesforce-leo-refresh"
    Then it has these effects
      | credential             | effect                        |
      | salesforce-leo-refresh | stops working within 1 minute |
      | salesforce-leo-jwt     | still works                   |
    And every bystander still works

  Scenario: Blocking an app ends its sessions, and leaves other ways in
    When the action "block_app" of "salesforce" is taken on "bridge"
    Then it has these effects
      | credential                | effect                         |
      | salesforce-maya-access    | stops working within 5 minutes |
      | salesforce-maya           | still works                    |
      | salesforce-shared-session | still works                    |
    And every bystander still works

  Scenario: Uninstalling an app ends nothing for those who authorised it before
    When the action "uninstall_app" of "salesforce" is taken on "bridge"
    Then it has these effects
      | credential              | effect      |
      | salesforce-maya-refresh | still works |
      | salesforce-maya-access  | still works |
    And every bystander still works

  Scenario: Expiring refresh tokens by policy leaves the access tokens that are out
    When the action "expire_refresh_tokens" of "salesforce" is taken on "bridge"
    Then it has these effects
      | credential              | effect                        |
      | salesforce-maya-refresh | stops working within 1 minute |
      | salesforce-maya-access  | still works                   |
    And every bystander still works

  # The tokens themselves end within half an hour, everybody's: only what is spared is looked at here, before that.
  Scenario: Revoking all access tokens in JWT form leaves the sessions beside them
    When the action "revoke_jwt_access_tokens" of "salesforce" is taken
    Then it has these effects
      | credential             | effect      |
      | salesforce-leo-session | still works |
    And every bystander still works

  Scenario: A new consumer secret ends client credentials, and leaves the access tokens that are out
    When the action "rotate_consumer_secret" of "salesforce" is taken on "bridge"
    Then it has these effects
      | credential             | effect                        |
      | salesforce-bridge      | stops working within 1 minute |
      | salesforce-maya-access | still works                   |
    And every bystander still works

  Scenario: Taking an app away from a profile leaves the access tokens that are out
    When the action "remove_app_access" of "salesforce" is taken on "bridge"
    Then it has these effects
      | credential             | effect      |
      | salesforce-maya-access | still works |
    And every bystander still works
