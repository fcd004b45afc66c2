//! An account: agents and the contacts they become, what can be listed, the audit log's export.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{invalid, not_found, page};
use super::{ACCESS, ACCOUNT, ADMIN, AGENT, API_KEY, Answer, CONTACT, Freshdesk, REFRESH};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Principal, State};
use crate::population::ALNUM;
use crate::times::iso;

/// Role ids: an agent's usual one, and one without rights.
const ROLE: u64 = 31;
pub(super) const RESTRICTED: u64 = 32;
/// How long an export of the audit log takes; no figure is documented.
const EXPORT: Duration = Duration::from_secs(30);

/// Makes an agent with the usual role.
pub(super) fn new_agent(id: &str, email: &str, now: SystemTime) -> Principal {
    Principal::new(AGENT, id, email).with("role_id", ROLE).with("created_at", iso(now))
}

impl Freshdesk {
    /// Everything below `/api/v2` of an account; `None` where there is no such route.
    pub(super) fn account(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        if request.server != ACCOUNT {
            return (rest == ["agents", "me"] && method == "GET").then(|| self.me(request, now));
        }
        let answer = match (method, rest) {
            ("GET", ["agents", "me"]) => self.me(request, now),
            ("GET", ["agents"]) => self.list_agents(request, now),
            ("POST", ["agents"]) => self.create_agent(request, now),
            ("GET", ["agents", id]) => self.show_agent(id, request, now),
            ("PUT", ["agents", id]) => self.update_agent(id, request, now),
            ("DELETE", ["agents", id]) => self.delete_agent(id, request, now),
            ("GET", ["contacts"]) => self.list_contacts(request, now),
            ("POST", ["contacts"]) => self.create_contact(request, now),
            ("PUT", ["contacts", id, "make_agent"]) => self.make_agent(id, request, now),
            ("GET", ["roles" | "groups"]) => self.fixed(request, &roles(), now),
            ("GET", ["email", "mailboxes"]) => self.fixed(request, &mailboxes(), now),
            ("GET", ["automations", "1" | "3" | "4", "rules"]) => {
                self.fixed(request, &rules(), now)
            }
            ("POST", ["audit_log", "export"]) => self.export(request, now),
            ("GET", ["audit_log", "export", id]) => self.exported(id, request, now),
            _ => return None,
        };
        Some(answer.map(|answer| {
            answer
                .with("X-RateLimit-Total", "700")
                .with("X-RateLimit-Remaining", "699")
                .with("X-RateLimit-Used-CurrentRequest", "1")
        }))
    }

    fn me(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let agent = self.kernel.presented(&caller).ok_or_else(not_found)?;
        Ok(Response::json(200, &render(agent)))
    }

    /// The first-party endpoint for assistants, which takes the same key.
    pub(super) fn mcp(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        let email = self.kernel.presented(&caller).map(|agent| agent.login.clone());
        let info = json!({"name": "freshdesk", "version": "1"});
        let result = json!({"serverInfo": info, "agent": {"email": email}});
        let id = request.json()["id"].clone();
        Ok(Response::json(200, &json!({"jsonrpc": "2.0", "id": id, "result": result})))
    }

    fn list_agents(&self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let (state, email) = (request.query("state"), request.query("email"));
        let wanted = |p: &&Principal| {
            let occasional = p.data.get("occasional") == Some(&json!(true));
            p.kind == AGENT
                && p.state() != State::Deleted
                && email.as_ref().is_none_or(|email| p.login == *email)
                && state.as_deref().is_none_or(|state| (state == "occasional") == occasional)
        };
        let found: Vec<Value> =
            self.kernel.principals().iter().filter(wanted).map(render).collect();
        Ok(page(request, &found))
    }

    fn known(&self, kind: &str, id: &str) -> Result<&Principal, Response> {
        let found = self.kernel.principal(id).filter(|p| p.kind == kind);
        found.filter(|p| p.state() != State::Deleted).ok_or_else(not_found)
    }

    fn show_agent(&self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        Ok(Response::json(200, &render(self.known(AGENT, id)?)))
    }

    fn create_agent(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let body = request.json();
        let missing = || invalid("email", "missing_field", "It should be a valid email address");
        let email = body["email"].as_str().ok_or_else(missing)?;
        if self.kernel.by_login(AGENT, email).is_some() {
            return Err(invalid("email", "duplicate_value", "It should be a unique value"));
        }
        let id = self.add_agent(email, now);
        Ok(Response::json(201, &render(self.known(AGENT, &id)?)))
    }

    /// Adds an agent with a key, which only the agent gets to see.
    fn add_agent(&mut self, email: &str, now: SystemTime) -> String {
        let id = (60_000 + self.kernel.next_number()).to_string();
        self.kernel.add(new_agent(&id, email, now));
        let key = self.kernel.fresh("", 20, ALNUM);
        self.kernel.issue(Credential::new(API_KEY, &id, &key).of(&id), now);
        self.record("agent_created", &id, now);
        id
    }

    /// Changes seat, address, roles. The record stays active with the key it had.
    fn update_agent(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        self.known(AGENT, id)?;
        let body = request.json();
        let agent = self.kernel.principal_mut(id).ok_or_else(not_found)?;
        if let Some(email) = body["email"].as_str() {
            email.clone_into(&mut agent.login);
        }
        if body["occasional"].is_boolean() {
            agent.data.insert("occasional".into(), body["occasional"].clone());
        }
        if let Some(roles) = body["role_ids"].as_array() {
            let usual = roles.iter().any(|role| *role == ROLE);
            let role = if usual { "" } else { "restricted" };
            agent.data.insert("role".into(), role.into());
            agent.data.insert("role_id".into(), roles.first().cloned().unwrap_or_default());
        }
        self.record("agent_updated", id, now);
        Ok(Response::json(200, &render(self.known(AGENT, id)?)))
    }

    /// Takes role and key away. The person stays as a contact with a portal login, and at the org.
    fn delete_agent(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let email = self.known(AGENT, id)?.login.clone();
        let supplier = self.known(AGENT, id)?.supplier;
        if id == ADMIN {
            return Err(super::answers::denied());
        }
        self.kernel.set_state(id, State::Deleted, now);
        let own = [API_KEY, ACCESS, REFRESH];
        self.kernel.revoke_where(Cause::Deactivation, now, |c| {
            own.contains(&c.kind) && c.is_of(id) && c.text("level") != "account"
        });
        let contact = (70_000 + self.kernel.next_number()).to_string();
        let mut contact = Principal::new(CONTACT, &contact, &email);
        contact.supplier = supplier;
        self.kernel.add(contact);
        self.record("agent_deleted", id, now);
        Ok(Response::empty(204))
    }

    fn list_contacts(&self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let (email, deleted) =
            (request.query("email"), request.query("state").as_deref() == Some("deleted"));
        let wanted = |p: &&Principal| {
            p.kind == CONTACT
                && (p.state() == State::Deleted) == deleted
                && email.as_ref().is_none_or(|email| p.login == *email)
        };
        let found: Vec<Value> =
            self.kernel.principals().iter().filter(wanted).map(contact).collect();
        Ok(page(request, &found))
    }

    fn create_contact(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        let body = request.json();
        let missing = || invalid("email", "missing_field", "It should be a valid email address");
        let email = body["email"].as_str().ok_or_else(missing)?;
        let id = (70_000 + self.kernel.next_number()).to_string();
        self.kernel.add(Principal::new(CONTACT, &id, email));
        Ok(Response::json(201, &contact(self.known(CONTACT, &id)?)))
    }

    fn make_agent(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let email = self.known(CONTACT, id)?.login.clone();
        self.kernel.set_state(id, State::Deleted, now);
        let agent = self.add_agent(&email, now);
        Ok(Response::json(200, &render(self.known(AGENT, &agent)?)))
    }

    fn fixed(&self, request: &Request, items: &[Value], now: SystemTime) -> Answer {
        self.agent(request, now)?;
        Ok(page(request, items))
    }

    /// Starts an export; the plan that has it is unconfirmed.
    fn export(&mut self, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let id = self.kernel.fresh("exp", 12, ALNUM);
        self.exports.push((id.clone(), now));
        Ok(Response::json(202, &json!({"status": "in progress", "id": id})))
    }

    fn exported(&self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.admin(request, now)?;
        let job = self.exports.iter().find(|(known, _)| known == id).ok_or_else(not_found)?;
        let body = if job.1 + EXPORT > now {
            json!({"status": "in progress", "id": id})
        } else {
            json!({"status": "completed", "id": id, "data": self.audit})
        };
        Ok(Response::json(200, &body))
    }
}

fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

fn render(agent: &Principal) -> Value {
    json!({
        "id": number(&agent.id),
        "type": "support_agent",
        "occasional": agent.data.get("occasional").cloned().unwrap_or(json!(false)),
        "deactivated": agent.state() == State::Deactivated,
        "ticket_scope": 1,
        "role_ids": [agent.data.get("role_id").cloned().unwrap_or_default()],
        "group_ids": [],
        "contact": {"active": true, "email": agent.login, "name": agent.name},
        "created_at": agent.text("created_at"),
    })
}

fn contact(contact: &Principal) -> Value {
    json!({
        "id": number(&contact.id),
        "name": contact.name,
        "email": contact.login,
        "active": true,
        "deleted": contact.state() == State::Deleted,
    })
}

fn roles() -> Vec<Value> {
    vec![json!({"id": ROLE, "name": "Agent"}), json!({"id": RESTRICTED, "name": "Restricted"})]
}

fn mailboxes() -> Vec<Value> {
    let custom = json!({"outgoing": {"mail_server": "smtp.acme.example"}});
    vec![json!({"id": 1, "support_email": "support@ours.example", "custom_mailbox": custom})]
}

/// One rule that posts to the supplier; no agent's end changes it.
fn rules() -> Vec<Value> {
    let hook = json!({"field_name": "trigger_webhook", "url": "https://hooks.acme.example/in"});
    vec![json!({"id": 1, "name": "Tell the supplier", "active": true, "actions": [hook]})]
}
