@platform @platform:mailbox
Feature: What a mail server's actions leave behind
  A server that remembers logins lets the old password in for an hour, and an open session outlives the password, the
  disabling and the account itself: IMAP goes on reading, SMTP goes on sending. The master user opens disabled and
  deleted mailboxes. Nobody signs in with a new password here before the old one is refused: that would correct what
  the server remembers, and hide the leak.

  Background:
    Given the supplier "acme-mailbox"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Changing the password leaves open sessions, and the old one for an hour
    When the action "change_password" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential                 | effect                      |
      | mailbox-login              | stops working within 1 hour |
      | mailbox-login/imap_session | still works                 |
      | mailbox-login/smtp_session | still works                 |
      | mailbox-master             | still works                 |
    And nothing comes back for 2 hours
    And every bystander still works

  Scenario: Disabling logins leaves open sessions and the master user, and is lifted as easily
    When the action "disable_login" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential                 | effect                      |
      | mailbox-login              | stops working within 1 hour |
      | mailbox-login/imap_session | still works                 |
      | mailbox-login/smtp_session | still works                 |
      | mailbox-master             | still works                 |
    When the action "enable_login" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential    | effect     |
      | mailbox-login | comes back |
    And every bystander still works

  Scenario: Deleting the account leaves open sessions and the master user
    When the action "delete_account" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential                 | effect                      |
      | mailbox-login              | stops working within 1 hour |
      | mailbox-login/imap_session | still works                 |
      | mailbox-login/smtp_session | still works                 |
      | mailbox-master             | still works                 |
    And every bystander still works

  Scenario: Forgetting logins ends nothing by itself
    When the action "flush_cache" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential                 | effect      |
      | mailbox-login              | still works |
      | mailbox-login/imap_session | still works |
    And every bystander still works

  Scenario: Ending sessions leaves the password, and what is open at the SMTP server
    When the action "kick_sessions" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential                 | effect                        |
      | mailbox-login/imap_session | stops working within 1 minute |
      | mailbox-login              | still works                   |
      | mailbox-login/smtp_session | still works                   |
    And every bystander still works

  # The order matters: change, forget, kick.
  Scenario: In the right order only what is open at the SMTP server is left
    When the action "change_password" of "mailbox" is taken on "mailbox-support"
    And the action "flush_cache" of "mailbox" is taken on "mailbox-support"
    And the action "kick_sessions" of "mailbox" is taken on "mailbox-support"
    Then it has these effects
      | credential                 | effect                         |
      | mailbox-login              | stops working within 2 minutes |
      | mailbox-login/imap_session | stops working within 2 minutes |
      | mailbox-login/smtp_session | still works                    |
    And every bystander still works

  Scenario: An app password ends alone
    When the action "revoke_app_password" of "mailbox" is taken on "mailbox-leo-app"
    Then it has these effects
      | credential        | effect                      |
      | mailbox-leo-app   | stops working within 1 hour |
      | mailbox-leo-login | still works                 |
    And every bystander still works

  Scenario: The master user ends alone
    When the action "remove_master_user" of "mailbox" is taken on "mailbox-master"
    Then it has these effects
      | credential     | effect                      |
      | mailbox-master | stops working within 1 hour |
      | mailbox-login  | still works                 |
    And every bystander still works
