//! Delegated consents and app roles: directory objects, of which there can be more than one.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::graph::{Right, page};
use super::tokens::graph_service;
use super::{Answer, CONSENT, Entra, ROLE};
use crate::http::{Request, Response};
use crate::identity::{Credential, Key};

impl Entra {
    pub(super) fn permission_grants(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let right = if method == "GET" { Right::Read } else { Right::Write };
        if let Err(refusal) = self.caller(request, now, right) {
            return Some(Err(refusal));
        }
        Some(match (method, rest) {
            ("GET", []) => Ok(self.grants(request, now, |_| true)),
            ("DELETE", [id]) => self.end(CONSENT, id, "Remove delegated permission grant", now),
            _ => return None,
        })
    }

    pub(super) fn grants_of_service(
        &self,
        id: &str,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        self.grants(request, now, |c| c.is_for(id))
    }

    /// Lists a user's own grants only: what was granted for everybody is not among them.
    pub(super) fn grants_of_user(&self, id: &str, request: &Request, now: SystemTime) -> Response {
        self.grants(request, now, |c| c.is_of(id))
    }

    fn grants(
        &self,
        request: &Request,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Response {
        let render = |key: &Key| {
            let grant = self.kernel.credential(*key);
            let everybody = grant.principal.is_none();
            json!({
                "id": grant.id, "clientId": grant.client, "resourceId": graph_service(),
                "consentType": if everybody { "AllPrincipals" } else { "Principal" },
                "principalId": grant.principal, "scope": grant.scope,
            })
        };
        let keys = self.kernel.kept_where(now, |c| c.kind == CONSENT && wanted(c));
        let grants: Vec<Value> = keys.iter().map(render).collect();
        page(request, "oauth2PermissionGrants", &grants)
    }

    pub(super) fn roles_of(&self, service: &str, request: &Request, now: SystemTime) -> Response {
        self.role_page(request, now, |c| c.is_of(service))
    }

    pub(super) fn roles_to(&self, resource: &str, request: &Request, now: SystemTime) -> Response {
        let here = resource == graph_service();
        self.role_page(request, now, |_| here)
    }

    fn role_page(
        &self,
        request: &Request,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Response {
        let keys = self.kernel.kept_where(now, |c| c.kind == ROLE && wanted(c));
        let render = |key: &Key| {
            let role = self.kernel.credential(*key);
            json!({
                "id": role.id, "principalId": role.principal, "principalType": "ServicePrincipal",
                "resourceId": graph_service(), "appRoleId": super::apps::reader_role(),
            })
        };
        let roles: Vec<Value> = keys.iter().map(render).collect();
        page(request, "appRoleAssignments", &roles)
    }
}
