//! IAM users: reading, making, and deleting one that has nothing left.

use serde_json::{Value, json};

use super::answers::stamp;
use super::iam::{Call, Made};
use super::{
    ACCESS_KEY, ACCOUNT, Aws, CERTIFICATE, MFA, PASSWORD, SERVICE, SSH_KEY, USER, documents,
};
use crate::identity::{Principal, State};
use crate::population::UPPER;

impl Aws {
    pub(super) fn get_user(&self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        // Without a name this is a who-am-I, and names whoever such an answer shall name.
        let named = if call.param("UserName").is_none() {
            self.kernel.presented(&user.id).cloned().unwrap_or(user)
        } else {
            user
        };
        Ok(json!({"User": render(&named)}))
    }

    pub(super) fn list_users(&self, call: &Call<'_>) -> Value {
        let users = self.kernel.principals().iter();
        let users = users.filter(|p| p.kind == USER && p.state() != State::Deleted);
        call.page("Users", "UserName", users.map(render).collect())
    }

    pub(super) fn create_user(&mut self, call: &Call<'_>) -> Made {
        let name = call.required("UserName")?;
        if self.kernel.by_login(USER, &name).is_some() {
            let why = format!("User with name {name} already exists.");
            return Err(call.fail(409, "EntityAlreadyExists", &why));
        }
        let id = self.kernel.fresh("AIDA", 17, UPPER);
        let user = Principal::new(USER, &id, &name).with("created", stamp(call.now));
        let rendered = render(&user);
        self.kernel.add(user);
        Ok(json!({"User": rendered}))
    }

    /// Deletes a user of whom nothing is left. What was minted from the keys is not looked at: it
    /// keeps its identity, which for sessions of a deleted user is unconfirmed.
    pub(super) fn delete_user(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let belongings = [
            (ACCESS_KEY, "access keys"),
            (PASSWORD, "login profile"),
            (SERVICE, "service specific credentials"),
            (SSH_KEY, "SSH public keys"),
            (CERTIFICATE, "signing certificates"),
            (MFA, "MFA device"),
        ];
        let left = belongings
            .iter()
            .find(|(kind, _)| !self.listed(kind, call.now, |c| c.is_of(&user.id)).is_empty());
        let left = left.map(|(_, words)| *words);
        let left = left.or_else(|| documents::has_policies(&user).then_some("policies"));
        if let Some(left) = left {
            let why = format!("Cannot delete entity, must delete {left} first.");
            return Err(call.fail(409, "DeleteConflict", &why));
        }
        self.kernel.set_state(&user.id, State::Deleted, call.now);
        Ok(Value::Null)
    }
}

/// Renders a user.
pub(super) fn render(user: &Principal) -> Value {
    json!({
        "Path": "/",
        "UserName": user.login,
        "UserId": user.id,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{}", user.login),
        "CreateDate": user.text("created"),
    })
}
