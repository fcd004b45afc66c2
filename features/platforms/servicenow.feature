@platform @platform:servicenow
Feature: What ServiceNow's actions leave behind
  Locking a user out ends the login and the open sessions, and lifting it brings the login back. Tokens, keys and cookies
  are ended one by one: a new password touches none of them, and the cookie that came with a token's answers goes on
  after the token is dead. A refresh token's refusal is not documented, so it is only shown where it survives.

  Background:
    Given the supplier "acme-servicenow"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # A wrong password is tried twice in 20 minutes only, so that the drill does not lock the user out itself.
  Scenario: Locking a user out ends login and sessions, and lifting it brings the login back
    When the action "lock_out_user" of "servicenow" is taken on "servicenow-support-eu"
    Then it has these effects
      | credential                   | effect                          |
      | servicenow-support-eu        | stops working within 15 minutes |
      | servicenow-session           | stops working within 5 minutes  |
      | servicenow-session-elsewhere | stops working within 5 minutes  |
      | servicenow-client            | still works                     |
    When the action "unlock_user" of "servicenow" is taken on "servicenow-support-eu"
    Then it has these effects
      | credential            | effect     |
      | servicenow-support-eu | comes back |
    And every bystander still works

  Scenario: Locking a user out ends the password at the token endpoint too, until it is lifted
    When the action "lock_out_user" of "servicenow" is taken on "servicenow-leo"
    Then it has these effects
      | credential           | effect                          |
      | servicenow-leo-grant | stops working within 15 minutes |
    When the action "unlock_user" of "servicenow" is taken on "servicenow-leo"
    Then it has these effects
      | credential           | effect     |
      | servicenow-leo-grant | comes back |
    And every bystander still works

  Scenario: A deactivated user cannot log in until activated again
    When the action "deactivate_user" of "servicenow" is taken on "servicenow-support-eu"
    Then it has these effects
      | credential            | effect                          |
      | servicenow-support-eu | stops working within 15 minutes |
    When the action "activate_user" of "servicenow" is taken on "servicenow-support-eu"
    Then it has these effects
      | credential            | effect     |
      | servicenow-support-eu | comes back |
    And every bystander still works

  Scenario: A deactivated user gets no tokens for the password until activated again
    When the action "deactivate_user" of "servicenow" is taken on "servicenow-leo"
    Then it has these effects
      | credential           | effect                          |
      | servicenow-leo-grant | stops working within 15 minutes |
    When the action "activate_user" of "servicenow" is taken on "servicenow-leo"
    Then it has these effects
      | credential           | effect     |
      | servicenow-leo-grant | comes back |
    And every bystander still works

  Scenario: A new password ends the old one, and not the remember-me cookie
    When the shared login "servicenow-support-eu" is reset
    Then it has these effects
      | credential             | effect                          |
      | servicenow-support-eu  | stops working within 15 minutes |
      | servicenow-remember-me | still works                     |
    And the new password works
    And every bystander still works

  Scenario: A new password ends the old one at the token endpoint
    When the shared login "servicenow-leo-grant" is reset
    Then it has these effects
      | credential           | effect                          |
      | servicenow-leo-grant | stops working within 15 minutes |
    And the new password works
    And every bystander still works

  Scenario: A new password leaves the user's tokens and key
    When the shared login "servicenow-maya-login" is reset
    Then it has these effects
      | credential              | effect      |
      | servicenow-maya-access  | still works |
      | servicenow-maya-refresh | still works |
      | servicenow-maya-key     | still works |
    And every bystander still works

  Scenario: Asking for a new password does not bind the API
    When the action "require_new_password" of "servicenow" is taken on "servicenow-sync"
    Then it has these effects
      | credential            | effect      |
      | servicenow-sync-login | still works |
      | servicenow-sync-key   | still works |
    And every bystander still works

  Scenario: Asking for a new password leaves tokens and key
    When the action "require_new_password" of "servicenow" is taken on "servicenow-maya"
    Then it has these effects
      | credential              | effect      |
      | servicenow-maya-access  | still works |
      | servicenow-maya-refresh | still works |
      | servicenow-maya-key     | still works |
    And every bystander still works

  Scenario: Asking for a new password leaves the remember-me cookie
    When the action "require_new_password" of "servicenow" is taken on "servicenow-support-eu"
    Then it has these effects
      | credential             | effect      |
      | servicenow-remember-me | still works |
    And every bystander still works

  Scenario: Ending a session ends that one, and nothing that makes the next
    When the action "end_session" of "servicenow" is taken on "servicenow-session"
    Then it has these effects
      | credential                   | effect                         |
      | servicenow-session           | stops working within 5 minutes |
      | servicenow-session-elsewhere | still works                    |
      | servicenow-remember-me       | still works                    |
      | servicenow-support-eu        | still works                    |
      | servicenow-leo-grant         | still works                    |
      | servicenow-maya-access       | still works                    |
      | servicenow-maya-refresh      | still works                    |
      | servicenow-client            | still works                    |
      | servicenow-maya-key          | still works                    |
      | servicenow-jwt               | still works                    |
      | servicenow-leo-idp           | still works                    |
    And every bystander still works

  Scenario: Revoking an access token leaves the cookie that came with it
    When the action "revoke_access_token" of "servicenow" is taken on "servicenow-maya-access"
    Then it has these effects
      | credential                                 | effect                         |
      | servicenow-maya-access                     | stops working within 5 minutes |
      | servicenow-maya-access/integration_session | still works                    |
    And every bystander still works

  Scenario: Deleting a token's record ends the token and leaves its cookie
    When the action "delete_token_row" of "servicenow" is taken on "servicenow-maya-access"
    Then it has these effects
      | credential                                 | effect                         |
      | servicenow-maya-access                     | stops working within 5 minutes |
      | servicenow-maya-access/integration_session | still works                    |
    And every bystander still works

  Scenario: Where the property binds cookies to their tokens, revoking the token ends both
    When the action "set_property" of "servicenow" is taken
    And the action "revoke_access_token" of "servicenow" is taken on "servicenow-maya-access"
    Then it has these effects
      | credential                                 | effect                         |
      | servicenow-maya-access                     | stops working within 5 minutes |
      | servicenow-maya-access/integration_session | stops working within 5 minutes |
    And every bystander still works

  Scenario: A deactivated client gets no new tokens
    When the action "deactivate_client" of "servicenow" is taken on "servicenow-bridge"
    Then it has these effects
      | credential          | effect                         |
      | servicenow-client   | stops working within 5 minutes |
      | servicenow-maya-key | still works                    |
    And every bystander still works

  Scenario: A deleted client gets no new tokens
    When the action "delete_client" of "servicenow" is taken on "servicenow-bridge"
    Then it has these effects
      | credential          | effect                         |
      | servicenow-client   | stops working within 5 minutes |
      | servicenow-maya-key | still works                    |
    And every bystander still works

  Scenario: Deactivating a key ends it, and no other
    When the action "deactivate_api_key" of "servicenow" is taken on "servicenow-maya-key"
    Then it has these effects
      | credential          | effect                         |
      | servicenow-maya-key | stops working within 5 minutes |
      | servicenow-sync-key | still works                    |
    And every bystander still works

  Scenario: Deleting a key ends it, and no other
    When the action "delete_api_key" of "servicenow" is taken on "servicenow-maya-key"
    Then it has these effects
      | credential          | effect                         |
      | servicenow-maya-key | stops working within 5 minutes |
      | servicenow-sync-key | still works                    |
    And every bystander still works

  Scenario: Taking a role away leaves login and tokens
    When the action "remove_role" of "servicenow" is taken on "servicenow-maya"
    Then it has these effects
      | credential              | effect      |
      | servicenow-maya-login   | still works |
      | servicenow-maya-access  | still works |
      | servicenow-maya-refresh | still works |
    And every bystander still works

  Scenario: Without single sign-on the local password and all tokens go on
    When the action "disable_sso" of "servicenow" is taken on "servicenow-maya"
    Then it has these effects
      | credential              | effect      |
      | servicenow-maya-login   | still works |
      | servicenow-maya-key     | still works |
      | servicenow-maya-access  | still works |
      | servicenow-maya-refresh | still works |
    And every bystander still works

  Scenario: Without single sign-on the open session goes on
    When the action "disable_sso" of "servicenow" is taken on "servicenow-support-eu"
    Then it has these effects
      | credential            | effect      |
      | servicenow-support-eu | still works |
      | servicenow-session    | still works |
    And every bystander still works

  Scenario: A new secret of the client leaves what was handed out
    When the action "rotate_client_secret" of "servicenow" is taken on "servicenow-client"
    Then it has these effects
      | credential                                 | effect                          |
      | servicenow-client                          | stops working within 15 minutes |
      | servicenow-maya-access                     | still works                     |
      | servicenow-maya-access/integration_session | still works                     |
    And every bystander still works
