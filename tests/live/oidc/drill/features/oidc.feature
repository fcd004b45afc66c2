# Needs a server of its own: what it revokes stays revoked, and a rotated refresh token is not to be used again.
@live @demand
Feature: A supplier is terminated by revocation at a real OAuth server
  Background:
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  # Every action but the JWT's revocation is answered as done, and yet both JWTs and the browser session still
  # work: the demands on them fail, and name them.
  Scenario: Everything is demanded dead
    When the supplier is terminated with the procedure "revoke"
    Then every grant stops working within 1 minute
    And every token stops working within 1 minute
    And every open session ends within 1 minute
    And nothing derived from them works either
    And every bystander still works
