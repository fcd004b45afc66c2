Feature: The supplier logs out
  Scenario: The supplier logs out
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "log-out"
    Then every shared login stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing derived from them works either
    And every bystander still works
