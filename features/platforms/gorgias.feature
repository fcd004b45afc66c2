@platform @platform:gorgias
Feature: What Gorgias' actions spare
  An API key at Gorgias goes with its user, and an app's tokens with nobody. What a refusal says is not documented, so these
  scenarios show what goes on working, and leave the end of a key to the day when a real refusal has been recorded.

  Background:
    Given the supplier "acme-gorgias"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deleting a user leaves apps and colleagues' keys
    When the action "delete_user" of "gorgias" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | gorgias-app-access  | still works |
      | gorgias-app-refresh | still works |
      | gorgias-leo-key     | still works |
    And every bystander still works

  Scenario: A smaller role leaves the key
    When the action "change_role" of "gorgias" is taken on "maya"
    Then it has these effects
      | credential       | effect      |
      | gorgias-maya-key | still works |
    And every bystander still works

  Scenario: A new API key leaves apps and colleagues' keys
    When the action "reset_api_key" of "gorgias" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | gorgias-app-access  | still works |
      | gorgias-app-refresh | still works |
      | gorgias-leo-key     | still works |
    And every bystander still works

  Scenario: Revoking an API key leaves apps and colleagues' keys
    When the action "revoke_api_key" of "gorgias" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | gorgias-app-access  | still works |
      | gorgias-app-refresh | still works |
      | gorgias-leo-key     | still works |
    And every bystander still works

  Scenario: A new password of the shared login leaves the apps
    When the action "reset_password" of "gorgias" is taken on "support-eu"
    Then it has these effects
      | credential          | effect      |
      | gorgias-app-access  | still works |
      | gorgias-app-refresh | still works |
    And every bystander still works

  Scenario: A new password of a person leaves the API key
    When the action "reset_password" of "gorgias" is taken on "maya"
    Then it has these effects
      | credential       | effect      |
      | gorgias-maya-key | still works |
    And every bystander still works
