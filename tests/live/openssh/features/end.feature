# Needs a server of its own: what is done to it stays done.
@live
Feature: An account on a real SSH server is ended
  Scenario: Everything is demanded dead
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "end"
    Then every key stops working within 4 seconds
    And every open session ends within 4 seconds
    And every bystander still works
