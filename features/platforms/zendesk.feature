@platform @platform:zendesk
Feature: What Zendesk ends and what it leaves

  Background:
    Given the supplier "acme" at "zendesk"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Suspend the user (zd-maya)
    When the action "suspend_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential     | effect                         |
      | zendesk-maya   | stops working within 5 minutes |
      | zendesk-api    | still works                    |
      | zendesk-client | still works                    |
    And every bystander still works

  Scenario: Suspend the user (zd-support-eu)
    When the action "suspend_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential     | effect                         |
      | support-eu     | stops working within 5 minutes |
      | zendesk-api    | still works                    |
      | zendesk-client | still works                    |
    And every bystander still works

  # TODO restore unsuspend_user
  Scenario: Make the user an end user
    When the action "downgrade_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential         | effect      |
      | support-eu         | still works |
      | support-eu-session | still works |
      | zendesk-api        | still works |
      | zendesk-client     | still works |
    And every bystander still works

  Scenario: Delete the user (zd-maya)
    When the action "delete_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect                         |
      | zendesk-maya    | stops working within 5 minutes |
      | zendesk-refresh | stops working within 5 minutes |
      | zendesk-api     | still works                    |
      | zendesk-client  | still works                    |
    And every bystander still works

  Scenario: Delete the user (zd-support-eu)
    When the action "delete_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Delete the user (zd-support-eu)
    When the action "delete_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Delete the user, and then what was kept of the user (zd-maya)
    When the action "delete_user_permanently" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect                         |
      | zendesk-maya    | stops working within 5 minutes |
      | zendesk-refresh | stops working within 5 minutes |
      | zendesk-api     | still works                    |
      | zendesk-client  | still works                    |
    And every bystander still works

  Scenario: Delete the user, and then what was kept of the user (zd-support-eu)
    When the action "delete_user_permanently" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Delete the user, and then what was kept of the user (zd-support-eu)
    When the action "delete_user_permanently" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Delete the user by a bulk job, and wait for the job (zd-maya)
    When the action "bulk_delete_users" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect                         |
      | zendesk-maya    | stops working within 5 minutes |
      | zendesk-refresh | stops working within 5 minutes |
      | zendesk-api     | still works                    |
      | zendesk-client  | still works                    |
    And every bystander still works

  Scenario: Delete the user by a bulk job, and wait for the job (zd-support-eu)
    When the action "bulk_delete_users" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Delete the user by a bulk job, and wait for the job (zd-support-eu)
    When the action "bulk_delete_users" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: End all sessions of the user
    When the action "delete_sessions" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu-session | stops working within 5 minutes |
      | support-eu         | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: End the user's sessions by a bulk job, which takes its time
    When the action "logout_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu-session | stops working within 5 minutes |
      | support-eu         | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Set a new password, as an administrator
    When the action "set_password" of "zendesk" is taken on "support-eu"
    Then it has these effects
      | credential     | effect                         |
      | support-eu     | stops working within 5 minutes |
      | zendesk-legacy | still works                    |
      | zendesk-api    | still works                    |
      | zendesk-client | still works                    |
    And every bystander still works

  # TODO no rows change_own_password support-eu
  Scenario: Revoke one OAuth access token
    When the action "delete_oauth_token" of "zendesk" is taken on "zendesk-legacy"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-legacy     | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Revoke an OAuth access token with itself
    When the action "revoke_current_token" of "zendesk" is taken on "zendesk-legacy"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-legacy     | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Delete the OAuth client
    When the action "delete_oauth_client" of "zendesk" is taken on "zd-bridge"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-client     | stops working within 5 minutes |
      | zendesk-leo        | stops working within 5 minutes |
      | zendesk-maya       | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
    And every bystander still works

  Scenario: Give the OAuth client a new secret
    When the action "generate_client_secret" of "zendesk" is taken on "zd-bridge"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-client     | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
    And every bystander still works

  Scenario: Deactivate the API token
    When the action "deactivate_api_token" of "zendesk" is taken on "zendesk-api"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-api        | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  # TODO restore activate_api_token
  Scenario: Delete the API token
    When the action "delete_api_token" of "zendesk" is taken on "zendesk-api"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-api        | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Switch off API tokens for the whole account, everybody's
    When the action "disable_api_token_access" of "zendesk" is taken
    Then it has these effects
      | credential         | effect                         |
      | zendesk-api        | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

