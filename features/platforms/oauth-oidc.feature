@platform @platform:oauth-oidc
Feature: What OAuth 2.0 / OpenID Connect ends and what it leaves

  Background:
    Given the supplier "acme" at "oauth-oidc"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Revoke the refresh token (RFC 7009)
    When the action "revoke_refresh_token" of "oauth-oidc" is taken on "oidc-refresh"
    Then it has these effects
      | credential   | effect                         |
      | oidc-refresh | stops working within 5 minutes |
      | oidc-jwt     | still works                    |
      | oidc-session | still works                    |
      | oidc-client  | still works                    |
    And every bystander still works

  Scenario: Revoke the access token (RFC 7009), as the client it was issued to (oidc-access)
    When the action "revoke_access_token" of "oauth-oidc" is taken on "oidc-access"
    Then it has these effects
      | credential   | effect                         |
      | oidc-access  | stops working within 5 minutes |
      | oidc-jwt     | still works                    |
      | oidc-refresh | still works                    |
      | oidc-session | still works                    |
      | oidc-client  | still works                    |
    And every bystander still works

  Scenario: Revoke the access token (RFC 7009), as the client it was issued to (oidc-jwt)
    When the action "revoke_access_token" of "oauth-oidc" is taken on "oidc-jwt"
    Then it has these effects
      | credential   | effect      |
      | oidc-jwt     | still works |
      | oidc-refresh | still works |
      | oidc-session | still works |
      | oidc-client  | still works |
    And every bystander still works

  Scenario: End the browser session (RP-initiated logout)
    When the action "end_session" of "oauth-oidc" is taken on "oidc-session"
    Then it has these effects
      | credential   | effect                         |
      | oidc-session | stops working within 5 minutes |
      | oidc-refresh | still works                    |
      | oidc-access  | still works                    |
      | oidc-jwt     | still works                    |
      | oidc-client  | still works                    |
    And every bystander still works

  Scenario: Give the client a new secret
    When the action "rotate_client_secret" of "oauth-oidc" is taken on "oidc-app"
    Then it has these effects
      | credential   | effect                         |
      | oidc-client  | stops working within 5 minutes |
      | oidc-refresh | still works                    |
      | oidc-access  | still works                    |
      | oidc-jwt     | still works                    |
      | oidc-session | still works                    |
    And every bystander still works

  Scenario: Delete the client
    When the action "delete_client" of "oauth-oidc" is taken on "oidc-app"
    Then it has these effects
      | credential   | effect                         |
      | oidc-client  | stops working within 5 minutes |
      | oidc-jwt     | still works                    |
      | oidc-session | still works                    |
    And every bystander still works

  Scenario: Withdraw the person's consent to the client
    When the action "delete_consent" of "oauth-oidc" is taken on "oidc-app"
    Then it has these effects
      | credential   | effect      |
      | oidc-jwt     | still works |
      | oidc-session | still works |
      | oidc-client  | still works |
    And every bystander still works

  Scenario: Disable the user
    When the action "disable_user" of "oauth-oidc" is taken on "oidc-maya"
    Then it has these effects
      | credential   | effect                         |
      | oidc-refresh | stops working within 5 minutes |
      | oidc-access  | still works                    |
      | oidc-jwt     | still works                    |
      | oidc-client  | still works                    |
    And every bystander still works

  # TODO restore enable_user
  Scenario: Withdraw the key that signs access tokens
    When the action "rotate_signing_key" of "oauth-oidc" is taken
    Then it has these effects
      | credential   | effect                         |
      | oidc-jwt     | stops working within 5 minutes |
      | oidc-access  | still works                    |
      | oidc-refresh | still works                    |
      | oidc-client  | still works                    |
    And every bystander still works

