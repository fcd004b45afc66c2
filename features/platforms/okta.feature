@platform @platform:okta
Feature: What Okta's actions leave behind
  A resource server that checks access tokens by itself takes them until they expire, whatever Okta ends; and apps, with
  their secrets, belong to the org, whoever made them. Deactivating and suspending only mask: with the person, the API
  tokens come back. Ending sessions leaves OAuth tokens unless they are asked for.

  Background:
    Given the supplier "acme-okta"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # Okta names no time; 5 minutes leave room for slow probes.
  Scenario: A deactivated user leaves access tokens and the app's secret
    When the action "deactivate_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-ssws     | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Activating the user again brings password and API token back
    When the action "deactivate_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-ssws     | stops working within 5 minutes |
    When the action "activate_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect     |
      | okta-maya-password | comes back |
      | okta-maya-ssws     | comes back |
    And every bystander still works

  Scenario: A suspended user is signed out, and leaves access tokens and the app's secret
    When the action "suspend_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-session  | stops working within 5 minutes |
      | okta-maya-ssws     | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Lifting the suspension brings password and API token back, not the session
    When the action "suspend_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-ssws     | stops working within 5 minutes |
    When the action "unsuspend_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect     |
      | okta-maya-password | comes back |
      | okta-maya-ssws     | comes back |
    And every bystander still works

  Scenario: A deleted user leaves access tokens and the app's secret
    When the action "delete_user" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-ssws     | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Ended sessions leave every token
    When the action "clear_sessions" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-session  | stops working within 5 minutes |
      | okta-maya-password | still works                    |
      | okta-maya-ssws     | still works                    |
      | okta-leo-access    | still works                    |
      | okta-maya-access   | still works                    |
      | okta-maya-refresh  | still works                    |
      | okta-bridge-secret | still works                    |
    When the action "clear_sessions" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential      | effect      |
      | okta-leo-access | still works |
      | okta-leo-ssws   | still works |
    And every bystander still works

  Scenario: Ended sessions with their tokens leave the API token
    When the action "clear_sessions_and_tokens" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-session  | stops working within 5 minutes |
      | okta-maya-refresh  | stops working within 5 minutes |
      | okta-maya-password | still works                    |
      | okta-maya-ssws     | still works                    |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Ended tokens of the org server leave other people's
    When the action "clear_sessions_and_tokens" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential         | effect                         |
      | okta-leo-access    | stops working within 5 minutes |
      | okta-leo-ssws      | still works                    |
      | okta-maya-password | still works                    |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Universal Logout ends API tokens too, not the password
    When the action "global_token_revocation" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-session  | stops working within 5 minutes |
      | okta-maya-ssws     | stops working within 5 minutes |
      | okta-maya-refresh  | stops working within 5 minutes |
      | okta-maya-password | still works                    |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Universal Logout ends tokens of the org server
    When the action "global_token_revocation" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential         | effect                         |
      | okta-leo-ssws      | stops working within 5 minutes |
      | okta-leo-access    | stops working within 5 minutes |
      | okta-maya-password | still works                    |
      | okta-maya-access   | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A revoked API token leaves everything else of the person
    When the action "delete_api_token" of "okta" is taken on "okta-maya-ssws"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-ssws     | stops working within 5 minutes |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-leo-access    | still works                    |
      | okta-maya-access   | still works                    |
      | okta-maya-refresh  | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: An API token revokes itself, and nothing else
    When the action "delete_current_api_token" of "okta" is taken on "okta-maya-ssws"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-ssws     | stops working within 5 minutes |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-leo-access    | still works                    |
      | okta-maya-access   | still works                    |
      | okta-maya-refresh  | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A revoked refresh token leaves what it minted at the resource server
    When the action "revoke_refresh_token" of "okta" is taken on "okta-maya-refresh"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-refresh  | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-maya-ssws     | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A revoked access token works on where nobody asks about it
    When the action "revoke_access_token" of "okta" is taken on "okta-maya-access"
    Then it has these effects
      | credential         | effect      |
      | okta-maya-access   | still works |
      | okta-maya-refresh  | still works |
      | okta-maya-password | still works |
      | okta-maya-session  | still works |
      | okta-maya-ssws     | still works |
      | okta-bridge-secret | still works |
    And every bystander still works

  Scenario: One person's tokens at one client end, minted ones do not
    When the action "revoke_user_client_tokens" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-refresh  | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-maya-ssws     | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A withdrawn consent ends nothing that works
    When the action "revoke_user_client_grants" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect      |
      | okta-maya-access   | still works |
      | okta-maya-password | still works |
      | okta-maya-session  | still works |
      | okta-maya-ssws     | still works |
      | okta-bridge-secret | still works |
    And every bystander still works

  Scenario: An app's refresh tokens end, minted ones do not
    When the action "revoke_app_tokens" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-refresh  | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-maya-ssws     | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A client's refresh tokens of one server end, minted ones do not
    When the action "revoke_server_client_tokens" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-refresh  | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-maya-ssws     | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A user without the app keeps what was handed out
    When the action "unassign_user" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect      |
      | okta-maya-access   | still works |
      | okta-maya-password | still works |
      | okta-maya-ssws     | still works |
      | okta-bridge-secret | still works |
    And every bystander still works

  Scenario: A deactivated client secret leaves the app's other secret and every token
    When the action "deactivate_client_secret" of "okta" is taken on "okta-export-second-secret"
    Then it has these effects
      | credential                | effect                         |
      | okta-export-second-secret | stops working within 5 minutes |
      | okta-export-secret        | still works                    |
      | okta-export-refresh       | still works                    |
      | okta-leo-access           | still works                    |
      | okta-maya-access          | still works                    |
      | okta-maya-password        | still works                    |
      | okta-maya-session         | still works                    |
      | okta-maya-ssws            | still works                    |
    And every bystander still works

  Scenario: A deactivated client secret can be activated again
    When the action "deactivate_client_secret" of "okta" is taken on "okta-export-second-secret"
    Then it has these effects
      | credential                | effect                         |
      | okta-export-second-secret | stops working within 5 minutes |
    When the action "activate_client_secret" of "okta" is taken on "okta-export-second-secret"
    Then it has these effects
      | credential                | effect     |
      | okta-export-second-secret | comes back |
    And every bystander still works

  Scenario: A deleted client secret leaves the app's other secret and every token
    When the action "delete_client_secret" of "okta" is taken on "okta-export-second-secret"
    Then it has these effects
      | credential                | effect                         |
      | okta-export-second-secret | stops working within 5 minutes |
      | okta-export-secret        | still works                    |
      | okta-export-refresh       | still works                    |
      | okta-leo-access           | still works                    |
      | okta-maya-access          | still works                    |
      | okta-maya-password        | still works                    |
      | okta-maya-session         | still works                    |
      | okta-maya-ssws            | still works                    |
    And every bystander still works

  Scenario: A deactivated app mints nothing, and leaves what it minted
    When the action "deactivate_app" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect                         |
      | okta-bridge-secret | stops working within 5 minutes |
      | okta-maya-access   | still works                    |
      | okta-maya-password | still works                    |
      | okta-maya-session  | still works                    |
      | okta-maya-ssws     | still works                    |
    And every bystander still works

  Scenario: A deactivated app can be activated again
    When the action "deactivate_app" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect                         |
      | okta-bridge-secret | stops working within 5 minutes |
    When the action "activate_app" of "okta" is taken on "okta-bridge"
    Then it has these effects
      | credential         | effect     |
      | okta-bridge-secret | comes back |
    And every bystander still works

  Scenario: A password set by an administrator leaves every token
    When the action "set_password" of "okta" is taken on "okta-maya-password"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-ssws     | still works                    |
      | okta-leo-access    | still works                    |
      | okta-maya-access   | still works                    |
      | okta-maya-refresh  | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: A reset password ends the sessions, and leaves every token
    When the action "reset_password" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-session  | stops working within 5 minutes |
      | okta-maya-ssws     | still works                    |
      | okta-leo-access    | still works                    |
      | okta-maya-access   | still works                    |
      | okta-maya-refresh  | still works                    |
      | okta-bridge-secret | still works                    |
    When the action "reset_password" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential      | effect      |
      | okta-leo-access | still works |
      | okta-leo-ssws   | still works |
    And every bystander still works

  Scenario: An expired password is still taken
    When the action "expire_password" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect      |
      | okta-maya-password | still works |
      | okta-maya-session  | still works |
      | okta-maya-ssws     | still works |
      | okta-leo-access    | still works |
      | okta-maya-access   | still works |
      | okta-maya-refresh  | still works |
      | okta-bridge-secret | still works |
    When the action "expire_password" of "okta" is taken on "okta-leo"
    Then it has these effects
      | credential      | effect      |
      | okta-leo-access | still works |
      | okta-leo-ssws   | still works |
    And every bystander still works

  # The drill plays `set_password`, and then `change_own_password` without the password that is valid by then.
  Scenario: A reset ends the old password, and without the current one none is set
    When the shared login "okta-maya-password" is reset
    Then its old password is refused within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And every bystander still works

  Scenario: A password changed by its owner, with the sessions, leaves tokens and secrets
    When the action "change_password" of "okta" is taken on "okta-maya-password"
    Then it has these effects
      | credential         | effect                         |
      | okta-maya-password | stops working within 5 minutes |
      | okta-maya-session  | stops working within 5 minutes |
      | okta-maya-ssws     | still works                    |
      | okta-leo-access    | still works                    |
      | okta-maya-access   | still works                    |
      | okta-maya-refresh  | still works                    |
      | okta-bridge-secret | still works                    |
    And every bystander still works

  Scenario: Removing the second factors leaves the password and the sessions
    When the action "reset_factors" of "okta" is taken on "okta-maya"
    Then it has these effects
      | credential         | effect      |
      | okta-maya-password | still works |
      | okta-maya-session  | still works |
    And every bystander still works
