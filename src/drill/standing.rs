//! Who our administrators are at each platform, and what they are let do: read back, before a drill depends on it.

use std::sync::Arc;

use super::tenant::prober;
use crate::clock::Tempo;
use crate::id::{KindId, PlatformId};
use crate::inventory::Inventory;
use crate::platform::Catalogue;
use crate::platform::schema::{Description, Request};
use crate::probe::flow::FlowEnd;
use crate::probe::{HttpProber, Identity, Stage, Values};
use crate::verdict::DoubtReason;

/// More of what a platform says is not repeated.
const LONGEST: usize = 120;

/// What was read back, or why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// This.
    Said(String),
    /// It was not told.
    Refused(String),
    /// The description does not say how.
    NotDescribed,
}

/// One administrator of ours at one platform.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Where.
    pub platform: PlatformId,
    /// Which identity.
    pub identity: Identity,
    /// Who it is there.
    pub who: ReadBack,
    /// Whose tenant it is in.
    pub tenant: ReadBack,
    /// For the identity that reads: what listing the first page of each kind came to; what cannot be listed at
    /// all is not among them.
    pub lists: Vec<(KindId, ReadBack)>,
}

/// Asks every platform who each of our administrators is, whose tenant it is in, and, as the one that reads, for the
/// first page of everything that is listed. It reads only.
pub async fn standings(
    catalogue: &Arc<Catalogue>,
    stage: &Arc<Stage>,
    inventory: &Inventory,
    client: reqwest::Client,
    tempo: Tempo,
) -> Vec<Standing> {
    let prober = prober(catalogue, stage, client, tempo);
    let mut all = Vec::new();
    for (platform, site) in &stage.platforms {
        let Some(description) = catalogue.get(platform) else { continue };
        for identity in site.admins.keys().copied() {
            let ask = Ask { prober: &prober, description, identity };
            let who = description.admin.as_ref().map(|admin| admin.who.as_slice());
            let tenant = description.tenant.as_ref().map(|tenant| tenant.flow.as_slice());
            let lists = match identity {
                Identity::Observe => ask.listings(inventory).await,
                Identity::Mint | Identity::Act => Vec::new(),
            };
            all.push(Standing {
                platform: platform.clone(),
                identity,
                who: ask.capture(who.unwrap_or_default(), "who").await,
                tenant: ask.capture(tenant.unwrap_or_default(), "tenant").await,
                lists,
            });
        }
    }
    all
}

struct Ask<'a> {
    prober: &'a HttpProber,
    description: &'a Description,
    identity: Identity,
}

impl Ask<'_> {
    async fn capture(&self, flow: &[Request], name: &str) -> ReadBack {
        if flow.is_empty() {
            return ReadBack::NotDescribed;
        }
        let end = self.send(flow, &Values::default()).await;
        match (end.complete, end.captures.get(name)) {
            (true, Some(value)) => ReadBack::Said(self.shown(value.text())),
            (true, None) => ReadBack::Refused("it does not say".to_owned()),
            (false, _) => ReadBack::Refused(self.shown(&end.seen())),
        }
    }

    /// The first page of each kind that can be listed; what is asked by somebody is asked by the first one known.
    async fn listings(&self, inventory: &Inventory) -> Vec<(KindId, ReadBack)> {
        let mut all = Vec::new();
        for (name, kind) in &self.description.credentials {
            let Some(request) = &kind.list.request else { continue };
            let mut values = Values::default();
            let suppliers = || inventory.suppliers.values().map(|(_, supplier)| supplier);
            let here = &self.description.platform;
            let mut principals = suppliers().flat_map(|supplier| &supplier.principals);
            if let Some(one) = principals.find(|item| item.value.platform == *here) {
                values.set("principal.login", one.value.login.clone());
                values.set("principal.id", one.value.remote_id.clone().unwrap_or_default());
            }
            let mut grants = suppliers().flat_map(|supplier| &supplier.grants);
            if let Some(one) = grants.find(|item| item.value.platform == *here) {
                let client = one.value.client_id.clone();
                values.set("grant.client_id", client.clone());
                values.set("grant.remote_id", one.value.remote_id.clone().unwrap_or(client));
            }
            let end = self.send(std::slice::from_ref(request), &values).await;
            let nothing = end.answer.as_ref().is_ok_and(|answer| {
                kind.list.none.iter().any(|rule| {
                    let lookup = |name: &str| values.lookup(name);
                    crate::platform::rules::matches(rule, answer, &lookup)
                        == crate::platform::rules::Outcome::Match
                })
            });
            let result = match &end.answer {
                _ if end.complete || nothing => {
                    ReadBack::Said("its first page was read".to_owned())
                }
                // It is listed by somebody, and nobody is there.
                Err(doubt) if doubt.reason == DoubtReason::FlowBroken => ReadBack::NotDescribed,
                Ok(_) | Err(_) => ReadBack::Refused(self.shown(&end.seen())),
            };
            all.push((name.clone(), result));
        }
        all
    }

    async fn send(&self, flow: &[Request], values: &Values) -> FlowEnd {
        self.prober.administrate(self.description, self.identity, flow, values).await
    }

    fn shown(&self, text: &str) -> String {
        let clean = self.prober.wallet.scrubber().scrub(text);
        clean.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
    }
}
