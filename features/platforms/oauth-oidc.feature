@platform @platform:oauth-oidc
Feature: What the actions of an OAuth server leave behind
  A resource server that checks JWTs by itself takes them until they expire: no revocation reaches it. A revoked access
  token leaves the refresh token that mints the next one, and a logout leaves tokens that work without the person.
  Whether the browser session lives is asked by a client of our own: the supplier's may be refused by then.

  Background:
    Given the supplier "acme-oauth-oidc"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # The standard allows a delay and names none; 5 minutes leave room for slow probes.
  Scenario: A revoked refresh token takes its access tokens along, not its JWTs
    When the action "revoke_refresh_token" of "oauth-oidc" is taken on "oidc-maya-refresh"
    Then it has these effects
      | credential        | effect                         |
      | oidc-maya-refresh | stops working within 5 minutes |
      | oidc-maya-access  | stops working within 5 minutes |
      | oidc-maya-jwt     | still works                    |
      | oidc-maya-session | still works                    |
      | oidc-app-secret   | still works                    |
    And every bystander still works

  Scenario: A revoked refresh token leaves the JWT it minted
    When the action "revoke_refresh_token" of "oauth-oidc" is taken on "oidc-maya-jwt-refresh"
    Then it has these effects
      | credential                       | effect                         |
      | oidc-maya-jwt-refresh            | stops working within 5 minutes |
      | oidc-maya-jwt-refresh/minted_jwt | still works                    |
      | oidc-maya-jwt                    | still works                    |
      | oidc-maya-session                | still works                    |
      | oidc-app-secret                  | still works                    |
    And every bystander still works

  Scenario: A revoked access token leaves the refresh token that mints the next one
    When the action "revoke_access_token" of "oauth-oidc" is taken on "oidc-maya-access"
    Then it has these effects
      | credential                       | effect                         |
      | oidc-maya-access                 | stops working within 5 minutes |
      | oidc-maya-jwt                    | still works                    |
      | oidc-maya-jwt-refresh/minted_jwt | still works                    |
      | oidc-maya-refresh                | still works                    |
      | oidc-maya-jwt-refresh            | still works                    |
      | oidc-maya-session                | still works                    |
      | oidc-app-secret                  | still works                    |
    And every bystander still works

  Scenario: A revoked JWT works on where nobody asks about it
    When the action "revoke_access_token" of "oauth-oidc" is taken on "oidc-maya-jwt"
    Then it has these effects
      | credential                       | effect      |
      | oidc-maya-jwt                    | still works |
      | oidc-maya-jwt-refresh/minted_jwt | still works |
      | oidc-maya-refresh                | still works |
      | oidc-maya-jwt-refresh            | still works |
      | oidc-maya-session                | still works |
      | oidc-app-secret                  | still works |
    And every bystander still works

  Scenario: A logout ends the browser session and no token
    When the action "end_session" of "oauth-oidc" is taken on "oidc-maya-session"
    Then it has these effects
      | credential                       | effect                         |
      | oidc-maya-session                | stops working within 5 minutes |
      | oidc-maya-refresh                | still works                    |
      | oidc-maya-jwt-refresh            | still works                    |
      | oidc-maya-access                 | still works                    |
      | oidc-maya-jwt                    | still works                    |
      | oidc-maya-jwt-refresh/minted_jwt | still works                    |
      | oidc-app-secret                  | still works                    |
    And every bystander still works

  Scenario: A new client secret leaves tokens and the browser session
    When the action "rotate_client_secret" of "oauth-oidc" is taken on "oidc-app"
    Then it has these effects
      | credential                       | effect                         |
      | oidc-app-secret                  | stops working within 5 minutes |
      | oidc-maya-refresh                | still works                    |
      | oidc-maya-jwt-refresh            | still works                    |
      | oidc-maya-access                 | still works                    |
      | oidc-maya-jwt                    | still works                    |
      | oidc-maya-jwt-refresh/minted_jwt | still works                    |
      | oidc-maya-session                | still works                    |
    And every bystander still works

  Scenario: A deleted client leaves its JWTs and the browser session
    When the action "delete_client" of "oauth-oidc" is taken on "oidc-app"
    Then it has these effects
      | credential                       | effect                         |
      | oidc-app-secret                  | stops working within 5 minutes |
      | oidc-maya-jwt                    | still works                    |
      | oidc-maya-jwt-refresh/minted_jwt | still works                    |
      | oidc-maya-session                | still works                    |
    And every bystander still works

  Scenario: A withdrawn consent ends nothing that works
    When the action "delete_consent" of "oauth-oidc" is taken on "oidc-app"
    Then it has these effects
      | credential                       | effect      |
      | oidc-maya-jwt                    | still works |
      | oidc-maya-jwt-refresh/minted_jwt | still works |
      | oidc-maya-session                | still works |
      | oidc-app-secret                  | still works |
    And every bystander still works

  Scenario: A disabled user cannot refresh, and keeps access tokens
    When the action "disable_user" of "oauth-oidc" is taken on "oidc-maya"
    Then it has these effects
      | credential                       | effect                         |
      | oidc-maya-refresh                | stops working within 5 minutes |
      | oidc-maya-jwt-refresh            | stops working within 5 minutes |
      | oidc-maya-access                 | still works                    |
      | oidc-maya-jwt                    | still works                    |
      | oidc-maya-jwt-refresh/minted_jwt | still works                    |
      | oidc-app-secret                  | still works                    |
    And every bystander still works

  Scenario: Enabling the user again brings the refresh tokens back
    When the action "disable_user" of "oauth-oidc" is taken on "oidc-maya"
    Then it has these effects
      | credential            | effect                         |
      | oidc-maya-refresh     | stops working within 5 minutes |
      | oidc-maya-jwt-refresh | stops working within 5 minutes |
    When the action "enable_user" of "oauth-oidc" is taken on "oidc-maya"
    Then it has these effects
      | credential            | effect     |
      | oidc-maya-refresh     | comes back |
      | oidc-maya-jwt-refresh | comes back |
    And every bystander still works
