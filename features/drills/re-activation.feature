@re-activation
Feature: A re-activated user brings nothing back
  Deactivation is a mask on many platforms: what it hid returns with the user.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: After a thorough end, re-activation brings nothing back
    When the supplier is terminated with the procedure "contract-end"
    Then every grant stops working within 15 minutes
    And every shared login stops working within 15 minutes
    And every open session ends within 1 hour
    When the supplier's users are re-activated
    Then nothing of theirs works
    And nothing comes back for 1 hour
    And every bystander still works

  Scenario: After a mere deactivation, re-activation brings tokens back
    When the supplier is terminated with the procedure "deactivate-only"
    Then the key "okta-ssws" stops working within 5 minutes
    And the token "zendesk-maya" stops working within 5 minutes
    When the supplier's users are re-activated
    Then re-activation brings the key "okta-ssws" back
    And re-activation brings the token "zendesk-maya" back
    And every bystander still works
