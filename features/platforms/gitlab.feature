@platform @platform:gitlab
Feature: What GitLab's actions leave behind
  Blocking, banning and deactivating a GitLab user hides the user's tokens, and lifting it brings them all
  back. Losing a membership takes reach only. Tokens of projects and groups belong to bots and outlive
  the people who made them.

  Background:
    Given the supplier "acme-gitlab"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Revoking a personal token ends that token alone
    When the action "revoke_token" of "gitlab" is taken on "gitlab-maya"
    Then it has these effects
      | credential  | effect                        |
      | gitlab-maya | stops working within 1 minute |
      | gitlab-leo  | still works                   |
      | gitlab-sync | still works                   |
    And every bystander still works

  Scenario: A token revokes itself
    When the action "revoke_own_token" of "gitlab" is taken on "gitlab-maya"
    Then it has these effects
      | credential  | effect                        |
      | gitlab-maya | stops working within 1 minute |
      | gitlab-leo  | still works                   |
    And every bystander still works

  Scenario: A rotated token ends at once
    When the action "rotate_token" of "gitlab" is taken on "gitlab-sync"
    Then it has these effects
      | credential  | effect                        |
      | gitlab-sync | stops working within 1 minute |
      | gitlab-maya | still works                   |
    And every bystander still works

  Scenario: Revoking a project's token ends it
    When the action "revoke_project_token" of "gitlab" is taken on "gitlab-project"
    Then it has these effects
      | credential     | effect                        |
      | gitlab-project | stops working within 1 minute |
      | gitlab-maya    | still works                   |
    And every bystander still works

  Scenario: Revoking a group's token ends it
    When the action "revoke_group_token" of "gitlab" is taken on "gitlab-group"
    Then it has these effects
      | credential   | effect                        |
      | gitlab-group | stops working within 1 minute |
      | gitlab-maya  | still works                   |
    And every bystander still works

  Scenario: Revoking an OAuth access token ends that token
    When the action "revoke_oauth_token" of "gitlab" is taken on "gitlab-access"
    Then it has these effects
      | credential    | effect                        |
      | gitlab-access | stops working within 1 minute |
      | gitlab-maya   | still works                   |
    And every bystander still works

  Scenario: A removed member keeps the tokens and loses the group; bots stay
    When the action "remove_member" of "gitlab" is taken on "gitlab-maya"
    Then it has these effects
      | credential     | effect      |
      | gitlab-maya    | still works |
      | gitlab-project | still works |
      | gitlab-group   | still works |
    And every bystander still works

  Scenario Outline: A masked user's tokens are hidden, bots go on, and lifting it brings them back
    When the action "<mask>" of "gitlab" is taken on "gitlab-maya"
    Then it has these effects
      | credential           | effect                        |
      | gitlab-maya          | stops working within 1 minute |
      | gitlab-impersonation | stops working within 1 minute |
      | gitlab-access        | stops working within 1 minute |
      | gitlab-project       | still works                   |
      | gitlab-group         | still works                   |
      | gitlab-leo           | still works                   |
    When the action "<lift>" of "gitlab" is taken on "gitlab-maya"
    Then it has these effects
      | credential           | effect     |
      | gitlab-maya          | comes back |
      | gitlab-impersonation | comes back |
      | gitlab-access        | comes back |
    And every bystander still works

    Examples:
      | mask       | lift         |
      | block_user | unblock_user |
      | ban_user   | unban_user   |

  Scenario: A deactivated user comes back by signing in
    When the action "deactivate_user" of "gitlab" is taken on "gitlab-leo"
    Then it has these effects
      | credential  | effect                        |
      | gitlab-leo  | stops working within 1 minute |
      | gitlab-maya | still works                   |
    When the action "user_signs_in" of "gitlab" is taken on "gitlab-leo"
    Then it has these effects
      | credential | effect     |
      | gitlab-leo | comes back |
    And every bystander still works

  Scenario: Deleting a user ends the personal tokens, not the project's bot
    When the action "delete_user" of "gitlab" is taken on "gitlab-maya"
    Then it has these effects
      | credential     | effect                        |
      | gitlab-maya    | stops working within 1 minute |
      | gitlab-project | still works                   |
      | gitlab-leo     | still works                   |
    And every bystander still works
