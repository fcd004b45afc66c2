@platform @platform:slack
Feature: What Slack's actions leave behind
  An app outlives the person who installed it: deactivating that person leaves the bot token, the webhook and the client
  secret. Ending sessions leaves tokens, and revoking a token leaves the app installed. Only uninstalling ends what an
  installation handed out.

  Background:
    Given the supplier "acme-slack"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # Slack names no time; 5 minutes leave room for slow probes.
  Scenario: A deactivated member leaves the apps he or she installed
    When the action "deactivate_user" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential         | effect                         |
      | slack-maya-session | stops working within 5 minutes |
      | slack-maya-token   | stops working within 5 minutes |
      | slack-bot-token    | still works                    |
      | slack-webhook      | still works                    |
      | slack-wfm-secret   | still works                    |
    And every bystander still works

  Scenario: A member deactivated by the Enterprise method leaves the apps he or she installed
    When the action "deactivate_user_enterprise" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential         | effect                         |
      | slack-maya-session | stops working within 5 minutes |
      | slack-maya-token   | stops working within 5 minutes |
      | slack-bot-token    | still works                    |
      | slack-webhook      | still works                    |
      | slack-wfm-secret   | still works                    |
    And every bystander still works

  Scenario: Removing a member from one workspace leaves the apps
    When the action "remove_from_workspace" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential       | effect      |
      | slack-bot-token  | still works |
      | slack-webhook    | still works |
      | slack-wfm-secret | still works |
    And every bystander still works

  Scenario: Ended sessions leave every token
    When the action "reset_sessions" of "slack" is taken on "slack-maya"
    Then it has these effects
      | credential           | effect                         |
      | slack-maya-session   | stops working within 5 minutes |
      | slack-maya-token     | still works                    |
      | slack-bot-token      | still works                    |
      | slack-export-refresh | still works                    |
      | slack-webhook        | still works                    |
      | slack-wfm-secret     | still works                    |
    And every bystander still works

  Scenario: One ended session leaves every token
    When the action "invalidate_session" of "slack" is taken on "slack-maya-session"
    Then it has these effects
      | credential           | effect                         |
      | slack-maya-session   | stops working within 5 minutes |
      | slack-maya-token     | still works                    |
      | slack-bot-token      | still works                    |
      | slack-export-refresh | still works                    |
      | slack-webhook        | still works                    |
      | slack-wfm-secret     | still works                    |
    And every bystander still works

  Scenario: A user token revokes itself, and the app stays installed
    When the action "revoke_token" of "slack" is taken on "slack-maya-token"
    Then it has these effects
      | credential         | effect                         |
      | slack-maya-token   | stops working within 5 minutes |
      | slack-webhook      | still works                    |
      | slack-wfm-secret   | still works                    |
      | slack-maya-session | still works                    |
    And every bystander still works

  Scenario: A bot token revokes itself, and the app stays installed
    When the action "revoke_token" of "slack" is taken on "slack-bot-token"
    Then it has these effects
      | credential         | effect                         |
      | slack-bot-token    | stops working within 5 minutes |
      | slack-webhook      | still works                    |
      | slack-wfm-secret   | still works                    |
      | slack-maya-session | still works                    |
    And every bystander still works

  Scenario: An uninstalled app loses tokens and webhook, and can be installed again
    When the action "uninstall_app" of "slack" is taken on "slack-wfm"
    Then it has these effects
      | credential         | effect                         |
      | slack-bot-token    | stops working within 5 minutes |
      | slack-maya-token   | stops working within 5 minutes |
      | slack-leo-token    | stops working within 5 minutes |
      | slack-webhook      | stops working within 5 minutes |
      | slack-wfm-secret   | still works                    |
      | slack-maya-session | still works                    |
    And every bystander still works

  Scenario: A restricted app is only kept from the next installation
    When the action "restrict_app" of "slack" is taken on "slack-wfm"
    Then it has these effects
      | credential         | effect      |
      | slack-wfm-secret   | still works |
      | slack-maya-session | still works |
    And every bystander still works

  Scenario: A new client secret leaves every token
    When the action "rotate_client_secret" of "slack" is taken on "slack-wfm"
    Then it has these effects
      | credential         | effect                         |
      | slack-wfm-secret   | stops working within 5 minutes |
      | slack-maya-token   | still works                    |
      | slack-bot-token    | still works                    |
      | slack-webhook      | still works                    |
      | slack-maya-session | still works                    |
    And every bystander still works
