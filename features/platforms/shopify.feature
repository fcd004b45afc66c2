@platform @platform:shopify
Feature: What Shopify's actions leave behind
  An app's offline tokens are the app's and the store's: a staff member who installed it, or made it and
  copied its token, can be removed, and the token works on. Uninstalling the app ends its tokens at once,
  and no other app's.

  Background:
    Given the supplier "acme-shopify"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Uninstalling an app ends its tokens, not those of the supplier's other app
    When the action "uninstall_app" of "shopify" is taken on "shopify-bridge"
    Then it has these effects
      | credential          | effect                        |
      | shopify-offline     | stops working within 1 minute |
      | shopify-expiring    | stops working within 1 minute |
      | shopify-maya-online | stops working within 1 minute |
      | shopify-custom      | still works                   |
    And every bystander still works

  Scenario: An app that uninstalls itself has no tokens left
    When the action "uninstall_app_with_its_token" of "shopify" is taken on "shopify-offline"
    Then it has these effects
      | credential          | effect                        |
      | shopify-offline     | stops working within 1 minute |
      | shopify-expiring    | stops working within 1 minute |
      | shopify-maya-online | stops working within 1 minute |
      | shopify-custom      | still works                   |
    And every bystander still works

  Scenario: A custom app's token ends with the custom app
    When the action "uninstall_app" of "shopify" is taken on "shopify-export"
    Then it has these effects
      | credential      | effect                        |
      | shopify-custom  | stops working within 1 minute |
      | shopify-offline | still works                   |
    And every bystander still works

  Scenario Outline: What happens to a staff member ends online tokens, and no token of an app
    When the action "<action>" of "shopify" is taken on "shopify-maya"
    Then it has these effects
      | credential          | effect                        |
      | shopify-maya-online | stops working within 1 minute |
      | shopify-custom      | still works                   |
      | shopify-offline     | still works                   |
      | shopify-expiring    | still works                   |
    And every bystander still works

    Examples:
      | action               |
      | remove_staff         |
      | suspend_staff        |
      | reset_staff_password |

  Scenario: A second client secret leaves the first one valid
    When the action "rotate_client_secret" of "shopify" is taken on "shopify-bridge"
    Then it has these effects
      | credential     | effect      |
      | shopify-client | still works |
    And every bystander still works

  Scenario: Revoking the old client secret takes the offline tokens along
    When the action "rotate_client_secret" of "shopify" is taken on "shopify-bridge"
    And the action "revoke_old_client_secret" of "shopify" is taken on "shopify-bridge"
    Then it has these effects
      | credential       | effect                        |
      | shopify-offline  | stops working within 1 minute |
      | shopify-expiring | stops working within 1 minute |
      | shopify-custom   | still works                   |
    And every bystander still works
