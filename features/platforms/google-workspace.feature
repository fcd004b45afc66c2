@platform @platform:google-workspace
Feature: What Google Workspace ends and what it leaves
  Signing a user out or setting a new password leaves most grants alive, and an access token of a service
  account cannot be revoked at all. Whoever holds a key with domain-wide delegation is any user, whatever
  becomes of a person. Google names no delays; 5 minutes are allowed throughout.

  Background:
    Given the supplier "acme-google-workspace"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Signing a user out ends no token
    When the action "sign_out" of "google-workspace" is taken on "google-workspace-maya"
    Then it has these effects
      | credential                         | effect      |
      | google-workspace-maya-refresh      | still works |
      | google-workspace-maya-mail-refresh | still works |
      | google-workspace-maya-access       | still works |
      | google-workspace-maya-mail-access  | still works |
      | google-workspace-delegation        | still works |
      | google-workspace-delegation-admin  | still works |
    And every bystander still works

  Scenario: Deleting a grant ends all tokens of that user and client, and no others
    When the action "delete_grant" of "google-workspace" is taken on "google-workspace-bridge"
    Then it has these effects
      | credential                                 | effect                         |
      | google-workspace-maya-refresh              | stops working within 5 minutes |
      | google-workspace-maya-access               | stops working within 5 minutes |
      | google-workspace-maya-refresh/oauth_access | stops working within 5 minutes |
      | google-workspace-leo-refresh               | still works                    |
      | google-workspace-maya-mail-refresh         | still works                    |
    And every bystander still works

  Scenario: Deleting a mail grant ends its tokens
    When the action "delete_grant" of "google-workspace" is taken on "google-workspace-mail"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-mail-refresh | stops working within 5 minutes |
      | google-workspace-maya-mail-access  | stops working within 5 minutes |
      | google-workspace-maya-refresh      | still works                    |
    And every bystander still works

  Scenario: Suspending a user hides the access tokens, and lifting it brings them back
    When the action "suspend_user" of "google-workspace" is taken on "google-workspace-maya"
    Then it has these effects
      | credential                        | effect                         |
      | google-workspace-maya-access      | stops working within 5 minutes |
      | google-workspace-maya-mail-access | stops working within 5 minutes |
    When the action "unsuspend_user" of "google-workspace" is taken on "google-workspace-maya"
    Then it has these effects
      | credential                        | effect     |
      | google-workspace-maya-access      | comes back |
      | google-workspace-maya-mail-access | comes back |
    And every bystander still works

  Scenario: A new password ends mail grants only
    When the action "reset_password" of "google-workspace" is taken on "google-workspace-maya"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-mail-refresh | stops working within 5 minutes |
      | google-workspace-maya-refresh      | still works                    |
      | google-workspace-key               | still works                    |
      | google-workspace-sync-access       | still works                    |
      | google-workspace-delegation        | still works                    |
      | google-workspace-delegation-admin  | still works                    |
    And every bystander still works

  Scenario: Deleting a user ends the grants, and no delegation
    When the action "delete_user" of "google-workspace" is taken on "google-workspace-maya"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-refresh      | stops working within 5 minutes |
      | google-workspace-maya-mail-refresh | stops working within 5 minutes |
      | google-workspace-delegation-admin  | still works                    |
    And every bystander still works

  Scenario: Revoking a refresh token ends it, and no other grant
    When the action "revoke_refresh_token" of "google-workspace" is taken on "google-workspace-maya-refresh"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-refresh      | stops working within 5 minutes |
      | google-workspace-leo-refresh       | still works                    |
      | google-workspace-maya-mail-refresh | still works                    |
    And every bystander still works

  Scenario: Revoking a refresh token for mail ends it, and no other grant
    When the action "revoke_refresh_token" of "google-workspace" is taken on "google-workspace-maya-mail-refresh"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-mail-refresh | stops working within 5 minutes |
      | google-workspace-maya-refresh      | still works                    |
    And every bystander still works

  Scenario: Revoking an access token takes the whole grant with it
    When the action "revoke_access_token" of "google-workspace" is taken on "google-workspace-maya-access"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-access       | stops working within 5 minutes |
      | google-workspace-maya-refresh      | stops working within 5 minutes |
      | google-workspace-leo-refresh       | still works                    |
      | google-workspace-maya-mail-refresh | still works                    |
    And every bystander still works

  Scenario: Revoking an access token for mail takes the whole grant with it
    When the action "revoke_access_token" of "google-workspace" is taken on "google-workspace-maya-mail-access"
    Then it has these effects
      | credential                         | effect                         |
      | google-workspace-maya-mail-access  | stops working within 5 minutes |
      | google-workspace-maya-mail-refresh | stops working within 5 minutes |
      | google-workspace-maya-refresh      | still works                    |
    And every bystander still works

  Scenario: Deleting a key leaves the access tokens made with it
    When the action "delete_service_account_key" of "google-workspace" is taken on "google-workspace-key"
    Then it has these effects
      | credential                                 | effect      |
      | google-workspace-sync-access               | still works |
      | google-workspace-key/service_account_token | still works |
    And every bystander still works

  Scenario: Disabling a service account leaves its access tokens
    When the action "disable_service_account" of "google-workspace" is taken on "google-workspace-sync"
    Then it has these effects
      | credential                        | effect                         |
      | google-workspace-key              | stops working within 5 minutes |
      | google-workspace-delegation       | stops working within 5 minutes |
      | google-workspace-delegation-admin | stops working within 5 minutes |
      | google-workspace-sync-access      | still works                    |
    And every bystander still works

  Scenario: Enabling the service account again brings its key and its delegation back
    When the action "disable_service_account" of "google-workspace" is taken on "google-workspace-sync"
    Then it has these effects
      | credential                        | effect                         |
      | google-workspace-key              | stops working within 5 minutes |
      | google-workspace-delegation       | stops working within 5 minutes |
      | google-workspace-delegation-admin | stops working within 5 minutes |
    When the action "enable_service_account" of "google-workspace" is taken on "google-workspace-sync"
    Then it has these effects
      | credential                        | effect     |
      | google-workspace-key              | comes back |
      | google-workspace-delegation       | comes back |
      | google-workspace-delegation-admin | comes back |
    And every bystander still works

  Scenario: Removing the delegation ends every impersonation, and no access token of the account
    When the action "remove_dwd_entry" of "google-workspace" is taken on "google-workspace-delegation"
    Then it has these effects
      | credential                        | effect                         |
      | google-workspace-delegation       | stops working within 5 minutes |
      | google-workspace-delegation-admin | stops working within 5 minutes |
      | google-workspace-sync-access      | still works                    |
    And every bystander still works

  Scenario: Deleting an OAuth client ends its secret
    When the action "delete_client" of "google-workspace" is taken on "google-workspace-bridge"
    Then it has these effects
      | credential                   | effect                         |
      | google-workspace-client      | stops working within 5 minutes |
      | google-workspace-mail-client | still works                    |
    And every bystander still works

  Scenario: Disabling an OAuth client ends its secret
    When the action "disable_client" of "google-workspace" is taken on "google-workspace-bridge"
    Then it has these effects
      | credential                   | effect                         |
      | google-workspace-client      | stops working within 5 minutes |
      | google-workspace-mail-client | still works                    |
    And every bystander still works

  Scenario: Resetting the secret of an OAuth client ends its secret
    When the action "reset_client_secret" of "google-workspace" is taken on "google-workspace-bridge"
    Then it has these effects
      | credential                   | effect                         |
      | google-workspace-client      | stops working within 5 minutes |
      | google-workspace-mail-client | still works                    |
    And every bystander still works
