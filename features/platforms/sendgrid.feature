@platform @platform:sendgrid
Feature: What SendGrid's actions leave behind
  A SendGrid key belongs to the user who made it and works without that user's login. Deleting it ends
  it after a short delay; a changed password and fewer scopes leave it alive. Only a deleted subuser
  takes its keys along.

  Background:
    Given the supplier "acme-sendgrid"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Deleting a key ends that key alone
    When the action "delete_api_key" of "sendgrid" is taken on "sendgrid-full"
    Then it has these effects
      | credential    | effect                         |
      | sendgrid-full | stops working within 5 minutes |
      | sendgrid-mail | still works                    |
      | sendgrid-read | still works                    |
      | sendgrid-maya | still works                    |
    And every bystander still works

  Scenario: Deleting a teammate's key ends that key alone
    When the action "delete_api_key" of "sendgrid" is taken on "sendgrid-maya"
    Then it has these effects
      | credential    | effect                         |
      | sendgrid-maya | stops working within 5 minutes |
      | sendgrid-full | still works                    |
    And every bystander still works

  Scenario: A key with fewer scopes is still a key
    When the action "reduce_scopes" of "sendgrid" is taken on "sendgrid-full"
    Then it has these effects
      | credential    | effect      |
      | sendgrid-full | still works |
      | sendgrid-mail | still works |
    And every bystander still works

  Scenario: A new password ends no key
    When the action "change_password" of "sendgrid" is taken on "sendgrid-maya"
    Then it has these effects
      | credential    | effect      |
      | sendgrid-maya | still works |
    And every bystander still works

  Scenario: A deleted subuser takes its keys along, and not the teammate's
    When the action "delete_subuser" of "sendgrid" is taken on "sendgrid-mail"
    Then it has these effects
      | credential    | effect                          |
      | sendgrid-full | stops working within 15 minutes |
      | sendgrid-mail | stops working within 15 minutes |
      | sendgrid-read | stops working within 15 minutes |
      | sendgrid-maya | still works                     |
    And every bystander still works
