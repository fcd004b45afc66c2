@platform @platform:github
Feature: What GitHub's actions leave behind
  Whoever loses an organisation at GitHub keeps every token: only their reach into its private repositories
  ends. An organisation's owner ends no credential of a person, but anybody who holds a token's value can
  revoke it. Installation tokens follow the app, not its users, and an app's users follow its removal only.

  Background:
    Given the supplier "acme-github"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario Outline: Revoking a token by its value ends that token alone, after a while
    When the action "revoke_credential" of "github" is taken on "<credential>"
    Then it has these effects
      | credential          | effect                         |
      | <credential>        | stops working within 5 minutes |
      | <sibling>           | still works                    |
      | github-installation | still works                    |
    And every bystander still works

    Examples:
      | credential       | sibling          |
      | github-maya      | github-maya-fine |
      | github-leo-fine  | github-leo-oauth |
      | github-leo-oauth | github-leo-fine  |
      | github-maya-app  | github-maya      |

  Scenario: An owner who revokes a fine-grained token takes its reach, not the token
    When the action "revoke_fine_grained_access" of "github" is taken on "github-maya-fine"
    Then it has these effects
      | credential       | effect                        |
      | github-maya-fine | is contained within 5 minutes |
      | github-maya-fine | still works                   |
      | github-maya      | still works                   |
      | github-leo-fine  | still works                   |
    And every bystander still works

  Scenario: Without its single sign-on authorisation a token lives on outside; apps' tokens need none that is seen
    When the action "remove_sso_authorization" of "github" is taken on "github-maya"
    Then it has these effects
      | credential       | effect                        |
      | github-maya      | is contained within 5 minutes |
      | github-maya      | still works                   |
      | github-maya-app  | still works                   |
      | github-leo-oauth | still works                   |
      | github-sync      | still works                   |
    And every bystander still works

  Scenario: A removed member keeps every token and loses the organisation, until reinstated; apps stay
    When the action "remove_member" of "github" is taken on "github-maya"
    Then it has these effects
      | credential          | effect                        |
      | github-maya         | is contained within 5 minutes |
      | github-maya         | still works                   |
      | github-maya-fine    | is contained within 5 minutes |
      | github-maya-fine    | still works                   |
      | github-maya-app     | is contained within 5 minutes |
      | github-maya-app     | still works                   |
      | github-installation | still works                   |
      | github-sync         | still works                   |
    When the action "reinstate_member" of "github" is taken on "github-maya"
    Then it has these effects
      | credential       | effect      |
      | github-maya      | still works |
      | github-maya-fine | still works |
      | github-maya-app  | still works |
    And every bystander still works

  Scenario Outline: A removed collaborator keeps every token and loses the repository; apps stay
    When the action "<removal>" of "github" is taken on "github-leo"
    Then it has these effects
      | credential          | effect                        |
      | github-leo-fine     | is contained within 5 minutes |
      | github-leo-fine     | still works                   |
      | github-leo-oauth    | is contained within 5 minutes |
      | github-leo-oauth    | still works                   |
      | github-installation | still works                   |
      | github-maya         | still works                   |
    And every bystander still works

    Examples:
      | removal                     |
      | remove_outside_collaborator |
      | remove_collaborator         |

  Scenario: Who is made an outside collaborator keeps the repositories given by name
    When the action "convert_to_outside_collaborator" of "github" is taken on "github-maya"
    Then it has these effects
      | credential  | effect      |
      | github-maya | still works |
    And every bystander still works

  Scenario: A suspended user's tokens are hidden and come back
    When the action "suspend_user" of "github" is taken on "github-maya"
    Then it has these effects
      | credential       | effect                        |
      | github-maya      | stops working within 1 minute |
      | github-maya-fine | stops working within 1 minute |
      | github-maya-app  | stops working within 1 minute |
      | github-sync      | still works                   |
    When the action "unsuspend_user" of "github" is taken on "github-maya"
    Then it has these effects
      | credential       | effect     |
      | github-maya      | comes back |
      | github-maya-fine | comes back |
      | github-maya-app  | comes back |
    And every bystander still works

  Scenario: An OAuth app's token is hidden with its user
    When the action "suspend_user" of "github" is taken on "github-leo"
    Then it has these effects
      | credential       | effect                        |
      | github-leo-oauth | stops working within 1 minute |
      | github-leo-fine  | stops working within 1 minute |
    When the action "unsuspend_user" of "github" is taken on "github-leo"
    Then it has these effects
      | credential       | effect     |
      | github-leo-oauth | comes back |
      | github-leo-fine  | comes back |
    And every bystander still works

  Scenario Outline: A token that its user deletes ends alone
    When the action "delete_pat" of "github" is taken on "<credential>"
    Then it has these effects
      | credential      | effect                        |
      | <credential>    | stops working within 1 minute |
      | <sibling>       | still works                   |
      | github-maya-app | still works                   |
    And every bystander still works

    Examples:
      | credential       | sibling          |
      | github-maya      | github-maya-fine |
      | github-maya-fine | github-maya      |

  Scenario: Deleting an Actions secret ends a copy, not the token
    When the action "delete_actions_secret" of "github" is taken on "github-sync"
    Then it has these effects
      | credential  | effect      |
      | github-sync | still works |
    And every bystander still works

  Scenario: A suspended installation hides its tokens and leaves its users' authorisations
    When the action "suspend_installation" of "github" is taken on "github-app"
    Then it has these effects
      | credential          | effect                        |
      | github-installation | stops working within 1 minute |
      | github-app-key      | is contained within 5 minutes |
      | github-maya-app     | still works                   |
    When the action "unsuspend_installation" of "github" is taken on "github-app"
    Then it has these effects
      | credential          | effect      |
      | github-installation | comes back  |
      | github-app-key      | still works |
    And every bystander still works

  Scenario: The app's owner can suspend the installation, too
    When the action "suspend_installation_by_app" of "github" is taken on "github-app-key"
    Then it has these effects
      | credential          | effect                        |
      | github-installation | stops working within 1 minute |
      | github-maya-app     | still works                   |
    And every bystander still works

  Scenario Outline: An uninstalled app loses its tokens, its users' and every new one
    When the action "<uninstall>" of "github" is taken on "<object>"
    Then it has these effects
      | credential          | effect                        |
      | github-installation | stops working within 1 minute |
      | github-maya-app     | stops working within 1 minute |
      | github-app-key      | is contained within 5 minutes |
      | github-maya         | still works                   |
    And every bystander still works

    Examples:
      | uninstall            | object         |
      | uninstall_app        | github-app     |
      | uninstall_app_by_app | github-app-key |

  Scenario: A revoked installation token ends, and its app makes the next one
    When the action "revoke_installation_token" of "github" is taken on "github-installation"
    Then it has these effects
      | credential          | effect                        |
      | github-installation | stops working within 1 minute |
      | github-app-key      | still works                   |
    And every bystander still works

  Scenario Outline: An app's owner ends what its users gave it
    When the action "<revocation>" of "github" is taken on "<credential>"
    Then it has these effects
      | credential   | effect                        |
      | <credential> | stops working within 1 minute |
      | github-maya  | still works                   |
    And every bystander still works

    Examples:
      | revocation       | credential       |
      | revoke_app_token | github-leo-oauth |
      | revoke_app_token | github-maya-app  |
      | revoke_app_grant | github-leo-oauth |
      | revoke_app_grant | github-maya-app  |

  Scenario: A denied OAuth app keeps its token and loses the organisation, until allowed again
    When the action "deny_oauth_app" of "github" is taken on "github-oauth"
    Then it has these effects
      | credential       | effect                        |
      | github-leo-oauth | is contained within 5 minutes |
      | github-leo-oauth | still works                   |
      | github-leo-fine  | still works                   |
    When the action "allow_oauth_app" of "github" is taken on "github-oauth"
    Then it has these effects
      | credential       | effect      |
      | github-leo-oauth | still works |
    And every bystander still works

  Scenario: What an enterprise does to its users' authorisations leaves installation tokens alone
    When the action "revoke_all_sso_authorizations" of "github" is taken on "ours"
    Then it has these effects
      | credential          | effect      |
      | github-installation | still works |
    And every bystander still works
