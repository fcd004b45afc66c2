@platform @platform:front
Feature: What Front's actions leave behind
  Tokens and app grants are the company's. Deleting, blocking or demoting the teammate who made or copied one leaves it
  as it was; only revoking that very token ends it. A refresh token's refusal is
  not documented, so it is only shown where it survives; logins and sessions are not judged here.

  Background:
    Given the supplier "acme-front"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Revoking an API token ends it, and no other token
    When the action "revoke_api_token" of "front" is taken on "front-sync"
    Then it has these effects
      | credential         | effect                         |
      | front-sync         | stops working within 5 minutes |
      | front-narrow       | still works                    |
      | front-maya-private | still works                    |
      | front-scim         | still works                    |
      | front-app-access   | still works                    |
    And every bystander still works

  Scenario: A token that reaches a teammate's private resources is revoked like any other
    When the action "revoke_api_token" of "front" is taken on "front-maya-private"
    Then it has these effects
      | credential         | effect                         |
      | front-maya-private | stops working within 5 minutes |
      | front-sync         | still works                    |
    And every bystander still works

  Scenario: Revoking the provisioning token ends it, and no other token
    When the action "revoke_api_token" of "front" is taken on "front-scim"
    Then it has these effects
      | credential | effect                         |
      | front-scim | stops working within 5 minutes |
      | front-sync | still works                    |
    And every bystander still works

  Scenario: Deleting a teammate leaves the tokens the teammate made
    When the action "delete_teammate" of "front" is taken on "front-maya"
    Then it has these effects
      | credential         | effect      |
      | front-maya-private | still works |
      | front-sync         | still works |
      | front-scim         | still works |
      | front-app-access   | still works |
      | front-app-refresh  | still works |
    And every bystander still works

  Scenario: Blocking a teammate leaves the tokens, and so does lifting the block
    When the action "block_teammate" of "front" is taken on "front-maya"
    Then it has these effects
      | credential         | effect      |
      | front-maya-private | still works |
      | front-sync         | still works |
      | front-scim         | still works |
      | front-app-access   | still works |
      | front-app-refresh  | still works |
    When the action "unblock_teammate" of "front" is taken on "front-maya"
    Then it has these effects
      | credential         | effect      |
      | front-maya-private | still works |
    And every bystander still works

  Scenario: Deactivating a teammate by SCIM leaves the tokens
    When the action "deactivate_teammate" of "front" is taken on "front-maya"
    Then it has these effects
      | credential         | effect      |
      | front-maya-private | still works |
      | front-sync         | still works |
      | front-scim         | still works |
      | front-app-access   | still works |
      | front-app-refresh  | still works |
    And every bystander still works

  Scenario: A former administrator's copies of tokens go on working
    When the action "remove_admin_role" of "front" is taken on "front-maya"
    Then it has these effects
      | credential         | effect      |
      | front-maya-private | still works |
      | front-sync         | still works |
      | front-scim         | still works |
    And every bystander still works

  Scenario: A new password leaves the tokens
    When the action "reset_password" of "front" is taken on "front-support-eu"
    Then it has these effects
      | credential        | effect      |
      | front-sync        | still works |
      | front-scim        | still works |
      | front-app-access  | still works |
      | front-app-refresh | still works |
    And every bystander still works
