@platform @platform:entra
Feature: What Microsoft Entra ID ends and what it leaves
  Entra revokes no single access token: an action moves a date or disables an object, and what was handed
  out before dies of its age, or within a quarter of an hour where it is evaluated continuously. What a
  password reset ends depends on where it is made and on how each token was got, a guest's tokens are
  nobody's here, and applications keep secrets in two places. Where Microsoft names no figure, 5 minutes
  are allowed for its "few minutes", and 16 for the quarter of an hour, which begins with the action itself.

  Background:
    Given the supplier "acme-entra"
    And a bystander on every platform
    And every credential of the supplier is proven to work

  Scenario: Disabling a user leaves access tokens and the apps the user owns
    When the action "disable_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                          |
      | entra-maya-login          | stops working within 5 minutes  |
      | entra-maya-refresh        | stops working within 5 minutes  |
      | entra-maya-device-refresh | stops working within 5 minutes  |
      | entra-maya-cae            | stops working within 16 minutes |
      | entra-maya-access         | still works                     |
      | entra-maya-api            | still works                     |
      | entra-app-secret          | still works                     |
      | entra-sp-secret           | still works                     |
      | entra-certificate         | still works                     |
      | entra-federated           | still works                     |
    And every bystander still works

  Scenario: Disabling the user of a shared login ends what was got with the password
    When the action "disable_user" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
      | entra-shared-access  | still works                    |
    And every bystander still works

  Scenario: Disabling a guest leaves the guest's access token, for up to 28 hours
    When the action "disable_user" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect                         |
      | entra-leo-refresh | stops working within 5 minutes |
      | entra-leo-access  | still works                    |
    And every bystander still works

  Scenario: Enabling the user again brings the password and every refresh token back
    When the action "disable_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                         |
      | entra-maya-login          | stops working within 5 minutes |
      | entra-maya-refresh        | stops working within 5 minutes |
      | entra-maya-device-refresh | stops working within 5 minutes |
    When the action "enable_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect     |
      | entra-maya-login          | comes back |
      | entra-maya-refresh        | comes back |
      | entra-maya-device-refresh | comes back |
    And every bystander still works

  Scenario: Enabling a shared login and a guest again brings their refresh tokens back
    When the action "disable_user" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
    When the action "enable_user" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect     |
      | entra-shared-login   | comes back |
      | entra-shared-refresh | comes back |
    And every bystander still works

  Scenario: Enabling a guest again brings the refresh token back
    When the action "disable_user" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect                         |
      | entra-leo-refresh | stops working within 5 minutes |
    When the action "enable_user" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect     |
      | entra-leo-refresh | comes back |
    And every bystander still works

  Scenario: Revoking sessions ends refresh tokens and browsers, and the user signs in again
    When the action "revoke_sessions" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                          |
      | entra-maya-refresh        | stops working within 5 minutes  |
      | entra-maya-device-refresh | stops working within 5 minutes  |
      | entra-maya-session        | stops working within 5 minutes  |
      | entra-maya-cae            | stops working within 16 minutes |
      | entra-maya-login          | still works                     |
      | entra-maya-access         | still works                     |
      | entra-maya-api            | still works                     |
    And every bystander still works

  Scenario: Revoking sessions ends what was got with a password
    When the action "revoke_sessions" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-refresh | stops working within 5 minutes |
      | entra-shared-session | stops working within 5 minutes |
      | entra-shared-login   | still works                    |
      | entra-shared-access  | still works                    |
    And every bystander still works

  Scenario: Revoking sessions does nothing to a guest
    When the action "revoke_sessions" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect      |
      | entra-leo-refresh | still works |
      | entra-leo-access  | still works |
    And every bystander still works

  Scenario: Deleting a user leaves access tokens and the apps the user owns
    When the action "delete_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                          |
      | entra-maya-login          | stops working within 5 minutes  |
      | entra-maya-refresh        | stops working within 5 minutes  |
      | entra-maya-device-refresh | stops working within 5 minutes  |
      | entra-maya-cae            | stops working within 16 minutes |
      | entra-maya-access         | still works                     |
      | entra-maya-api            | still works                     |
      | entra-app-secret          | still works                     |
      | entra-sp-secret           | still works                     |
      | entra-certificate         | still works                     |
      | entra-federated           | still works                     |
    And every bystander still works

  Scenario: Deleting the user of a shared login ends what was got with the password
    When the action "delete_user" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
      | entra-shared-access  | still works                    |
    And every bystander still works

  Scenario: Deleting a guest leaves the guest's access token
    When the action "delete_user" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect                         |
      | entra-leo-refresh | stops working within 5 minutes |
      | entra-leo-access  | still works                    |
    And every bystander still works

  Scenario: Restoring a deleted user brings everything back
    When the action "delete_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                         |
      | entra-maya-login          | stops working within 5 minutes |
      | entra-maya-refresh        | stops working within 5 minutes |
      | entra-maya-device-refresh | stops working within 5 minutes |
    When the action "restore_user" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect     |
      | entra-maya-login          | comes back |
      | entra-maya-refresh        | comes back |
      | entra-maya-device-refresh | comes back |
    And every bystander still works

  Scenario: Restoring a deleted shared login brings it back
    When the action "delete_user" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
    When the action "restore_user" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect     |
      | entra-shared-login   | comes back |
      | entra-shared-refresh | comes back |
    And every bystander still works

  Scenario: Restoring a deleted guest brings the refresh token back
    When the action "delete_user" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect                         |
      | entra-leo-refresh | stops working within 5 minutes |
    When the action "restore_user" of "entra" is taken on "entra-leo"
    Then it has these effects
      | credential        | effect     |
      | entra-leo-refresh | comes back |
    And every bystander still works

  Scenario: A reset by Graph ends the old password
    When the shared login "entra-shared-login" is reset
    Then its old password is refused within 5 minutes
    And the new password works
    And every bystander still works

  Scenario: A reset in the Azure portal leaves web apps and what was got without a password
    When the action "reset_password_azure_portal" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                          |
      | entra-maya-login          | stops working within 5 minutes  |
      | entra-maya-cae            | stops working within 16 minutes |
      | entra-maya-session        | still works                     |
      | entra-maya-device-refresh | still works                     |
      | entra-maya-refresh        | still works                     |
    And every bystander still works

  Scenario: A reset in the Azure portal ends what was got with the password
    When the action "reset_password_azure_portal" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-session | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
    And every bystander still works

  Scenario: A self-service reset leaves web apps and what was got without a password
    When the action "self_service_reset_password" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                          |
      | entra-maya-login          | stops working within 5 minutes  |
      | entra-maya-cae            | stops working within 16 minutes |
      | entra-maya-session        | still works                     |
      | entra-maya-device-refresh | still works                     |
      | entra-maya-refresh        | still works                     |
    And every bystander still works

  Scenario: A self-service reset ends what was got with the password
    When the action "self_service_reset_password" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-session | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
    And every bystander still works

  Scenario: A reset in the Entra admin center ends every refresh token, and leaves one kind of browser session
    When the action "reset_password_entra_admin_center" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                          |
      | entra-maya-login          | stops working within 5 minutes  |
      | entra-maya-device-refresh | stops working within 5 minutes  |
      | entra-maya-refresh        | stops working within 5 minutes  |
      | entra-maya-cae            | stops working within 16 minutes |
      | entra-maya-session        | still works                     |
    And every bystander still works

  Scenario: A reset in the Entra admin center ends what was got with the password
    When the action "reset_password_entra_admin_center" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-login   | stops working within 5 minutes |
      | entra-shared-session | stops working within 5 minutes |
      | entra-shared-refresh | stops working within 5 minutes |
    And every bystander still works

  Scenario: An expired password ends nothing
    When the action "expire_password" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect      |
      | entra-maya-login          | still works |
      | entra-maya-session        | still works |
      | entra-maya-refresh        | still works |
      | entra-maya-device-refresh | still works |
    And every bystander still works

  Scenario: An expired password of a shared login ends nothing
    When the action "expire_password" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect      |
      | entra-shared-login   | still works |
      | entra-shared-session | still works |
      | entra-shared-refresh | still works |
    And every bystander still works

  Scenario: Single sign-out ends the browser session, and no refresh token
    When the action "single_sign_out" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect                         |
      | entra-maya-session        | stops working within 5 minutes |
      | entra-maya-refresh        | still works                    |
      | entra-maya-device-refresh | still works                    |
    And every bystander still works

  Scenario: Single sign-out of a browser signed in with a password ends no refresh token
    When the action "single_sign_out" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect                         |
      | entra-shared-session | stops working within 5 minutes |
      | entra-shared-refresh | still works                    |
    And every bystander still works

  Scenario: Requiring a second factor ends no credential
    When the action "require_mfa" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect      |
      | entra-maya-login          | still works |
      | entra-maya-refresh        | still works |
      | entra-maya-device-refresh | still works |
    And every bystander still works

  Scenario: Requiring a second factor of a shared login ends no credential
    When the action "require_mfa" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect      |
      | entra-shared-login   | still works |
      | entra-shared-refresh | still works |
    And every bystander still works

  Scenario: A Conditional Access block ends no credential
    When the action "block_by_policy" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect      |
      | entra-maya-login          | still works |
      | entra-maya-refresh        | still works |
      | entra-maya-device-refresh | still works |
    When the action "lift_policy" of "entra" is taken on "entra-maya"
    Then it has these effects
      | credential                | effect      |
      | entra-maya-login          | still works |
      | entra-maya-refresh        | still works |
      | entra-maya-device-refresh | still works |
    And every bystander still works

  Scenario: A Conditional Access block ends no credential of a shared login
    When the action "block_by_policy" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect      |
      | entra-shared-login   | still works |
      | entra-shared-refresh | still works |
    When the action "lift_policy" of "entra" is taken on "entra-support-eu"
    Then it has these effects
      | credential           | effect      |
      | entra-shared-login   | still works |
      | entra-shared-refresh | still works |
    And every bystander still works

  Scenario: Removing the application's secret leaves its tokens and every other way in
    When the action "remove_app_secret" of "entra" is taken on "entra-app-secret"
    Then it has these effects
      | credential                 | effect                         |
      | entra-app-secret           | stops working within 5 minutes |
      | entra-app-token            | still works                    |
      | entra-app-cae              | still works                    |
      | entra-app-secret/app_token | still works                    |
      | entra-sp-secret            | still works                    |
      | entra-certificate          | still works                    |
      | entra-federated            | still works                    |
    And every bystander still works

  Scenario: Removing the service principal's secret leaves its tokens and the application's secret
    When the action "remove_sp_secret" of "entra" is taken on "entra-sp-secret"
    Then it has these effects
      | credential                | effect                         |
      | entra-sp-secret           | stops working within 5 minutes |
      | entra-app-token           | still works                    |
      | entra-app-cae             | still works                    |
      | entra-sp-secret/app_token | still works                    |
      | entra-app-secret          | still works                    |
    And every bystander still works

  Scenario: Removing the certificates leaves tokens and secrets
    When the action "remove_certificates" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect                         |
      | entra-certificate | stops working within 5 minutes |
      | entra-app-token   | still works                    |
      | entra-app-cae     | still works                    |
      | entra-app-secret  | still works                    |
      | entra-sp-secret   | still works                    |
      | entra-federated   | still works                    |
    And every bystander still works

  Scenario: Disabling the service principal ends every way in, and leaves tokens that nobody looks at again
    When the action "disable_service_principal" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential                      | effect                          |
      | entra-app-secret                | stops working within 5 minutes  |
      | entra-sp-secret                 | stops working within 5 minutes  |
      | entra-certificate               | stops working within 5 minutes  |
      | entra-federated                 | stops working within 5 minutes  |
      | entra-maya-refresh              | stops working within 5 minutes  |
      | entra-leo-refresh               | stops working within 5 minutes  |
      | entra-app-cae                   | stops working within 16 minutes |
      | entra-app-token                 | still works                     |
      | entra-maya-refresh/access_token | still works                     |
      | entra-maya-api                  | still works                     |
    And every bystander still works

  Scenario: Disabling a public client's service principal ends its refresh tokens
    When the action "disable_service_principal" of "entra" is taken on "entra-mobile"
    Then it has these effects
      | credential                             | effect                         |
      | entra-maya-device-refresh              | stops working within 5 minutes |
      | entra-shared-refresh                   | stops working within 5 minutes |
      | entra-maya-device-refresh/access_token | still works                    |
    And every bystander still works

  Scenario: Disabling the service principal keeps the supplier's own app out
    When the action "disable_service_principal" of "entra" is taken on "entra-cloud"
    Then it has these effects
      | credential    | effect                         |
      | entra-foreign | stops working within 5 minutes |
    And every bystander still works

  Scenario: Enabling the service principal again brings every way in back
    When the action "disable_service_principal" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential         | effect                         |
      | entra-app-secret   | stops working within 5 minutes |
      | entra-sp-secret    | stops working within 5 minutes |
      | entra-certificate  | stops working within 5 minutes |
      | entra-federated    | stops working within 5 minutes |
      | entra-maya-refresh | stops working within 5 minutes |
      | entra-leo-refresh  | stops working within 5 minutes |
    When the action "enable_service_principal" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential         | effect     |
      | entra-app-secret   | comes back |
      | entra-sp-secret    | comes back |
      | entra-certificate  | comes back |
      | entra-federated    | comes back |
      | entra-maya-refresh | comes back |
      | entra-leo-refresh  | comes back |
    And every bystander still works

  Scenario: Enabling a public client's service principal again brings its refresh tokens back
    When the action "disable_service_principal" of "entra" is taken on "entra-mobile"
    Then it has these effects
      | credential                | effect                         |
      | entra-maya-device-refresh | stops working within 5 minutes |
      | entra-shared-refresh      | stops working within 5 minutes |
    When the action "enable_service_principal" of "entra" is taken on "entra-mobile"
    Then it has these effects
      | credential                | effect     |
      | entra-maya-device-refresh | comes back |
      | entra-shared-refresh      | comes back |
    And every bystander still works

  Scenario: Enabling the service principal again lets the supplier's own app back in
    When the action "disable_service_principal" of "entra" is taken on "entra-cloud"
    Then it has these effects
      | credential    | effect                         |
      | entra-foreign | stops working within 5 minutes |
    When the action "enable_service_principal" of "entra" is taken on "entra-cloud"
    Then it has these effects
      | credential    | effect     |
      | entra-foreign | comes back |
    And every bystander still works

  Scenario: Deleting the service principal ends every way in
    When the action "delete_service_principal" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect                          |
      | entra-app-secret  | stops working within 5 minutes  |
      | entra-sp-secret   | stops working within 5 minutes  |
      | entra-certificate | stops working within 5 minutes  |
      | entra-federated   | stops working within 5 minutes  |
      | entra-app-cae     | stops working within 16 minutes |
    And every bystander still works

  Scenario: Restoring the service principal brings every way in back
    When the action "delete_service_principal" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect                         |
      | entra-app-secret  | stops working within 5 minutes |
      | entra-sp-secret   | stops working within 5 minutes |
      | entra-certificate | stops working within 5 minutes |
      | entra-federated   | stops working within 5 minutes |
    When the action "restore_service_principal" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect     |
      | entra-app-secret  | comes back |
      | entra-sp-secret   | comes back |
      | entra-certificate | comes back |
      | entra-federated   | comes back |
    And every bystander still works

  Scenario: A new consent makes the deleted service principal of the supplier's own app anew
    When the action "delete_service_principal" of "entra" is taken on "entra-cloud"
    Then it has these effects
      | credential    | effect                         |
      | entra-foreign | stops working within 5 minutes |
    When the action "consent_to_app" of "entra" is taken on "entra-cloud"
    Then it has these effects
      | credential    | effect     |
      | entra-foreign | comes back |
    And every bystander still works

  Scenario: Deleting the application ends every way in
    When the action "delete_application" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect                         |
      | entra-app-secret  | stops working within 5 minutes |
      | entra-sp-secret   | stops working within 5 minutes |
      | entra-certificate | stops working within 5 minutes |
      | entra-federated   | stops working within 5 minutes |
    And every bystander still works

  Scenario: Restoring the application brings every way in back
    When the action "delete_application" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect                         |
      | entra-app-secret  | stops working within 5 minutes |
      | entra-sp-secret   | stops working within 5 minutes |
      | entra-certificate | stops working within 5 minutes |
      | entra-federated   | stops working within 5 minutes |
    When the action "restore_application" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect     |
      | entra-app-secret  | comes back |
      | entra-sp-secret   | comes back |
      | entra-certificate | comes back |
      | entra-federated   | comes back |
    And every bystander still works

  Scenario: Deleting the application permanently ends every way in
    When the action "delete_application_permanently" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential        | effect                         |
      | entra-app-secret  | stops working within 5 minutes |
      | entra-sp-secret   | stops working within 5 minutes |
      | entra-certificate | stops working within 5 minutes |
      | entra-federated   | stops working within 5 minutes |
    And every bystander still works

  Scenario: Deleting one consent leaves the other, and every token made before
    When the action "delete_consent" of "entra" is taken on "entra-bridge-maya"
    Then it has these effects
      | credential         | effect      |
      | entra-maya-refresh | still works |
      | entra-maya-access  | still works |
      | entra-maya-cae     | still works |
      | entra-maya-api     | still works |
      | entra-leo-access   | still works |
    And every bystander still works

  Scenario: Deleting the consent for everybody leaves tokens made before, and refresh tokens waiting for the next consent
    When the action "delete_consent" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential                           | effect      |
      | entra-maya-refresh                   | still works |
      | entra-maya-refresh/access_token      | still works |
      | entra-leo-refresh/guest_access_token | still works |
    And every bystander still works

  Scenario: Taking the app role away leaves the secret signing in and its tokens as they are
    When the action "remove_app_roles" of "entra" is taken on "entra-bridge"
    Then it has these effects
      | credential       | effect      |
      | entra-app-secret | still works |
      | entra-app-token  | still works |
      | entra-app-cae    | still works |
    And every bystander still works

  Scenario: Taking the app role away leaves the supplier's own app signing in
    When the action "remove_app_roles" of "entra" is taken on "entra-cloud"
    Then it has these effects
      | credential    | effect      |
      | entra-foreign | still works |
    And every bystander still works

  Scenario: A password set by Graph ends the old one
    When the action "set_password" of "entra" is taken on "entra-maya-login"
    Then it has these effects
      | credential       | effect                          |
      | entra-maya-login | stops working within 15 minutes |
    And every bystander still works
