@platform @platform:jira-service-management
Feature: What Atlassian's actions kill and spare
  An organisation ends what belongs to its managed accounts, and much of that only as long as the account is off. From an
  external account it takes nothing but access to its own sites. API tokens care for no password and no session, and what
  was granted to an app ends with the grant, not with a token.

  Background:
    Given the supplier "acme-jira-service-management"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deactivating a managed account only masks its API token
    When the action "deactivate_account" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                         | effect                         |
      | jira-service-management-maya-token | stops working within 5 minutes |
      | jira-service-management-org-key    | still works                    |
    When the action "activate_account" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                         | effect     |
      | jira-service-management-maya-token | comes back |
    And every bystander still works

  Scenario: Deleting a managed account ends what is its own, until the deletion is cancelled
    When the action "delete_account" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                           | effect                         |
      | jira-service-management-maya-token   | stops working within 5 minutes |
      | jira-service-management-maya-session | stops working within 5 minutes |
      | jira-service-management-maya-refresh | stops working within 5 minutes |
    When the action "cancel_account_deletion" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                           | effect     |
      | jira-service-management-maya-token   | comes back |
      | jira-service-management-maya-session | comes back |
      | jira-service-management-maya-refresh | comes back |
    And every bystander still works

  Scenario: Suspending an external account's access leaves its token alive elsewhere
    When the action "suspend_access" of "jira-service-management" is taken on "leo"
    Then it has these effects
      | credential                        | effect                        |
      | jira-service-management-leo-token | is contained within 5 minutes |
    When the action "restore_access" of "jira-service-management" is taken on "leo"
    Then it has these effects
      | credential                        | effect      |
      | jira-service-management-leo-token | still works |
    And every bystander still works

  Scenario: Removing an external account leaves its token alive elsewhere
    When the action "remove_user" of "jira-service-management" is taken on "leo"
    Then it has these effects
      | credential                        | effect                        |
      | jira-service-management-leo-token | is contained within 5 minutes |
    And every bystander still works

  Scenario: Deleting an API token leaves what was granted to apps
    When the action "delete_api_token" of "jira-service-management" is taken on "jira-service-management-maya-token"
    Then it has these effects
      | credential                           | effect                         |
      | jira-service-management-maya-token   | stops working within 5 minutes |
      | jira-service-management-maya-refresh | still works                    |
      | jira-service-management-maya-access  | still works                    |
    And every bystander still works

  Scenario: A new password ends refresh tokens, and neither API tokens nor sessions
    When the action "change_password" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                           | effect                         |
      | jira-service-management-maya-refresh | stops working within 5 minutes |
      | jira-service-management-maya-token   | still works                    |
      | jira-service-management-maya-scoped  | still works                    |
      | jira-service-management-maya-session | still works                    |
      | jira-service-management-maya-access  | still works                    |
    And every bystander still works

  Scenario: Demanding a new password leaves API tokens and keys alone
    When the action "force_password_reset" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                          | effect      |
      | jira-service-management-maya-token  | still works |
      | jira-service-management-maya-scoped | still works |
      | jira-service-management-org-key     | still works |
    And every bystander still works

  Scenario: Ending sessions ends no token and no key
    When the action "end_sessions" of "jira-service-management" is taken on "maya"
    Then it has these effects
      | credential                           | effect                         |
      | jira-service-management-maya-session | stops working within 5 minutes |
      | jira-service-management-maya-token   | still works                    |
      | jira-service-management-maya-scoped  | still works                    |
      | jira-service-management-org-key      | still works                    |
    And every bystander still works

  Scenario: Revoking what a person granted to an app ends the refresh token
    When the action "revoke_app_grant" of "jira-service-management" is taken on "app-maya"
    Then it has these effects
      | credential                           | effect                         |
      | jira-service-management-maya-refresh | stops working within 5 minutes |
    And every bystander still works

  Scenario: Uninstalling an app slowly ends everybody's grant
    When the action "uninstall_app" of "jira-service-management" is taken on "app-maya"
    Then it has these effects
      | credential                                        | effect                         |
      | jira-service-management-maya-refresh/oauth_access | is contained within 15 minutes |
      | jira-service-management-leo-refresh/oauth_access  | is contained within 15 minutes |
      | jira-service-management-maya-refresh              | stops working within 1 hour    |
      | jira-service-management-leo-refresh               | stops working within 1 hour    |
    And every bystander still works

  Scenario: A new client secret leaves access tokens alone
    When the action "rotate_client_secret" of "jira-service-management" is taken on "app-maya"
    Then it has these effects
      | credential                          | effect                         |
      | jira-service-management-client      | stops working within 5 minutes |
      | jira-service-management-maya-access | still works                    |
    And every bystander still works
