//! People of the organization: members, collaborators, invitations.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{not_found, number, page};
use super::{Answer, Github, INVITATION, MEMBERSHIP, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Key};

impl Github {
    /// Lists who has a membership of a sort.
    pub(super) fn people(&self, sort: &str, request: &Request, now: SystemTime) -> Response {
        let kept = self.kernel.kept_where(now, |c| c.kind == MEMBERSHIP && c.text("sort") == sort);
        let people = kept.into_iter().filter_map(|key| {
            let user = self.kernel.principal(&self.kernel.credential(key).id)?;
            Some(json!({
                "login": user.login, "id": number(&user.id), "type": "User",
                "role_name": user.text("role"),
            }))
        });
        page(request, None, people.collect())
    }

    /// Lists invitations not yet taken up.
    pub(super) fn invitations(&self, request: &Request, now: SystemTime) -> Response {
        let kept = self.kernel.kept(INVITATION, now).into_iter();
        let items = kept.map(|key| {
            let invitation = self.kernel.credential(key);
            json!({
                "id": number(&invitation.id),
                "email": invitation.text("email"),
                "role": "direct_member",
                "inviter": {"login": "ours-admin"},
            })
        });
        page(request, None, items.collect())
    }

    /// Cancels an invitation.
    pub(super) fn cancel_invitation(&mut self, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(INVITATION, id).filter(|key| self.kernel.exists(*key, now));
        self.kernel.revoke(key.ok_or_else(not_found)?, Cause::Action, now);
        Ok(Response::empty(204))
    }

    fn membership(&self, login: &str, sorts: &[&str], now: SystemTime) -> Result<Key, Response> {
        let user = self.kernel.by_login(USER, login).ok_or_else(not_found)?;
        let key = self.kernel.find(MEMBERSHIP, &user.id);
        let key = key.filter(|key| self.kernel.exists(*key, now)).ok_or_else(not_found)?;
        let fits = sorts.contains(&self.kernel.credential(key).text("sort"));
        if fits { Ok(key) } else { Err(not_found()) }
    }

    /// Takes somebody out. Only the reach of what they hold goes with it.
    pub(super) fn remove(&mut self, login: &str, sorts: &[&str], now: SystemTime) -> Answer {
        let key = self.membership(login, sorts, now)?;
        self.kernel.revoke(key, Cause::Action, now);
        let sort = self.kernel.credential(key).text("sort").to_owned();
        self.record("ours-admin", &format!("org.remove_{sort}"), login, now);
        Ok(Response::empty(204))
    }

    /// Turns a member into an outside collaborator, who keeps the repository: no removal at all.
    pub(super) fn convert(&mut self, login: &str, now: SystemTime) -> Answer {
        let key = self.membership(login, &["member"], now)?;
        let sort = &mut self.kernel.credential_mut(key).data;
        sort.insert("sort".into(), "outside_collaborator".into());
        Ok(Response::empty(204))
    }

    /// Takes a former member back with the old rights, as is possible for three months.
    pub(super) fn reinstate(&mut self, id: &str, now: SystemTime) -> Result<(), String> {
        let old = self.kernel.find(MEMBERSHIP, id);
        let old = old.ok_or_else(|| format!("there is no former member {id:?}"))?;
        let sort = self.kernel.credential(old).text("sort").to_owned();
        let back = Credential::new(MEMBERSHIP, id, "").of(id).with("sort", sort);
        self.kernel.issue(back, now);
        Ok(())
    }

    /// Reads the audit log; the cursor is the number of the last entry seen.
    pub(super) fn audit_log(&self, request: &Request) -> Response {
        let phrase = request.query("phrase").unwrap_or_default();
        let fits = |entry: &&Value| {
            phrase.split_whitespace().all(|word| match word.split_once(':') {
                Some((name, value)) => entry[name].as_str() == Some(value),
                None => entry.to_string().contains(word),
            })
        };
        let after = request.query("after").and_then(|text| text.parse::<u64>().ok());
        let older = |entry: &&Value| {
            after.is_none_or(|after| entry["number"].as_u64().is_some_and(|it| it < after))
        };
        let size = request.query("per_page").and_then(|text| text.parse::<usize>().ok());
        let size = size.unwrap_or(30).clamp(1, 100);
        let found: Vec<&Value> = self.audit.iter().rev().filter(fits).filter(older).collect();
        let more = found.len() > size;
        let shown: Vec<&Value> = found.into_iter().take(size).collect();
        let answer = Response::json(200, &json!(shown));
        match shown.last().filter(|_| more) {
            Some(last) => {
                let next = super::answers::link(request, "after", &last["number"].to_string());
                answer.with("Link", &format!("<{next}>; rel=\"next\""))
            }
            None => answer,
        }
    }

    /// Writes an entry of the audit log.
    pub(super) fn record(&mut self, actor: &str, action: &str, object: &str, now: SystemTime) {
        let number = self.kernel.next_number();
        self.audit.push(json!({
            "number": number,
            "_document_id": format!("doc-{number}"),
            "@timestamp": crate::times::epoch(now) * 1000,
            "action": action,
            "actor": actor,
            "org": super::ORG,
            "user": object,
        }));
        if self.audit.len() > 10_000 {
            self.audit.remove(0);
        }
    }
}
