@platform @platform:web-console
Feature: What the actions of a web console leave behind
  Deactivating a user is a mask: all of it comes back with the user. A new password ends the sessions that the server
  keeps, and neither the signed ones, nor the remember-me cookie, nor the token from the profile.

  Background:
    Given the supplier "acme-web-console"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: A new password leaves what does not depend on it
    When the action "reset_password" of "web-console" is taken on "console-maya"
    Then it has these effects
      | credential                  | effect                        |
      | console-maya                | stops working within 2 hours  |
      | console-maya-session        | stops working within 1 minute |
      | console-maya-link           | stops working within 1 minute |
      | console-maya-signed         | still works                   |
      | console-maya-remember       | still works                   |
      | console-maya-token          | still works                   |
      | console-leo                 | still works                   |
    And every bystander still works

  Scenario: Deactivation hides everything, and re-activation brings it back
    When the action "deactivate_user" of "web-console" is taken on "console-maya"
    Then it has these effects
      | credential                  | effect                        |
      | console-maya                | stops working within 2 hours  |
      | console-maya-session        | stops working within 1 minute |
      | console-maya-signed         | stops working within 1 minute |
      | console-maya-remember       | stops working within 1 minute |
      | console-maya-token          | stops working within 1 minute |
      | console-maya-link           | stops working within 1 minute |
    When the action "reactivate_user" of "web-console" is taken on "console-maya"
    # So long a form that refused is left alone, before it is tried once more.
    And 2 hours pass
    Then it has these effects
      | credential                  | effect     |
      | console-maya                | comes back |
      | console-maya-session        | comes back |
      | console-maya-signed         | comes back |
      | console-maya-remember       | comes back |
      | console-maya-token          | comes back |
      | console-maya-link           | comes back |
    And every bystander still works

  Scenario: Ending a user's sessions ends those that the server keeps
    When the action "delete_sessions" of "web-console" is taken on "console-maya"
    Then it has these effects
      | credential                  | effect                        |
      | console-maya-session        | stops working within 1 minute |
      | console-maya                | still works                   |
      | console-maya-signed         | still works                   |
      | console-maya-remember       | still works                   |
      | console-maya-token          | still works                   |
    And every bystander still works

  Scenario: Signing out leaves copies of what is only signed
    When the action "sign_out" of "web-console" is taken on "console-maya-session"
    Then it has these effects
      | credential                  | effect                        |
      | console-maya-session        | stops working within 1 minute |
      | console-maya-signed         | still works                   |
      | console-maya-remember       | still works                   |
    And every bystander still works

  Scenario: Deleting a token ends it alone
    When the action "delete_token" of "web-console" is taken on "console-maya-token"
    Then it has these effects
      | credential             | effect                        |
      | console-maya-token     | stops working within 1 minute |
      | console-maya           | still works                   |
    And every bystander still works

  Scenario: Deleting the user ends everything
    When the action "delete_user" of "web-console" is taken on "console-maya"
    Then it has these effects
      | credential                  | effect                        |
      | console-maya                | stops working within 2 hours  |
      | console-maya-session        | stops working within 1 minute |
      | console-maya-signed         | stops working within 1 minute |
      | console-maya-remember       | stops working within 1 minute |
      | console-maya-token          | stops working within 1 minute |
      | console-maya-link           | stops working within 1 minute |
    And every bystander still works

  Scenario: A reset ends the old password, and without the second confirmation none is set
    When the shared login "console-support-eu" is reset
    Then its old password is refused within 2 hours
    And the new password works
    And a reset without step-up verification is refused
    And the session "console-support-eu/signed_session" still works
    And the token "console-support-eu/api_token" still works
    And every bystander still works
