@platform @platform:oauth-oidc
Feature: What withdrawing a signing key leaves behind
  Withdrawing the key ends everybody's JWTs: so no JWT stands by here, none is claimed to be dead, and what is looked at
  is what stays. What a server looks up instead of checking a signature never hears of it.

  Background:
    Given the supplier "acme-oauth-oidc-account"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Without the signing key, what is looked up still works
    When the action "rotate_signing_key" of "oauth-oidc" is taken
    Then it has these effects
      | credential               | effect      |
      | oidc-account-access      | still works |
      | oidc-account-refresh     | still works |
      | oidc-account-jwt-refresh | still works |
      | oidc-account-secret      | still works |
    And every bystander still works
