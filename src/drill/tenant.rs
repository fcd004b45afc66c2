//! The tenant's id, read back before any credential of a supplier is used: a wrong address or a wrong
//! administrator must not send anybody's secrets to a stranger's tenant.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::{Tempo, WallClock};
use crate::id::PlatformId;
use crate::platform::Catalogue;
use crate::probe::http::Http;
use crate::probe::wallet::Values;
use crate::probe::{HttpProber, Identity, Stage, Wallet};
use crate::secret::{FingerprintKey, Scrubber};

/// More of a stranger's id is not repeated.
const LONGEST: usize = 80;

/// A tenant that is not the expected one, as far as can be seen.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// Another one.
    #[error(
        "{platform}: this is the tenant `{found}` for `{identity}`, not `{expected}`; nothing else was sent\n  hint: correct \
         `base_url`, the administrator, or `expected_tenant` in doornail.yaml"
    )]
    Another {
        /// Where.
        platform: PlatformId,
        /// Who asked.
        identity: Identity,
        /// What it says.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// It does not say.
    #[error(
        "{platform}: its tenant cannot be read back: it answered {seen}; nothing else was sent\n  hint: the \
         `{identity}` identity needs to be let in"
    )]
    Unreadable {
        /// Where.
        platform: PlatformId,
        /// Who asked.
        identity: Identity,
        /// What it answered.
        seen: String,
    },
    /// There is nobody to ask as.
    #[error(
        "{platform}: its tenant cannot be read back without an `observe` identity; nothing was sent\n  hint: \
         add `observe:` in doornail.yaml"
    )]
    NobodyAsks {
        /// Where.
        platform: PlatformId,
    },
}

/// Asks every platform with an expected tenant whose it is, as each of our identities that are in use.
///
/// # Errors
/// If one does not answer, is another's, or there is no identity to ask as.
pub async fn read_back(
    catalogue: &Arc<Catalogue>,
    stage: &Arc<Stage>,
    client: reqwest::Client,
    expected: &BTreeMap<PlatformId, String>,
    tempo: Tempo,
) -> Result<(), TenantError> {
    let prober = prober(catalogue, stage, client, tempo);
    for (platform, expected) in expected {
        let found = catalogue.get(platform);
        let Some((description, tenant)) =
            found.and_then(|found| Some((found, found.tenant.as_ref()?)))
        else {
            continue;
        };
        let platform = platform.clone();
        let site = stage.platforms.get(&platform);
        if site.is_none_or(|site| !site.admins.contains_key(&Identity::Observe)) {
            return Err(TenantError::NobodyAsks { platform });
        }
        // Who reads first; one who acts could be another tenant's for all that.
        let identities = site.iter().flat_map(|site| site.admins.keys().copied());
        for identity in identities {
            let values = Values::default();
            let end = prober.administrate(description, identity, &tenant.flow, &values).await;
            let named = end.captures.get("tenant").map(|value| value.text().to_owned());
            let (platform, expected) = (platform.clone(), expected.clone());
            match (end.complete, named) {
                (true, Some(found)) if found == expected => {}
                (true, Some(found)) => {
                    let found = prober.wallet.scrubber().scrub(&found);
                    let found = found.chars().take(LONGEST).collect();
                    return Err(TenantError::Another { platform, identity, found, expected });
                }
                (true, None) | (false, _) => {
                    let seen = end.seen();
                    return Err(TenantError::Unreadable { platform, identity, seen });
                }
            }
        }
    }
    Ok(())
}

/// Under which name an administrator shows a certificate.
const NAME: &str = concat!("doornail/", env!("CARGO_PKG_VERSION"));

/// What asks as our administrators alone: nobody's credential is in its wallet.
pub(super) fn prober(
    catalogue: &Arc<Catalogue>,
    stage: &Arc<Stage>,
    client: reqwest::Client,
    tempo: Tempo,
) -> HttpProber {
    let scrubber = Scrubber::new();
    super::learn_admins(stage, &scrubber);
    let key = FingerprintKey::new(crate::secret::Secret::new("none"));
    let wallet = Arc::new(Wallet::new(key, scrubber));
    let http = Http::new(client, stage.allow_hosts.clone());
    let http = Arc::new(http.with_certificates(stage.permits.wire.clone(), NAME.to_owned()));
    HttpProber::new(catalogue.clone(), stage.clone(), wallet, WallClock::start(tempo), http)
}
