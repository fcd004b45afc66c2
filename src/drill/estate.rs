//! An estate: what is wired together, and what is slipped into it while notice runs.
//!
//! On mocks a wiring step makes the links. On a real environment they are what they are: the step is a
//! statement of fact, kept with the scenario's steps, and whatever breaks something is refused.

use std::collections::BTreeMap;
use std::time::Duration;

use super::canary::mint::Minted;
use super::listing::listed;
use super::roster::{from_site, public_side};
use super::{Drill, DrillError, unknown};
use crate::chase::Progress;
use crate::claim::{Expectation, Finding, Ruling};
use crate::id::{CredentialId, KindId, PlatformId};
use crate::inventory::supplier::{Authority, Credential, Grant, HeldBy, Principal};
use crate::journal::event::{
    ActionIntended, ActionResult, Event, Hand, Judged, ListingResult, Role,
};
use crate::platform::Catalogue;
use crate::platform::schema::{Description, Kind};
use crate::probe::wallet::Values;
use crate::probe::{Held, Identity};

/// A credential that was made while notice ran, and that the inventory does not know.
#[derive(Clone, Debug)]
pub struct Backdoor {
    platform: PlatformId,
    kind: KindId,
    remote_id: Option<String>,
}

impl Drill {
    /// Users of one platform are provisioned to others.
    ///
    /// # Errors
    /// If a platform is unknown, or no mock of it runs.
    pub fn provisioned(
        &mut self,
        upstream: &str,
        downstream: &[&str],
        within: Duration,
    ) -> Result<(), DrillError> {
        for name in downstream.iter().chain([&upstream]) {
            known_platform(&self.shared.catalogue, name)?;
        }
        let Some(mocks) = &self.mocks else { return Ok(()) };
        for name in downstream {
            mocks.provision(upstream, name, within).map_err(not_wired)?;
        }
        Ok(())
    }

    /// The provisioning to a platform says yes and does nothing.
    ///
    /// # Errors
    /// If the platform is unknown, nothing is provisioned there, or it is a real one.
    pub fn provisioning_does_nothing(&mut self, downstream: &str) -> Result<(), DrillError> {
        known_platform(&self.shared.catalogue, downstream)?;
        let Some(mocks) = &self.mocks else { return Err(only_on_mocks("nothing is broken")) };
        mocks.break_provisioning(downstream).map_err(not_wired)
    }

    /// A job switches accounts at a platform on again, every night at that time of day in UTC.
    ///
    /// # Errors
    /// If the platform is unknown, or no mock of it runs.
    pub fn nightly_sync(&mut self, platform: &str, at: Duration) -> Result<(), DrillError> {
        known_platform(&self.shared.catalogue, platform)?;
        let Some(mocks) = &self.mocks else { return Ok(()) };
        mocks.sync_nightly(platform, at).map_err(not_wired)
    }

    /// Lets time pass, with the chase at work.
    ///
    /// # Errors
    /// If nothing was terminated yet, or the drill was stopped.
    pub async fn let_pass(&mut self, length: Duration) -> Result<(), DrillError> {
        self.check_stop()?;
        self.termination_began()?;
        let until = self.clock.now() + length;
        self.chase.drive(|_, _| Progress::Open { until: Some(until) }, None).await;
        self.check_stop()
    }

    /// Makes a credential that the inventory does not know, as its kind is minted, and takes it into the
    /// drill.
    ///
    /// # Errors
    /// If it cannot be made: the platform offers no way, refuses, or is a real one.
    pub async fn make_backdoor(
        &mut self,
        kind_name: &str,
        person: &str,
        platform: &str,
    ) -> Result<(), DrillError> {
        self.check_stop()?;
        if !self.armed {
            return Err(DrillError::OutOfOrder(
                "nothing was proven to work yet: add `Given every credential of the supplier is \
                 proven to work` before the backdoor is made",
            ));
        }
        if self.mocks.is_none() {
            return Err(only_on_mocks("what a backdoor opens would stay open if the drill fails"));
        }
        let catalogue = self.shared.catalogue.clone();
        let description = known_platform(&catalogue, platform)?;
        let kinds = description.credentials.keys().map(|kind| kind.as_str());
        let name = KindId::new(kind_name);
        let kind = description.credentials.get(&name);
        let kind = kind.ok_or_else(|| unknown("the kind", kind_name, kinds))?;
        if let Some(why) = &kind.mint.cannot {
            return Err(DrillError::Nothing(format!(
                "no `{kind_name}` of {platform} can be made: {why}"
            )));
        }
        let sought = self.sought(&name, person, description)?;
        let values = self.values_of(&sought, kind, description)?;
        let title = format!("Make a credential that the inventory does not know: {}", kind.title);
        let made = self.mint(&sought, title, (kind, description), &values).await?;
        let remote_id = made.plain("credential.remote_id").map(str::to_owned);
        self.backdoor =
            Some(Backdoor { platform: description.platform.clone(), kind: name, remote_id });
        let held = Held {
            id: sought.id.clone(),
            role: Role::Suspect,
            supplier: self.supplier()?.supplier.clone(),
            platform: sought.platform.clone(),
            kind: sought.kind.clone(),
            principal: sought.principal.clone(),
            authority: "ours".to_owned(),
            channels: sought.channels.unwrap_or_else(|| kind.probe.keys().cloned().collect()),
            values: made,
            accepted: None,
            root: sought.id,
        };
        let uncontrolled = {
            let mut all = self.prober.wallet.all().into_iter();
            !all.any(|other| {
                other.role != Role::Bystander
                    && other.platform == held.platform
                    && other.kind == held.kind
            })
        };
        let new = held.id.clone();
        self.enlist(held);
        self.settle_arming(self.clock.now() + self.shared.arm_within).await;
        if uncontrolled {
            self.controls(|held| held.id == new).await;
        }
        self.check_stop()
    }

    /// Demands that a listing shows the backdoor as access that the inventory lacks.
    ///
    /// # Errors
    /// If none was made.
    pub async fn demand_backdoor_found(&mut self, step: &str) -> Result<(), DrillError> {
        self.check_stop()?;
        let Some(Backdoor { platform, kind, remote_id }) = self.backdoor.clone() else {
            return Err(DrillError::OutOfOrder(
                "no backdoor was made: a `When` step must come first",
            ));
        };
        let supplier = self.supplier()?.clone();
        let catalogue = self.shared.catalogue.clone();
        let described = catalogue
            .get(&platform)
            .and_then(|description| Some((description, description.credentials.get(&kind)?)));
        let (description, described) = described
            .ok_or_else(|| DrillError::Nothing(format!("{platform} has no kind `{kind}`")))?;
        let claim = self.claim(step, Expectation::FoundUnrecorded, Vec::new(), false);
        self.ledger.record(Event::Claimed(claim.clone()));
        let result = self.list(description, described, kind.as_str(), &supplier).await;
        let subject = format!("{platform} {}", described.title);
        let ruling = found(&result, remote_id.as_deref());
        self.ledger.record(Event::Listed(listed(description, &kind, described, result)));
        self.check_stop()?;
        let rulings = vec![Judged { subject, ruling }];
        self.ledger.record(Event::Judged { claim: claim.id, rulings });
        Ok(())
    }

    /// The backdoor as an inventory would have it: the person's, by a grant of theirs if there is one, and
    /// otherwise like another of its kind.
    fn sought(
        &self,
        kind: &KindId,
        person: &str,
        description: &Description,
    ) -> Result<Credential, DrillError> {
        let supplier = self.supplier()?;
        let persons = self.person(person)?;
        let platform = &description.platform;
        let here = |principal: &&Principal| {
            principal.platform == *platform && persons.contains(&principal.id)
        };
        let principal = supplier.principals.iter().map(|item| &item.value).find(here);
        let principal = principal.ok_or_else(|| {
            DrillError::Nothing(format!(
                "{person} is nobody at {platform}, as far as the inventory knows"
            ))
        })?;
        let like = supplier
            .credentials
            .iter()
            .map(|item| &item.value)
            .find(|credential| credential.platform == *platform && credential.kind == *kind);
        let grants = || {
            let all = supplier.grants.iter().map(|item| &item.value);
            all.filter(|grant| grant.platform == *platform)
        };
        let own = |grant: &&Grant| grant.principal.as_ref() == Some(&principal.id);
        let grant = like.and_then(|like| like.grant.clone());
        let grant = grant.or_else(|| grants().find(own).map(|grant| grant.id.clone()));
        let grant = grant.or_else(|| {
            grants().find(|grant| grant.principal.is_none()).map(|grant| grant.id.clone())
        });
        let slug = format!("{platform}-{kind}-backdoor").replace('_', "-");
        Ok(Credential {
            id: CredentialId::new(slug),
            platform: platform.clone(),
            kind: kind.clone(),
            principal: Some(principal.id.clone()),
            grant,
            authority: Authority::Ours,
            held_by: HeldBy::Us,
            accept_proof: Vec::new(),
            ask: None,
            secret: BTreeMap::new(),
            renewed: BTreeMap::new(),
            with: like.map(|like| like.with.clone()).unwrap_or_default(),
            remote_id: None,
            channels: like.and_then(|like| like.channels.clone()),
            authorization: None,
            reach: None,
            max_lifetime: None,
            reviewed: None,
        })
    }

    pub(super) fn values_of(
        &self,
        sought: &Credential,
        kind: &Kind,
        description: &Description,
    ) -> Result<Values, DrillError> {
        let public = public_side(self.supplier()?, sought, kind);
        let mut values = public.map_err(|error| DrillError::Roster(Box::new(error)))?;
        if let Some(site) = self.prober.stage.platforms.get(&description.platform) {
            from_site(&mut values, kind, &site.parameters);
        }
        Ok(values)
    }

    /// Runs the kind's way of minting; gives the values of what came out.
    pub(super) async fn mint(
        &mut self,
        sought: &Credential,
        title: String,
        (kind, description): (&Kind, &Description),
        values: &Values,
    ) -> Result<Values, DrillError> {
        self.actions += 1;
        let action = self.actions;
        self.ledger.record(Event::ActionIntended(ActionIntended {
            action,
            platform: Some(description.platform.clone()),
            name: None,
            title,
            object: format!("credential {}", sought.id),
            by: Hand::Api,
            kills: Vec::new(),
            preserve: None,
        }));
        self.budgets.wait_for(&description.platform, description.polite.budget).await;
        let flow = &kind.mint.flow;
        // By the platform's name for it, a person sees what it is.
        let values = &{
            let mut values = values.clone();
            values.set("canary.name", "doornail canary");
            values
        };
        let end = self.prober.administrate(description, Identity::Mint, flow, values).await;
        let seen = end.seen();
        let result = match end.complete {
            true => ActionResult::Accepted { answer: seen.clone() },
            false => ActionResult::Refused { why: seen.clone() },
        };
        self.ledger.record(Event::ActionEnded { action, result });
        let made = Minted::read(&kind.mint, &end, &Values::default()).map_err(|why| {
            DrillError::Nothing(format!("{} was not made at {}: {why}", sought.id, sought.platform))
        })?;
        let mut all = values.clone();
        for (field, secret) in made.secrets {
            all.set_secret(field, secret);
        }
        for (field, value) in made.sets {
            all.set(field, value);
        }
        if let Some(id) = made.id {
            all.set("credential.remote_id", id);
        }
        Ok(all)
    }
}

fn known_platform<'c>(catalogue: &'c Catalogue, name: &str) -> Result<&'c Description, DrillError> {
    let found = catalogue.get(&PlatformId::new(name));
    found.ok_or_else(|| unknown("the platform", name, catalogue.names()))
}

/// Whether a listing shows it.
fn found(result: &ListingResult, remote_id: Option<&str>) -> Ruling {
    let (finding, why) = match result {
        ListingResult::Complete { leftovers, .. } => {
            let it = leftovers.iter().find(|left| Some(left.remote_id.as_str()) == remote_id);
            match it {
                Some(left) => {
                    let why = format!(
                        "listed, and not in the inventory: {} of {}",
                        left.remote_id, left.owner
                    );
                    (Finding::Holds, why)
                }
                None => (Finding::RehearsalDiffers, "the listing does not show it".to_owned()),
            }
        }
        ListingResult::Incomplete { why } => (Finding::NotListed, why.clone()),
        ListingResult::Impossible { why } => {
            (Finding::NotListed, format!("cannot be listed here: {why}"))
        }
    };
    Ruling { finding, why }
}

fn not_wired(why: String) -> DrillError {
    DrillError::Nothing(format!("the estate cannot be wired so: {why}"))
}

pub(super) fn only_on_mocks(why: &str) -> DrillError {
    DrillError::Nothing(format!("this step is for mocks only: on a real environment {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::Leftover;

    #[test]
    fn only_a_listing_that_shows_the_backdoor_itself_has_found_it() {
        let listed = |ids: &[&str]| ListingResult::Complete {
            items: 2,
            leftovers: ids
                .iter()
                .map(|id| Leftover {
                    remote_id: (*id).to_owned(),
                    owner: "maya".to_owned(),
                    principal: None,
                    grant: None,
                })
                .collect(),
        };
        assert_eq!(found(&listed(&["7", "9"]), Some("9")).finding, Finding::Holds);
        assert_eq!(found(&listed(&["7"]), Some("9")).finding, Finding::RehearsalDiffers);
        assert_eq!(found(&listed(&["7"]), None).finding, Finding::RehearsalDiffers);
        let torn = ListingResult::Incomplete { why: "429".to_owned() };
        assert_eq!(found(&torn, Some("9")).finding, Finding::NotListed);
        let impossible = ListingResult::Impossible { why: "no endpoint".to_owned() };
        assert_eq!(found(&impossible, Some("9")).finding, Finding::NotListed);
    }
}
