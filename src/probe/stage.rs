//! The platforms a scenario is played on: their addresses, our identities there, and the hosts allowed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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

/// Whether a host is on an allow-list: the name itself, or below `*.name`.
pub fn allowed(allow_hosts: &[String], host: &str) -> bool {
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
    fn identities_are_called_as_in_the_configuration() {
        let names = [Identity::Observe, Identity::Mint, Identity::Act].map(|one| one.to_string());
        assert_eq!(names, ["observe", "mint", "act"]);
    }
}
