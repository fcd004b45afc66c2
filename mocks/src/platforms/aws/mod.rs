//! AWS: one account with IAM users, roles, STS sessions and Identity Center, and a partner account
//! for each supplier.
//!
//! Documented survivors are on: deleting a key leaves every session minted from it; who-am-I answers
//! under deny-all; revoking older sessions of a role does not stop it from being assumed anew; closing
//! a trust leaves its sessions; ending an Identity Center user leaves the role sessions handed out.
//! IAM is eventually consistent: a dead key flaps for seconds, a policy takes minutes. Not covered:
//! console sign-in, SES, Roles Anywhere, identity federation by SAML and OIDC.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, Key, State};
use crate::platforms::{Platform, Registration};
use crate::population::ALNUM;

mod access;
mod answers;
mod assignments;
mod directory;
mod documents;
mod iam;
mod keys;
mod logins;
mod organization;
mod policies;
mod portal;
mod report;
mod roles;
mod seed;
mod services;
mod sigv4;
mod sts;
#[cfg(test)]
mod tests;
mod trail;
mod users;

const IAM: &str = "AWS_IAM_URL";
const STS: &str = "AWS_STS_URL";
const S3: &str = "AWS_S3_URL";
const SSO: &str = "AWS_SSO_URL";
/// Every other service; which one is told by the request's target header or action.
const REGIONAL: &str = "AWS_REGIONAL_URL";

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "aws", servers: &[IAM, STS, S3, REGIONAL, SSO], seed: seed::seed };

/// Our account; it manages its organization too.
const ACCOUNT: &str = "123456789012";

const USER: &str = "user";
const ROLE: &str = "role";
const PARTNER: &str = "partner";
const PERSON: &str = "person";

const ACCESS_KEY: &str = "access_key";
const SESSION: &str = "session";
const FEDERATION: &str = "federation";
const ROLE_SESSION: &str = "role_session";
const PASSWORD: &str = "password";
const SERVICE: &str = "service_credential";
const SSH_KEY: &str = "ssh_key";
const CERTIFICATE: &str = "certificate";
const MFA: &str = "mfa";
/// What a user or role may do here at all; its secret is never sent.
const RIGHTS: &str = "rights";
/// What one role session may do, where a policy singles it out.
const SESSION_RIGHTS: &str = "session_rights";
/// That an account, with its external id, may assume a role.
const TRUST: &str = "trust";
const PORTAL: &str = "portal_session";
const PORTAL_REFRESH: &str = "portal_refresh";
const PORTAL_CLIENT: &str = "portal_client";
const ASSIGNMENT: &str = "assignment";

/// How long keys take to die everywhere; measured by researchers as three to four seconds.
const KEY_DELAY: Duration = Duration::from_secs(4);
/// How long policies take; documented as "a few minutes".
const POLICY_DELAY: Duration = Duration::from_secs(180);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// The account, its organization, its directory and the partners' accounts.
struct Aws {
    kernel: Kernel,
    /// Policies by id: attached ones of the organization.
    service_policies: Vec<organization::ServicePolicy>,
    deletions: Vec<assignments::Deletion>,
    events: Vec<Value>,
    /// When a key id was last tried with a wrong secret.
    mismatches: HashMap<String, SystemTime>,
    /// Counts calls: answers come from replicas in turn.
    turn: u64,
    report: Option<(SystemTime, String)>,
}

impl Aws {
    fn new() -> Self {
        let mut kernel = Kernel::new("aws");
        kernel.propagation = KEY_DELAY;
        Self {
            kernel,
            service_policies: Vec::new(),
            deletions: Vec::new(),
            events: Vec::new(),
            mismatches: HashMap::new(),
            turn: 0,
            report: None,
        }
    }

    /// Ends a credential and takes it out of the listings at once: what is listed and what still
    /// works are two things here.
    fn delete(&mut self, key: Key, now: SystemTime) {
        self.kernel.revoke(key, Cause::Action, now);
        if !self.kernel.spares(Cause::Action) {
            self.kernel.credential_mut(key).data.insert("deleted".into(), true.into());
        }
    }

    /// Gives what a listing shows.
    fn listed(
        &self,
        kind: &'static str,
        now: SystemTime,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Vec<Key> {
        self.kernel
            .kept_where(now, |c| c.kind == kind && !c.data.contains_key("deleted") && wanted(c))
    }

    /// Runs a change of policies, which take longer than keys.
    fn slowly<T>(&mut self, change: impl FnOnce(&mut Kernel) -> T) -> T {
        let usual = std::mem::replace(&mut self.kernel.propagation, POLICY_DELAY);
        let changed = change(&mut self.kernel);
        self.kernel.propagation = usual;
        changed
    }
}

impl Platform for Aws {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            IAM => self.iam(request, now)?,
            STS => self.sts(request, now)?,
            S3 => self.s3(request, now)?,
            REGIONAL => self.regional(request, now)?,
            SSO => self.portal(request, now)?,
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        answers::refuse(request, answers::Refusal::UnknownKey)
    }

    fn plant(&mut self, now: SystemTime) {
        let secret = self.kernel.fresh("", 40, ALNUM);
        let key = Credential::new(ACCESS_KEY, "AKIAACMEPLANTEDXXXXX", &secret);
        self.kernel.plant(key.of(seed::MAYA).with("status", "Active"), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        // Disabling a directory user is a console's button; the API only creates and deletes.
        let person = self.kernel.principal(object).filter(|p| p.kind == PERSON);
        person.ok_or_else(|| format!("there is no Identity Center user {object:?}"))?;
        match action {
            "disable_identity_center_user" => {
                self.kernel.set_state(object, State::Deactivated, now)
            }
            "enable_identity_center_user" => self.kernel.set_state(object, State::Active, now),
            _ => return Err(format!("the console has no action {action:?}")),
        }
        Ok(())
    }
}

/// Reads a parameter of the Query protocol, from the body or the address.
fn param(request: &Request, name: &str) -> Option<String> {
    request.form(name).or_else(|| request.query(name)).filter(|value| !value.is_empty())
}
