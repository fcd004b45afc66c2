//! The directory of Identity Center.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{json_body, json_error};
use super::services::text;
use super::{Answer, Aws, PERSON};
use crate::http::{Request, Response};
use crate::identity::{Principal, State};

/// The directory's id.
pub(super) const STORE: &str = "d-9067000000";

impl Aws {
    /// Answers one action; `None` for one the mock does not have.
    pub(super) fn directory(
        &mut self,
        action: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let body = request.json();
        let answer = match action {
            "ListUsers" => Ok(self.people(&body)),
            "DescribeUser" => self.person(&body).map(|person| json_body(&render(person))),
            "DeleteUser" => self.delete_person(&body, now),
            _ => return None,
        };
        Some(answer)
    }

    fn people(&self, body: &Value) -> Response {
        let after = text(body, "NextToken");
        let size = body["MaxResults"].as_u64().unwrap_or(100).clamp(1, 100);
        let living = |p: &&Principal| p.kind == PERSON && p.state() != State::Deleted;
        let mut people: Vec<&Principal> = self.kernel.principals().iter().filter(living).collect();
        people.sort_by(|a, b| a.id.cmp(&b.id));
        people.retain(|person| person.id > after);
        let more = people.len() as u64 > size;
        people.truncate(usize::try_from(size).unwrap_or(100));
        let mut answer = json!({
            "Users": people.iter().map(|person| render(person)).collect::<Vec<_>>(),
        });
        if let Some(last) = people.last().filter(|_| more) {
            answer["NextToken"] = last.id.clone().into();
        }
        json_body(&answer)
    }

    fn person(&self, body: &Value) -> Result<&Principal, Response> {
        let id = text(body, "UserId");
        let person = self.kernel.principal(&id).filter(|p| p.kind == PERSON);
        let person = person.filter(|p| p.state() != State::Deleted);
        person.ok_or_else(|| json_error(400, "ResourceNotFoundException", "USER not found."))
    }

    /// Deletes a person. Role sessions already handed out go on to their end.
    fn delete_person(&mut self, body: &Value, now: SystemTime) -> Answer {
        let id = self.person(body)?.id.clone();
        self.kernel.set_state(&id, State::Deleted, now);
        Ok(json_body(&json!({})))
    }
}

fn render(person: &Principal) -> Value {
    json!({
        "IdentityStoreId": STORE,
        "UserId": person.id,
        "UserName": person.login,
        "DisplayName": person.name,
        "Emails": [{"Value": person.login, "Primary": true}],
    })
}
