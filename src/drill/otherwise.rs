//! Credentials that are not used from here, looked at by other means: the platform's listing, and a person.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::listing::{Round, is_live, rounds};
use super::paging::{Pages, text_at};
use super::roster::{public_side, unused};
use super::{Drill, DrillError};
use crate::chase::Progress;
use crate::claim::{Claim, Expectation, Subject};
use crate::clock::Moment;
use crate::id::{CredentialId, KindId, PlatformId};
use crate::inventory::Supplier;
use crate::inventory::otherwise::Said;
use crate::inventory::supplier::{Credential, HeldBy};
use crate::journal::event::{Event, Looked, NotHeld};
use crate::journal::judge::{Judgement, judge};
use crate::journal::view::ScenarioView;
use crate::platform::schema::{Description, Kind};
use crate::probe::{Held, Identity};
use crate::track::Shows;
use crate::verdict::Means;

/// What is listed of one kind at one platform.
struct Shown {
    /// Ids of live items.
    live: BTreeSet<String>,
    /// Ids of what is listed and not live.
    dormant: BTreeSet<String>,
    /// Somebody else's that is listed and live; why not, otherwise.
    others: Result<usize, String>,
}

impl Drill {
    /// What is accepted as proof of its end, if doornail does not use it itself.
    pub(super) fn proven_otherwise(credential: &Credential) -> bool {
        let is_used = credential.held_by == HeldBy::Us && credential.ask.is_none();
        !is_used && !credential.accept_proof.is_empty()
    }

    /// Takes in a credential that is not used from here. What nothing can be learned of takes part all the
    /// same, or nobody would miss it: a claim that covers it is not proven.
    pub(super) fn enlist_unused(&mut self, supplier: &Supplier, credential: &Credential) {
        let here = self.prober.stage.platforms.contains_key(&credential.platform);
        if !here || !Self::proven_otherwise(credential) {
            self.enlist(unused(supplier, credential));
            return;
        }
        let held = self.asked_about(supplier, credential);
        self.enlist(held);
        let held_by = match (&credential.ask, credential.held_by) {
            (Some(_), _) => "a person",
            (None, HeldBy::Supplier) => "supplier",
            (None, HeldBy::Nobody | HeldBy::Us) => "nobody",
        };
        self.ledger.record(Event::NotHeld(NotHeld {
            credential: credential.id.clone(),
            held_by: held_by.to_owned(),
            accepts: credential.accept_proof.clone(),
        }));
    }

    /// It, on those of its channels on which the platform is asked about it by its id.
    pub(super) fn asked_about(&self, supplier: &Supplier, credential: &Credential) -> Held {
        let mut held = unused(supplier, credential);
        let catalogue = &self.shared.catalogue;
        let kind = catalogue
            .get(&credential.platform)
            .and_then(|description| description.credentials.get(&credential.kind));
        let Some(kind) = kind.filter(|_| credential.accept_proof.contains(&Means::Introspection))
        else {
            return held;
        };
        if let Ok(mut values) = public_side(supplier, credential, kind) {
            if let Some(site) = self.prober.stage.platforms.get(&credential.platform) {
                super::roster::from_site(&mut values, kind, &site.parameters);
            }
            held.values = values;
            held.channels = kind.by_id().cloned().collect();
        }
        held
    }

    /// Looks at everything of these that is proven otherwise, once; a person is asked only `asks`.
    pub(super) async fn look(&self, all: &[CredentialId], asks: bool) {
        let Ok(supplier) = self.supplier().cloned() else { return };
        let mut listed: BTreeMap<(PlatformId, KindId), Vec<&Credential>> = BTreeMap::new();
        for item in &supplier.credentials {
            let credential = &item.value;
            if !all.contains(&credential.id) || !Self::proven_otherwise(credential) {
                continue;
            }
            if credential.accept_proof.contains(&Means::Listing) {
                let key = (credential.platform.clone(), credential.kind.clone());
                listed.entry(key).or_default().push(credential);
            }
            if asks && credential.ask.is_some() {
                self.ask_person(&supplier, credential).await;
            }
        }
        for ((platform, kind), credentials) in listed {
            if self.check_stop().is_err() {
                return;
            }
            self.look_by_listing(&supplier, (&platform, &kind), &credentials).await;
        }
    }

    async fn look_by_listing(
        &self,
        supplier: &Supplier,
        (platform, kind_name): (&PlatformId, &KindId),
        credentials: &[&Credential],
    ) {
        let catalogue = self.shared.catalogue.clone();
        let Some(description) = catalogue.get(platform) else { return };
        let Some(kind) = description.credentials.get(kind_name) else { return };
        let sent = self.clock.now();
        let shown = self.shown(supplier, description, (kind_name, kind)).await;
        let received = self.clock.now();
        for credential in credentials {
            let Some(id) = &credential.remote_id else { continue };
            let (shows, why) = match &shown {
                Err(why) => (Shows::Nothing, format!("the listing broke off: {why}")),
                Ok(shown) if shown.live.contains(id) => {
                    (Shows::There, "it is listed, and live".to_owned())
                }
                Ok(shown) if shown.dormant.contains(id) => {
                    (Shows::Gone, "it is listed, and no longer live".to_owned())
                }
                Ok(Shown { others: Err(why), .. }) => (Shows::Nothing, why.clone()),
                Ok(Shown { others: Ok(others), .. }) => {
                    let text = format!(
                        "it is not listed; the listing was read to its end, and shows {others} of others"
                    );
                    (Shows::Gone, text)
                }
            };
            self.record_look(credential, Means::Listing, (sent, received), shows, (why, None));
        }
    }

    fn record_look(
        &self,
        credential: &Credential,
        means: Means,
        (sent, received): (Moment, Moment),
        shows: Shows,
        (why, by): (String, Option<String>),
    ) {
        self.ledger.record(Event::Looked(Box::new(Looked {
            credential: credential.id.clone(),
            means,
            sent,
            received,
            vantage: self.shared.vantage.clone(),
            shows,
            why: self.prober.wallet.scrubber().scrub(&why),
            by,
            nonce: None,
            print: None,
        })));
    }

    /// Everything that is listed of a kind, to its end, and whether it shows anybody else's.
    async fn shown(
        &self,
        supplier: &Supplier,
        description: &Description,
        (name, kind): (&KindId, &Kind),
    ) -> Result<Shown, String> {
        let list = &kind.list;
        let Some(pages) = Pages::of(list) else { return Err("it cannot be listed".to_owned()) };
        // That there is nobody to list of is no answer about what they had.
        let pages = Pages { none: &[], ..pages };
        let mut shown = Shown {
            live: BTreeSet::new(),
            dormant: BTreeSet::new(),
            others: Err("nobody else's is listed: that it is not proves nothing".to_owned()),
        };
        let own = self.items(supplier, description, (kind, pages)).await?;
        for (id, is_live) in &own {
            if *is_live { &mut shown.live } else { &mut shown.dormant }.insert(id.clone());
        }
        let controls = self.controls_of(supplier, &description.platform, name);
        let is_narrow = list.per_principal || list.per_grant;
        let mut others = 0;
        if is_narrow {
            for (other, credential) in &controls {
                let only = only_of(other, credential);
                let items = self.items(&only, description, (kind, pages)).await?;
                others += items
                    .iter()
                    .filter(|(id, is_live)| *is_live && is_named(credential, id))
                    .count();
            }
        } else {
            let recorded: BTreeSet<&str> = supplier
                .credentials
                .iter()
                .filter_map(|item| item.value.remote_id.as_deref())
                .collect();
            let ids: BTreeSet<&str> = controls
                .iter()
                .filter_map(|(_, credential)| credential.remote_id.as_deref())
                .collect();
            // A bystander that is known by its id has to be there; without one anybody else's will do.
            others = shown
                .live
                .iter()
                .filter(|id| match ids.is_empty() {
                    true => !recorded.contains(id.as_str()),
                    false => ids.contains(id.as_str()),
                })
                .count();
        }
        if others > 0 {
            shown.others = Ok(others);
        }
        Ok(shown)
    }

    /// Ids of what is listed, and whether each is live.
    async fn items(
        &self,
        supplier: &Supplier,
        description: &Description,
        (kind, pages): (&Kind, Pages<'_>),
    ) -> Result<Vec<(String, bool)>, String> {
        let principals = supplier.principals.iter().map(|item| &item.value);
        let here: Vec<_> =
            principals.filter(|principal| principal.platform == description.platform).collect();
        let rounds = rounds(&kind.list, supplier, description, &here);
        if rounds.is_empty() {
            return Err("the inventory has nobody there to ask for".to_owned());
        }
        let mut all = Vec::new();
        for Round { values, .. } in rounds {
            let found = self.pages(Identity::Observe, description, pages, &values).await?;
            all.extend(found.iter().filter_map(|item| {
                Some((text_at(item, &kind.list.id)?, is_live(item, &kind.list)))
            }));
        }
        Ok(all)
    }

    /// The bystanders of a kind, with their suppliers.
    fn controls_of(
        &self,
        supplier: &Supplier,
        platform: &PlatformId,
        kind: &KindId,
    ) -> Vec<(Supplier, Credential)> {
        let mut all = self.bystanders_of(supplier);
        all.retain(|(_, one)| one.platform == *platform && one.kind == *kind);
        all
    }

    async fn ask_person(&self, supplier: &Supplier, credential: &Credential) {
        let Some(ask) = &credential.ask else { return };
        let catalogue = &self.shared.catalogue;
        let kind = catalogue
            .get(&credential.platform)
            .and_then(|description| description.credentials.get(&credential.kind));
        let values = kind.and_then(|kind| public_side(supplier, credential, kind).ok());
        let values = values.unwrap_or_default();
        let sent = self.clock.now();
        let words: Vec<&str> = ask.answers.keys().map(String::as_str).collect();
        let (shows, why, by) = match ask.text.render(|name| values.lookup(name)) {
            Err(unfilled) => (Shows::Nothing, format!("nobody was asked: {unfilled}"), None),
            Ok(text) => {
                let person = &self.shared.person;
                let text = format!("{} ({}): {text}", credential.id, supplier.name);
                match person.choose(&text, &words).await {
                    None => (Shows::Nothing, "nobody answered".to_owned(), None),
                    Some(chosen) => {
                        let word = words.get(chosen).copied().unwrap_or_default();
                        let shows = match ask.answers.get(word) {
                            Some(Said::Alive) => Shows::There,
                            Some(Said::Dead) => Shows::Gone,
                            Some(Said::Inconclusive) | None => Shows::Nothing,
                        };
                        (shows, format!("{word:?} was chosen"), Some(person.name()))
                    }
                }
            }
        };
        let times = (sent, self.clock.now());
        self.record_look(credential, Means::Attestation, times, shows, (why, by));
    }

    /// Drives the chase until a claim is ruled, and looks at what is not used from here as long as that may still
    /// change its ruling.
    pub(super) async fn settle(&mut self, claim: &Claim, patience: Duration) {
        let (unused, used) = self.ledger.view(|view| {
            let is_unused = |subject: &&Subject| {
                view.subject(&subject.credential).is_some_and(|seen| seen.not_held.is_some())
            };
            let unused: Vec<Subject> = claim.subjects.iter().filter(is_unused).cloned().collect();
            let has_tracks = |subject: &&Subject| {
                view.subject(&subject.credential)
                    .is_none_or(|seen| seen.not_held.is_none() || !seen.tracks.is_empty())
            };
            let used: Vec<Subject> = claim.subjects.iter().filter(has_tracks).cloned().collect();
            (unused, used)
        });
        let looks = claim.expects.demands_an_end() && !unused.is_empty();
        if looks && claim.expects != Expectation::NoReturn {
            self.look_at(&Claim { subjects: unused.clone(), ..claim.clone() }).await;
        }
        if unused.is_empty() || !used.is_empty() {
            let used = Claim { subjects: used, ..claim.clone() };
            self.chase.settle_claim(&used, patience).await;
        }
        if looks {
            self.look_on(&Claim { subjects: unused, ..claim.clone() }, patience).await;
        }
    }

    async fn look_on(&mut self, claim: &Claim, patience: Duration) {
        let began = self.clock.now();
        let last = claim.subjects.iter().filter_map(|subject| subject.deadline).max();
        let give_up = last.unwrap_or(began).max(began) + patience;
        let spread = self.spread();
        loop {
            let now = self.clock.now();
            let open = self.open(claim);
            if open.is_empty() || now >= give_up || self.shared.stop.is_stopped() {
                return;
            }
            let every = spread.max(now.since(began) / 20).max(Duration::from_millis(100));
            let deadline = open.iter().filter_map(|subject| subject.deadline).min();
            // At its deadline, or at the end of a watch, each is looked at.
            let next = match (claim.expects, deadline.filter(|deadline| *deadline > now)) {
                (Expectation::NoReturn, Some(until)) => until,
                (_, Some(deadline)) => deadline.min(now + every),
                (_, None) => now + every,
            };
            let until = next.min(give_up);
            self.chase.drive(|_, _| Progress::Open { until: Some(until) }, None).await;
            if self.clock.now() < until {
                self.clock.wait_until(until).await;
            }
            self.look_at(&Claim { subjects: open, ..claim.clone() }).await;
        }
    }

    /// What could still be ruled otherwise.
    fn open(&self, claim: &Claim) -> Vec<Subject> {
        self.ledger.view(|view| {
            let is_open =
                |subject: &&Subject| matches!(judge(claim, subject, view), Judgement::Open(_));
            claim.subjects.iter().filter(is_open).cloned().collect()
        })
    }

    /// Looks once at the subjects of a claim. A person is asked once after the termination, and once more at a
    /// deadline or at the end of a watch.
    async fn look_at(&self, claim: &Claim) {
        let now = self.clock.now();
        let (asked, others): (Vec<_>, Vec<_>) = self.ledger.view(|view| {
            let began = view.termination_began().unwrap_or(Moment::START);
            claim.subjects.iter().map(|subject| (subject.credential.clone(), subject)).partition(
                |(id, subject)| {
                    let last = last_asked(view, id);
                    let reached = subject.deadline.filter(|deadline| now >= *deadline);
                    last.is_none_or(|last| last < reached.unwrap_or(began).max(began))
                },
            )
        });
        let ids = |all: Vec<(CredentialId, &Subject)>| -> Vec<CredentialId> {
            all.into_iter().map(|(id, _)| id).collect()
        };
        let (asked, others) = (ids(asked), ids(others));
        self.look(&asked, true).await;
        self.look(&others, false).await;
    }

    /// What is not used from here and can be looked at again.
    pub(super) fn looked_at(&self) -> Vec<CredentialId> {
        let Ok(supplier) = self.supplier() else { return Vec::new() };
        let enlisted = self.choose(|subject| subject.not_held.is_some());
        let again = |id: &CredentialId| {
            supplier.credential(id).is_some_and(|credential| {
                Self::proven_otherwise(credential)
                    && (credential.accept_proof.contains(&Means::Listing)
                        || credential.ask.is_some())
            })
        };
        enlisted.into_iter().filter(again).collect()
    }

    /// Looks at everything that is not used from here, before it is demanded to be there.
    pub(super) async fn look_before(&self) -> Result<(), DrillError> {
        self.look(&self.looked_at(), true).await;
        self.check_stop()
    }
}

fn last_asked(view: &ScenarioView, id: &CredentialId) -> Option<Moment> {
    let looked = view.subject(id)?.looked.get(&Means::Attestation)?;
    Some(looked.received)
}

/// Whether an item is this credential, where its id is known.
fn is_named(credential: &Credential, id: &str) -> bool {
    credential.remote_id.as_deref().is_none_or(|known| known == id)
}

/// A supplier with nothing but whom one credential belongs to.
fn only_of(supplier: &Supplier, credential: &Credential) -> Supplier {
    let mut only = supplier.clone();
    only.principals.retain(|item| credential.principal.as_ref() == Some(&item.value.id));
    only.grants.retain(|item| credential.grant.as_ref() == Some(&item.value.id));
    only
}
