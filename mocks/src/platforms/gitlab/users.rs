//! Users: states that mask, a deletion that ends, and what neither of them touches.

use std::time::SystemTime;

use super::access::render;
use super::answers::{message, not_found, page};
use super::{Answer, Gitlab, IMPERSONATION, MEMBERSHIP, PAT, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, State};

impl Gitlab {
    /// Everything below `/users`.
    pub(super) fn users(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let known = matches!(
            (method, rest),
            ("GET", [] | [_] | [_, "impersonation_tokens"])
                | ("DELETE", [_] | [_, "impersonation_tokens", _])
                | ("POST", [_, "block" | "unblock" | "deactivate" | "activate" | "ban" | "unban"])
                | ("POST", [_, "personal_access_tokens" | "impersonation_tokens"])
        );
        if !known {
            return None;
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let answer = match (method, rest) {
            ("GET", []) => Ok(self.list_users(request)),
            ("GET", [id]) => self.user_body(id),
            ("DELETE", [id]) => self.delete_user(id, now),
            ("GET", [id, _]) => self.impersonation(id, None, request, now),
            ("DELETE", [user, _, id]) => self.impersonation(user, Some(id), request, now),
            ("POST", [id, "personal_access_tokens"]) => self.mint(PAT, id, request, now),
            ("POST", [id, "impersonation_tokens"]) => self.mint(IMPERSONATION, id, request, now),
            (_, [id, action]) => self.change_state(id, action, now),
            _ => return None,
        };
        Some(answer)
    }

    fn list_users(&self, request: &Request) -> Response {
        let search = request.query("search").or_else(|| request.query("username"));
        let there = self.kernel.principals().iter().filter(|p| {
            let fits =
                search.as_deref().is_none_or(|s| p.login.contains(s) || p.text("email") == s);
            p.kind == USER && p.state() != State::Deleted && fits
        });
        page(request, there.map(render).collect())
    }

    fn living(&self, id: &str) -> Result<State, Response> {
        let user = self.kernel.principal(id).filter(|p| p.kind == USER);
        let state = user.map(|user| user.state()).filter(|state| *state != State::Deleted);
        state.ok_or_else(|| not_found("User Not Found"))
    }

    fn user_body(&self, id: &str) -> Answer {
        self.living(id)?;
        let user = self.kernel.principal(id).ok_or_else(|| not_found("User Not Found"))?;
        Ok(Response::json(200, &render(user)))
    }

    /// Blocks, bans, deactivates, and takes each back: masks all of them.
    fn change_state(&mut self, id: &str, action: &str, now: SystemTime) -> Answer {
        let state = self.living(id)?;
        let refused = |why: &str| Err(message(403, &format!("403 Forbidden - {why}")));
        let to = match action {
            "block" | "ban" => State::Suspended,
            "unblock" | "unban" if state == State::Deactivated => {
                return refused("Users deactivated cannot be unblocked by the API");
            }
            "activate" if state == State::Suspended => {
                return refused("A blocked user must be unblocked to be activated");
            }
            "deactivate" if state == State::Suspended => {
                return refused("A blocked user cannot be deactivated by the API");
            }
            "deactivate" => {
                let user = self.kernel.principal(id);
                if user.is_some_and(|user| user.text("dormant") != "yes") {
                    return refused(
                        "The user you are trying to deactivate has been active in the past 90 \
                         days and cannot be deactivated",
                    );
                }
                State::Deactivated
            }
            _ => State::Active,
        };
        if let Some(user) = self.kernel.principal_mut(id) {
            let banned = if action == "ban" { "yes" } else { "" };
            user.data.insert("banned".into(), banned.into());
        }
        self.kernel.set_state(id, to, now);
        self.record("admin", &format!("user_{action}"), id, now);
        Ok(Response::json(201, &true.into()))
    }

    fn delete_user(&mut self, id: &str, now: SystemTime) -> Answer {
        self.living(id)?;
        self.kernel.set_state(id, State::Deleted, now);
        self.kernel.revoke_where(Cause::Deactivation, now, |c| Self::is_persons(c, id));
        self.record("admin", "user_destroyed", id, now);
        Ok(Response::empty(204))
    }

    /// Everything below `/groups/1`.
    pub(super) fn group(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let known = matches!(
            (method, rest),
            ("GET", ["members" | "access_tokens" | "audit_events"])
                | ("DELETE", ["members" | "access_tokens", _])
        );
        if !known {
            return None;
        }
        if rest == ["audit_events"] {
            return Some(self.audit_events(request, now));
        }
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let answer = match (method, rest) {
            ("GET", ["members"]) => {
                let kept = self.kernel.kept(MEMBERSHIP, now).into_iter();
                let users = kept.filter_map(|key| {
                    self.kernel.principal(&self.kernel.credential(key).id).map(render)
                });
                Ok(page(request, users.collect()))
            }
            ("GET", _) => Ok(self.list_of(super::GROUP_TOKEN, |_| true, request, now)),
            (_, ["members", id]) => self.remove_member(id, now),
            (_, [_, id]) => self.revoke_bot_token(super::GROUP_TOKEN, id, now),
            _ => return None,
        };
        Some(answer)
    }

    /// Takes somebody out of the group; only the reach of what they hold goes with it.
    fn remove_member(&mut self, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(MEMBERSHIP, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| not_found("Not found"))?;
        self.kernel.revoke(key, Cause::Action, now);
        self.record("admin", "member_destroyed", id, now);
        Ok(Response::empty(204))
    }
}
