Feature: The supplier's password is reset
  Scenario: The supplier's password is reset
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the shared login "acme-login" is reset
    Then its old password is refused within 10 seconds
    And sessions opened before the reset end within 10 seconds
    And the new password works
    And nothing derived from them works either
    And every bystander still works
