@adverse @rotation @owasp:NHI7
Feature: The supplier is breached, and stays
  Whatever the supplier holds may be in somebody else's hands. It is rotated while the supplier works on: the old
  values die, the new ones work, and nobody else is harmed.

  Scenario: The keys of the mail platform are rotated
    Given the supplier "acme-sendgrid"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When everything the supplier holds is rotated
    Then every credential of the supplier stops working within 15 minutes
    And nothing comes back for 24 hours
    And every new value works
    And every bystander still works

  Scenario: The keys of the cloud are rotated, and what was made with them lives on
    Given the supplier "acme-aws"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When everything the supplier holds is rotated
    Then the key "aws-maya-key" stops working within 15 minutes
    And the key "aws-leo-key" stops working within 15 minutes
    And the key "aws-sync-key" stops working within 15 minutes
    And every new value works but of "aws-role-trust, aws-maya-password, aws-support-eu"
    And the session "aws-maya-session" still works
    And nothing comes back for 24 hours
    And every bystander still works

  Scenario: A token and a password of the support platform are rotated, and a standing grant lives on
    Given the supplier "acme-zendesk-account"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When everything the supplier holds is rotated
    Then the token "zendesk-account-access" stops working within 15 minutes
    And every shared login stops working within 15 minutes
    And nothing comes back for 24 hours
    And every new value works but of "zendesk-account-refresh, zendesk-account-client"
    And the grant "zendesk-account-refresh" still works
    And the session "zendesk-account-session" still works
    And every bystander still works
