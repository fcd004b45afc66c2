@live @demand
Feature: A directory that is down
  Scenario: It stops
    Given the supplier "initech"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "stop"
    Then every shared login stops working within 1 minute
