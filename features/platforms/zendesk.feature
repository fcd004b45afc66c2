@platform @platform:zendesk
Feature: What Zendesk's actions leave behind
  Ending a Zendesk user never ends an API token: it belongs to the account and works with any other verified user's
  e-mail address. Nor does it end an OAuth client, which makes tokens that have no person behind them. Revoking a token
  or ending a session leaves the password, which opens the next one.

  Background:
    Given the supplier "acme" at "zendesk"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # Zendesk says that it acts at once; 5 minutes leave room for slow probes.
  Scenario: A suspended person's tokens stop, the account's token and the client do not
    When the action "suspend_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential     | effect                         |
      | zendesk-maya   | stops working within 5 minutes |
      | zendesk-api    | still works                    |
      | zendesk-client | still works                    |
    And every bystander still works

  Scenario: A suspended login is refused, the account's token and the client are not
    When the action "suspend_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential     | effect                         |
      | support-eu     | stops working within 5 minutes |
      | zendesk-api    | still works                    |
      | zendesk-client | still works                    |
    And every bystander still works

  Scenario: Lifting a person's suspension brings the tokens back
    When the action "suspend_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential   | effect                         |
      | zendesk-maya | stops working within 5 minutes |
    When the action "unsuspend_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential   | effect     |
      | zendesk-maya | comes back |
    And every bystander still works

  Scenario: Lifting a login's suspension brings the password back
    When the action "suspend_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential | effect                         |
      | support-eu | stops working within 5 minutes |
    When the action "unsuspend_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential | effect     |
      | support-eu | comes back |
    And every bystander still works

  Scenario: A downgraded user still signs in
    When the action "downgrade_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect      |
      | support-eu         | still works |
      | support-eu-session | still works |
      | zendesk-api        | still works |
      | zendesk-client     | still works |
    And every bystander still works

  Scenario: A deleted person leaves the account's token and the client
    When the action "delete_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect                         |
      | zendesk-maya    | stops working within 5 minutes |
      | zendesk-refresh | stops working within 5 minutes |
      | zendesk-api     | still works                    |
      | zendesk-client  | still works                    |
    And every bystander still works

  Scenario: A deleted login takes its sessions along
    When the action "delete_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: A person deleted for good still leaves the account's token and the client
    When the action "delete_user_permanently" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect                         |
      | zendesk-maya    | stops working within 5 minutes |
      | zendesk-refresh | stops working within 5 minutes |
      | zendesk-api     | still works                    |
      | zendesk-client  | still works                    |
    And every bystander still works

  Scenario: A login deleted for good takes its sessions along
    When the action "delete_user_permanently" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: A bulk deletion ends a person's tokens once its job is done
    When the action "bulk_delete_users" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect                         |
      | zendesk-maya    | stops working within 5 minutes |
      | zendesk-refresh | stops working within 5 minutes |
      | zendesk-api     | still works                    |
      | zendesk-client  | still works                    |
    And every bystander still works

  Scenario: A bulk deletion ends a login once its job is done
    When the action "bulk_delete_users" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu         | stops working within 5 minutes |
      | support-eu-session | stops working within 5 minutes |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: Ended sessions leave the password that opens the next one
    When the action "delete_sessions" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu-session | stops working within 5 minutes |
      | support-eu         | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    When the action "delete_sessions" of "zendesk" is taken on "zd-sync"
    Then it has these effects
      | credential     | effect      |
      | zendesk-legacy | still works |
    When the action "delete_sessions" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect      |
      | zendesk-refresh | still works |
    And every bystander still works

  Scenario: A bulk logout ends sessions, and nothing but sessions
    When the action "logout_user" of "zendesk" is taken on "zd-support-eu"
    Then it has these effects
      | credential         | effect                         |
      | support-eu-session | stops working within 5 minutes |
      | support-eu         | still works                    |
      | zendesk-legacy     | still works                    |
      | zendesk-refresh    | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    When the action "logout_user" of "zendesk" is taken on "zd-sync"
    Then it has these effects
      | credential     | effect      |
      | zendesk-legacy | still works |
    When the action "logout_user" of "zendesk" is taken on "zd-maya"
    Then it has these effects
      | credential      | effect      |
      | zendesk-refresh | still works |
    And every bystander still works

  Scenario: A password set by an administrator leaves every token
    When the action "set_password" of "zendesk" is taken on "support-eu"
    Then it has these effects
      | credential     | effect                         |
      | support-eu     | stops working within 5 minutes |
      | zendesk-legacy | still works                    |
      | zendesk-api    | still works                    |
      | zendesk-client | still works                    |
    And every bystander still works

  Scenario: A password changed by its owner, who gives the old one, is gone
    When the action "change_password" of "zendesk" is taken on "support-eu"
    Then it has these effects
      | credential | effect                         |
      | support-eu | stops working within 5 minutes |
    And every bystander still works

  # The drill plays `set_password`, and then `change_own_password` without the password that is valid by then.
  Scenario: A reset ends the old password, and without the current one none is set
    When the shared login "support-eu" is reset
    Then its old password is refused within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And every bystander still works

  Scenario: A revoked token leaves the login and the client that make the next one
    When the action "delete_oauth_token" of "zendesk" is taken on "zendesk-legacy"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-legacy     | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: A token with the scope write revokes itself, and nothing else
    When the action "revoke_current_token" of "zendesk" is taken on "zendesk-maya"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-maya       | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
      | zendesk-client     | still works                    |
    And every bystander still works

  Scenario: A deleted client takes its tokens along
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

  Scenario: A new client secret ends the old one only
    When the action "generate_client_secret" of "zendesk" is taken on "zd-bridge"
    Then it has these effects
      | credential         | effect                         |
      | zendesk-client     | stops working within 5 minutes |
      | support-eu         | still works                    |
      | support-eu-session | still works                    |
      | zendesk-api        | still works                    |
    And every bystander still works

  Scenario: A deactivated API token leaves every other door
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

  Scenario: A deactivated API token can be activated again
    When the action "deactivate_api_token" of "zendesk" is taken on "zendesk-api"
    Then it has these effects
      | credential  | effect                         |
      | zendesk-api | stops working within 5 minutes |
    When the action "activate_api_token" of "zendesk" is taken on "zendesk-api"
    Then it has these effects
      | credential  | effect     |
      | zendesk-api | comes back |
    And every bystander still works

  Scenario: A deleted API token leaves every other door
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
