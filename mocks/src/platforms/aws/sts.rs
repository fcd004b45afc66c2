//! STS: who am I, and temporary credentials, which nothing but time ends.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{query, refuse, stamp};
use super::iam::{Call, Made};
use super::{
    ACCESS_KEY, Answer, Aws, FEDERATION, PARTNER, ROLE, ROLE_SESSION, SESSION, SESSION_RIGHTS,
    param,
};
use crate::http::Request;
use crate::identity::{Credential, Key};
use crate::population::{ALNUM, UPPER};

/// The shortest session there is, the longest, and the usual one.
const SHORTEST: u64 = 900;
const LONGEST: u64 = 36 * 3600;
const USUAL: u64 = 12 * 3600;

impl Aws {
    /// Answers one action; `None` for one the mock does not have.
    pub(super) fn sts(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let action = param(request, "Action")?;
        let caller = match self.caller(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refuse(request, refusal))),
        };
        self.record(&action, "sts.amazonaws.com", &caller, request, now);
        let call = Call { request, caller, now };
        let made = match action.as_str() {
            "GetCallerIdentity" => Ok(self.who_am_i(&call)),
            "GetSessionToken" => self.session_token(&call),
            "GetFederationToken" => self.federation_token(&call),
            "AssumeRole" => self.assume_role(&call),
            "GetAccessKeyInfo" => self.key_info(&call),
            _ => return None,
        };
        Some(made.map(|result| query(request, &action, &result)))
    }

    /// Names the caller. No policy can deny this.
    fn who_am_i(&self, call: &Call<'_>) -> Value {
        let (account, arn, id) = self.identity(&call.caller);
        json!({"Arn": arn, "UserId": id, "Account": account})
    }

    /// Makes a session of a user. It needs no permission; whether a denial of everything stops it is
    /// unconfirmed, so it does not.
    fn session_token(&mut self, call: &Call<'_>) -> Made {
        if call.caller.kind != ACCESS_KEY {
            let why = "Cannot call GetSessionToken with session credentials";
            return Err(call.fail(403, "AccessDenied", why));
        }
        let lifetime = duration(call, USUAL, LONGEST)?;
        let key = self.temporary(SESSION, &call.caller.principal, "", lifetime, call.now);
        Ok(json!({"Credentials": self.credentials(key)}))
    }

    fn federation_token(&mut self, call: &Call<'_>) -> Made {
        let name = call.required("Name")?;
        if call.caller.kind != ACCESS_KEY {
            let why = "Cannot call GetFederationToken with session credentials";
            return Err(call.fail(403, "AccessDenied", why));
        }
        if !self.permitted(&call.caller, call.now) {
            return Err(self.denied("GetFederationToken", "*", call));
        }
        let lifetime = duration(call, USUAL, LONGEST)?;
        let key = self.temporary(FEDERATION, &call.caller.principal, &name, lifetime, call.now);
        let (account, arn, id) =
            self.identity(&super::access::Caller { key, kind: FEDERATION, ..call.caller.clone() });
        let _ = account;
        Ok(json!({
            "Credentials": self.credentials(key),
            "FederatedUser": {"Arn": arn, "FederatedUserId": id},
        }))
    }

    /// Makes a session of a role. Closed trust, wrong external id and deleted role look the same.
    fn assume_role(&mut self, call: &Call<'_>) -> Made {
        let arn = call.required("RoleArn")?;
        let name = call.required("RoleSessionName")?;
        let wanted = arn.rsplit('/').next().unwrap_or_default();
        let caller = self.kernel.principal(&call.caller.principal);
        let partner = caller.filter(|p| p.kind == PARTNER);
        let account = partner.map_or(super::ACCOUNT, |p| p.text("account")).to_owned();
        let external = call.param("ExternalId").unwrap_or_default();
        let role = self.kernel.by_login(ROLE, wanted).cloned();
        let role = role.filter(|role| self.trusts(&role.id, &account, &external, call.now));
        let Some(role) = role else {
            return Err(self.denied("AssumeRole", &arn, call));
        };
        let longest = role.data.get("longest").and_then(Value::as_u64).unwrap_or(3600);
        let lifetime = duration(call, 3600.min(longest), longest)?;
        let key = self.role_session(&role.id, &name, "", lifetime, call.now);
        let session = self.kernel.credential(key);
        let arn = format!("arn:aws:sts::{}:assumed-role/{}/{name}", super::ACCOUNT, role.login);
        Ok(json!({
            "Credentials": self.credentials(key),
            "AssumedRoleUser": {
                "AssumedRoleId": format!("{}:{}", role.id, session.text("session_name")),
                "Arn": arn,
            },
        }))
    }

    /// Tells whose account a key id is from; that it exists no more is not told.
    fn key_info(&self, call: &Call<'_>) -> Made {
        let id = call.required("AccessKeyId")?;
        let kinds = [ACCESS_KEY, SESSION, FEDERATION, ROLE_SESSION];
        let key = kinds.iter().find_map(|kind| self.kernel.find(kind, &id));
        let key = key.ok_or_else(|| call.fail(400, "ValidationError", "Invalid access key id"))?;
        let owner = self.kernel.credential(key).principal.clone().unwrap_or_default();
        let partner = self.kernel.principal(&owner).filter(|p| p.kind == PARTNER);
        Ok(json!({"Account": partner.map_or(super::ACCOUNT, |p| p.text("account"))}))
    }

    fn denied(&self, action: &str, resource: &str, call: &Call<'_>) -> crate::http::Response {
        let (_, arn, _) = self.identity(&call.caller);
        let why = format!(
            "User: {arn} is not authorized to perform: sts:{action} on resource: {resource}"
        );
        call.fail(403, "AccessDenied", &why)
    }

    /// Issues a temporary credential. Nothing hides it: a deleted user's session has its identity.
    pub(super) fn temporary(
        &mut self,
        kind: &'static str,
        principal: &str,
        name: &str,
        lifetime: Duration,
        now: SystemTime,
    ) -> Key {
        let id = self.kernel.fresh("ASIA", 16, UPPER);
        let secret = self.kernel.fresh("", 40, ALNUM);
        let token = self.kernel.fresh("FwoGZXIvYXdzE", 240, ALNUM);
        let session = Credential::new(kind, &id, &secret).of(principal).expires(now + lifetime);
        self.kernel.issue(session.with("token", token).with("session_name", name), now)
    }

    /// Issues a session of a role, with rights of its own that a policy can single out.
    pub(super) fn role_session(
        &mut self,
        role: &str,
        name: &str,
        person: &str,
        lifetime: Duration,
        now: SystemTime,
    ) -> Key {
        let key = self.temporary(ROLE_SESSION, role, name, lifetime, now);
        let id = self.kernel.credential(key).id.clone();
        self.session_rights(&id, role, person, now);
        key
    }

    /// See [`Self::role_session`]; also for the sessions of the population.
    pub(super) fn session_rights(&mut self, id: &str, role: &str, person: &str, now: SystemTime) {
        let rights = Credential::new(SESSION_RIGHTS, id, "").of(role).grant(role);
        self.kernel.issue(rights.with("person", person), now);
        if let Some(role) = self.kernel.principal(role).cloned() {
            self.refresh_sessions(&role, now);
        }
    }

    pub(super) fn credentials(&self, key: Key) -> Value {
        let credential = self.kernel.credential(key);
        json!({
            "AccessKeyId": credential.id,
            "SecretAccessKey": credential.secret,
            "SessionToken": credential.text("token"),
            "Expiration": credential.expires.map(stamp),
        })
    }
}

fn duration(call: &Call<'_>, usual: u64, longest: u64) -> Result<Duration, crate::http::Response> {
    let asked = call.param("DurationSeconds").and_then(|text| text.parse().ok()).unwrap_or(usual);
    if (SHORTEST..=longest).contains(&asked) {
        return Ok(Duration::from_secs(asked));
    }
    let why = "The requested DurationSeconds exceeds the limits set for this call.";
    Err(call.fail(400, "ValidationError", why))
}
