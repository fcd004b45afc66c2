//! Whose key this is, and for which account it speaks: two checks, the second by header.

use std::time::SystemTime;

use super::answers::{error, expired_key, invalid_key, no_key, not_connected, not_permitted};
use super::{CONNECTION, KEY, OAUTH, ORG_KEY, OURS, Stripe};
use crate::http::{Request, Response};
use crate::identity::{Key, Standing};
use crate::times::iso;

/// A key that works, and the account it works for.
pub(super) struct Caller {
    pub(super) key: Key,
    pub(super) account: String,
    /// The account the key itself is of.
    pub(super) home: String,
}

/// Takes the key from Basic's user or from the bearer.
pub(super) fn sent(request: &Request) -> Option<String> {
    let basic = request.basic().map(|(user, _)| user);
    let key = basic.or_else(|| request.bearer().map(str::to_owned));
    key.filter(|key| !key.is_empty())
}

impl Stripe {
    /// Finds out whose key was sent.
    pub(super) fn key(&mut self, sent: &str, now: SystemTime) -> Result<Key, Response> {
        let kinds = [KEY, ORG_KEY, OAUTH];
        let found = kinds.iter().find_map(|kind| self.kernel.lookup(kind, sent));
        let key = found.ok_or_else(|| invalid_key(sent))?;
        match self.kernel.standing(key, now) {
            Standing::Alive => {}
            // A token of a platform that is not connected any more has no code of its own.
            _ if self.kernel.credential(key).kind == OAUTH => return Err(invalid_key(sent)),
            Standing::Unknown
            | Standing::Revoked
            | Standing::Expired
            | Standing::Disabled
            | Standing::Masked(_) => return Err(expired_key(sent)),
        }
        let used = self.kernel.credential_mut(key);
        used.data.insert("last_used".into(), iso(now).into());
        Ok(key)
    }

    /// Finds out who calls, and on which account.
    pub(super) fn caller(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let sent = sent(request).ok_or_else(no_key)?;
        let key = self.key(&sent, now)?;
        let credential = self.kernel.credential(key);
        let home = credential.principal.clone().unwrap_or_default();
        // An organization's key must say which account it means; the refusal is unconfirmed.
        if credential.kind == ORG_KEY {
            let context = request.header("stripe-context").unwrap_or_default();
            if context != OURS {
                let why = "The Stripe-Context header is required and must name an account.";
                return Err(error(400, None, why));
            }
        }
        let named = request.header("stripe-account").map(str::to_owned);
        let Some(account) = named.filter(|account| *account != home) else {
            return Ok(Caller { key, account: home.clone(), home });
        };
        let platform = self.kernel.principal(&home).map(|p| p.text("client_id").to_owned());
        let platform = platform.filter(|client| !client.is_empty());
        if platform.is_none() {
            let why = "Only Stripe Connect platforms can work with other accounts. If you \
                       specified a client_id parameter, make sure it's correct.";
            return Err(error(403, None, why));
        }
        let connection = format!("{home}|{account}");
        match self.kernel.authenticate(CONNECTION, &connection, now) {
            Ok(_) => Ok(Caller { key, account, home }),
            Err(_) => Err(not_connected(&sent, &account)),
        }
    }

    /// Demands a key with a permission; only restricted keys lack any.
    pub(super) fn permitted(
        &mut self,
        permission: &str,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        let key = self.kernel.credential(caller.key);
        let restricted = key.secret.starts_with("rk_");
        if restricted && !key.scope.split(' ').any(|word| word == permission) {
            return Err(not_permitted(&key.secret, &caller.account, permission));
        }
        Ok(caller)
    }

    /// Demands our administrator's key.
    pub(super) fn admin(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        let key = self.kernel.credential(caller.key);
        if key.text("admin") == "yes" {
            return Ok(caller);
        }
        Err(not_permitted(&key.secret, &caller.account, "api_key_write"))
    }
}
