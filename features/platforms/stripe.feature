@platform @platform:stripe
Feature: What Stripe's actions leave behind
  Stripe's keys are the account's: taking a person off the team ends none that the person has copied. A
  rolled key can go on working for seven days, a rolled signing secret for one. Disconnecting a platform
  ends its tokens and its access, and no key that was handed over besides.

  Background:
    Given the supplier "acme-stripe"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario Outline: A key rotated at once ends alone
    When the action "<action>" of "stripe" is taken on "<key>"
    Then it has these effects
      | credential      | effect                        |
      | <key>           | stops working within 1 minute |
      | <other>         | still works                   |
      | stripe-maya-cli | still works                   |
      | stripe-access   | still works                   |
      | stripe-refresh  | still works                   |
      | stripe-platform | still works                   |
    And every bystander still works

    Examples:
      | action           | key               | other       |
      | rotate_api_key   | stripe-maya       | stripe-sync |
      | rotate_api_key   | stripe-restricted | stripe-sync |
      | roll_api_key_now | stripe-maya       | stripe-sync |
      | roll_api_key_now | stripe-restricted | stripe-sync |

  Scenario Outline: A key rolled with an overlap works for a week more
    When the action "<action>" of "stripe" is taken on "<key>"
    Then it has these effects
      | credential | effect      |
      | <key>      | still works |
    And it has these effects
      | credential      | effect                         |
      | <key>           | stops working within 170 hours |
      | stripe-maya-cli | still works                    |
      | stripe-access   | still works                    |
      | stripe-refresh  | still works                    |
      | stripe-platform | still works                    |
    And every bystander still works

    Examples:
      | action               | key               |
      | rotate_api_key_later | stripe-maya       |
      | rotate_api_key_later | stripe-restricted |
      | roll_api_key         | stripe-maya       |
      | roll_api_key         | stripe-restricted |

  Scenario Outline: An expired or deleted key ends alone
    When the action "<action>" of "stripe" is taken on "<key>"
    Then it has these effects
      | credential  | effect                        |
      | <key>       | stops working within 1 minute |
      | stripe-sync | still works                   |
    And every bystander still works

    Examples:
      | action         | key               |
      | expire_api_key | stripe-maya       |
      | expire_api_key | stripe-restricted |
      | expire_api_key | stripe-narrow     |
      | expire_api_key | stripe-maya-cli   |
      | delete_api_key | stripe-maya       |
      | delete_api_key | stripe-restricted |
      | delete_api_key | stripe-maya-cli   |

  Scenario: A member who is removed leaves keys, connections and endpoints behind
    When the action "remove_team_member" of "stripe" is taken on "stripe-maya"
    Then it has these effects
      | credential        | effect      |
      | stripe-maya       | still works |
      | stripe-sync       | still works |
      | stripe-restricted | still works |
      | stripe-access     | still works |
      | stripe-refresh    | still works |
      | stripe-platform   | still works |
      | stripe-webhook    | still works |
    And every bystander still works

  Scenario Outline: A disconnected platform loses its tokens and its access, not the keys it was given
    When the action "<action>" of "stripe" is taken on "stripe-platform"
    Then it has these effects
      | credential                    | effect                        |
      | stripe-access                 | stops working within 1 minute |
      | stripe-refresh                | stops working within 1 minute |
      | stripe-refresh/connect_access | stops working within 1 minute |
      | stripe-platform               | stops working within 1 minute |
      | stripe-sync                   | still works                   |
      | stripe-restricted             | still works                   |
    And every bystander still works

    Examples:
      | action               |
      | deauthorize_platform |
      | revoke_platform      |

  Scenario: A signing secret rolled with an overlap works for a day more
    When the action "roll_webhook_secret" of "stripe" is taken on "stripe-webhook"
    Then it has these effects
      | credential     | effect      |
      | stripe-webhook | still works |
    And it has these effects
      | credential     | effect                        |
      | stripe-webhook | stops working within 25 hours |
    And every bystander still works

  Scenario: A signing secret rolled at once is refused
    When the action "roll_webhook_secret_now" of "stripe" is taken on "stripe-webhook"
    Then it has these effects
      | credential     | effect                        |
      | stripe-webhook | stops working within 1 minute |
    And every bystander still works
