//! Who is calling, and what they may do: two different questions here.

use std::time::{Duration, SystemTime};

use super::answers::{Refusal, stamp};
use super::sigv4::Signed;
use super::{
    ACCESS_KEY, ACCOUNT, Aws, FEDERATION, IAM, PARTNER, RIGHTS, ROLE, ROLE_SESSION, S3, SESSION,
    SESSION_RIGHTS, STS,
};
use crate::http::Request;
use crate::identity::{Key, Standing};

/// How far one of the two replicas is ahead of the other in learning of a deletion.
const LEAD: Duration = Duration::from_secs(2);
/// How long a new key is not known yet.
const NEWBORN: Duration = Duration::from_secs(3);
/// How long a wrong secret spoils the key id's next call, as scanner authors measured it.
const SPOILT: Duration = Duration::from_secs(5);
/// The clock difference that is forgiven; S3 forgives more.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Somebody whose signature is right.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) key: Key,
    /// The principal's id in the kernel: a user, a role or a partner.
    pub(super) principal: String,
    pub(super) key_id: String,
    pub(super) kind: &'static str,
}

impl Aws {
    /// Finds out who signed a request.
    pub(super) fn caller(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Refusal> {
        let signed = Signed::read(request).ok_or(Refusal::Unsigned)?;
        timely(&signed, request, now)?;
        let kinds = [ACCESS_KEY, SESSION, FEDERATION, ROLE_SESSION];
        let found = kinds.iter().find_map(|kind| self.kernel.find(kind, &signed.key_id));
        let key = found.ok_or(Refusal::UnknownKey)?;
        match self.seen(key, now) {
            Standing::Alive => {}
            Standing::Expired => return Err(Refusal::Expired),
            Standing::Unknown | Standing::Revoked | Standing::Disabled | Standing::Masked(_) => {
                return Err(Refusal::UnknownKey);
            }
        }
        let credential = self.kernel.credential(key);
        if credential.text("token") != signed.token.as_deref().unwrap_or_default() {
            return Err(Refusal::UnknownKey);
        }
        let expected = match request.server {
            IAM => Some("iam"),
            STS => Some("sts"),
            S3 => Some("s3"),
            _ => None,
        };
        let scoped = expected.is_none_or(|service| signed.service == service);
        if !scoped || !signed.fits(request, &credential.secret) {
            self.mismatches.insert(signed.key_id, now);
            return Err(Refusal::Signature);
        }
        let kind = credential.kind;
        let principal = credential.principal.clone().unwrap_or_default();
        if self.mismatches.remove(&signed.key_id).is_some_and(|at| at + SPOILT > now) {
            return Err(Refusal::Signature);
        }
        let used = self.kernel.credential_mut(key);
        used.data.insert("used_at".into(), stamp(now).into());
        used.data.insert("used_for".into(), signed.service.into());
        Ok(Caller { key, principal, key_id: signed.key_id, kind })
    }

    /// Asks the replicas in turn: while a deletion spreads, answers flap.
    fn seen(&mut self, key: Key, now: SystemTime) -> Standing {
        self.turn += 1;
        let credential = self.kernel.credential(key);
        if credential.data.contains_key("minted") && credential.created + NEWBORN > now {
            return Standing::Unknown;
        }
        let standing = self.kernel.standing(key, now);
        if standing == Standing::Alive && self.turn.is_multiple_of(2) {
            let ahead = self.kernel.standing(key, now + LEAD);
            if matches!(ahead, Standing::Revoked | Standing::Disabled) {
                return ahead;
            }
        }
        standing
    }

    /// Tells whether a caller has any rights left. The identity stays provable without them.
    pub(super) fn permitted(&self, caller: &Caller, now: SystemTime) -> bool {
        let alive = |kind: &'static str, id: &str| {
            let key = self.kernel.find(kind, id);
            key.is_some_and(|key| self.kernel.standing(key, now) == Standing::Alive)
        };
        let own = caller.kind != ROLE_SESSION || alive(SESSION_RIGHTS, &caller.key_id);
        own && alive(RIGHTS, &caller.principal)
    }

    /// Tells whether a caller may administer the account.
    pub(super) fn is_admin(&self, caller: &Caller, now: SystemTime) -> bool {
        let principal = self.kernel.principal(&caller.principal);
        principal.is_some_and(|p| p.text("admin") == "yes") && self.permitted(caller, now)
    }

    /// Gives the caller's account, ARN and user id, in the name of whoever who-am-I shall name.
    pub(super) fn identity(&self, caller: &Caller) -> (String, String, String) {
        let credential = self.kernel.credential(caller.key);
        let Some(named) = self.kernel.presented(&caller.principal) else {
            return (ACCOUNT.to_owned(), String::new(), String::new());
        };
        let account = if named.kind == PARTNER { named.text("account") } else { ACCOUNT };
        let session = credential.text("session_name");
        let (arn, id) = match (named.kind, caller.kind) {
            (ROLE, _) => (
                format!("arn:aws:sts::{account}:assumed-role/{}/{session}", named.login),
                format!("{}:{session}", named.id),
            ),
            (_, FEDERATION) => (
                format!("arn:aws:sts::{account}:federated-user/{session}"),
                format!("{account}:{session}"),
            ),
            _ => (format!("arn:aws:iam::{account}:user/{}", named.login), named.id.clone()),
        };
        (account.to_owned(), arn, id)
    }
}

fn timely(signed: &Signed, request: &Request, now: SystemTime) -> Result<(), Refusal> {
    let allowed = if request.server == S3 { SKEW * 3 } else { SKEW };
    if signed.at > now + allowed {
        return Err(Refusal::Skewed);
    }
    match signed.lifetime {
        Some(lifetime) if signed.at + lifetime < now => Err(Refusal::Lapsed),
        None if signed.at + allowed < now => Err(Refusal::Skewed),
        Some(_) | None => Ok(()),
    }
}
