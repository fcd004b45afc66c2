@demo
Feature: What a naive offboarding leaves behind
  The users are deactivated at the identity provider, and everybody believes that the supplier is out.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: The users are deactivated at the identity provider
    When the supplier is terminated with the procedure "naive"
    Then every token stops working within 15 minutes
    And every grant stops working within 15 minutes
    And every shared login stops working within 15 minutes
    And every open session ends within 15 minutes
    And every bystander still works
