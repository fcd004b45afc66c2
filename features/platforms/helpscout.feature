@platform @platform:helpscout
Feature: What Help Scout's actions kill and spare
  An app at Help Scout acts as a person and goes with that person. Passwords, Docs API keys and the app's own secret are
  apart from the tokens it made: a new one of them leaves those alone.

  Background:
    Given the supplier "acme-helpscout"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deleting a user ends that user's refresh token
    When the action "delete_user" of "helpscout" is taken on "leo"
    Then it has these effects
      | credential            | effect                          |
      | helpscout-leo-refresh | stops working within 15 minutes |
    And every bystander still works

  Scenario: Deactivating a user ends that user's refresh token
    When the action "deactivate_user" of "helpscout" is taken on "leo"
    Then it has these effects
      | credential            | effect                          |
      | helpscout-leo-refresh | stops working within 15 minutes |
    And every bystander still works

  Scenario: A new password leaves the access token alone
    When the action "reset_password" of "helpscout" is taken on "support-eu"
    Then it has these effects
      | credential              | effect      |
      | helpscout-shared-access | still works |
    And every bystander still works

  Scenario: A new secret of the app leaves access tokens alone
    When the action "rotate_app_secret" of "helpscout" is taken on "maya-app"
    Then it has these effects
      | credential            | effect      |
      | helpscout-maya-access | still works |
    And every bystander still works

  Scenario: Maya's new Docs API key leaves her app and its token alone
    When the action "regenerate_docs_key" of "helpscout" is taken on "maya"
    Then it has these effects
      | credential            | effect      |
      | helpscout-maya-app    | still works |
      | helpscout-maya-access | still works |
    And every bystander still works

  Scenario: Leo's new Docs API key leaves his refresh token alone
    When the action "regenerate_docs_key" of "helpscout" is taken on "leo"
    Then it has these effects
      | credential            | effect      |
      | helpscout-leo-refresh | still works |
    And every bystander still works

  Scenario: Deleting a user leaves what was made under the shared login
    When the action "delete_user" of "helpscout" is taken on "maya"
    Then it has these effects
      | credential              | effect      |
      | helpscout-shared-app    | still works |
      | helpscout-shared-access | still works |
    And every bystander still works

  Scenario: A new password of a person leaves the grant
    When the action "reset_password" of "helpscout" is taken on "leo"
    Then it has these effects
      | credential            | effect      |
      | helpscout-leo-refresh | still works |
    And every bystander still works
