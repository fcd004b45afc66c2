//! The bundled population of the server.

use std::collections::BTreeMap;
use std::time::SystemTime;

use russh::keys::ssh_key::certificate::{Builder, CertType};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{PrivateKey, PublicKey};
use sha2::{Digest as _, Sha256};

use super::{ACCOUNT, CERTIFICATE, KEY, PASSWORD, Ssh};
use crate::identity::{Credential, INACTIVE, Kernel, Principal};
use crate::platforms::Variables;
use crate::population::{ALNUM, HEX, Supplier, secret};

/// The account that extra keys are planted at.
pub(super) fn first_account() -> String {
    Supplier::Acme.number(2001).to_string()
}

/// A key by its name.
pub(super) fn key(seed: &[u8; 32]) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(seed))
}

/// The server's own key.
pub(super) fn host_key() -> PrivateKey {
    key(&Sha256::digest(b"doornail-mocks/ssh/host").into())
}

/// A public key without its comment, as it is compared.
pub(super) fn line(key: &PublicKey) -> String {
    let text = key.to_openssh().unwrap_or_default();
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

impl Ssh {
    /// Makes the server and gives every secret in it by variable.
    pub(super) fn seeded(now: SystemTime) -> (Self, Variables) {
        let mut server =
            Self { kernel: Kernel::new("ssh"), pam: true, next_passwords: BTreeMap::new() };
        let mut variables = Variables::new();
        variables.insert("SSH_HOST_KEY".into(), line(host_key().public_key()));
        server.kernel.add(Principal::new(ACCOUNT, "2999", "root"));
        for supplier in Supplier::ALL {
            server.supplier(supplier, &mut variables, now);
        }
        (server, variables)
    }

    /// Two accounts each: one of a person, with a key, a certificate on another and a password, and one that is shared,
    /// with a key and a password.
    fn supplier(&mut self, supplier: Supplier, variables: &mut Variables, now: SystemTime) {
        let authority = key(&Sha256::digest(format!("{}/authority", supplier.lower())).into());
        for (number, who) in [(2001, "maya"), (2002, "support")] {
            let id = supplier.number(number).to_string();
            let login = format!("{}-{who}", supplier.lower());
            self.kernel.add(Principal::new(ACCOUNT, &id, &login).of(supplier));
            let name =
                |what: &str| format!("{}_SSH_{}_{what}", supplier.upper(), who.to_uppercase());
            let mut put = |what: &str, value: String| {
                variables.insert(name(what), value.clone());
                value
            };

            let seed = put("KEY", secret(&name("KEY"), "", 64, HEX));
            let private = key(&unhex(&seed));
            let public = put("PUBLIC_KEY", line(private.public_key()));
            let listed =
                Credential::new(KEY, &supplier.number(number + 100_000).to_string(), &public);
            self.kernel.issue(listed.of(&id).hidden_by(&id, INACTIVE), now);

            let password = put("PASSWORD", secret(&name("PASSWORD"), "", 20, ALNUM));
            let stored = Credential::new(PASSWORD, &id, &password).of(&id);
            self.kernel.issue(stored.hidden_by(&id, INACTIVE), now);
            let next = put("NEW_PASSWORD", secret(&name("NEW_PASSWORD"), "", 20, ALNUM));
            self.next_passwords.insert(id.clone(), next);

            if who == "maya" {
                let seed = put("CERTIFICATE_KEY", secret(&name("CERTIFICATE_KEY"), "", 64, HEX));
                let private = key(&unhex(&seed));
                let serial = supplier.number(number + 200_000);
                put("CERTIFICATE", certificate(&private, &authority, serial, &login));
                let public = format!("{serial} {}", line(private.public_key()));
                let signed = Credential::new(CERTIFICATE, &serial.to_string(), &public);
                self.kernel.issue(signed.of(&id).hidden_by(&id, INACTIVE), now);
            }
        }
    }
}

fn unhex(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte =
            text.get(2 * at..2 * at + 2).map_or(0, |two| u8::from_str_radix(two, 16).unwrap_or(0));
    }
    bytes
}

/// One that is valid for longer than anybody drills.
fn certificate(of: &PrivateKey, by: &PrivateKey, serial: u64, login: &str) -> String {
    let nonce = Sha256::digest(serial.to_be_bytes()).to_vec();
    let made = || {
        let mut builder = Builder::new(nonce, of.public_key().clone(), 0, u64::from(u32::MAX))?;
        builder.serial(serial)?.key_id(login)?.cert_type(CertType::User)?.valid_principal(login)?;
        builder.sign(by)?.to_openssh()
    };
    made().unwrap_or_default()
}
