//! What is known not to be exercised, with the reason. The tests fail on an entry that has become untrue.

const OUR_SITE: &str = "its probe asks our site, which is what refuses it";

const BANNER: &str =
    "the mock closes the connection and cannot say why; it is shown on the real server";

/// Platform, action, kind, and why no scenario exercises it.
pub(super) const HOLES: &[(&str, &str, &str, &str)] = &[
    ("jira-service-management", "remove_user", "session", OUR_SITE),
    ("jira-service-management", "suspend_access", "session", OUR_SITE),
    ("ssh", "expire_account", "certificate", BANNER),
    ("ssh", "expire_account", "key", BANNER),
    ("ssh", "expire_account", "password", BANNER),
];

/// Platforms that no mock plays, and why.
pub(super) const UNMOCKED: &[(&str, &str)] = &[
    ("ldap", "tested on a real server only, see tests/it/live/slapd.rs"),
    ("postgres", "tested on a real server only, see tests/it/live/postgres.rs"),
];

/// Features that have no text below their name yet.
pub(super) const UNTOLD: &[&str] = &[];

/// Scenarios, by file and name, that do not hold on the mocks yet, and why. Their rows count for nothing.
pub(super) const UNPLAYED: &[(&str, &str, &str)] = &[];
