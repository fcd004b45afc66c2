@platform @platform:webhook-inbound
Feature: What is left of webhooks when people and hooks are taken away
  An address that is known, or a secret that signs, is a credential of its own: removing people ends none of
  them. A scenario at Make that is off refuses its hook until it is on again, a rotated secret can be taken for
  a day more, and an old address of our receiver takes what the closed one no longer does.

  Background:
    Given the supplier "acme-webhook-inbound"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario Outline: Removing a person ends no address and no secret
    When the action "remove_user" of "webhook-inbound" is taken on "<person>"
    Then it has these effects
      | credential                     | effect      |
      | webhook-inbound-zap            | still works |
      | webhook-inbound-make           | still works |
      | webhook-inbound-discord        | still works |
      | webhook-inbound-flow           | still works |
      | webhook-inbound-teams          | still works |
      | webhook-inbound-signing        | still works |
      | webhook-inbound-signing-legacy | still works |
      | webhook-inbound-static         | still works |
      | webhook-inbound-static-legacy  | still works |
      | webhook-inbound-outbound       | still works |
    And every bystander still works

    Examples:
      | person               |
      | webhook-inbound-maya |
      | webhook-inbound-leo  |

  Scenario: A scenario that is off refuses its hook, and takes it again once it is on
    When the action "turn_off_scenario" of "webhook-inbound" is taken on "webhook-inbound-make"
    Then it has these effects
      | credential           | effect                         |
      | webhook-inbound-make | stops working within 2 minutes |
    When the action "turn_on_scenario" of "webhook-inbound" is taken on "webhook-inbound-make"
    Then it has these effects
      | credential           | effect     |
      | webhook-inbound-make | comes back |
    And every bystander still works

  Scenario: A hook without a scenario is deactivated after five days
    When the action "detach_webhook" of "webhook-inbound" is taken on "webhook-inbound-make"
    Then it has these effects
      | credential           | effect                         |
      | webhook-inbound-make | stops working within 121 hours |
    And every bystander still works

  Scenario: A deleted webhook is gone
    When the action "delete_webhook" of "webhook-inbound" is taken on "webhook-inbound-make"
    Then it has these effects
      | credential           | effect                         |
      | webhook-inbound-make | stops working within 2 minutes |
    And every bystander still works

  Scenario: A secret rotated with an overlap is taken for a day more, on every address
    When the action "rotate_secret" of "webhook-inbound" is taken on "webhook-inbound-signing"
    Then it has these effects
      | credential                     | effect      |
      | webhook-inbound-signing        | still works |
      | webhook-inbound-signing-legacy | still works |
    And it has these effects
      | credential                     | effect                        |
      | webhook-inbound-signing        | stops working within 25 hours |
      | webhook-inbound-signing-legacy | stops working within 25 hours |
    And every bystander still works

  Scenario: A secret rotated without an overlap is refused on every address
    When the action "rotate_secret_at_once" of "webhook-inbound" is taken on "webhook-inbound-signing"
    Then it has these effects
      | credential                     | effect                        |
      | webhook-inbound-signing        | stops working within 1 minute |
      | webhook-inbound-signing-legacy | stops working within 1 minute |
    And every bystander still works

  Scenario: A static header that was changed is refused on every address
    When the action "change_static_token" of "webhook-inbound" is taken on "webhook-inbound-static"
    Then it has these effects
      | credential                    | effect                        |
      | webhook-inbound-static        | stops working within 1 minute |
      | webhook-inbound-static-legacy | stops working within 1 minute |
    And every bystander still works

  Scenario Outline: A deleted secret is refused on every address
    When the action "delete_secret" of "webhook-inbound" is taken on "<secret>"
    Then it has these effects
      | credential      | effect                        |
      | <secret>        | stops working within 1 minute |
      | <secret>-legacy | stops working within 1 minute |
    And every bystander still works

    Examples:
      | secret                  |
      | webhook-inbound-signing |
      | webhook-inbound-static  |

  Scenario: What a closed address took is still taken on the one that was kept
    When the action "close_address" of "webhook-inbound" is taken on "webhook-inbound-signing"
    Then it has these effects
      | credential                     | effect      |
      | webhook-inbound-signing-legacy | still works |
      | webhook-inbound-static-legacy  | still works |
    And every bystander still works

  Scenario: Closing the old address leaves the new one open to the same secrets
    When the action "close_address" of "webhook-inbound" is taken on "webhook-inbound-static-legacy"
    Then it has these effects
      | credential              | effect      |
      | webhook-inbound-signing | still works |
      | webhook-inbound-static  | still works |
    And every bystander still works
