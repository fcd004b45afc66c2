//! Roles and their trust: who may become them, which is checked once, when a session is made.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::answers::stamp;
use super::iam::{Call, Made};
use super::sigv4::encode;
use super::{ACCOUNT, Aws, PARTNER, ROLE, TRUST, documents};
use crate::identity::{Cause, Credential, GONE, Principal, State};
use crate::population::UPPER;

impl Aws {
    pub(super) fn list_roles(&self, call: &Call<'_>) -> Value {
        let roles = self.kernel.principals().iter();
        let roles = roles.filter(|p| p.kind == ROLE && p.state() != State::Deleted);
        call.page("Roles", "RoleName", roles.map(render).collect())
    }

    pub(super) fn get_role(&self, call: &Call<'_>) -> Made {
        Ok(json!({"Role": render(&self.named(ROLE, "RoleName", call)?)}))
    }

    pub(super) fn create_role(&mut self, call: &Call<'_>) -> Made {
        let name = call.required("RoleName")?;
        let document = call.required("AssumeRolePolicyDocument")?;
        if self.kernel.by_login(ROLE, &name).is_some() {
            let why = format!("Role with name {name} already exists.");
            return Err(call.fail(409, "EntityAlreadyExists", &why));
        }
        if documents::statements(&document).is_none() {
            return Err(call.fail(400, "MalformedPolicyDocument", "Syntax errors in policy."));
        }
        let id = self.kernel.fresh("AROA", 17, UPPER);
        let longest = call.param("MaxSessionDuration").and_then(|text| text.parse().ok());
        let role = Principal::new(ROLE, &id, &name)
            .with("created", stamp(call.now))
            .with("longest", longest.unwrap_or(3600_u64));
        self.kernel.add(role);
        self.set_trust(&id, &document, call.now);
        self.get_role(call)
    }

    /// Deletes a role that has no policies left; the name may be used again, the id never.
    pub(super) fn delete_role(&mut self, call: &Call<'_>) -> Made {
        let role = self.named(ROLE, "RoleName", call)?;
        if documents::has_policies(&role) {
            let why = "Cannot delete entity, must delete policies first.";
            return Err(call.fail(409, "DeleteConflict", why));
        }
        self.kernel.set_state(&role.id, State::Deleted, call.now);
        Ok(Value::Null)
    }

    /// Changes who may assume a role. Sessions already made are not asked about.
    pub(super) fn update_trust(&mut self, call: &Call<'_>) -> Made {
        let role = self.named(ROLE, "RoleName", call)?;
        let document = call.required("PolicyDocument")?;
        if documents::statements(&document).is_none() {
            return Err(call.fail(400, "MalformedPolicyDocument", "Syntax errors in policy."));
        }
        self.set_trust(&role.id, &document, call.now);
        Ok(Value::Null)
    }

    /// Turns a trust policy into grants, so that taking one away is a revocation like any other.
    pub(super) fn set_trust(&mut self, role: &str, document: &str, now: SystemTime) {
        let wanted: Vec<String> = documents::trusted(document)
            .iter()
            .map(|(account, external)| secret(role, account, external))
            .collect();
        let kept = self.kernel.kept_where(now, |c| c.kind == TRUST && c.is_of(role));
        let lost: Vec<_> = kept
            .iter()
            .copied()
            .filter(|key| {
                let trust = self.kernel.credential(*key);
                !trust.data.contains_key("deleted") && !wanted.contains(&trust.secret)
            })
            .collect();
        if !lost.is_empty() && self.kernel.spares(Cause::Action) {
            return;
        }
        for key in lost {
            self.slowly(|kernel| kernel.revoke(key, Cause::Action, now));
            self.kernel.credential_mut(key).data.insert("deleted".into(), true.into());
        }
        for (account, external) in documents::trusted(document) {
            let secret = secret(role, &account, &external);
            let there = self.kernel.lookup(TRUST, &secret).is_some_and(|key| {
                let trust = self.kernel.credential(key);
                !trust.data.contains_key("deleted") && self.kernel.exists(key, now)
            });
            if !there {
                let mut partners = self.kernel.principals().iter();
                let partner = partners.find(|p| p.kind == PARTNER && p.text("account") == account);
                let supplier = partner.and_then(|partner| partner.supplier);
                let trust = Credential::new(TRUST, role, &secret).of(role).supplier(supplier);
                self.kernel.issue(trust.hidden_by(role, GONE), now);
            }
        }
        if let Some(role) = self.kernel.principal_mut(role) {
            role.data.insert("trust".into(), document.into());
        }
    }

    /// Tells whether an account that says this external id may assume a role.
    pub(super) fn trusts(
        &self,
        role: &str,
        account: &str,
        external: &str,
        now: SystemTime,
    ) -> bool {
        let fits = |external: &str| {
            let secret = secret(role, account, external);
            self.kernel.authenticate(TRUST, &secret, now).is_ok()
        };
        fits(external) || fits("")
    }
}

fn secret(role: &str, account: &str, external: &str) -> String {
    format!("{role}|{account}|{external}")
}

/// Renders a role; its trust policy is percent-encoded, as IAM does.
pub(super) fn render(role: &Principal) -> Value {
    json!({
        "Path": "/",
        "RoleName": role.login,
        "RoleId": role.id,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{}", role.login),
        "CreateDate": role.text("created"),
        "AssumeRolePolicyDocument": encode(role.text("trust")),
        "MaxSessionDuration": role.data.get("longest"),
    })
}
