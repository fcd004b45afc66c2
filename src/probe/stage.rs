//! The platforms a scenario is played on: their addresses, our identities there, and the hosts allowed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::talk::Permits;
use super::wallet::Values;
use crate::error::{FileError, Problems};
use crate::id::{EnvironmentId, PlatformId};
use crate::platform::schema::Description;

/// Carries out by hand, in a person's stead, what no API does: platform, action, object.
pub type ByHand = Arc<dyn Fn(&str, &str, &str) -> Result<(), String> + Send + Sync>;

/// Everything that differs between mocks and a real environment.
#[derive(Clone)]
pub struct Stage {
    /// Its name.
    pub environment: EnvironmentId,
    /// Whether its platforms are mocks.
    pub mocked: bool,
    /// Its platforms.
    pub platforms: BTreeMap<PlatformId, Site>,
    /// Hosts that may be asked.
    pub allow_hosts: Vec<String>,
    /// What else is permitted.
    pub permits: Permits,
    /// Who does manual actions on mocks.
    pub by_hand: Option<ByHand>,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stage({})", self.environment)
    }
}

/// One platform of a stage.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// `base_url` and the description's parameters.
    pub parameters: Values,
    /// What our administrative identities are: `admin.*` values by identity.
    pub admins: BTreeMap<Identity, Values>,
}

/// Our identities at a platform, from the least to the most powerful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// Reads.
    Observe,
    /// Mints canaries.
    Mint,
    /// Revokes.
    Act,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Observe => "observe",
            Self::Mint => "mint",
            Self::Act => "act",
        })
    }
}

impl Site {
    /// Fills the parameters of a description from what is given, then from its defaults.
    ///
    /// # Errors
    /// If a parameter has neither, or a default cannot be filled.
    pub fn new(
        description: &Description,
        base_url: Option<String>,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, Problems> {
        let mut parameters = Values::default();
        for (name, value) in given {
            parameters.set(name.clone(), value.trim_end_matches('/'));
        }
        let missing = |what: String| {
            Problems::from(FileError::new(
                std::path::Path::new("doornail.yaml"),
                format!("{}: {what}", description.platform),
            ))
        };
        // Defaults may build on one another, so they are filled in as many rounds as there are.
        let base = match base_url {
            Some(url) => url,
            None => description
                .base_url
                .render(|name| parameters.lookup(name))
                .map_err(|unfilled| missing(unfilled.to_string()))?,
        };
        parameters.set("base_url", base.trim_end_matches('/'));
        for _ in 0..description.parameters.len() {
            for (name, parameter) in &description.parameters {
                if parameters.get(name).is_some() {
                    continue;
                }
                let Some(default) = &parameter.default else { continue };
                if let Ok(value) = default.render(|name| parameters.lookup(name)) {
                    parameters.set(name.clone(), value.trim_end_matches('/'));
                }
            }
        }
        Ok(Self { parameters, admins: BTreeMap::new() })
    }
}

/// Why an address is not asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Forbidden {
    /// Its host is not on the allow-list.
    #[error(
        "the host {0:?} is not on the allow-list\n  hint: add it to `safety.allow_hosts` in doornail.yaml"
    )]
    Host(String),
    /// Whoever is on the way could read the secrets.
    #[error(
        "the host {0:?} would be asked without TLS\n  hint: write https:// in `base_url`; only loopback \
         addresses are asked over plain http"
    )]
    WithoutTls(String),
    /// A secret that nobody knows of, and that would be sent with every request.
    #[error(
        "the address of the host {0:?} carries a name or a password\n  hint: write only the host and its path \
         in `base_url`, and the secret as a reference"
    )]
    Password(String),
}

/// Whether secrets may be sent to an address: its host is allowed, and the way there is private.
///
/// # Errors
/// What speaks against it.
pub fn permitted(allow_hosts: &[String], url: &url::Url) -> Result<(), Forbidden> {
    let host = url.host_str().unwrap_or_default();
    if !allowed(allow_hosts, host) {
        return Err(Forbidden::Host(host.to_owned()));
    }
    if !is_private(url.scheme()) && !is_loopback(url) {
        return Err(Forbidden::WithoutTls(host.to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Forbidden::Password(host.to_owned()));
    }
    Ok(())
}

/// Protocols in which nothing secret is said before the connection is encrypted: always, or, where both ways are
/// known, everywhere but on this machine.
fn is_private(scheme: &str) -> bool {
    const ALWAYS: [&str; 5] = ["https", "imaps", "smtps", "ldaps", "ssh"];
    const BEFORE_SIGNING_IN: [&str; 4] = ["imap", "smtp", "ldap", "postgres"];
    ALWAYS.contains(&scheme) || BEFORE_SIGNING_IN.contains(&scheme)
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        // Only in the addresses of the web are numbers told from names.
        Some(url::Host::Domain(name)) => {
            let number = name.parse::<std::net::Ipv4Addr>();
            name == "localhost" || number.is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// Whether a host is on an allow-list: the name itself, or below `*.name`.
fn allowed(allow_hosts: &[String], host: &str) -> bool {
    allow_hosts.iter().any(|pattern| match pattern.strip_prefix("*.") {
        Some(parent) => {
            host.strip_suffix(parent).is_some_and(|below| below.ends_with('.') && below.len() > 1)
        }
        None => pattern == host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_allows_names_below_and_nothing_else() {
        let list = ["*.zendesk.com".to_owned(), "127.0.0.1".to_owned()];
        assert!(allowed(&list, "acme.zendesk.com"));
        assert!(allowed(&list, "127.0.0.1"));
        for host in ["zendesk.com", "evilzendesk.com", ".zendesk.com", "zendesk.com.evil.example"] {
            assert!(!allowed(&list, host), "{host}");
        }
    }

    #[test]
    fn only_an_allowed_host_over_a_private_way_without_a_password_is_permitted() {
        let list = ["*.zendesk.com".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        let said = |address: &str| permitted(&list, &address.parse().unwrap());
        for address in ["https://acme.zendesk.com/x", "http://127.0.0.1:80", "http://[::1]:8080"] {
            assert_eq!(said(address), Ok(()), "{address}");
        }
        let host = |name: &str| Err(Forbidden::Host(name.to_owned()));
        assert_eq!(said("https://acme.zendesk.com:443@evil.example/"), host("evil.example"));
        assert_eq!(said("https://zendesk.com.evil.example/"), host("zendesk.com.evil.example"));
        assert_eq!(said("data:text/plain,acme.zendesk.com"), host(""));
        let name = "acme.zendesk.com".to_owned();
        assert_eq!(said("http://acme.zendesk.com"), Err(Forbidden::WithoutTls(name.clone())));
        assert_eq!(said("ftp://acme.zendesk.com"), Err(Forbidden::WithoutTls(name.clone())));
        assert_eq!(said("imaps://acme.zendesk.com"), Ok(()));
        assert_eq!(said("imap://127.0.0.1:143"), Ok(()));
        assert_eq!(said("https://u:p@acme.zendesk.com"), Err(Forbidden::Password(name.clone())));
        assert_eq!(said("https://u@acme.zendesk.com"), Err(Forbidden::Password(name)));
    }

    #[test]
    fn identities_are_called_as_in_the_configuration() {
        let names = [Identity::Observe, Identity::Mint, Identity::Act].map(|one| one.to_string());
        assert_eq!(names, ["observe", "mint", "act"]);
    }
}
