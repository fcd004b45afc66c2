@platform @platform:keycloak
Feature: What ending everybody's sessions leaves behind
  Ending all online sessions of the realm is everybody's end: so no session stands by here. What is looked at is what was
  made to outlive a logout, and what no logout reaches.

  Background:
    Given the supplier "acme-keycloak-account"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Without any online session, what is offline still works
    When the action "logout_all" of "keycloak" is taken
    Then it has these effects
      | credential                           | effect      |
      | keycloak-account-maya-offline        | still works |
      | keycloak-account-maya-offline-access | still works |
      | keycloak-account-maya-offline-jwt    | still works |
    And every bystander still works
