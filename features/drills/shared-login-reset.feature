@reset @shared-login
Feature: A shared support login is reset
  Everybody who knew the password is out, and so is everything opened with it.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: The shared login is reset and its sessions are closed
    When the shared login "support-eu" is reset
    And the action "delete_sessions" of "zendesk" is taken on "zd-support-eu"
    Then its old password is refused within 1 minute
    And sessions opened before the reset end within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And nothing comes back for 1 hour
    And every bystander still works
