//! Access keys: listing, making, switching off, deleting. Sessions minted from one are not touched.

use serde_json::{Value, json};

use super::answers::stamp;
use super::iam::{Call, Made};
use super::{ACCESS_KEY, Aws, USER};
use crate::http::Response;
use crate::identity::{Cause, Credential, Key};
use crate::population::{ALNUM, UPPER};

/// What IAM allows a user; an inactive key counts.
const LIMIT: usize = 2;

impl Aws {
    pub(super) fn list_keys(&self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let keys = self.listed(ACCESS_KEY, call.now, |c| c.is_of(&user.id));
        let keys = keys.into_iter().map(|key| {
            let key = self.kernel.credential(key);
            json!({
                "UserName": user.login,
                "AccessKeyId": key.id,
                "Status": key.text("status"),
                "CreateDate": stamp(key.created),
            })
        });
        Ok(call.page("AccessKeyMetadata", "AccessKeyId", keys.collect()))
    }

    pub(super) fn create_key(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        if self.listed(ACCESS_KEY, call.now, |c| c.is_of(&user.id)).len() >= LIMIT {
            let why = format!("Cannot exceed quota for AccessKeysPerUser: {LIMIT}");
            return Err(call.fail(409, "LimitExceeded", &why));
        }
        let id = self.kernel.fresh("AKIA", 16, UPPER);
        let secret = self.kernel.fresh("", 40, ALNUM);
        let key = Credential::new(ACCESS_KEY, &id, &secret).of(&user.id);
        self.kernel.issue(key.with("status", "Active").with("minted", true), call.now);
        Ok(json!({"AccessKey": {
            "UserName": user.login,
            "AccessKeyId": id,
            "Status": "Active",
            "SecretAccessKey": secret,
            "CreateDate": stamp(call.now),
        }}))
    }

    /// Switches a key off or on. Off is reversible, and no more final than that.
    pub(super) fn update_key(&mut self, call: &Call<'_>) -> Made {
        let key = self.own_key(call)?;
        let status = call.required("Status")?;
        let on = status == "Active";
        self.kernel.set_enabled(key, on, call.now);
        if on || !self.kernel.spares(Cause::Action) {
            self.kernel.credential_mut(key).data.insert("status".into(), status.into());
        }
        Ok(Value::Null)
    }

    pub(super) fn delete_key(&mut self, call: &Call<'_>) -> Made {
        let key = self.own_key(call)?;
        self.delete(key, call.now);
        Ok(Value::Null)
    }

    pub(super) fn key_last_used(&self, call: &Call<'_>) -> Made {
        let id = call.required("AccessKeyId")?;
        let found = self.listed(ACCESS_KEY, call.now, |c| c.id == id);
        let key = found.last().ok_or_else(|| missing(call, &id))?;
        let key = self.kernel.credential(*key);
        let owner = key.principal.as_deref().and_then(|id| self.kernel.principal(id));
        let used = Some(key.text("used_at")).filter(|used| !used.is_empty());
        let service = used.map_or("N/A", |_| key.text("used_for"));
        Ok(json!({
            "UserName": owner.map(|owner| owner.login.clone()),
            "AccessKeyLastUsed": {
                "LastUsedDate": used,
                "ServiceName": service,
                "Region": used.map_or("N/A", |_| "us-east-1"),
            },
        }))
    }

    fn own_key(&self, call: &Call<'_>) -> Result<Key, Response> {
        let user = self.named(USER, "UserName", call)?;
        let id = call.required("AccessKeyId")?;
        let found = self.listed(ACCESS_KEY, call.now, |c| c.id == id && c.is_of(&user.id));
        found.last().copied().ok_or_else(|| missing(call, &id))
    }
}

fn missing(call: &Call<'_>, id: &str) -> Response {
    let why = format!("The Access Key with id {id} cannot be found.");
    call.fail(404, "NoSuchEntity", &why)
}
