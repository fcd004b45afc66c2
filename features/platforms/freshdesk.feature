@platform @platform:freshdesk
Feature: What Freshdesk's actions leave behind
  An agent's API key belongs to the agent record: it goes when the record goes or the agent makes a new one.
  What is done to the person's password, role, seat or apps does not touch it. Of sessions and OAuth tokens Freshdesk
  documents no refusal, so they are only shown where they survive.

  Background:
    Given the supplier "acme-freshdesk"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deleting an agent ends the agent's key, and no colleague's
    When the action "delete_agent" of "freshdesk" is taken on "freshdesk-maya"
    Then it has these effects
      | credential         | effect                         |
      | freshdesk-maya-key | stops working within 5 minutes |
      | freshdesk-leo-key  | still works                    |
      | freshdesk-sync-key | still works                    |
    And nothing comes back for 1 hour
    And every bystander still works

  Scenario: A key that its agent resets ends at once, and no other does
    When the action "reset_api_key" of "freshdesk" is taken on "freshdesk-maya-key"
    Then it has these effects
      | credential               | effect                        |
      | freshdesk-maya-key       | stops working within 1 minute |
      | freshdesk-leo-key        | still works                   |
      | freshdesk-helper-access  | still works                   |
      | freshdesk-helper-refresh | still works                   |
    And nothing comes back for 1 hour
    And every bystander still works

  Scenario: Taking the use of keys away masks the key, and giving it back lifts the mask
    When the action "disable_api_key" of "freshdesk" is taken on "freshdesk-maya"
    Then it has these effects
      | credential               | effect                         |
      | freshdesk-maya-key       | stops working within 5 minutes |
      | freshdesk-leo-key        | still works                    |
      | freshdesk-helper-access  | still works                    |
      | freshdesk-helper-refresh | still works                    |
    When the action "enable_api_key" of "freshdesk" is taken on "freshdesk-maya"
    Then it has these effects
      | credential         | effect     |
      | freshdesk-maya-key | comes back |
    And every bystander still works

  Scenario: Freeing the seat takes the login's address and leaves the key
    When the action "free_seat" of "freshdesk" is taken on "freshdesk-maya"
    Then it has these effects
      | credential         | effect      |
      | freshdesk-maya-key | still works |
    And every bystander still works

  Scenario: A lesser role leaves the key
    When the action "downgrade_role" of "freshdesk" is taken on "freshdesk-maya"
    Then it has these effects
      | credential         | effect      |
      | freshdesk-maya-key | still works |
    And every bystander still works

  Scenario: A new password leaves the key and the apps' tokens
    When the action "reset_password" of "freshdesk" is taken on "freshdesk-org-maya"
    Then it has these effects
      | credential               | effect      |
      | freshdesk-maya-key       | still works |
      | freshdesk-helper-access  | still works |
      | freshdesk-helper-refresh | still works |
    And every bystander still works

  Scenario: Uninstalling an app leaves the agent's key
    When the action "uninstall_app" of "freshdesk" is taken on "freshdesk-helper"
    Then it has these effects
      | credential         | effect      |
      | freshdesk-maya-key | still works |
    And every bystander still works

  Scenario: A deleted agent's login still opens the organisation's other account
    When the action "delete_agent" of "freshdesk" is taken on "freshdesk-support-eu"
    Then it has these effects
      | credential                  | effect      |
      | freshdesk-session-elsewhere | still works |
    And every bystander still works

  Scenario: A deactivated agent's login still opens the organisation's other account
    When the action "deactivate_agent" of "freshdesk" is taken on "freshdesk-support-eu"
    Then it has these effects
      | credential                  | effect      |
      | freshdesk-session-elsewhere | still works |
    And every bystander still works

  Scenario: Taking the use of keys away leaves the session
    When the action "disable_api_key" of "freshdesk" is taken on "freshdesk-support-eu"
    Then it has these effects
      | credential        | effect      |
      | freshdesk-session | still works |
    And every bystander still works

  Scenario: A new key for the JWT sign-in leaves open sessions
    When the action "rotate_sso_secret" of "freshdesk" is taken on "freshdesk-sso"
    Then it has these effects
      | credential        | effect      |
      | freshdesk-session | still works |
    And every bystander still works
