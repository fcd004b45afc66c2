@platform @platform:aws
Feature: What AWS's actions leave behind
  Deleting an access key leaves the sessions that were minted from it, for up to 36 hours. Denying everything
  takes rights away, and no identity: the secret stays valid. A closed trust spares the sessions of its role
  that run already. IAM is eventually consistent, so a denial may take some minutes.

  Background:
    Given the supplier "acme-aws"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: A deleted key leaves its sessions behind
    When the action "delete_access_key" of "aws" is taken on "aws-maya-key"
    And the action "delete_access_key" of "aws" is taken on "aws-sync-key"
    Then it has these effects
      | credential          | effect                        |
      | aws-maya-key        | stops working within 1 minute |
      | aws-sync-key        | stops working within 1 minute |
      | aws-leo-key         | still works                   |
      | aws-maya-session    | still works                   |
      | aws-sync-federation | still works                   |
      | aws-role-session    | still works                   |
    And every bystander still works

  Scenario: An inactive key comes back, and its sessions never went
    When the action "deactivate_access_key" of "aws" is taken on "aws-maya-key"
    And the action "deactivate_access_key" of "aws" is taken on "aws-sync-key"
    Then it has these effects
      | credential          | effect                        |
      | aws-maya-key        | stops working within 1 minute |
      | aws-sync-key        | stops working within 1 minute |
      | aws-maya-session    | still works                   |
      | aws-sync-federation | still works                   |
      | aws-role-session    | still works                   |
    When the action "activate_access_key" of "aws" is taken on "aws-maya-key"
    Then it has these effects
      | credential   | effect     |
      | aws-maya-key | comes back |
    And every bystander still works

  Scenario: Without a console password the keys work on
    When the action "delete_login_profile" of "aws" is taken on "aws-maya-password"
    Then it has these effects
      | credential        | effect                        |
      | aws-maya-password | stops working within 1 minute |
      | aws-maya-key      | still works                   |
    And every bystander still works

  Scenario: Denying everything to a user contains its key and its session
    When the action "deny_all" of "aws" is taken on "aws-maya"
    Then it has these effects
      | credential       | effect                         |
      | aws-maya-key     | is contained within 15 minutes |
      | aws-maya-session | is contained within 15 minutes |
      | aws-maya-key     | still works                    |
      | aws-maya-session | still works                    |
    And every bystander still works

  Scenario: Denying everything to a user contains its federated session
    When the action "deny_all" of "aws" is taken on "aws-sync"
    Then it has these effects
      | credential          | effect                         |
      | aws-sync-key        | is contained within 15 minutes |
      | aws-sync-federation | is contained within 15 minutes |
      | aws-sync-key        | still works                    |
      | aws-sync-federation | still works                    |
    And every bystander still works

  Scenario: A closed trust leaves the role's sessions running
    When the action "close_trust" of "aws" is taken on "aws-role"
    Then it has these effects
      | credential       | effect                          |
      | aws-role-trust   | stops working within 15 minutes |
      | aws-role-session | still works                     |
    And every bystander still works

  Scenario: Denying older sessions ends no identity, and new sessions are made as before
    When the action "revoke_older_sessions" of "aws" is taken on "aws-role"
    Then it has these effects
      | credential       | effect                         |
      | aws-role-session | is contained within 15 minutes |
      | aws-role-session | still works                    |
      | aws-role-trust   | still works                    |
    And every bystander still works

  Scenario: Another external id leaves the role's sessions running
    When the action "rotate_external_id" of "aws" is taken on "aws-role-trust"
    Then it has these effects
      | credential       | effect                          |
      | aws-role-trust   | stops working within 15 minutes |
      | aws-role-session | still works                     |
    And every bystander still works

  Scenario: A person who is disabled in Identity Center keeps the role sessions handed out
    When the action "disable_identity_center_user" of "aws" is taken on "aws-maya-sso"
    Then it has these effects
      | credential                   | effect      |
      | aws-maya-portal/role_session | still works |
    And every bystander still works

  Scenario: A person who is deleted in Identity Center keeps the role sessions handed out
    When the action "delete_identity_center_user" of "aws" is taken on "aws-maya-sso"
    Then it has these effects
      | credential                   | effect      |
      | aws-maya-portal/role_session | still works |
    And every bystander still works

  Scenario: Signing out of the portal leaves the role sessions handed out
    When the action "portal_logout" of "aws" is taken on "aws-maya-portal"
    Then it has these effects
      | credential                   | effect                         |
      | aws-maya-portal              | stops working within 5 minutes |
      | aws-maya-portal/role_session | still works                    |
    And every bystander still works
