# Needs a server of its own: what it revokes stays revoked, and a rotated refresh token is not to be used again.
@live @rehearsal
Feature: What revoking an access token kills and spares at a real OAuth server
  Background:
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: An access token takes its refresh token along, and no other grant's
    When the token "acme-access" is revoked with the action "revoke_access_token" of "oauth-oidc"
    Then the token "acme-access" stops working within 1 minute
    And the grant "acme-refresh" stops working within 1 minute
    And the token "acme-refresh/access_token" stops working within 1 minute
    And the grant "acme-jwt-refresh" still works
    And the access token "acme-jwt" still works
    And the access token "acme-jwt-refresh/minted_jwt" still works
    And the session "acme-session" still works
    And every bystander still works
