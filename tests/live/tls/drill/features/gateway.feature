# Each scenario needs a gateway of its own: what it ends stays ended. Choose one by its tag.
@live
Feature: A partner's client certificate is revoked

  @revoke
  Scenario: A revoked certificate lives on in the sessions it opened
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "revoke"
    Then every key stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @rotate
  Scenario: New ticket keys end the sessions, and the certificate opens others
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "rotate"
    Then every key stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @revoke-and-rotate
  Scenario: The certificate is revoked, and its sessions are ended
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "revoke-and-rotate"
    Then every key stops working within 10 seconds
    And every open session ends within 10 seconds
    And nothing comes back for 1 second
    And every bystander still works

  @distrust
  Scenario: The authority is trusted no more, and nobody's certificate is let in
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "distrust"
    Then every key stops working within 1 minute
    And every open session ends within 1 minute
    And nothing comes back for 1 second
    And every bystander still works

  @list-expired
  Scenario: The revocation list has expired, and nobody's certificate is looked at
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "list-expired"
    Then every key stops working within 1 minute
    And every open session ends within 1 minute
    And nothing comes back for 1 second
    And every bystander still works

  @ask-nobody
  Scenario: Certificates are asked for no more, and say nothing
    Given the supplier "acme"
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "ask-nobody"
    Then every key stops working within 1 minute
    And every open session ends within 1 minute
    And nothing comes back for 1 second
    And every bystander still works
