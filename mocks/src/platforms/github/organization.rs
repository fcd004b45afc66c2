//! The organization's API: who and what is let in.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{message, not_found, number, page};
use super::{Answer, FINE, Github, HOOK, ORG_GRANT, PAT, RUNNER, SECRET, SSO, USER_KEY};
use crate::http::{Request, Response};
use crate::identity::{Cause, Key};
use crate::times::iso;

impl Github {
    /// Everything below `/orgs/ours`.
    pub(super) fn org(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if let ["personal-access-tokens", tail @ ..] = rest {
            return self.fine_grained(method, tail, request, now);
        }
        let known = matches!(
            (method, rest),
            (
                "GET",
                ["members"
                    | "outside_collaborators"
                    | "invitations"
                    | "installations"
                    | "credential-authorizations"
                    | "hooks"
                    | "audit-log"]
                    | ["actions", "runners" | "secrets"]
            ) | (
                "DELETE",
                ["members" | "outside_collaborators" | "invitations", _]
                    | ["credential-authorizations" | "hooks", _]
                    | ["actions", "runners", _]
            ) | ("PUT", ["outside_collaborators", _])
        );
        if !known {
            return None;
        }
        if let Err(refusal) = self.owner(request, now) {
            return Some(Err(refusal));
        }
        let answer = match (method, rest) {
            ("GET", ["members"]) => Ok(self.people("member", request, now)),
            ("GET", ["outside_collaborators"]) => {
                Ok(self.people("outside_collaborator", request, now))
            }
            ("GET", ["invitations"]) => Ok(self.invitations(request, now)),
            ("GET", ["installations"]) => {
                Ok(page(request, Some("installations"), self.installations(|_| true)))
            }
            ("GET", ["credential-authorizations"]) => Ok(self.list_sso(request, now)),
            ("GET", ["audit-log"]) => Ok(self.audit_log(request)),
            ("GET", ["actions", "runners"]) => {
                Ok(self.things(RUNNER, Some("runners"), request, now))
            }
            ("GET", ["actions", "secrets"]) => {
                Ok(self.things(SECRET, Some("secrets"), request, now))
            }
            ("GET", _) => Ok(self.things(HOOK, None, request, now)),
            ("DELETE", ["members", login]) => self.remove(login, &["member"], now),
            ("DELETE", ["outside_collaborators", login]) => {
                self.remove(login, &["outside_collaborator"], now)
            }
            ("DELETE", ["invitations", id]) => self.cancel_invitation(id, now),
            ("DELETE", ["credential-authorizations", id]) => self.end_thing(SSO, id, now),
            ("DELETE", ["hooks", id]) => self.end_thing(HOOK, id, now),
            ("DELETE", ["actions", _, id]) => self.end_thing(RUNNER, id, now),
            (_, [_, login]) => self.convert(login, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Fine-grained tokens with access to the organization, which only an app may ask about.
    fn fine_grained(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if !matches!((method, rest), ("GET", []) | ("POST", [_])) {
            return None;
        }
        if let Err(refusal) = self.own_app(request, now) {
            return Some(Err(refusal));
        }
        let answer = match rest {
            [id] => self.revoke_grant(id, request, now),
            _ => Ok(self.list_grants(request, now)),
        };
        Some(answer)
    }

    fn list_grants(&self, request: &Request, now: SystemTime) -> Response {
        let owner = request.query("owner[]").or_else(|| request.query("owner"));
        let kept = self.kernel.kept(ORG_GRANT, now).into_iter();
        let items = kept.filter_map(|key| {
            let grant = self.kernel.credential(key);
            let token = self.kernel.find(FINE, &grant.id)?;
            let token = self.kernel.credential(token);
            let user = self.kernel.principal(grant.principal.as_deref()?)?;
            if owner.as_deref().is_some_and(|owner| owner != user.login) {
                return None;
            }
            let used = Some(token.text("used_at")).filter(|used| !used.is_empty());
            Some(json!({
                "id": number(&grant.id),
                "owner": {"login": user.login, "id": number(&user.id)},
                "token_id": number(&token.id),
                "token_name": token.text("name"),
                "access_granted_at": iso(grant.created),
                "token_expired": token.expires.is_some_and(|at| at <= now),
                "token_expires_at": token.expires.map(iso),
                "token_last_used_at": used,
                "repository_selection": "all",
                "permissions": {"repository": {"contents": "read"}},
            }))
        });
        page(request, None, items.collect())
    }

    /// Shuts the organization to a fine-grained token, which itself goes on.
    fn revoke_grant(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        if request.json()["action"] != "revoke" {
            return Err(message(422, "Validation Failed"));
        }
        let key = self.kernel.find(ORG_GRANT, id).filter(|key| self.kernel.exists(*key, now));
        self.kernel.revoke(key.ok_or_else(not_found)?, Cause::Action, now);
        self.record("ours-app", "personal_access_token.access_revoked", id, now);
        Ok(Response::empty(204))
    }

    /// Lists what is authorized for single sign-on: classic tokens and keys, never OAuth tokens.
    fn list_sso(&self, request: &Request, now: SystemTime) -> Response {
        let login = request.query("login");
        let kept = self.kernel.kept(SSO, now).into_iter();
        let items = kept.filter_map(|key| {
            let grant = self.kernel.credential(key);
            let user = self.kernel.principal(grant.principal.as_deref()?)?;
            if login.as_deref().is_some_and(|login| login != user.login) {
                return None;
            }
            let token = self.kernel.find(PAT, &grant.id).map(|key| self.kernel.credential(key));
            let eight = token.map(|t| t.secret.get(t.secret.len() - 8..).unwrap_or("").to_owned());
            let kind = if token.is_some() { "personal access token" } else { "SSH key" };
            Some(json!({
                "id": number(&grant.id),
                "credential_id": number(&grant.id),
                "credential_type": kind,
                "login": user.login,
                "token_last_eight": eight,
                "scopes": token.map(|t| t.scope.split(' ').collect::<Vec<_>>()),
                "credential_authorized_at": iso(grant.created),
            }))
        });
        page(request, None, items.collect())
    }

    /// Lists hooks, runners, secrets, keys: things that belong to the organization or repository.
    pub(super) fn things(
        &self,
        kind: &'static str,
        name: Option<&str>,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        let kept = self.kernel.kept(kind, now).into_iter();
        page(request, name, kept.map(|key| self.thing(key)).collect())
    }

    /// Renders such a thing: what was kept about it, under its id.
    pub(super) fn thing(&self, key: Key) -> Value {
        let thing = self.kernel.credential(key);
        let mut body = json!({"id": number(&thing.id), "created_at": iso(thing.created)});
        for (name, value) in &thing.data {
            if name != "made_with" && name != "used_at" {
                body[name.as_str()] = value.clone();
            }
        }
        if thing.kind == SECRET {
            body["id"] = Value::Null;
            body["name"] = thing.id.clone().into();
            body["updated_at"] = iso(thing.created).into();
        }
        if thing.kind == USER_KEY {
            body["key"] = thing.text("key").into();
        }
        body
    }

    /// Ends such a thing.
    pub(super) fn end_thing(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Answer {
        let key = self.found_thing(kind, id, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::empty(204))
    }

    /// One such thing.
    pub(super) fn found_thing(
        &self,
        kind: &'static str,
        id: &str,
        now: SystemTime,
    ) -> Result<Key, Response> {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        key.ok_or_else(not_found)
    }
}
