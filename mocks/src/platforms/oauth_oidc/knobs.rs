//! How one authorization server differs from another where the RFCs leave it open.

use std::time::Duration;

/// What the server does where RFC 7009, 7662 and 6749 say SHOULD, MAY, or nothing.
///
/// The defaults are what the RFCs recommend and, where they are silent, what leaves the most alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcKnobs {
    /// Status for revoking an unknown token: 200 by RFC 7009, 400 at some vendors.
    pub revoke_unknown: u16,
    /// Whether revoking a refresh token also ends the access tokens of its grant (at introspection;
    /// a resource server that checks JWTs by itself never learns of it).
    pub revoke_refresh_cascades: bool,
    /// Whether revoking an access token also ends its refresh token.
    pub revoke_access_cascades: bool,
    /// Whether the token endpoint issues JWTs instead of opaque access tokens.
    pub jwt_access_tokens: bool,
    /// How long the introspecting resource server believes an earlier answer.
    pub introspection_cache: Option<Duration>,
    /// How long a revocation takes to reach every node.
    pub propagation_delay: Duration,
    /// Grace in which a rotated refresh token still works; `None` switches rotation off.
    pub rotation: Option<Duration>,
    /// Whether replaying a rotated refresh token ends its whole family.
    pub reuse_kills_family: bool,
    /// Whether a refresh looks at the state of the user.
    pub disable_user_checked_at_refresh: bool,
    /// Whether a logout also ends refresh tokens with `offline_access`.
    pub logout_kills_offline: bool,
    /// Status that carries `invalid_grant`: 400 by RFC 6749, 403 or 429 at some vendors.
    pub invalid_grant_status: u16,
    /// Whether revoking an unknown token answers 200 with an error in its body.
    pub error_in_200_body: bool,
    /// Whether a client that introspects another's token is told `active: false`; the
    /// introspection client is told the truth always.
    pub introspect_foreign_inactive: bool,
}

impl Default for OidcKnobs {
    fn default() -> Self {
        Self {
            revoke_unknown: 200,
            revoke_refresh_cascades: true,
            revoke_access_cascades: false,
            jwt_access_tokens: false,
            introspection_cache: None,
            propagation_delay: Duration::ZERO,
            rotation: Some(Duration::ZERO),
            reuse_kills_family: true,
            disable_user_checked_at_refresh: true,
            logout_kills_offline: false,
            invalid_grant_status: 400,
            error_in_200_body: false,
            introspect_foreign_inactive: true,
        }
    }
}
