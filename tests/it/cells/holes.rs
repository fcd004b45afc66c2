//! What is known not to be exercised yet, with the reason. The tests fail on an entry that has become
//! untrue.

const NONE: &str = "no scenario takes the action and looks at the kind";
const STRANGER: &str = "the row is about somebody whom the action does not concern";

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
pub(super) const UNTOLD: &[&str] = &[];

/// Scenarios, by file and name, that do not hold on the mocks yet, and why. Their rows count for nothing.
pub(super) const UNPLAYED: &[(&str, &str, &str)] = &[];
