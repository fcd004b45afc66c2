//! Finding secrets: from variables, files, programs and people, before the first request is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::inventory::Inventory;
use crate::inventory::secret_ref::SecretRef;
use crate::secret::Secret;

/// Asks the operator for a secret by its label.
pub type Prompt = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// Where secrets are looked for.
#[derive(Clone, Default)]
pub struct SecretSource {
    /// Variables that come before the process environment: those of the mocks.
    pub variables: BTreeMap<String, String>,
    /// Whether the process environment is read.
    pub environment: bool,
    /// Who asks the operator.
    pub prompt: Option<Prompt>,
    /// Variables that hold secrets, read or not: a program that doornail starts does not see them, but
    /// for a command's own.
    pub withheld: BTreeSet<String>,
}

/// The variables that an inventory and a configuration take secrets from.
pub fn variables(inventory: &Inventory, config: &Config) -> BTreeSet<String> {
    let credentials = inventory.suppliers.values().flat_map(|(_, supplier)| &supplier.credentials);
    let credentials =
        credentials.flat_map(|item| item.value.secret.values().chain(item.value.renewed.values()));
    let platforms = config.environments.values().flat_map(|one| one.platforms.values());
    let admins = platforms.flat_map(|one| [&one.observe, &one.mint, &one.act]).flatten();
    let admins =
        admins.flat_map(BTreeMap::values).chain(&config.fingerprint_key).chain(&config.unseal);
    let steps = inventory.procedures.values().flat_map(|(_, procedure)| &procedure.steps);
    let signed = steps.filter_map(|step| step.value.sign.as_ref());
    credentials.chain(admins).chain(signed).filter_map(variable).collect()
}

fn variable(reference: &SecretRef) -> Option<String> {
    match reference {
        SecretRef::Env(name) => Some(name.clone()),
        SecretRef::File(_) | SecretRef::Command(_) | SecretRef::Prompt(_) | SecretRef::Mint => None,
    }
}

impl std::fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretSource(..)")
    }
}

/// A secret that cannot be found. The reference is named, never the value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No such variable.
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("the secret file {file} cannot be read: {why}")]
    NoFile {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The program failed.
    #[error("the secret command `{program}` failed: {why}")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// Why.
        why: String,
    },
    /// Nobody is there to be asked.
    #[error("{0:?} has to be typed in, and nobody can be asked here")]
    NobodyToAsk(String),
    /// It would have to be minted first.
    #[error("it has to be minted by the drill")]
    NotMinted,
}

/// How long a secret manager may take.
const COMMAND_DEADLINE: Duration = Duration::from_secs(60);

impl SecretSource {
    /// Finds a secret.
    ///
    /// # Errors
    /// If it is not there, or is empty.
    pub async fn find(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        match reference {
            SecretRef::Env(name) => {
                let known = self.variables.get(name).cloned();
                let found =
                    known.or_else(|| self.environment.then(|| std::env::var(name).ok()).flatten());
                found
                    .filter(|value| !value.is_empty())
                    .map(Secret::new)
                    .ok_or_else(|| SecretError::NoVariable(name.clone()))
            }
            SecretRef::File(path) => std::fs::read_to_string(path)
                .map(|text| Secret::new(text.trim_end_matches(['\r', '\n'])))
                .map_err(|error| SecretError::NoFile {
                    file: path.display().to_string(),
                    why: error.to_string(),
                }),
            SecretRef::Command(words) => self.command(words).await,
            SecretRef::Prompt(label) => self
                .prompt
                .as_ref()
                .and_then(|prompt| prompt(label))
                .ok_or_else(|| SecretError::NobodyToAsk(label.clone())),
            SecretRef::Mint => Err(SecretError::NotMinted),
        }
    }

    async fn command(&self, words: &[String]) -> Result<Secret, SecretError> {
        let program = words.first().cloned().unwrap_or_default();
        let failed = |why: String| SecretError::Command { program: program.clone(), why };
        let mut asked = tokio::process::Command::new(&program);
        asked.args(words.iter().skip(1)).stdin(Stdio::null()).stderr(Stdio::null());
        for name in &self.withheld {
            asked.env_remove(name);
        }
        let running = asked.kill_on_drop(true).output();
        let output = tokio::time::timeout(COMMAND_DEADLINE, running)
            .await
            .map_err(|_| failed("no answer within 60 s".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(output.status.to_string()));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| failed("not UTF-8".to_owned()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            Err(failed("it printed nothing".to_owned()))
        } else {
            Ok(Secret::new(text))
        }
    }
}
