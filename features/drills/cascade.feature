@cascade
Feature: What one end leaves open elsewhere
  Identity providers provision people to the platforms behind them, sooner or later; keys, apps and bridges
  are nobody's people. Most of these scenarios document what stays open, so that a procedure can close it.
  They are rehearsals: `still works` and `comes back` prove no end.

  Background:
    Given the supplier "acme-cascade"
    And a bystander on every platform

  Scenario: Ending the people at the identity provider closes their accounts minutes later, and no key
    Given users of "okta" are provisioned to "zendesk", "slack" and "salesforce" within 5 minutes
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "naive"
    Then it has these effects
      | credential              | effect                          |
      | okta-ssws               | stops working within 5 minutes  |
      | okta-ssws-leo           | stops working within 5 minutes  |
      | zendesk-maya            | stops working within 10 minutes |
      | zendesk-leo             | stops working within 10 minutes |
      | slack-maya              | stops working within 10 minutes |
      | slack-leo               | stops working within 10 minutes |
      | slack-session           | stops working within 10 minutes |
      | salesforce-maya         | stops working within 10 minutes |
      | salesforce-maya-refresh | stops working within 10 minutes |
      | zendesk-legacy          | still works                     |
      | zendesk-api             | still works                     |
      | zendesk-client          | still works                     |
      | slack-bot               | still works                     |
      | slack-hook              | still works                     |
      | salesforce-bridge       | still works                     |
      | hubspot-sync            | still works                     |
      | stripe-restricted       | still works                     |
    And every bystander still works

  Scenario: Where a cycle takes 40 minutes, the accounts downstream stay open so long
    Given users of "entra" are provisioned to "zendesk", "slack" and "salesforce" within 40 minutes
    And every credential of the supplier is proven to work
    When the action "disable_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                         |
      | entra-maya-device-refresh | stops working within 5 minutes |
      | entra-sp-secret           | still works                    |
      | zendesk-maya              | still works                    |
      | slack-maya                | still works                    |
      | slack-session             | still works                    |
      | salesforce-maya           | still works                    |
      | salesforce-maya-refresh   | still works                    |
    And it has these effects
      | credential              | effect                          |
      | zendesk-maya            | stops working within 45 minutes |
      | slack-maya              | stops working within 45 minutes |
      | slack-session           | stops working within 45 minutes |
      | salesforce-maya         | stops working within 45 minutes |
      | salesforce-maya-refresh | stops working within 45 minutes |
      | zendesk-api             | still works                     |
      | slack-bot               | still works                     |
    And every bystander still works

  Scenario: A provisioning call that answers 200 and does nothing leaves its platform open
    Given users of "okta" are provisioned to "zendesk" and "slack" within 5 minutes
    And the provisioning to "slack" answers 200 and does nothing
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "naive"
    Then it has these effects
      | credential    | effect                          |
      | zendesk-maya  | stops working within 10 minutes |
      | zendesk-leo   | stops working within 10 minutes |
      | slack-maya    | still works                     |
      | slack-leo     | still works                     |
      | slack-session | still works                     |
    And every bystander still works

  Scenario: A credential made while notice runs survives, and a listing finds it
    Given every credential of the supplier is proven to work
    When a backdoor credential of the kind "sp_secret" is made for "maya" at "entra" during the notice period
    And the action "disable_user" of "entra" is taken on "entra-maya"
    And the action "remove_sp_secret" of "entra" is taken
    Then it has these effects
      | credential                | effect                         |
      | entra-maya-device-refresh | stops working within 5 minutes |
      | entra-sp-secret           | stops working within 5 minutes |
      | entra-sp-secret-backdoor  | still works                    |
    And the backdoor credential is listed as unrecorded
    And every bystander still works

  Scenario: A nightly job with an old list brings the accounts back
    Given users of "okta" are provisioned to "zendesk" and "slack" within 5 minutes
    And a nightly sync re-creates accounts at "zendesk" at 02:00
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "naive"
    Then it has these effects
      | credential   | effect                          |
      | zendesk-maya | stops working within 10 minutes |
      | zendesk-leo  | stops working within 10 minutes |
      | slack-maya   | stops working within 10 minutes |
    When 18 hours pass
    Then it has these effects
      | credential   | effect                          |
      | zendesk-maya | comes back                      |
      | zendesk-leo  | comes back                      |
      | slack-maya   | stops working within 10 minutes |
    And every bystander still works

  Scenario: A bridge's keys at other platforms outlive its end at the support platform
    Given every credential of the supplier is proven to work
    When the action "delete_oauth_client" of "zendesk" is taken on "zd-bridge"
    Then it has these effects
      | credential        | effect                         |
      | zendesk-client    | stops working within 5 minutes |
      | hubspot-sync      | still works                    |
      | stripe-restricted | still works                    |
      | slack-bot         | still works                    |
      | salesforce-bridge | still works                    |
    When 24 hours pass
    Then it has these effects
      | credential        | effect      |
      | hubspot-sync      | still works |
      | stripe-restricted | still works |
      | slack-bot         | still works |
      | salesforce-bridge | still works |
    And every bystander still works

  Scenario: A procedure that knows every door closes all of them
    Given users of "okta" are provisioned to "zendesk", "slack" and "salesforce" within 5 minutes
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure "cascade-end"
    # Access tokens that Entra handed out before are checked by nobody: they live up to 90 minutes.
    Then every credential of the supplier stops working within 90 minutes
    And nothing derived from them works either
    And nothing comes back for 24 hours
    And no unrecorded access of the supplier remains on any platform that can be listed
    And every bystander still works
