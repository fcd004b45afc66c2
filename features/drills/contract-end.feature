@quarterly @owasp:NHI1 @csf:GV.SC-10
Feature: A contract ends as planned
  The supplier's access has ended within its own targets, on every platform, and stays ended.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Planned end of contract
    When the supplier is terminated with the procedure "contract-end"
    Then every token stops working within the supplier's own target
    And every grant stops working within 15 minutes
    And every shared login stops working within 15 minutes
    And every open session ends within 1 hour
    And nothing derived from them works either
    And nothing comes back for 24 hours
    And no unrecorded access of the supplier remains on any platform that can be listed
    And every bystander still works
