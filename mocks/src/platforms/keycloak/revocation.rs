//! Ending by the protocol: RFC 7009, and logging out.

use std::time::SystemTime;

use super::token::refuse;
use super::tokens::is_offline;
use super::{ACCESS, Answer, Keycloak, OFFLINE, REFRESH, SESSION};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential};

impl Keycloak {
    /// Revokes; an invalid token gets 200 with an error inside.
    pub(super) fn revoke(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        let given = request.form("token").unwrap_or_default();
        let refresh = self.kernel.lookup(REFRESH, &given);
        let Some(key) = refresh.or_else(|| self.kernel.lookup(ACCESS, &given)) else {
            return Ok(refuse(200, "invalid_token", "Invalid token"));
        };
        let token = self.kernel.credential(key).clone();
        if !token.is_for(&client) {
            return Err(refuse(400, "invalid_request", "Unmatching clients"));
        }
        let user = token.principal.clone().unwrap_or_default();
        if token.kind == ACCESS {
            self.kernel.revoke(key, Cause::Action, now);
        } else {
            let kinds = [REFRESH, ACCESS, OFFLINE];
            let same =
                |c: &Credential| kinds.contains(&c.kind) && c.is_of(&user) && c.is_for(&client);
            self.kernel.revoke_where(Cause::Action, now, same);
        }
        self.event("REVOKE_GRANT", &client, &user, now);
        Ok(Response::empty(200))
    }

    /// Ends the one session a refresh token names.
    pub(super) fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = self.client(request, now)?;
        let given = request.form("refresh_token").unwrap_or_default();
        let key = self.kernel.lookup(REFRESH, &given);
        let key = key.filter(|key| self.kernel.credential(*key).is_for(&client));
        let invalid = || refuse(400, "invalid_grant", "Invalid refresh token");
        let token = key.map(|key| self.kernel.credential(key).clone()).ok_or_else(invalid)?;
        let kind = if is_offline(&token) { OFFLINE } else { SESSION };
        let session = token.grant.as_deref().and_then(|id| self.kernel.find(kind, id));
        if let Some(session) = session {
            self.kernel.revoke(session, Cause::Action, now);
        }
        self.event("LOGOUT", &client, token.principal.as_deref().unwrap_or_default(), now);
        Ok(Response::empty(204))
    }
}
