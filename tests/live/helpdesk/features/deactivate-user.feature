Feature: The supplier's user is deactivated, and activated again
  Scenario: The supplier's user is deactivated, and activated again
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "deactivate-user"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing derived from them works either
    When the supplier's users are re-activated
    Then nothing of theirs works
    And every bystander still works
