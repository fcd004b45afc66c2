@incident @owasp:NHI1
Feature: A supplier is terminated at once
  A breach or a dispute: nobody waits for the end of the month.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Adverse termination
    When the supplier is terminated with the procedure "contract-end"
    Then every grant stops working within the supplier's adverse target
    And every shared login stops working within the supplier's adverse target
    And every open session ends within the supplier's adverse target
    # Tokens that resource servers check by themselves live to their own expiry: the target says so.
    And every token stops working within the supplier's adverse target
    And nothing comes back for 1 hour
    And every bystander still works
