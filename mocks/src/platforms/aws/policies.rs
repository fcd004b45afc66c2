//! Policies of users and roles, and what they leave of a principal's rights.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::iam::{Call, Made};
use super::sigv4::encode;
use super::{Aws, RIGHTS, ROLE, SESSION_RIGHTS, USER, documents};
use crate::identity::{Cause, Credential, Principal};

impl Aws {
    /// Answers the actions on policies, which are the same for users and roles.
    pub(super) fn policy(&mut self, action: &str, call: &Call<'_>) -> Option<Made> {
        let (kind, parameter) =
            if action.contains("User") { (USER, "UserName") } else { (ROLE, "RoleName") };
        let plain = action.replace("User", "").replace("Role", "");
        let known = matches!(
            plain.as_str(),
            "PutPolicy"
                | "DeletePolicy"
                | "GetPolicy"
                | "ListPolicies"
                | "AttachPolicy"
                | "DetachPolicy"
                | "ListAttachedPolicies"
        );
        if !known || plain == action {
            return None;
        }
        let principal = match self.named(kind, parameter, call) {
            Ok(principal) => principal,
            Err(refusal) => return Some(Err(refusal)),
        };
        let made = match plain.as_str() {
            "PutPolicy" => self.put_policy(&principal, call),
            "DeletePolicy" => self.delete_policy(&principal, call),
            "GetPolicy" => get_policy(&principal, parameter, call),
            "AttachPolicy" => self.attach_policy(&principal, call),
            "DetachPolicy" => self.detach_policy(&principal, call),
            "ListPolicies" => Ok(names(&principal, call)),
            _ => {
                let arns = documents::attached(&principal);
                let items = arns.iter().map(|arn| {
                    let name = arn.rsplit('/').next().unwrap_or_default();
                    json!({"PolicyName": name, "PolicyArn": arn})
                });
                Ok(call.page("AttachedPolicies", "PolicyName", items.collect()))
            }
        };
        Some(made)
    }

    fn put_policy(&mut self, principal: &Principal, call: &Call<'_>) -> Made {
        let (name, document) = (call.required("PolicyName")?, call.required("PolicyDocument")?);
        if documents::statements(&document).is_none() {
            return Err(call.fail(400, "MalformedPolicyDocument", "Syntax errors in policy."));
        }
        let takes = !documents::grants(&document);
        self.change_policies(&principal.id, takes, call.now, |policies, _| {
            policies.insert(name, document.into());
        });
        Ok(Value::Null)
    }

    fn delete_policy(&mut self, principal: &Principal, call: &Call<'_>) -> Made {
        let name = call.required("PolicyName")?;
        let found = documents::inline(principal).into_iter().find(|(it, _)| *it == name);
        let (_, document) = found.ok_or_else(|| call.missing("policy", &name))?;
        let takes = documents::grants(&document);
        self.change_policies(&principal.id, takes, call.now, |policies, _| {
            policies.remove(&name);
        });
        Ok(Value::Null)
    }

    fn attach_policy(&mut self, principal: &Principal, call: &Call<'_>) -> Made {
        let arn = call.required("PolicyArn")?;
        let takes = arn == documents::DENY_ALL;
        self.change_policies(&principal.id, takes, call.now, |_, attached| {
            attached.retain(|it| *it != arn.as_str());
            attached.push(arn.into());
        });
        Ok(Value::Null)
    }

    fn detach_policy(&mut self, principal: &Principal, call: &Call<'_>) -> Made {
        let arn = call.required("PolicyArn")?;
        if !documents::attached(principal).contains(&arn) {
            return Err(call.missing("attached policy", &arn));
        }
        let takes = arn != documents::DENY_ALL;
        self.change_policies(&principal.id, takes, call.now, |_, attached| {
            attached.retain(|it| *it != arn.as_str());
        });
        Ok(Value::Null)
    }

    /// Changes the stored policies and lets the rights follow. A change that takes rights away is a
    /// revocation, and does nothing where revocations do nothing.
    fn change_policies(
        &mut self,
        id: &str,
        takes: bool,
        now: SystemTime,
        change: impl FnOnce(&mut serde_json::Map<String, Value>, &mut Vec<Value>),
    ) {
        if takes && self.kernel.spares(Cause::Action) {
            return;
        }
        if let Some(principal) = self.kernel.principal_mut(id) {
            let taken = principal.data.remove("policies");
            let mut policies = match taken {
                Some(Value::Object(policies)) => policies,
                Some(_) | None => serde_json::Map::new(),
            };
            let mut attached: Vec<Value> =
                documents::attached(principal).into_iter().map(Value::from).collect();
            change(&mut policies, &mut attached);
            principal.data.insert("policies".into(), policies.into());
            principal.data.insert("attached".into(), attached.into());
        }
        self.refresh_rights(id, now);
    }

    /// Brings the rights of a principal in line with its policies; the effect takes its time.
    pub(super) fn refresh_rights(&mut self, id: &str, now: SystemTime) {
        let Some(principal) = self.kernel.principal(id).cloned() else { return };
        let inline = documents::inline(&principal);
        let attached = documents::attached(&principal);
        let granted = inline.iter().any(|(_, text)| documents::grants(text))
            || attached.iter().any(|arn| arn != documents::DENY_ALL);
        let denied = inline.iter().any(|(_, text)| documents::denies(text))
            || attached.iter().any(|arn| arn == documents::DENY_ALL)
            || self.barred_by_organization(&principal);
        match self.kernel.find(RIGHTS, id) {
            Some(key) => self.switch(key, granted && !denied, now),
            None if granted && !denied => {
                let rights = Credential::new(RIGHTS, id, "").of(id).supplier(principal.supplier);
                self.kernel.issue(rights, now);
            }
            None => {}
        }
        if principal.kind == ROLE {
            self.refresh_sessions(&principal, now);
        }
    }

    /// Singles out the sessions of a role that a policy bars by age or by person.
    pub(super) fn refresh_sessions(&mut self, role: &Principal, now: SystemTime) {
        let inline = documents::inline(role);
        let cutoff = inline.iter().filter_map(|(_, text)| documents::cutoff(text)).max();
        let mut people: Vec<String> =
            inline.iter().flat_map(|(_, text)| documents::barred_people(text)).collect();
        people.extend(self.people_barred_by_organization());
        let sessions =
            self.kernel.kept_where(now, |c| c.kind == SESSION_RIGHTS && c.is_from(&role.id));
        for key in sessions {
            let session = self.kernel.credential(key);
            let old = cutoff.is_some_and(|cutoff| session.created < cutoff);
            let barred = people.iter().any(|person| person == session.text("person"));
            self.switch(key, !old && !barred, now);
        }
    }

    fn switch(&mut self, key: crate::identity::Key, on: bool, now: SystemTime) {
        let off = self.kernel.credential(key).data.contains_key("off");
        if off != on {
            return;
        }
        if !on && self.kernel.spares(Cause::Action) {
            return;
        }
        self.slowly(|kernel| kernel.set_enabled(key, on, now));
        let data = &mut self.kernel.credential_mut(key).data;
        if on {
            data.remove("off");
        } else {
            data.insert("off".into(), true.into());
        }
    }
}

fn get_policy(principal: &Principal, parameter: &str, call: &Call<'_>) -> Made {
    let name = call.required("PolicyName")?;
    let found = documents::inline(principal).into_iter().find(|(it, _)| *it == name);
    let (_, document) = found.ok_or_else(|| call.missing("policy", &name))?;
    Ok(json!({
        parameter: principal.login, "PolicyName": name, "PolicyDocument": encode(&document),
    }))
}

/// Lists the names of inline policies; a plain list of texts, unlike all others.
fn names(principal: &Principal, call: &Call<'_>) -> Value {
    let items = documents::inline(principal).into_iter();
    let items = items.map(|(name, _)| json!({"PolicyName": name})).collect();
    let mut page = call.page("PolicyNames", "PolicyName", items);
    if let Some(items) = page["PolicyNames"].as_array_mut() {
        for item in items {
            *item = item["PolicyName"].take();
        }
    }
    page
}
