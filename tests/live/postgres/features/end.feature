# Needs a server of its own: what it ends stays so.
@live @demand
Feature: A supplier leaves a database
  Background:
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Each role is ended in another way
    When the supplier is terminated with the procedure "end"
    Then every shared login stops working within 3 minutes
    And every token stops working within 3 minutes
    And every open session ends within 3 minutes
    And every bystander still works
