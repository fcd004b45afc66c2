@platform @platform:keycloak
Feature: What Keycloak's actions leave behind
  Keycloak ends sessions one sort at a time: logging a user out leaves offline tokens, and disabling a user only
  masks what comes back with the user. Whatever Keycloak ends, a resource server that checks access tokens by
  itself takes them until they expire.

  Background:
    Given the supplier "acme-keycloak"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # Keycloak acts at once and names no time; 5 minutes leave room for slow probes.
  Scenario: Disabling a user ends what Keycloak is asked about, not what is checked without it
    When the action "disable_user" of "keycloak" is taken on "keycloak-maya"
    Then it has these effects
      | credential                   | effect                         |
      | keycloak-maya-refresh        | stops working within 5 minutes |
      | keycloak-maya-offline        | stops working within 5 minutes |
      | keycloak-maya-access         | stops working within 5 minutes |
      | keycloak-maya-offline-access | stops working within 5 minutes |
      | keycloak-maya-jwt            | still works                    |
      | keycloak-maya-offline-jwt    | still works                    |
      | keycloak-leo-refresh         | still works                    |
    And every bystander still works

  Scenario: Enabling the user again wakes the sessions up
    When the action "disable_user" of "keycloak" is taken on "keycloak-maya"
    Then it has these effects
      | credential            | effect                         |
      | keycloak-maya-refresh | stops working within 5 minutes |
      | keycloak-maya-offline | stops working within 5 minutes |
    When the action "enable_user" of "keycloak" is taken on "keycloak-maya"
    Then it has these effects
      | credential            | effect     |
      | keycloak-maya-refresh | comes back |
      | keycloak-maya-offline | comes back |
    And every bystander still works

  Scenario: Logging a user out leaves the offline session
    When the action "logout_user" of "keycloak" is taken on "keycloak-maya"
    Then it has these effects
      | credential                   | effect                         |
      | keycloak-maya-session        | stops working within 5 minutes |
      | keycloak-maya-refresh        | stops working within 5 minutes |
      | keycloak-maya-access         | stops working within 5 minutes |
      | keycloak-maya-offline        | still works                    |
      | keycloak-maya-offline-access | still works                    |
      | keycloak-maya-jwt            | still works                    |
      | keycloak-maya-offline-jwt    | still works                    |
    And every bystander still works

  Scenario: Ending one session leaves the offline session of the same id
    When the action "delete_session" of "keycloak" is taken on "keycloak-maya-refresh"
    Then it has these effects
      | credential                   | effect                         |
      | keycloak-maya-session        | stops working within 5 minutes |
      | keycloak-maya-refresh        | stops working within 5 minutes |
      | keycloak-maya-access         | stops working within 5 minutes |
      | keycloak-maya-offline        | still works                    |
      | keycloak-maya-offline-access | still works                    |
      | keycloak-maya-jwt            | still works                    |
    And every bystander still works

  Scenario: Ending the offline session leaves what was minted from it
    When the action "delete_offline_session" of "keycloak" is taken on "keycloak-maya-offline"
    Then it has these effects
      | credential                   | effect                         |
      | keycloak-maya-offline        | stops working within 5 minutes |
      | keycloak-maya-offline-access | stops working within 5 minutes |
      | keycloak-maya-offline-jwt    | still works                    |
    And every bystander still works

  Scenario: Withdrawing a consent ends the client's offline token
    When the action "revoke_consent" of "keycloak" is taken on "keycloak-bridge-maya"
    Then it has these effects
      | credential                | effect                         |
      | keycloak-maya-offline     | stops working within 5 minutes |
      | keycloak-maya-offline-jwt | still works                    |
      | keycloak-leo-offline      | still works                    |
    And every bystander still works

  Scenario: Revoking a refresh token leaves what was minted from it
    When the action "revoke_refresh_token" of "keycloak" is taken on "keycloak-maya-refresh"
    Then it has these effects
      | credential            | effect                         |
      | keycloak-maya-refresh | stops working within 5 minutes |
      | keycloak-maya-jwt     | still works                    |
      | keycloak-leo-refresh  | still works                    |
    And every bystander still works

  Scenario: Revoking an offline token leaves what was minted from it
    When the action "revoke_offline_token" of "keycloak" is taken on "keycloak-maya-offline"
    Then it has these effects
      | credential                | effect                         |
      | keycloak-maya-offline     | stops working within 5 minutes |
      | keycloak-maya-offline-jwt | still works                    |
      | keycloak-leo-offline      | still works                    |
    And every bystander still works

  Scenario: Revoking an access token leaves the refresh token that makes the next one
    When the action "revoke_access_token" of "keycloak" is taken on "keycloak-maya-access"
    Then it has these effects
      | credential            | effect                         |
      | keycloak-maya-access  | stops working within 5 minutes |
      | keycloak-maya-refresh | still works                    |
      | keycloak-maya-jwt     | still works                    |
    And every bystander still works

  Scenario: A new client secret leaves the old one, where secrets are rotated
    When the action "new_client_secret" of "keycloak" is taken on "keycloak-bridge"
    Then it has these effects
      | credential           | effect      |
      | keycloak-client      | still works |
      | keycloak-sync-access | still works |
      | keycloak-maya-jwt    | still works |
    And every bystander still works

  # In which words a wrong secret is refused differs by version, so that its own end is not claimed.
  Scenario: Withdrawing the rotated secret leaves what was minted with it
    When the action "replace_client_secret" of "keycloak" is taken on "keycloak-bridge"
    Then it has these effects
      | credential           | effect      |
      | keycloak-sync-access | still works |
      | keycloak-maya-jwt    | still works |
    And every bystander still works

  Scenario: Disabling a client leaves the tokens that it has
    When the action "disable_client" of "keycloak" is taken on "keycloak-bridge"
    Then it has these effects
      | credential           | effect      |
      | keycloak-sync-access | still works |
      | keycloak-maya-jwt    | still works |
    And every bystander still works

  Scenario: Deleting a user leaves what is checked without Keycloak
    When the action "delete_user" of "keycloak" is taken on "keycloak-maya"
    Then it has these effects
      | credential                   | effect                         |
      | keycloak-maya-session        | stops working within 5 minutes |
      | keycloak-maya-refresh        | stops working within 5 minutes |
      | keycloak-maya-offline        | stops working within 5 minutes |
      | keycloak-maya-access         | stops working within 5 minutes |
      | keycloak-maya-offline-access | stops working within 5 minutes |
      | keycloak-maya-jwt            | still works                    |
    And every bystander still works

  Scenario: Cutting the link to another identity provider leaves the password
    When the action "unlink_identity_provider" of "keycloak" is taken on "keycloak-corporate-maya"
    Then it has these effects
      | credential             | effect      |
      | keycloak-maya-password | still works |
    And every bystander still works

  Scenario: A new password for one person leaves another's, and the refusal of the old one could be a lock-out
    When the shared login "keycloak-maya-password" is reset
    Then it has these effects
      | credential            | effect      |
      | keycloak-leo-password | still works |
    And every bystander still works
