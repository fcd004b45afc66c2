Feature: The console
  Scenario: A password is reset
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the shared login "acme-login" is reset
    Then its old password is refused within 3 seconds
    And sessions opened before the reset end within 3 seconds
    And reset links made before the reset end within 3 seconds
    And the new password works
    And a change of the mailbox without step-up verification is refused
    And an elevation of permissions without step-up verification is refused
    And a removal of the second factor without step-up verification is refused
    And the reset mail of "acme-login" does not go to a mailbox that the supplier still reads
    And a reset without step-up verification is refused
    And every bystander still works
