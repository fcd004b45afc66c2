//! What an administrator does on the server itself: there is no API.

use std::time::SystemTime;

use super::{ACCOUNT, CERTIFICATE, KEY, PASSWORD, SESSION, Ssh, public_key};
use crate::identity::{Cause, Credential, State};
use crate::population::{ALNUM, Supplier};

impl Ssh {
    pub(super) fn by_admin(
        &mut self,
        action: &str,
        object: &str,
        now: SystemTime,
    ) -> Result<(), String> {
        match action {
            "remove_key" => {
                let key = self.there(KEY, object)?;
                self.kernel.revoke(key, Cause::Action, now);
            }
            "revoke_certificate" => {
                let key = self.there(CERTIFICATE, object)?;
                self.kernel.revoke(key, Cause::Action, now);
            }
            // The key by its line, and every certificate on it.
            "revoke_key" => {
                let line = self.kernel.find(KEY, object);
                let signed = self.kernel.find(CERTIFICATE, object);
                let found = line.or(signed).ok_or_else(|| format!("no key {object:?}"))?;
                let public = public_key(self.kernel.credential(found)).map(str::to_owned);
                let hit = |c: &Credential| public.is_some() && public_key(c) == public.as_deref();
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            // Each supplier has an authority of its own.
            "distrust_authority" => {
                let hit =
                    |c: &Credential| c.kind == CERTIFICATE && c.supplier == Some(Supplier::Acme);
                self.kernel.revoke_where(Cause::Action, now, hit);
            }
            "remove_principal" => self.end(object, &[CERTIFICATE], Cause::Action, now)?,
            "end_sessions" => self.end(object, &[SESSION], Cause::Action, now)?,
            "lock_password" => self.lock(object, now)?,
            "expire_account" => {
                self.account_there(object)?;
                self.kernel.set_state(object, State::Suspended, now);
            }
            "renew_account" => {
                self.account_there(object)?;
                self.kernel.set_state(object, State::Active, now);
            }
            "set_nologin" => {
                self.account_there(object)?;
                if !self.kernel.spares(Cause::Action)
                    && let Some(account) = self.kernel.principal_mut(object)
                {
                    account.data.insert("shell".to_owned(), "nologin".into());
                }
            }
            "deny_user" => {
                self.account_there(object)?;
                self.kernel.set_state(object, State::Deactivated, now);
            }
            "delete_account" => {
                self.account_there(object)?;
                self.kernel.set_state(object, State::Deleted, now);
                self.end(object, &[KEY, PASSWORD], Cause::Deactivation, now)?;
            }
            "change_password" => {
                self.account_there(object)?;
                let next = self.next_passwords.get(object).cloned();
                let next = next.unwrap_or_else(|| self.kernel.fresh("", 20, ALNUM));
                self.kernel.replace_secret(PASSWORD, object, &next, now);
            }
            // Whoever is connected does not notice.
            "restart_server" => {}
            "turn_pam_off" => self.pam = false,
            _ => return Err(format!("nobody does {action:?} on a server")),
        }
        Ok(())
    }

    /// With PAM only the password; without it sshd lets nobody in whose password is locked.
    fn lock(&mut self, account: &str, now: SystemTime) -> Result<(), String> {
        self.account_there(account)?;
        let passwords = self.kernel.kept_where(now, |c| c.kind == PASSWORD && c.is_of(account));
        for key in passwords {
            self.kernel.set_enabled(key, false, now);
        }
        if !self.pam {
            self.kernel.set_state(account, State::Suspended, now);
        }
        Ok(())
    }

    fn end(
        &mut self,
        account: &str,
        kinds: &[&str],
        cause: Cause,
        now: SystemTime,
    ) -> Result<(), String> {
        self.account_there(account)?;
        let hit = |c: &Credential| kinds.contains(&c.kind) && c.is_of(account);
        self.kernel.revoke_where(cause, now, hit);
        Ok(())
    }

    fn account_there(&self, id: &str) -> Result<(), String> {
        let there = self.kernel.principal(id).is_some_and(|p| p.kind == ACCOUNT);
        if there { Ok(()) } else { Err(format!("no account {id:?}")) }
    }

    fn there(&self, kind: &str, id: &str) -> Result<crate::identity::Key, String> {
        self.kernel.find(kind, id).ok_or_else(|| format!("no {kind} {id:?}"))
    }
}
