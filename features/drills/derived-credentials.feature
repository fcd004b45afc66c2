@derived
Feature: What was minted from a credential dies with it
  Access tokens minted in the last minutes are credentials too.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deleting the user ends the grant and what it minted
    When the action "delete_user" of "zendesk" is taken on "zd-maya"
    Then the grant "zendesk-refresh" stops working within 5 minutes
    And the token "zendesk-refresh/oauth_access" stops working within 5 minutes
    And nothing comes back for 1 hour
    And every bystander still works

  Scenario: Revoking a refresh token ends what it minted, but not what resource servers check by themselves
    When the action "revoke_refresh_token" of "oauth-oidc" is taken on "oidc-refresh"
    Then the grant "oidc-refresh" stops working within 5 minutes
    And the token "oidc-refresh/access_token" stops working within 5 minutes
    And the token "oidc-jwt" still works
    And every bystander still works
