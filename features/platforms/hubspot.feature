@platform @platform:hubspot
Feature: What an action leaves behind at HubSpot
  Most credentials here belong to the account or to an installed app: taking a person out ends none of them.
  Private app tokens end by rotation that expires the old value at once, an app's tokens by uninstalling the app.

  Background:
    Given the supplier "acme-hubspot"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deactivating a user leaves what belongs to the account
    When the action "deactivate_user" of "hubspot" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | hubspot-sync        | still works |
      | hubspot-narrow      | still works |
      | hubspot-service-key | still works |
    And every bystander still works

  Scenario: A user who was deactivated comes back, and what belongs to the account was never away
    When the action "deactivate_user" of "hubspot" is taken on "maya"
    And the action "reactivate_user" of "hubspot" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | hubspot-sync        | still works |
      | hubspot-service-key | still works |
    And every bystander still works

  Scenario: Removing a user leaves what belongs to the account
    When the action "remove_user" of "hubspot" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | hubspot-sync        | still works |
      | hubspot-narrow      | still works |
      | hubspot-service-key | still works |
    And every bystander still works

  Scenario: Archiving the CRM record of a user revokes nothing
    When the action "archive_crm_user" of "hubspot" is taken on "maya"
    Then it has these effects
      | credential          | effect      |
      | hubspot-sync        | still works |
      | hubspot-service-key | still works |
    And every bystander still works

  Scenario: Rotate and expire now ends the old token, of this app alone
    When the action "rotate_private_app_token_now" of "hubspot" is taken on "hubspot-sync"
    Then it has these effects
      | credential     | effect                        |
      | hubspot-sync   | stops working within 1 minute |
      | hubspot-narrow | still works                   |
    And every bystander still works

  Scenario: Rotate and expire later leaves the old token alive for a week
    When the action "rotate_private_app_token_later" of "hubspot" is taken on "hubspot-sync"
    Then it has these effects
      | credential     | effect      |
      | hubspot-sync   | still works |
      | hubspot-narrow | still works |
    And every bystander still works

  Scenario: Deleting a private app ends its token, and no other app's
    When the action "delete_private_app" of "hubspot" is taken on "hubspot-sync"
    Then it has these effects
      | credential           | effect                        |
      | hubspot-sync         | stops working within 1 minute |
      | hubspot-narrow       | still works                   |
      | hubspot-maya-access  | still works                   |
      | hubspot-maya-refresh | still works                   |
    And every bystander still works

  Scenario: Deactivating a service key ends it
    When the action "deactivate_service_key" of "hubspot" is taken on "hubspot-service-key"
    Then it has these effects
      | credential          | effect                        |
      | hubspot-service-key | stops working within 1 minute |
    And every bystander still works

  Scenario: Revoking a refresh token leaves the access tokens that it minted
    When the action "revoke_refresh_token" of "hubspot" is taken on "hubspot-maya-refresh"
    Then it has these effects
      | credential                        | effect                        |
      | hubspot-maya-refresh              | stops working within 1 minute |
      | hubspot-maya-access               | still works                   |
      | hubspot-maya-refresh/oauth_access | still works                   |
    And every bystander still works

  Scenario: Deleting a refresh token by its old address leaves the access tokens too
    When the action "delete_refresh_token" of "hubspot" is taken on "hubspot-maya-refresh"
    Then it has these effects
      | credential                        | effect                        |
      | hubspot-maya-refresh              | stops working within 1 minute |
      | hubspot-maya-access               | still works                   |
      | hubspot-maya-refresh/oauth_access | still works                   |
    And every bystander still works

  # How soon access tokens follow is documented nowhere: a quarter of an hour is half of their life.
  Scenario: Uninstalling an app ends its tokens, and leaves private apps of the same supplier
    When the action "uninstall_app" of "hubspot" is taken on "bridge"
    Then it has these effects
      | credential                        | effect                          |
      | hubspot-maya-refresh              | stops working within 1 minute   |
      | hubspot-maya-access               | stops working within 15 minutes |
      | hubspot-maya-refresh/oauth_access | stops working within 15 minutes |
      | hubspot-sync                      | still works                     |
      | hubspot-narrow                    | still works                     |
    And every bystander still works

  Scenario: An app that uninstalls itself leaves private apps of the same supplier
    When the action "uninstall_app_by_itself" of "hubspot" is taken on "hubspot-maya-access"
    Then it has these effects
      | credential                        | effect                          |
      | hubspot-maya-refresh              | stops working within 1 minute   |
      | hubspot-maya-access               | stops working within 15 minutes |
      | hubspot-maya-refresh/oauth_access | stops working within 15 minutes |
      | hubspot-sync                      | still works                     |
    And every bystander still works

  # What a refresh token still does needs the new secret to be seen, so it is not in the table.
  Scenario: A new client secret leaves the access tokens that are out
    When the action "rotate_client_secret" of "hubspot" is taken on "bridge"
    Then it has these effects
      | credential          | effect      |
      | hubspot-maya-access | still works |
    And every bystander still works

  Scenario: Single sign-on for everybody touches no token
    When the action "require_sso" of "hubspot" is taken
    Then it has these effects
      | credential           | effect      |
      | hubspot-sync         | still works |
      | hubspot-maya-access  | still works |
      | hubspot-maya-refresh | still works |
    And every bystander still works

  Scenario: Resetting a user's password touches no token
    When the action "reset_password" of "hubspot" is taken on "support-eu"
    Then it has these effects
      | credential           | effect      |
      | hubspot-sync         | still works |
      | hubspot-maya-access  | still works |
      | hubspot-maya-refresh | still works |
    And every bystander still works
