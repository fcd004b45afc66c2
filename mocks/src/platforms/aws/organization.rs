//! The organization's policies, which no account can take off itself.
//!
//! Our administrator stands for a delegated one of the management account, which is not mocked.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::{json_body, json_error};
use super::services::text;
use super::{ACCOUNT, Answer, Aws, ROLE, USER, documents};
use crate::http::Request;
use crate::identity::{Cause, Principal};
use crate::population::HEX;

/// A service control policy.
pub(super) struct ServicePolicy {
    id: String,
    name: String,
    content: String,
    attached: bool,
}

impl ServicePolicy {
    fn summary(&self) -> Value {
        json!({
            "Id": self.id, "Name": self.name, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false,
        })
    }
}

impl Aws {
    /// Answers one action; `None` for one the mock does not have.
    pub(super) fn organization(
        &mut self,
        action: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let body = request.json();
        let answer = match action {
            "CreatePolicy" => self.create_service_policy(&body),
            "AttachPolicy" => self.attach_service_policy(&body, true, now),
            "DetachPolicy" => self.attach_service_policy(&body, false, now),
            "ListPolicies" => {
                let all: Vec<Value> =
                    self.service_policies.iter().map(ServicePolicy::summary).collect();
                Ok(json_body(&json!({"Policies": all})))
            }
            _ => return None,
        };
        Some(answer)
    }

    fn create_service_policy(&mut self, body: &Value) -> Answer {
        let (name, content) = (text(body, "Name"), text(body, "Content"));
        if documents::statements(&content).is_none() {
            let why = "The provided policy document does not meet the requirements.";
            return Err(json_error(400, "MalformedPolicyDocumentException", why));
        }
        let id = self.kernel.fresh("p-", 8, HEX);
        let policy = ServicePolicy { id, name, content, attached: false };
        let answer = json!({"Policy": {
            "PolicySummary": policy.summary(), "Content": policy.content,
        }});
        self.service_policies.push(policy);
        Ok(json_body(&answer))
    }

    fn attach_service_policy(&mut self, body: &Value, on: bool, now: SystemTime) -> Answer {
        let (id, target) = (text(body, "PolicyId"), text(body, "TargetId"));
        let found = self.service_policies.iter_mut().find(|policy| policy.id == id);
        let policy = found.ok_or_else(|| {
            json_error(400, "PolicyNotFoundException", "We can't find a policy with that id.")
        })?;
        if target != ACCOUNT {
            let why = "We can't find a root, OU, or account with that id.";
            return Err(json_error(400, "TargetNotFoundException", why));
        }
        if on && self.kernel.spares(Cause::Action) {
            return Ok(json_body(&json!({})));
        }
        policy.attached = on;
        let all: Vec<String> = self.kernel.principals().iter().map(|p| p.id.clone()).collect();
        for principal in all {
            self.refresh_rights(&principal, now);
        }
        Ok(json_body(&json!({})))
    }

    /// Tells whether an attached policy denies a principal everything.
    pub(super) fn barred_by_organization(&self, principal: &Principal) -> bool {
        let kind = match principal.kind {
            USER => "user",
            ROLE => "role",
            _ => return false,
        };
        let arn = format!("arn:aws:iam::{ACCOUNT}:{kind}/{}", principal.login);
        let mut attached = self.service_policies.iter().filter(|policy| policy.attached);
        attached.any(|policy| {
            let patterns = documents::barred_arns(&policy.content);
            documents::denies(&policy.content) || patterns.iter().any(|pattern| like(pattern, &arn))
        })
    }

    /// Gives the Identity Center users an attached policy bars.
    pub(super) fn people_barred_by_organization(&self) -> Vec<String> {
        let attached = self.service_policies.iter().filter(|policy| policy.attached);
        attached.flat_map(|policy| documents::barred_people(&policy.content)).collect()
    }
}

/// Compares with a pattern in which `*` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|tail| like(rest, tail)))
}
