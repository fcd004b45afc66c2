@platform @platform:ssh
Feature: What is done on an SSH server, and what it spares
  What a key, a certificate or a password opened once stays open whatever becomes of them: nobody asks a connection again.
  Locking a password leaves keys, and taking the shell away leaves tunnels and files. Only ending the sessions ends those.

  Background:
    Given the supplier "acme-ssh"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: A key is removed, and the connection that it opened stays
    When the action "remove_key" of "ssh" is taken on "ssh-maya-key"
    Then it has these effects
      | credential           | effect                         |
      | ssh-maya-key         | stops working within 5 minutes |
      | ssh-maya-listed      | stops working within 5 minutes |
      | ssh-maya-key/session | still works                    |
      | ssh-maya-cert        | still works                    |
      | ssh-maya-password    | still works                    |
      | ssh-support-key      | still works                    |
    And every bystander still works

  Scenario: A certificate on the revocation list leaves keys that are listed
    When the action "revoke_certificate" of "ssh" is taken on "ssh-maya-cert"
    Then it has these effects
      | credential            | effect                         |
      | ssh-maya-cert         | stops working within 5 minutes |
      | ssh-maya-cert/session | still works                    |
      | ssh-maya-key          | still works                    |
    And every bystander still works

  Scenario: A key on the revocation list
    When the action "revoke_key" of "ssh" is taken on "ssh-maya-key"
    Then it has these effects
      | credential           | effect                         |
      | ssh-maya-key         | stops working within 5 minutes |
      | ssh-maya-listed      | stops working within 5 minutes |
      | ssh-maya-key/session | still works                    |
      | ssh-maya-password    | still works                    |
    And every bystander still works

  Scenario: The key of a certificate on the revocation list
    When the action "revoke_key" of "ssh" is taken on "ssh-maya-cert"
    Then it has these effects
      | credential            | effect                         |
      | ssh-maya-cert         | stops working within 5 minutes |
      | ssh-maya-cert/session | still works                    |
      | ssh-maya-password     | still works                    |
    And every bystander still works

  Scenario: An authority that is trusted no more takes its certificates along
    When the action "distrust_authority" of "ssh" is taken
    Then it has these effects
      | credential            | effect                         |
      | ssh-maya-cert         | stops working within 5 minutes |
      | ssh-maya-cert/session | still works                    |
      | ssh-maya-key          | still works                    |
    And every bystander still works

  Scenario: A name that certificates no longer stand for
    When the action "remove_principal" of "ssh" is taken on "maya"
    Then it has these effects
      | credential            | effect                         |
      | ssh-maya-cert         | stops working within 5 minutes |
      | ssh-maya-cert/session | still works                    |
      | ssh-maya-key          | still works                    |
    And every bystander still works

  Scenario: A locked password locks nothing but the password
    When the action "lock_password" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect                         |
      | ssh-maya-password         | stops working within 5 minutes |
      | ssh-maya-key              | still works                    |
      | ssh-maya-cert             | still works                    |
      | ssh-maya-listed           | still works                    |
      | ssh-maya-key/session      | still works                    |
      | ssh-maya-cert/session     | still works                    |
      | ssh-maya-password/session | still works                    |
    And every bystander still works

  Scenario: An expired account keeps its connections, and its keys are listed still
    When the action "expire_account" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect      |
      | ssh-maya-listed           | still works |
      | ssh-maya-key/session      | still works |
      | ssh-maya-cert/session     | still works |
      | ssh-maya-password/session | still works |
    And every bystander still works

  Scenario: An account whose expiry is taken back has everything again
    When the action "expire_account" of "ssh" is taken on "maya"
    And the action "renew_account" of "ssh" is taken on "maya"
    Then it has these effects
      | credential           | effect      |
      | ssh-maya-key         | still works |
      | ssh-maya-cert        | still works |
      | ssh-maya-password    | still works |
      | ssh-maya-listed      | still works |
      | ssh-maya-key/session | still works |
    And every bystander still works

  Scenario: Without a shell everything still gets in
    When the action "set_nologin" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect      |
      | ssh-maya-key              | still works |
      | ssh-maya-cert             | still works |
      | ssh-maya-password         | still works |
      | ssh-maya-listed           | still works |
      | ssh-maya-key/session      | still works |
      | ssh-maya-cert/session     | still works |
      | ssh-maya-password/session | still works |
    And every bystander still works

  Scenario: A denied account keeps its connections
    When the action "deny_user" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect                         |
      | ssh-maya-key              | stops working within 5 minutes |
      | ssh-maya-cert             | stops working within 5 minutes |
      | ssh-maya-password         | stops working within 5 minutes |
      | ssh-maya-listed           | stops working within 5 minutes |
      | ssh-maya-key/session      | still works                    |
      | ssh-maya-cert/session     | still works                    |
      | ssh-maya-password/session | still works                    |
    And every bystander still works

  Scenario: A restart ends nothing
    When the action "restart_server" of "ssh" is taken
    Then it has these effects
      | credential                | effect      |
      | ssh-maya-key              | still works |
      | ssh-maya-cert             | still works |
      | ssh-maya-password         | still works |
      | ssh-maya-listed           | still works |
      | ssh-maya-key/session      | still works |
      | ssh-maya-cert/session     | still works |
      | ssh-maya-password/session | still works |
    And every bystander still works

  Scenario: A deleted account keeps its connections
    When the action "delete_account" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect                         |
      | ssh-maya-key              | stops working within 5 minutes |
      | ssh-maya-cert             | stops working within 5 minutes |
      | ssh-maya-password         | stops working within 5 minutes |
      | ssh-maya-listed           | stops working within 5 minutes |
      | ssh-maya-key/session      | still works                    |
      | ssh-maya-cert/session     | still works                    |
      | ssh-maya-password/session | still works                    |
    And every bystander still works

  Scenario: A new password leaves keys and connections
    When the action "change_password" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect                         |
      | ssh-maya-password         | stops working within 5 minutes |
      | ssh-maya-key              | still works                    |
      | ssh-maya-cert             | still works                    |
      | ssh-maya-listed           | still works                    |
      | ssh-maya-key/session      | still works                    |
      | ssh-maya-cert/session     | still works                    |
      | ssh-maya-password/session | still works                    |
    And every bystander still works

  Scenario: Ended sessions come back by whatever opens them
    When the action "end_sessions" of "ssh" is taken on "maya"
    Then it has these effects
      | credential                | effect                         |
      | ssh-maya-key/session      | stops working within 5 minutes |
      | ssh-maya-cert/session     | stops working within 5 minutes |
      | ssh-maya-password/session | stops working within 5 minutes |
      | ssh-maya-key              | still works                    |
      | ssh-maya-cert             | still works                    |
      | ssh-maya-password         | still works                    |
      | ssh-maya-listed           | still works                    |
    And every bystander still works
