@platform @platform:scim
Feature: What SCIM's actions leave behind
  SCIM changes a person's entry in a directory. It knows of no token, key or session: what a person holds at
  the service goes on working unless the service itself ends it, and the SCIM token is an administrator's key
  of its own.

  Background:
    Given the supplier "acme-scim"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deactivating a user says nothing about the user's tokens
    When the action "deactivate_user" of "scim" is taken on "scim-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
      | scim-leo-token  | still works |
      | scim-directory  | still works |
    And every bystander still works

  Scenario: Deactivating a user with the attribute in the value says nothing more
    When the action "deactivate_user_without_path" of "scim" is taken on "scim-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
      | scim-directory  | still works |
    And every bystander still works

  Scenario: Deactivating a user by writing the entry anew says nothing more
    When the action "deactivate_user_by_put" of "scim" is taken on "scim-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
      | scim-directory  | still works |
    And every bystander still works

  Scenario: Activating the user again finds the tokens as they were
    When the action "deactivate_user" of "scim" is taken on "scim-maya"
    And the action "activate_user" of "scim" is taken on "scim-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
    And every bystander still works

  Scenario: Deleting a user leaves the tokens, and SCIM can no longer reach them
    When the action "delete_user" of "scim" is taken on "scim-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
      | scim-directory  | still works |
    And every bystander still works

  Scenario: An entry created again under the old name finds the tokens where they were
    When the action "delete_user" of "scim" is taken on "scim-maya"
    And the action "create_user_again" of "scim" is taken on "scim-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
    And every bystander still works

  Scenario: Leaving a group takes a role away, not the tokens, and nobody else's membership
    When the action "remove_from_group" of "scim" is taken on "scim-group-maya"
    Then it has these effects
      | credential      | effect      |
      | scim-maya-token | still works |
      | scim-maya-oauth | still works |
      | scim-leo-token  | still works |
      | scim-sync-token | still works |
    And every bystander still works

  Scenario: Revoking the SCIM token stops provisioning and nothing else
    When the action "revoke_scim_token" of "scim" is taken on "scim-directory"
    Then it has these effects
      | credential          | effect                        |
      | scim-directory      | stops working within 1 minute |
      | scim-directory-read | still works                   |
      | scim-maya-token     | still works                   |
      | scim-maya-oauth     | still works                   |
    And every bystander still works
