//! Signing in by SSH.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::template::Template;
use crate::span::Span;

/// Signs in by SSH with one of `password`, `private_key` and `public_key`: one way, once for each connection, and
/// never by an agent.
///
/// It is answered by `/auth` (`success`, `failure`, `partial`, `listed`, or `closed` where the server explained
/// itself and hung up), `/method`, `/methods` (those that can continue, as the server lists them), `/banner`,
/// `/disconnect` (the server's code) with `/said`; and where it was let in by `/user`, and by what came of `then`:
/// `/use` (`done`, `failed`, `refused`, or `ended` without a result), `/exit`, `/signal`, `/stdout`, `/stderr`,
/// `/reason`, `/version`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ssh {
    /// The server (default `{{ base_url }}`), such as `ssh://bastion.example.com:22`.
    pub at: Option<Template>,
    /// The account.
    pub user: Template,
    /// The server's own key, `ssh-ed25519 AAAA...` as `ssh-keyscan` prints it, or its fingerprint, `SHA256:...`.
    /// Whoever has another one is not asked; only on this machine can it be left out.
    pub host_key: Option<Template>,
    /// The account's password, for the server's `password` method, or for `keyboard-interactive` where that asks for
    /// one hidden answer.
    pub password: Option<Template>,
    /// A private key in any of the usual forms, or 64 hexadecimal digits: the seed of an Ed25519 key, so that a
    /// pattern can make up one that nobody has.
    pub private_key: Option<Template>,
    /// What the private key is encrypted with.
    pub passphrase: Option<Template>,
    /// The user certificate of the private key, `ssh-ed25519-cert-v01@openssh.com AAAA...`.
    pub certificate: Option<Template>,
    /// A public key or a certificate: the server is asked whether it would do, and nothing is signed (RFC 4252
    /// section 7). An answer shows that it is listed, not that it lets anybody in.
    pub public_key: Option<Template>,
    /// What is then done (default: the command `true`).
    pub then: Option<Then>,
    /// The longest it may take (default 20 s).
    pub timeout: Option<Span>,
    /// The connection stays open: its session is a credential of its own, and does the same again over a new channel.
    /// A connection that is gone is answered by `/closed`, with `/disconnect` and `/said` if the server ended it.
    #[serde(default)]
    pub stays: bool,
}

/// What is done once the server let somebody in. It changes nothing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// A harmless command is run.
    Command(Template),
    /// A connection to this host and port is asked for, as for a tunnel: `127.0.0.1:22`.
    Forward(Template),
    /// Files are asked for, no further than the greeting.
    Sftp,
}

impl Ssh {
    /// The secrets it can be asked with, by the names of their keys.
    pub(crate) fn ways(&self) -> Vec<&'static str> {
        let given = [
            ("password", self.password.is_some()),
            ("private_key", self.private_key.is_some()),
            ("public_key", self.public_key.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }

    /// What everybody may see of it: on the wire, in the server's log, in the journal.
    pub(crate) fn public(&self) -> impl Iterator<Item = &Template> {
        let then = match &self.then {
            Some(Then::Command(text) | Then::Forward(text)) => Some(text),
            Some(Then::Sftp) | None => None,
        };
        [Some(&self.user), self.at.as_ref(), self.host_key.as_ref(), then].into_iter().flatten()
    }
}
