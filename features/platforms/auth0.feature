@platform @platform:auth0
Feature: What Auth0's actions leave behind
  Auth0 ends refresh tokens in a dozen ways, and none of them reaches an access token: that works at our API until
  it expires, a day later. Deleting a session is not revoking it, and blocking a user may be no more than a mask.

  Background:
    Given the supplier "acme-auth0"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # Auth0 names no time; 5 minutes leave room for slow probes.
  Scenario: Blocking a user ends refreshing, not the tokens that are out
    When the action "block_user" of "auth0" is taken on "auth0-maya"
    Then it has these effects
      | credential           | effect                         |
      | auth0-maya-refresh   | stops working within 5 minutes |
      | auth0-maya-rotating  | stops working within 5 minutes |
      | auth0-maya-access    | still works                    |
      | auth0-m2m-management | still works                    |
      | auth0-leo-refresh    | still works                    |
    And every bystander still works

  Scenario: Revoking a user's access leaves access tokens
    When the action "revoke_access" of "auth0" is taken on "auth0-maya"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | stops working within 5 minutes |
      | auth0-maya-rotating       | stops working within 5 minutes |
      | auth0-maya-access         | still works                    |
      | auth0-leo-refresh         | still works                    |
    And every bystander still works

  Scenario: Revoking access can be asked to keep the refresh tokens
    When the action "revoke_access_keeping_refresh_tokens" of "auth0" is taken on "auth0-maya"
    Then it has these effects
      | credential          | effect      |
      | auth0-maya-refresh  | still works |
      | auth0-maya-rotating | still works |
      | auth0-maya-access   | still works |
    And every bystander still works

  Scenario: Deleting the sessions leaves their refresh tokens
    When the action "delete_sessions" of "auth0" is taken on "auth0-maya"
    Then it has these effects
      | credential          | effect      |
      | auth0-maya-refresh  | still works |
      | auth0-maya-rotating | still works |
    And every bystander still works

  Scenario: Deleting one session leaves its refresh token
    When the action "delete_session" of "auth0" is taken on "auth0-maya-refresh"
    Then it has these effects
      | credential         | effect      |
      | auth0-maya-refresh | still works |
    And every bystander still works

  Scenario: Revoking one session takes its refresh token, and no other
    When the action "revoke_session" of "auth0" is taken on "auth0-maya-refresh"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | still works                    |
    And every bystander still works

  Scenario: Deleting a refresh token leaves its siblings and the access token
    When the action "delete_refresh_token" of "auth0" is taken on "auth0-maya-refresh"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | still works                    |
      | auth0-maya-access         | still works                    |
    And every bystander still works

  Scenario: Deleting all of a user's refresh tokens leaves access tokens
    When the action "delete_refresh_tokens" of "auth0" is taken on "auth0-maya"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | stops working within 5 minutes |
      | auth0-maya-rotating       | stops working within 5 minutes |
      | auth0-maya-access         | still works                    |
      | auth0-leo-refresh         | still works                    |
    And every bystander still works

  Scenario: Revoking the refresh tokens of one application leaves the other
    When the action "revoke_refresh_tokens" of "auth0" is taken on "auth0-bridge-maya"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | stops working within 5 minutes |
      | auth0-maya-rotating       | still works                    |
      | auth0-maya-access         | still works                    |
    And every bystander still works

  Scenario: Revoking the refresh tokens of a public application
    When the action "revoke_refresh_tokens" of "auth0" is taken on "auth0-spa-maya"
    Then it has these effects
      | credential          | effect                         |
      | auth0-maya-rotating | stops working within 5 minutes |
      | auth0-maya-refresh  | still works                    |
      | auth0-maya-access   | still works                    |
    And every bystander still works

  Scenario: Deleting a device's credential leaves the other devices
    When the action "delete_device_credential" of "auth0" is taken on "auth0-maya-device-refresh"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-device-refresh | stops working within 5 minutes |
      | auth0-maya-refresh        | still works                    |
      | auth0-maya-access         | still works                    |
    And every bystander still works

  Scenario: Revoking a refresh token leaves its siblings, unless the tenant says otherwise
    When the action "revoke_token" of "auth0" is taken on "auth0-maya-refresh"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | still works                    |
      | auth0-maya-access         | still works                    |
    And every bystander still works

  Scenario: Deleting a grant ends its refresh tokens, not its access tokens
    When the action "delete_grant" of "auth0" is taken on "auth0-bridge-maya"
    Then it has these effects
      | credential                | effect                         |
      | auth0-maya-refresh        | stops working within 5 minutes |
      | auth0-maya-device-refresh | stops working within 5 minutes |
      | auth0-maya-rotating       | still works                    |
      | auth0-maya-access         | still works                    |
    And every bystander still works

  Scenario: Deleting the grant of a public application
    When the action "delete_grant" of "auth0" is taken on "auth0-spa-maya"
    Then it has these effects
      | credential          | effect                         |
      | auth0-maya-rotating | stops working within 5 minutes |
      | auth0-maya-refresh  | still works                    |
      | auth0-maya-access   | still works                    |
    And every bystander still works

  Scenario: Deleting a user leaves access tokens
    When the action "delete_user" of "auth0" is taken on "auth0-maya"
    Then it has these effects
      | credential          | effect                         |
      | auth0-maya-refresh  | stops working within 5 minutes |
      | auth0-maya-rotating | stops working within 5 minutes |
      | auth0-maya-access   | still works                    |
      | auth0-leo-refresh   | still works                    |
    And every bystander still works

  Scenario: A new secret leaves the token made with the old one
    When the action "rotate_client_secret" of "auth0" is taken on "auth0-m2m"
    Then it has these effects
      | credential           | effect      |
      | auth0-m2m-management | still works |
    And every bystander still works

  Scenario: Taking the API away leaves the token that has it
    When the action "delete_client_grant" of "auth0" is taken on "auth0-m2m"
    Then it has these effects
      | credential           | effect      |
      | auth0-m2m-management | still works |
    And every bystander still works
