@joiner-mover-leaver
Feature: One employee of the supplier leaves, and the supplier stays
  What was personal ends; what belongs to the supplier's applications and colleagues goes on.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Maya leaves, Leo stays
    When the user "maya" of the supplier is deactivated with the procedure "user-leaves"
    Then every credential of the user "maya" stops working within the supplier's own target
    And every credential of the user "leo" still works
    And the bot token "slack-bot" still works
    And nothing comes back for 1 hour
    And every bystander still works
