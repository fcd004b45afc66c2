@platform @platform:okta
Feature: What Okta ends and what it leaves

  Background:
    Given the supplier "acme" at "okta"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deactivate the user
    When the action "deactivate_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential  | effect                         |
      | okta-login  | stops working within 5 minutes |
      | okta-ssws   | stops working within 5 minutes |
      | okta-access | still works                    |
      | okta-client | still works                    |
    And every bystander still works

  # TODO restore activate_user
  Scenario: Suspend the user
    When the action "suspend_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential   | effect                         |
      | okta-login   | stops working within 5 minutes |
      | okta-session | stops working within 5 minutes |
      | okta-ssws    | stops working within 5 minutes |
      | okta-access  | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  # TODO restore unsuspend_user
  Scenario: Delete the user, which first deactivates
    When the action "delete_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential  | effect                         |
      | okta-login  | stops working within 5 minutes |
      | okta-ssws   | stops working within 5 minutes |
      | okta-access | still works                    |
      | okta-client | still works                    |
    And every bystander still works

  Scenario: End the user's Okta sessions
    When the action "clear_sessions" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential      | effect                         |
      | okta-session    | stops working within 5 minutes |
      | okta-login      | still works                    |
      | okta-ssws       | still works                    |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: End the user's Okta sessions and OAuth tokens (okta-maya)
    When the action "clear_sessions_and_tokens" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential   | effect                         |
      | okta-session | stops working within 5 minutes |
      | okta-refresh | stops working within 5 minutes |
      | okta-login   | still works                    |
      | okta-ssws    | still works                    |
      | okta-access  | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  Scenario: End the user's Okta sessions and OAuth tokens (okta-leo)
    When the action "clear_sessions_and_tokens" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential      | effect                         |
      | okta-access-leo | stops working within 5 minutes |
      | okta-login      | still works                    |
      | okta-ssws-leo   | still works                    |
      | okta-access     | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: Revoke all tokens and sessions of the user (Universal Logout) (okta-maya)
    When the action "global_token_revocation" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential   | effect                         |
      | okta-session | stops working within 5 minutes |
      | okta-ssws    | stops working within 5 minutes |
      | okta-refresh | stops working within 5 minutes |
      | okta-login   | still works                    |
      | okta-access  | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  Scenario: Revoke all tokens and sessions of the user (Universal Logout) (okta-leo)
    When the action "global_token_revocation" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential      | effect                         |
      | okta-ssws-leo   | stops working within 5 minutes |
      | okta-access-leo | stops working within 5 minutes |
      | okta-login      | still works                    |
      | okta-access     | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: Revoke the API token
    When the action "delete_api_token" of "okta" is taken on "okta-ssws"
    Then it has these effects
      | credential      | effect                         |
      | okta-ssws       | stops working within 5 minutes |
      | okta-login      | still works                    |
      | okta-session    | still works                    |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: Revoke the API token with itself
    When the action "delete_current_api_token" of "okta" is taken on "okta-ssws"
    Then it has these effects
      | credential      | effect                         |
      | okta-ssws       | stops working within 5 minutes |
      | okta-login      | still works                    |
      | okta-session    | still works                    |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: Revoke the refresh token (RFC 7009)
    When the action "revoke_refresh_token" of "okta" is taken on "okta-refresh"
    Then it has these effects
      | credential   | effect                         |
      | okta-refresh | stops working within 5 minutes |
      | okta-access  | still works                    |
      | okta-login   | still works                    |
      | okta-session | still works                    |
      | okta-ssws    | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  Scenario: Revoke the access token (RFC 7009)
    When the action "revoke_access_token" of "okta" is taken on "okta-access"
    Then it has these effects
      | credential   | effect      |
      | okta-access  | still works |
      | okta-refresh | still works |
      | okta-login   | still works |
      | okta-session | still works |
      | okta-ssws    | still works |
      | okta-client  | still works |
    And every bystander still works

  Scenario: Revoke the refresh tokens that one user gave one client
    When the action "revoke_user_client_tokens" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential   | effect                         |
      | okta-refresh | stops working within 5 minutes |
      | okta-access  | still works                    |
      | okta-login   | still works                    |
      | okta-session | still works                    |
      | okta-ssws    | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  Scenario: Withdraw the user's consent to the client, without its tokens
    When the action "revoke_user_client_grants" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential   | effect      |
      | okta-access  | still works |
      | okta-login   | still works |
      | okta-session | still works |
      | okta-ssws    | still works |
      | okta-client  | still works |
    And every bystander still works

  Scenario: Revoke all refresh tokens of the app
    When the action "revoke_app_tokens" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential   | effect                         |
      | okta-refresh | stops working within 5 minutes |
      | okta-access  | still works                    |
      | okta-login   | still works                    |
      | okta-session | still works                    |
      | okta-ssws    | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  Scenario: Revoke the client's refresh tokens of one custom server
    When the action "revoke_server_client_tokens" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential   | effect                         |
      | okta-refresh | stops working within 5 minutes |
      | okta-access  | still works                    |
      | okta-login   | still works                    |
      | okta-session | still works                    |
      | okta-ssws    | still works                    |
      | okta-client  | still works                    |
    And every bystander still works

  Scenario: Take the app away from the user
    When the action "unassign_user" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential  | effect      |
      | okta-access | still works |
      | okta-login  | still works |
      | okta-ssws   | still works |
      | okta-client | still works |
    And every bystander still works

  Scenario: Deactivate the client secret
    When the action "deactivate_client_secret" of "okta" is taken on "okta-client"
    Then it has these effects
      | credential      | effect                         |
      | okta-client     | stops working within 5 minutes |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-login      | still works                    |
      | okta-session    | still works                    |
      | okta-ssws       | still works                    |
    And every bystander still works

  # TODO restore activate_client_secret
  Scenario: Deactivate and delete the client secret
    When the action "delete_client_secret" of "okta" is taken on "okta-client"
    Then it has these effects
      | credential      | effect                         |
      | okta-client     | stops working within 5 minutes |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-login      | still works                    |
      | okta-session    | still works                    |
      | okta-ssws       | still works                    |
    And every bystander still works

  Scenario: Deactivate the app
    When the action "deactivate_app" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential   | effect                         |
      | okta-client  | stops working within 5 minutes |
      | okta-access  | still works                    |
      | okta-login   | still works                    |
      | okta-session | still works                    |
      | okta-ssws    | still works                    |
    And every bystander still works

  # TODO restore activate_app
  Scenario: Set a new password, as an administrator
    When the action "set_password" of "okta" is taken on "okta-login"
    Then it has these effects
      | credential      | effect                         |
      | okta-login      | stops working within 5 minutes |
      | okta-ssws       | still works                    |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: Reset the password and end the sessions
    When the action "reset_password" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential      | effect                         |
      | okta-login      | stops working within 5 minutes |
      | okta-session    | stops working within 5 minutes |
      | okta-ssws       | still works                    |
      | okta-access-leo | still works                    |
      | okta-access     | still works                    |
      | okta-refresh    | still works                    |
      | okta-client     | still works                    |
    And every bystander still works

  Scenario: Expire the password, which only asks for a new one at the next login
    When the action "expire_password" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential      | effect      |
      | okta-login      | still works |
      | okta-session    | still works |
      | okta-ssws       | still works |
      | okta-access-leo | still works |
      | okta-access     | still works |
      | okta-refresh    | still works |
      | okta-client     | still works |
    And every bystander still works

  # TODO no rows change_own_password okta-login
