@reset
Feature: Passwords are reset
  A reset ends the old password. It does not end what was opened or minted with it.

  Background:
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: A password is reset at the identity provider
    When the shared login "okta-login" is reset
    Then its old password is refused within 5 minutes
    And the new password works
    And a reset without step-up verification is refused
    And the key "okta-ssws" still works
    And every bystander still works

  Scenario: A reset leaves tokens and sessions, which have to be ended on their own
    When the shared login "okta-login" is reset
    And the action "clear_sessions_and_tokens" of "okta" is taken on "okta-maya"
    Then its old password is refused within 5 minutes
    And sessions opened before the reset end within 5 minutes
    And the grant "okta-refresh" stops working within 5 minutes
    And nothing comes back for 1 hour
    And every bystander still works
