@platform @platform:slack
Feature: What Slack ends and what it leaves

  Background:
    Given the supplier "acme" at "slack"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deactivate the member (SCIM)
    When the action "deactivate_user" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential    | effect                         |
      | slack-session | stops working within 5 minutes |
      | slack-maya    | stops working within 5 minutes |
      | slack-bot     | still works                    |
      | slack-hook    | still works                    |
      | slack-client  | still works                    |
    And every bystander still works

  Scenario: Deactivate the member (Enterprise)
    When the action "deactivate_user_enterprise" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential    | effect                         |
      | slack-session | stops working within 5 minutes |
      | slack-maya    | stops working within 5 minutes |
      | slack-bot     | still works                    |
      | slack-hook    | still works                    |
      | slack-client  | still works                    |
    And every bystander still works

  # TODO restore reactivate_user
  Scenario: Remove the member from this workspace of the grid
    When the action "remove_from_workspace" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential   | effect      |
      | slack-bot    | still works |
      | slack-hook   | still works |
      | slack-client | still works |
    And every bystander still works

  Scenario: End all sessions of the member
    When the action "reset_sessions" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential    | effect                         |
      | slack-session | stops working within 5 minutes |
      | slack-maya    | still works                    |
      | slack-bot     | still works                    |
      | slack-hook    | still works                    |
      | slack-client  | still works                    |
    And every bystander still works

  Scenario: End one session
    When the action "invalidate_session" of "slack" is taken on "slack-session"
    Then it has these effects
      | credential    | effect                         |
      | slack-session | stops working within 5 minutes |
      | slack-maya    | still works                    |
      | slack-bot     | still works                    |
      | slack-hook    | still works                    |
      | slack-client  | still works                    |
    And every bystander still works

  Scenario: Revoke the token with itself (slack-maya)
    When the action "revoke_token" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential    | effect                         |
      | slack-maya    | stops working within 5 minutes |
      | slack-hook    | still works                    |
      | slack-client  | still works                    |
      | slack-session | still works                    |
    And every bystander still works

  Scenario: Revoke the token with itself (slack-bot)
    When the action "revoke_token" of "slack" is taken on "slack-bot"
    Then it has these effects
      | credential    | effect                         |
      | slack-bot     | stops working within 5 minutes |
      | slack-hook    | still works                    |
      | slack-client  | still works                    |
      | slack-session | still works                    |
    And every bystander still works

  Scenario: Uninstall the app from the workspace
    When the action "uninstall_app" of "slack" is taken on "slack-wfm"
    Then it has these effects
      | credential    | effect                         |
      | slack-bot     | stops working within 5 minutes |
      | slack-maya    | stops working within 5 minutes |
      | slack-leo     | stops working within 5 minutes |
      | slack-hook    | stops working within 5 minutes |
      | slack-client  | still works                    |
      | slack-session | still works                    |
    And every bystander still works

  Scenario: Keep the app from being installed
    When the action "restrict_app" of "slack" is taken on "slack-wfm"
    Then it has these effects
      | credential    | effect      |
      | slack-client  | still works |
      | slack-session | still works |
    And every bystander still works

  Scenario: Give the app a new client secret
    When the action "rotate_client_secret" of "slack" is taken on "slack-wfm"
    Then it has these effects
      | credential    | effect                         |
      | slack-client  | stops working within 5 minutes |
      | slack-maya    | still works                    |
      | slack-bot     | still works                    |
      | slack-hook    | still works                    |
      | slack-session | still works                    |
    And every bystander still works

