@platform @platform:twilio
Feature: What Twilio's actions leave behind
  Twilio's keys and tokens are the account's. Taking people out of the Console ends none of them, and a
  rotated Auth Token leaves every API key and OAuth app alone: each has to be ended by itself. Until a
  second Auth Token is promoted, both work.

  Background:
    Given the supplier "acme-twilio"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: A second Auth Token works beside the first
    When the action "create_secondary_auth_token" of "twilio" is taken on "twilio-auth-token"
    Then it has these effects
      | credential        | effect      |
      | twilio-auth-token | still works |
    And every bystander still works

  Scenario: Rotating the Auth Token leaves keys and apps alone
    When the action "create_secondary_auth_token" of "twilio" is taken on "twilio-auth-token"
    And the action "promote_secondary_auth_token" of "twilio" is taken on "twilio-auth-token"
    Then it has these effects
      | credential            | effect                        |
      | twilio-auth-token     | stops working within 1 minute |
      | twilio-main-key       | still works                   |
      | twilio-standard-key   | still works                   |
      | twilio-restricted-key | still works                   |
      | twilio-oauth-app      | still works                   |
    And every bystander still works

  Scenario: Throwing the second Auth Token away leaves the first one alone
    When the action "create_secondary_auth_token" of "twilio" is taken on "twilio-auth-token"
    And the action "delete_secondary_auth_token" of "twilio" is taken on "twilio-auth-token"
    Then it has these effects
      | credential        | effect      |
      | twilio-auth-token | still works |
    And every bystander still works

  Scenario Outline: Deleting an API key ends that key alone
    When the action "delete_api_key" of "twilio" is taken on "<key>"
    Then it has these effects
      | credential | effect                        |
      | <key>      | stops working within 1 minute |
      | <other>    | still works                   |
    And every bystander still works

    Examples:
      | key                   | other               |
      | twilio-main-key       | twilio-standard-key |
      | twilio-standard-key   | twilio-main-key     |
      | twilio-restricted-key | twilio-standard-key |

  Scenario: Removing a person ends no key and no token that they have read
    When the action "remove_console_user" of "twilio" is taken on "twilio-maya"
    Then it has these effects
      | credential            | effect      |
      | twilio-auth-token     | still works |
      | twilio-main-key       | still works |
      | twilio-standard-key   | still works |
      | twilio-restricted-key | still works |
    And every bystander still works

  Scenario: A new password for the Console touches neither keys nor the Auth Token
    When the action "reset_console_password" of "twilio" is taken on "twilio-maya"
    Then it has these effects
      | credential            | effect      |
      | twilio-auth-token     | still works |
      | twilio-main-key       | still works |
      | twilio-standard-key   | still works |
      | twilio-restricted-key | still works |
    And every bystander still works

  Scenario: A suspended subaccount takes its token and its keys with it
    When the action "suspend_subaccount" of "twilio" is taken on "twilio-subaccount"
    Then it has these effects
      | credential            | effect                        |
      | twilio-auth-token     | stops working within 1 minute |
      | twilio-main-key       | stops working within 1 minute |
      | twilio-standard-key   | stops working within 1 minute |
      | twilio-restricted-key | stops working within 1 minute |
    And every bystander still works

  Scenario: A closed subaccount takes its token and its keys with it
    When the action "close_subaccount" of "twilio" is taken on "twilio-subaccount"
    Then it has these effects
      | credential            | effect                        |
      | twilio-auth-token     | stops working within 1 minute |
      | twilio-main-key       | stops working within 1 minute |
      | twilio-standard-key   | stops working within 1 minute |
      | twilio-restricted-key | stops working within 1 minute |
    And every bystander still works
