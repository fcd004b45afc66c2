//! Removing canaries: found by their names, removed, and looked for again.
//!
//! Everything is read off the journal, so that a drill at its end and another process days later do the
//! same. That one is gone is what the platform's listing says, never the answer of the removal.

use std::sync::Arc;
use std::time::Duration;

use super::mint::{minting, owner_values};
use crate::clock::{Clock, WallClock};
use crate::drill::listing::is_live;
use crate::drill::paging::{Pages, text_at};
use crate::drill::{Drill, DrillError, Ground, Shared};
use crate::journal::event::{CanaryEnd, CanarySort, Event};
use crate::journal::view::CanaryView;
use crate::platform::schema::{Description, Listing, Minting};
use crate::probe::Identity;
use crate::probe::wallet::Values;

/// How often is tried to find and remove one.
const TRIES: u32 = 3;

/// How long is waited between two tries.
const PAUSE: Duration = Duration::from_secs(2);

impl Drill {
    /// Removes what a scenario of an earlier run may have left.
    ///
    /// # Errors
    /// If it was played on mocks, which are gone, or has no beginning.
    pub async fn clean(shared: Arc<Shared>, number: u32) -> Result<(), DrillError> {
        let Ground::Real(stage) = &shared.ground else {
            return Err(DrillError::OutOfOrder(
                "it was played on mocks, which are gone with the run",
            ));
        };
        let began =
            shared.journal.view(|view| Some(view.scenarios.get(&number)?.started.as_ref()?.began));
        let began = began.ok_or(DrillError::OutOfOrder("the scenario has no beginning"))?;
        let clock: Arc<dyn Clock> = WallClock::since(began, shared.tempo);
        let (stage, secrets) = (stage.clone(), shared.secrets.clone());
        Self::assemble(shared, number, clock, (stage, secrets, None)).clean_up().await;
        Ok(())
    }

    /// Removes everything the scenario made and may not have removed, the last first. A stop does not keep
    /// it from that.
    pub(in crate::drill) async fn clean_up(&self) {
        let all = self.ledger.view(|view| view.canaries.clone());
        for canary in all.iter().rev().filter(|canary| canary.is_left()) {
            let result = self.remove(canary, &all).await;
            let number = canary.intended.canary;
            self.ledger.record(Event::CanaryEnded { canary: number, result });
        }
    }

    async fn remove(&self, canary: &CanaryView, all: &[CanaryView]) -> CanaryEnd {
        let left = |why: &str| CanaryEnd::Left { why: why.to_owned() };
        let platform = &canary.intended.platform;
        let catalogue = self.shared.catalogue.clone();
        let known = catalogue.get(platform);
        let Some((description, minting)) =
            known.and_then(|known| Some((known, minting(known, &canary.intended.sort)?)))
        else {
            return left("no description says how it is removed");
        };
        let site = self.prober.stage.platforms.get(platform);
        if site.is_none_or(|site| !site.admins.contains_key(&Identity::Mint)) {
            return left("the environment has no `mint` identity there");
        }
        let mut values = Values::default();
        for number in &canary.intended.of {
            if let Some(owner) = all.iter().find(|one| one.intended.canary == *number) {
                let facts = &owner.intended;
                values.extend(&owner_values(&facts.sort, &facts.name, owner.id()));
            }
        }
        values.set("canary.name", &*canary.intended.name);
        let mut why = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.clock.wait_until(self.clock.now() + PAUSE).await;
            }
            match self.remove_once(description, minting, canary, &values).await {
                Ok(true) => return CanaryEnd::Removed,
                // Its making may be under way still.
                Ok(false) if attempt == 0 && canary.is_uncertain() => {}
                Ok(false) if why.is_empty() => return CanaryEnd::NotThere,
                Ok(false) => return CanaryEnd::Removed,
                Err(seen) => why = seen,
            }
        }
        left(&self.prober.wallet.scrubber().scrub(&why))
    }

    /// Finds it, removes it, and looks for it again; says whether it was there.
    async fn remove_once(
        &self,
        description: &Description,
        minting: &Minting,
        canary: &CanaryView,
        values: &Values,
    ) -> Result<bool, String> {
        let find = match &canary.intended.sort {
            CanarySort::Credential { kind, .. } => {
                let listed = description.credentials.get(kind).map(|kind| &kind.list);
                minting.find.as_ref().or(listed)
            }
            CanarySort::Principal { .. } | CanarySort::Grant { .. } => minting.find.as_ref(),
        };
        let find = find.ok_or("no description says how it is found")?;
        let found = self.find(description, find, minting.named.as_deref(), values).await?;
        for id in &found {
            let mut values = values.clone();
            values.set("canary.id", &**id);
            self.budgets.wait_for(&description.platform, description.polite.budget).await;
            let end =
                self.prober.administrate(description, Identity::Mint, &minting.remove, &values);
            let end = end.await;
            let again = self.find(description, find, minting.named.as_deref(), &values).await?;
            if again.contains(id) {
                return Err(format!("it is still found after its removal answered {}", end.seen()));
            }
        }
        Ok(!found.is_empty())
    }

    /// The ids of everything that bears the canary's name, or that belongs to what was made for the drill.
    async fn find(
        &self,
        description: &Description,
        find: &Listing,
        named: Option<&str>,
        values: &Values,
    ) -> Result<Vec<String>, String> {
        let pages = Pages::of(find).ok_or("it cannot be listed")?;
        // What is listed of one owner alone has to be of one that was made for the drill.
        let owned = (!find.per_principal || values.get("principal.login").is_some())
            && (!find.per_grant || values.get("grant.client_id").is_some());
        if !owned || (named.is_none() && !find.per_principal && !find.per_grant) {
            return Err("nothing tells it from what is not the drill's".to_owned());
        }
        let items = self.pages(Identity::Mint, description, pages, values).await;
        let items = items.map_err(|seen| format!("it cannot be listed: {seen}"))?;
        let name = values.plain("canary.name").unwrap_or_default();
        let own = items.iter().filter(|item| match named {
            Some(pointer) => text_at(item, pointer).as_deref() == Some(name),
            None => true,
        });
        own.filter(|item| is_live(item, find))
            .map(|item| text_at(item, &find.id).filter(|id| !id.trim().is_empty()))
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| "it is listed without an id".to_owned())
    }
}
