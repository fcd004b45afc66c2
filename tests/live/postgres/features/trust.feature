@live @demand
Feature: A role that is let in by its address
  Scenario: Its password is changed
    Given the supplier "initech"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "change"
    Then every shared login stops working within 1 minute
