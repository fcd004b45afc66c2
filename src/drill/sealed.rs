//! Secrets that a drill made and a later recheck needs: kept in the run's folder, sealed with age to a recipient whose
//! identity is not on this machine while drills run. Never in clear.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Drill, Ground};
use crate::id::{ChannelId, CredentialId, KindId, PlatformId, PrincipalId, SupplierId};
use crate::journal::ScenarioView;
use crate::journal::event::{Event, Role};
use crate::probe::Held;
use crate::probe::wallet::{Value, Values};
use crate::secret::Secret;

/// Where a run keeps them, to whom they are sealed, and who opens them.
#[derive(Clone, Debug)]
pub struct Vault {
    /// The run's folder.
    pub folder: PathBuf,
    /// The recipient, `age1...`; none keeps nothing.
    pub sealed_to: Option<String>,
    /// The identity, where it is needed.
    pub identity: Option<Secret>,
}

/// Why sealed secrets are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The recipient is none.
    #[error("`sealed_to` is no recipient of age: {0}")]
    Recipient(&'static str),
    /// The identity is none. It is not repeated.
    #[error("what `unseal` gives is no identity of age, which begins with AGE-SECRET-KEY-1")]
    Identity,
    /// The file cannot be written or read.
    #[error("{0}: {1}")]
    File(String, String),
}

/// One credential as it is sealed. It is never shown.
#[derive(Serialize, Deserialize)]
struct Form {
    id: CredentialId,
    role: Role,
    supplier: SupplierId,
    platform: PlatformId,
    kind: KindId,
    principal: Option<PrincipalId>,
    authority: String,
    channels: Vec<ChannelId>,
    root: CredentialId,
    plain: BTreeMap<String, String>,
    secret: BTreeMap<String, String>,
}

impl Drop for Form {
    fn drop(&mut self) {
        self.secret.values_mut().for_each(|text| text.zeroize());
    }
}

impl From<&Held> for Form {
    fn from(held: &Held) -> Self {
        let (mut plain, mut secret) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in held.values.iter() {
            match value {
                Value::Plain(text) => {
                    plain.insert(name.to_owned(), text.clone());
                }
                Value::Secret(hidden) => {
                    secret.insert(name.to_owned(), hidden.expose().to_owned());
                }
            }
        }
        Self {
            id: held.id.clone(),
            role: held.role.clone(),
            supplier: held.supplier.clone(),
            platform: held.platform.clone(),
            kind: held.kind.clone(),
            principal: held.principal.clone(),
            authority: held.authority.clone(),
            channels: held.channels.clone(),
            root: held.root.clone(),
            plain,
            secret,
        }
    }
}

impl From<Form> for Held {
    fn from(form: Form) -> Self {
        let mut values = Values::default();
        for (name, text) in &form.plain {
            values.set(name.clone(), text.clone());
        }
        for (name, hidden) in &form.secret {
            values.set_secret(name.clone(), Secret::new(hidden.as_str()));
        }
        Self {
            id: form.id.clone(),
            role: form.role.clone(),
            supplier: form.supplier.clone(),
            platform: form.platform.clone(),
            kind: form.kind.clone(),
            principal: form.principal.clone(),
            authority: form.authority.clone(),
            channels: form.channels.clone(),
            values,
            accepted: None,
            root: form.root.clone(),
        }
    }
}

impl Vault {
    /// The file of a scenario.
    pub fn file(folder: &Path, scenario: u32) -> PathBuf {
        folder.join(format!("sealed-{scenario}.age"))
    }

    fn seal(&self, scenario: u32, all: &[Held]) -> Result<(), SealError> {
        let Some(recipient) = &self.sealed_to else { return Ok(()) };
        let recipient: age::x25519::Recipient = recipient.parse().map_err(SealError::Recipient)?;
        let file = Self::file(&self.folder, scenario);
        let failed = |why: String| SealError::File(file.display().to_string(), why);
        let forms: Vec<Form> = all.iter().map(Form::from).collect();
        let clear = serde_json::to_vec(&forms).map_err(|error| failed(error.to_string()))?;
        let clear = Zeroizing::new(clear);
        let sealed = age::encrypt(&recipient, &clear).map_err(|error| failed(error.to_string()))?;
        // Whole, or as before.
        let beside = file.with_extension("new");
        fs::write(&beside, sealed).map_err(|error| failed(error.to_string()))?;
        fs::rename(&beside, &file).map_err(|error| failed(error.to_string()))
    }

    fn open(&self, scenario: u32) -> Result<BTreeMap<CredentialId, Held>, SealError> {
        let file = Self::file(&self.folder, scenario);
        let Some(identity) = self.identity.as_ref().filter(|_| file.exists()) else {
            return Ok(BTreeMap::new());
        };
        // A file of age's own has comments above it.
        let mut lines = identity.expose().lines().map(str::trim);
        let key = lines.rfind(|line| line.starts_with("AGE-SECRET-KEY-1"));
        let key: age::x25519::Identity =
            key.and_then(|key| key.parse().ok()).ok_or(SealError::Identity)?;
        let failed = |why: String| SealError::File(file.display().to_string(), why);
        let sealed = fs::read(&file).map_err(|error| failed(error.to_string()))?;
        let clear = age::decrypt(&key, &sealed).map_err(|error| failed(error.to_string()))?;
        let clear = Zeroizing::new(clear);
        let forms: Vec<Form> = serde_json::from_slice(&clear)
            .map_err(|_| failed("what was sealed cannot be read".to_owned()))?;
        Ok(forms.into_iter().map(|form| (form.id.clone(), Held::from(form))).collect())
    }
}

/// Why it cannot be kept, whoever would open it.
const CONNECTION: &str = "it is a live session, which ends with the process that opened it";

impl Drill {
    /// What is kept nowhere but in this process.
    fn fleeting(&self) -> Vec<Held> {
        let rehearses = self.control_account().is_some();
        let mut all = self.prober.wallet.all();
        all.retain(|held| match &held.role {
            Role::Derived { .. } | Role::Renewed { .. } => true,
            Role::Suspect | Role::Bystander => {
                (rehearses || self.rotates_here(held)) && !held.channels.is_empty()
            }
            Role::Attempted { .. } => false,
        });
        all
    }

    fn rotates_here(&self, held: &Held) -> bool {
        let description = self.shared.catalogue.get(&held.platform);
        let kind = description.and_then(|known| known.credentials.get(&held.kind));
        kind.is_some_and(crate::platform::schema::Kind::rotates)
    }

    /// Keeps what a recheck will need, sealed; records at the end what was kept, and what was not and why.
    pub(super) fn keep_sealed(&self, at_the_end: bool) {
        let (Some(vault), Ground::Real(_)) = (&self.shared.vault, &self.shared.ground) else {
            return;
        };
        let mut all = self.fleeting();
        // What takes no part this time stays kept.
        let here: Vec<CredentialId> = all.iter().map(|held| held.id.clone()).collect();
        all.extend(self.unsealed.values().filter(|held| !here.contains(&held.id)).cloned());
        if all.is_empty() {
            return;
        }
        let (keepable, connections): (Vec<Held>, Vec<Held>) = all.into_iter().partition(|held| {
            let mut secrets = 0;
            held.values.each_secret(|_| secrets += 1);
            secrets > 0
        });
        // An earlier file that nobody could open here is not written over.
        let is_closed = self.unsealed.is_empty()
            && self.was_taken_up()
            && Vault::file(&vault.folder, self.ledger.scenario()).exists();
        let refused = match (&vault.sealed_to, is_closed) {
            (None, _) => Some("doornail.yaml names no `sealed_to`".to_owned()),
            (Some(_), true) => {
                Some("what was kept before was not opened, so nothing was added to it".to_owned())
            }
            (Some(_), false) => {
                let sealed = vault.seal(self.ledger.scenario(), &keepable);
                sealed.err().map(|error| error.to_string())
            }
        };
        if !at_the_end {
            return;
        }
        let mut without: BTreeMap<CredentialId, String> =
            connections.into_iter().map(|held| (held.id, CONNECTION.to_owned())).collect();
        let ids = keepable.into_iter().map(|held| held.id);
        let sealed = match refused {
            None => ids.collect(),
            Some(why) => {
                without.extend(
                    ids.map(|id| (id, format!("it was made in this drill and not kept: {why}"))),
                );
                Vec::new()
            }
        };
        self.ledger.record(Event::Kept { sealed, without });
    }

    fn was_taken_up(&self) -> bool {
        self.ledger.view(|view: &ScenarioView| !view.taken_up.is_empty())
    }

    /// What was kept of the scenario, opened.
    pub(super) fn unseal(&mut self) -> Result<(), SealError> {
        if let Some(vault) = &self.shared.vault {
            self.unsealed = vault.open(self.ledger.scenario())?;
            let scrubber = self.prober.wallet.scrubber();
            for held in self.unsealed.values() {
                held.values.each_secret(|secret| scrubber.learn(secret));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Held {
        let mut values = Values::default();
        values.set("principal.login", "acme-drill-1");
        values.set_secret("token", Secret::new("s3cr3t-t0ken"));
        Held {
            id: "key".into(),
            role: Role::Derived { from: "login".into() },
            supplier: "acme-drill-1".into(),
            platform: "desk".into(),
            kind: "key".into(),
            principal: None,
            authority: "ours".to_owned(),
            channels: vec!["rest".into()],
            values,
            accepted: None,
            root: "login".into(),
        }
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_identity_alone_and_not_in_clear() {
        use age::secrecy::ExposeSecret as _;
        let folder = tempfile::tempdir().unwrap();
        let identity = age::x25519::Identity::generate();
        let vault = |identity: &age::x25519::Identity, secret: &str| Vault {
            folder: folder.path().to_owned(),
            sealed_to: Some(identity.to_public().to_string()),
            identity: Some(Secret::new(secret)),
        };
        let text = format!("# created: today\n{}\n", identity.to_string().expose_secret());
        let own = vault(&identity, &text);
        own.seal(1, &[held()]).unwrap();
        let bytes = fs::read(Vault::file(folder.path(), 1)).unwrap();
        let clear = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
        assert!(!clear(b"s3cr3t") && !clear(b"acme-drill"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let opened = own.open(1).unwrap();
        let again = &opened[&CredentialId::from("key")];
        assert_eq!(again.values.lookup("token").as_deref(), Some("s3cr3t-t0ken"));
        assert_eq!(again.values.plain("principal.login"), Some("acme-drill-1"));
        assert_eq!((&again.role, &again.channels), (&held().role, &held().channels));
        assert!(own.open(2).unwrap().is_empty());
        let stranger = age::x25519::Identity::generate();
        let secret = stranger.to_string().expose_secret().to_owned();
        assert!(matches!(vault(&stranger, &secret).open(1), Err(SealError::File(..))));
        let error = vault(&stranger, "hunter2").open(1).unwrap_err().to_string();
        assert!(error.contains("AGE-SECRET-KEY-1") && !error.contains("hunter2"), "{error}");
    }
}
