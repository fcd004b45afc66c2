//! What is known not to be exercised yet, with the reason. The tests fail on an entry that has become
//! untrue.

const NONE: &str = "no scenario takes the action and looks at the kind";
const STRANGER: &str = "the row is about somebody whom the action does not concern";
const CONTAINED: &str = "its row says `is contained`, which holds of a dead one too";
const BROKEN: &str = "its scenario does not hold yet";

/// Platform, action, kind, and why no scenario exercises it.
pub(super) const HOLES: &[(&str, &str, &str, &str)] = &[
    ("freshdesk", "reset_password", "api_key", STRANGER),
    ("jira-service-management", "remove_user", "session", NONE),
    ("jira-service-management", "remove_user", "user_api_token", NONE),
    ("jira-service-management", "suspend_access", "session", NONE),
    ("jira-service-management", "suspend_access", "user_api_token", NONE),
    ("keycloak", "logout_all", "access_jwt", NONE),
    ("keycloak", "logout_all", "offline_access", NONE),
    ("keycloak", "logout_all", "offline_token", NONE),
    ("okta", "clear_sessions", "oauth_access_org", STRANGER),
    ("okta", "expire_password", "oauth_access_org", STRANGER),
    ("okta", "reset_password", "oauth_access_org", STRANGER),
    ("servicenow", "rotate_client_secret", "integration_session", NONE),
    ("zendesk", "delete_sessions", "oauth_access", STRANGER),
    ("zendesk", "delete_sessions", "oauth_refresh", STRANGER),
    ("zendesk", "logout_user", "oauth_access", STRANGER),
    ("zendesk", "logout_user", "oauth_refresh", STRANGER),
];

/// Features that have no text below their name yet.
pub(super) const UNTOLD: &[&str] =
    &["oauth-oidc.feature", "okta.feature", "slack.feature", "zendesk.feature"];

/// Scenarios, by file and name, that do not hold on the mocks yet, and why. Their rows count for nothing.
pub(super) const UNPLAYED: &[(&str, &str, &str)] = &[
    (
        "oauth-oidc.feature",
        "Revoke the access token (RFC 7009), as the client it was issued to (oidc-access)",
        "the client's values are not found for a token: refused as of another client",
    ),
    (
        "oauth-oidc.feature",
        "Revoke the access token (RFC 7009), as the client it was issued to (oidc-jwt)",
        "the client's values are not found for a token: refused as of another client",
    ),
    (
        "oauth-oidc.feature",
        "Give the client a new secret",
        "the session's probe needs the client and breaks off with it",
    ),
    (
        "oauth-oidc.feature",
        "Delete the client",
        "the session's probe needs the client and breaks off with it",
    ),
    (
        "oauth-oidc.feature",
        "Withdraw the person's consent to the client",
        "the mock has no hand for it",
    ),
    (
        "oauth-oidc.feature",
        "Withdraw the key that signs access tokens",
        "the mock has no hand for it",
    ),
    ("okta.feature", "Take the app away from the user", "the mock does not know the route: 501"),
    (
        "okta.feature",
        "Deactivate the client secret",
        "the only active secret cannot go: another must be made first",
    ),
    (
        "okta.feature",
        "Deactivate and delete the client secret",
        "the only active secret cannot go: another must be made first",
    ),
    (
        "zendesk.feature",
        "Revoke an OAuth access token with itself",
        "it is sent with the administrator's token, not with the one to be revoked",
    ),
    (
        "zendesk.feature",
        "Switch off API tokens for the whole account, everybody's",
        "the mock takes it for an action on one token",
    ),
];
