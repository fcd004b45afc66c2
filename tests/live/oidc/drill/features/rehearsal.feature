# Needs a server of its own: what it revokes stays revoked, and a rotated refresh token is not to be used again.
@live @rehearsal
Feature: What revocation kills and spares at a real OAuth server
  Background:
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Refresh tokens take their access tokens along, JWTs and the browser session stay
    When the supplier is terminated with the procedure "revoke"
    Then every grant stops working within 1 minute
    And the token "acme-access" stops working within 1 minute
    And the token "acme-refresh/access_token" stops working within 1 minute
    And nothing comes back for 30 seconds
    And the access token "acme-jwt" still works
    And the access token "acme-jwt-refresh/minted_jwt" still works
    And the session "acme-session" still works
    And every bystander still works
