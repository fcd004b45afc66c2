@platform @platform:zendesk
Feature: What Zendesk's switches for the whole account leave behind
  Switching API tokens off ends everybody's: so no API token stands by here, none is claimed to be dead, and what is
  looked at is what stays open. Passwords, sessions and OAuth know nothing of that switch.

  Background:
    Given the supplier "acme-zendesk-account"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Without API tokens in the whole account, every other door stays open
    When the action "disable_api_token_access" of "zendesk" is taken
    Then it has these effects
      | credential               | effect      |
      | zendesk-account-password | still works |
      | zendesk-account-session  | still works |
      | zendesk-account-access   | still works |
      | zendesk-account-refresh  | still works |
      | zendesk-account-client   | still works |
    And every bystander still works
