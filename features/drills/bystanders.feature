@bystanders
Feature: Nobody else is harmed
  An offboarding that takes others down with it is an outage.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Ending the supplier harms no other supplier
    When the supplier is terminated with the procedure "contract-end"
    Then every bystander still works
    And every grant stops working within 15 minutes
    And nothing comes back for 1 hour
    And every bystander still works
