//! What the sabotage table takes away on each platform: its strongest actions, as far as a sound platform
//! shows that something really ends by them.

/// One drill.
pub(crate) struct Drill {
    pub(crate) platform: &'static str,
    /// Action and object, in order; what is of one credential before what is of its owner.
    pub(crate) actions: &'static [(&'static str, &'static str)],
    /// What they end.
    pub(crate) ends: &'static [&'static str],
    /// What they spare; only where no end can be shown.
    pub(crate) stays: &'static [&'static str],
    /// Whether its listings find nothing on a sound platform: not where nothing can be listed, and not where
    /// the mock holds what the inventory lacks.
    pub(crate) listed: bool,
}

impl Drill {
    const fn new(
        platform: &'static str,
        actions: &'static [(&'static str, &'static str)],
        ends: &'static [&'static str],
    ) -> Self {
        Self { platform, actions, ends, stays: &[], listed: true }
    }
}

pub(crate) const DRILLS: &[Drill] = &[
    Drill {
        listed: false,
        ..Drill::new(
            "auth0",
            &[("delete_refresh_token", "auth0-maya-device-refresh"), ("block_user", "auth0-maya")],
            &["auth0-maya-device-refresh", "auth0-maya-refresh", "auth0-maya-rotating"],
        )
    },
    Drill::new(
        "aws",
        &[
            ("delete_access_key", "aws-maya-key"),
            ("delete_access_key", "aws-sync-key"),
            ("delete_login_profile", "aws-maya-password"),
            ("portal_logout", "aws-maya-portal"),
            ("close_trust", "aws-role"),
        ],
        &["aws-maya-key", "aws-sync-key", "aws-maya-password", "aws-maya-portal", "aws-role-trust"],
    ),
    Drill::new(
        "entra",
        &[
            ("remove_certificates", "entra-bridge"),
            ("revoke_sessions", "entra-support-eu"),
            ("disable_user", "entra-maya"),
        ],
        &[
            "entra-certificate",
            "entra-shared-refresh",
            "entra-shared-session",
            "entra-maya-login",
            "entra-maya-refresh",
            "entra-maya-device-refresh",
        ],
    ),
    Drill {
        listed: false,
        ..Drill::new(
            "freshdesk",
            &[("reset_api_key", "freshdesk-leo-key"), ("delete_agent", "freshdesk-maya")],
            &["freshdesk-leo-key", "freshdesk-maya-key"],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "front",
            &[
                ("revoke_api_token", "front-sync"),
                ("revoke_api_token", "front-maya-private"),
                ("revoke_api_token", "front-scim"),
            ],
            &["front-sync", "front-maya-private", "front-scim"],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "github",
            &[
                ("revoke_credential", "github-leo-oauth"),
                ("suspend_installation", "github-app"),
                ("suspend_user", "github-maya"),
            ],
            &[
                "github-leo-oauth",
                "github-installation",
                "github-maya",
                "github-maya-fine",
                "github-maya-app",
            ],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "gitlab",
            &[
                ("revoke_project_token", "gitlab-project"),
                ("revoke_group_token", "gitlab-group"),
                ("block_user", "gitlab-maya"),
            ],
            &[
                "gitlab-project",
                "gitlab-group",
                "gitlab-maya",
                "gitlab-impersonation",
                "gitlab-access",
            ],
        )
    },
    Drill::new(
        "google-workspace",
        &[
            ("delete_grant", "google-workspace-mail"),
            ("disable_service_account", "google-workspace-sync"),
            ("delete_grant", "google-workspace-bridge"),
        ],
        &[
            "google-workspace-maya-mail-refresh",
            "google-workspace-maya-mail-access",
            "google-workspace-key",
            "google-workspace-delegation",
            "google-workspace-maya-access",
            "google-workspace-maya-refresh",
        ],
    ),
    Drill {
        listed: false,
        stays: &["gorgias-leo-key", "gorgias-app-access", "gorgias-app-refresh"],
        ..Drill::new("gorgias", &[("revoke_api_key", "maya"), ("delete_user", "maya")], &[])
    },
    Drill {
        listed: false,
        ..Drill::new("helpscout", &[("delete_user", "leo")], &["helpscout-leo-refresh"])
    },
    Drill {
        listed: false,
        ..Drill::new(
            "hubspot",
            &[
                ("delete_private_app", "hubspot-sync"),
                ("deactivate_service_key", "hubspot-service-key"),
                ("uninstall_app", "bridge"),
            ],
            &["hubspot-sync", "hubspot-service-key", "hubspot-maya-refresh", "hubspot-maya-access"],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "intercom",
            &[("uninstall_app", "reports"), ("uninstall_app", "desk")],
            &["intercom-maya-app", "intercom-leo-oauth"],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "jira-service-management",
            &[
                ("rotate_client_secret", "app-maya"),
                ("end_sessions", "maya"),
                ("deactivate_account", "maya"),
            ],
            &[
                "jira-service-management-client",
                "jira-service-management-maya-token",
                "jira-service-management-maya-session",
            ],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "keycloak",
            &[
                ("delete_offline_session", "keycloak-maya-offline"),
                ("disable_user", "keycloak-maya"),
            ],
            &[
                "keycloak-maya-offline",
                "keycloak-maya-offline-access",
                "keycloak-maya-refresh",
                "keycloak-maya-access",
            ],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "mailbox",
            // First, since the server remembers no master's login: a bystander's would count for an hour.
            &[
                ("remove_master_user", "mailbox-master"),
                ("change_password", "mailbox-support"),
                ("flush_cache", "mailbox-support"),
                ("disable_login", "mailbox-leo"),
                ("flush_cache", "mailbox-leo"),
                ("kick_sessions", "mailbox-support"),
            ],
            &[
                "mailbox-login",
                "mailbox-login/imap_session",
                "mailbox-leo-login",
                "mailbox-leo-app",
                "mailbox-master",
            ],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "oauth-oidc",
            &[
                ("revoke_refresh_token", "oidc-refresh-leo"),
                ("end_session", "oidc-session"),
                ("disable_user", "oidc-maya"),
            ],
            &["oidc-refresh-leo", "oidc-session", "oidc-refresh"],
        )
    },
    Drill::new(
        "okta",
        &[
            ("delete_api_token", "okta-ssws-leo"),
            ("clear_sessions", "okta-maya"),
            ("deactivate_user", "okta-maya"),
        ],
        &["okta-ssws-leo", "okta-session", "okta-login", "okta-ssws"],
    ),
    Drill::new(
        "salesforce",
        &[
            ("remove_session", "salesforce-shared-session"),
            ("revoke_refresh_token", "salesforce-maya-refresh"),
            ("deactivate_user", "maya"),
        ],
        &[
            "salesforce-shared-session",
            "salesforce-maya-refresh",
            "salesforce-maya-access",
            "salesforce-maya",
        ],
    ),
    Drill {
        listed: false,
        ..Drill::new(
            "scim",
            &[
                ("revoke_scim_token", "scim-directory"),
                ("revoke_scim_token", "scim-directory-read"),
            ],
            &["scim-directory", "scim-directory-read"],
        )
    },
    Drill::new(
        "sendgrid",
        &[("delete_api_key", "sendgrid-maya"), ("delete_subuser", "sendgrid-mail")],
        &["sendgrid-maya", "sendgrid-full", "sendgrid-mail"],
    ),
    Drill {
        listed: false,
        ..Drill::new(
            "servicenow",
            &[
                ("delete_api_key", "servicenow-maya-key"),
                ("revoke_access_token", "servicenow-maya-access"),
                ("lock_out_user", "servicenow-support-eu"),
            ],
            &["servicenow-maya-access", "servicenow-maya-key", "servicenow-session"],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "shopify",
            &[
                ("uninstall_app", "shopify-export"),
                ("rotate_client_secret", "shopify-bridge"),
                ("revoke_old_client_secret", "shopify-bridge"),
                ("remove_staff", "shopify-maya"),
            ],
            &["shopify-custom", "shopify-offline", "shopify-expiring", "shopify-maya-online"],
        )
    },
    Drill::new(
        "slack",
        &[("uninstall_app", "slack-wfm"), ("deactivate_user", "slack-maya")],
        &["slack-bot", "slack-leo", "slack-hook", "slack-maya", "slack-session"],
    ),
    Drill {
        listed: false,
        ..Drill::new(
            "ssh",
            &[("remove_key", "ssh-support-key"), ("deny_user", "maya")],
            &["ssh-support-key", "ssh-maya-key", "ssh-maya-cert", "ssh-maya-listed"],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "stripe",
            &[
                ("expire_api_key", "stripe-maya"),
                ("delete_api_key", "stripe-restricted"),
                ("roll_webhook_secret_now", "stripe-webhook"),
                ("deauthorize_platform", "stripe-platform"),
            ],
            &[
                "stripe-maya",
                "stripe-restricted",
                "stripe-webhook",
                "stripe-access",
                "stripe-refresh",
                "stripe-platform",
            ],
        )
    },
    Drill::new(
        "twilio",
        &[("delete_api_key", "twilio-main-key"), ("close_subaccount", "twilio-subaccount")],
        &["twilio-main-key", "twilio-standard-key", "twilio-auth-token"],
    ),
    Drill {
        listed: false,
        ..Drill::new(
            "web-console",
            &[("sign_out", "console-maya-session"), ("delete_user", "console-maya")],
            &[
                "console-maya",
                "console-maya-session",
                "console-maya-signed",
                "console-maya-remember",
                "console-maya-token",
                "console-maya-link",
            ],
        )
    },
    Drill {
        listed: false,
        ..Drill::new(
            "webhook-inbound",
            &[
                ("delete_webhook", "webhook-inbound-make"),
                ("change_static_token", "webhook-inbound-static"),
                ("rotate_secret_at_once", "webhook-inbound-signing"),
            ],
            &[
                "webhook-inbound-make",
                "webhook-inbound-static",
                "webhook-inbound-static-legacy",
                "webhook-inbound-signing",
                "webhook-inbound-signing-legacy",
            ],
        )
    },
    Drill::new(
        "zendesk",
        &[
            ("delete_api_token", "zendesk-api"),
            ("delete_oauth_token", "zendesk-legacy"),
            ("delete_sessions", "zd-support-eu"),
            ("delete_user", "zd-maya"),
        ],
        &["zendesk-api", "zendesk-legacy", "support-eu-session", "zendesk-maya", "zendesk-refresh"],
    ),
];
