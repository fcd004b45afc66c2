@platform @platform:intercom
Feature: What an action leaves behind at Intercom
  Access tokens here have no end: they outlive sign-outs, resets, single sign-on and a new e-mail address of their account.
  Only regenerating a private app's token, or uninstalling the app from the workspace, ends one.

  Background:
    Given the supplier "acme-intercom"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: An account that is handed over by a new e-mail address keeps its token
    When the action "change_teammate_email" of "intercom" is taken on "sync"
    Then it has these effects
      | credential        | effect      |
      | intercom-sync-app | still works |
      | intercom-maya-app | still works |
    And every bystander still works

  Scenario: Signing a teammate out leaves tokens
    When the action "sign_out_teammate" of "intercom" is taken on "maya"
    And the action "sign_out_teammate" of "intercom" is taken on "leo"
    Then it has these effects
      | credential         | effect      |
      | intercom-maya-app  | still works |
      | intercom-leo-oauth | still works |
    And every bystander still works

  Scenario: Resetting a password leaves the app's token
    When the action "reset_password" of "intercom" is taken on "maya"
    Then it has these effects
      | credential        | effect      |
      | intercom-maya-app | still works |
    And every bystander still works

  Scenario: Forcing single sign-on leaves tokens
    When the action "force_sso" of "intercom" is taken
    Then it has these effects
      | credential         | effect      |
      | intercom-maya-app  | still works |
      | intercom-sync-app  | still works |
      | intercom-leo-oauth | still works |
    And every bystander still works

  Scenario: Regenerating a private app's token ends the old one, of this app alone
    When the action "regenerate_app_token" of "intercom" is taken on "intercom-maya-app"
    Then it has these effects
      | credential         | effect                        |
      | intercom-maya-app  | stops working within 1 minute |
      | intercom-sync-app  | still works                   |
      | intercom-leo-oauth | still works                   |
    And every bystander still works

  Scenario: Uninstalling a private app ends its token, and leaves the supplier's other apps
    When the action "uninstall_app" of "intercom" is taken on "reports"
    Then it has these effects
      | credential         | effect                        |
      | intercom-maya-app  | stops working within 1 minute |
      | intercom-sync-app  | still works                   |
      | intercom-leo-oauth | still works                   |
    And every bystander still works

  Scenario: Uninstalling a public app ends its token, and leaves the supplier's other apps
    When the action "uninstall_app" of "intercom" is taken on "desk"
    Then it has these effects
      | credential         | effect                        |
      | intercom-leo-oauth | stops working within 1 minute |
      | intercom-maya-app  | still works                   |
    And every bystander still works

  Scenario: A new client secret leaves all tokens that are out
    When the action "rotate_client_secret" of "intercom" is taken on "desk"
    Then it has these effects
      | credential         | effect      |
      | intercom-leo-oauth | still works |
      | intercom-maya-app  | still works |
    And every bystander still works

  # Only for those who come from an address on the list: that one cannot tell is why this is no revocation.
  Scenario: A list of allowed addresses revokes nothing
    When the action "restrict_by_ip" of "intercom" is taken
    Then it has these effects
      | credential         | effect      |
      | intercom-maya-app  | still works |
      | intercom-sync-app  | still works |
      | intercom-leo-oauth | still works |
    And every bystander still works
