//! The platform's audit log, asked who did it when something died, or came back, that nobody of the drill
//! touched.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value as JsonValue;

use super::Drill;
use super::paging::{Pages, text_at};
use crate::claim::Finding;
use crate::id::CredentialId;
use crate::journal::event::{Event, Judged};
use crate::platform::schema::Audit;
use crate::probe::Held;
use crate::probe::Identity;

/// More would not be read.
const MOST_ENTRIES: usize = 3;

/// What may have been done shortly before the drill began.
const LOOK_BACK: i64 = 3600;

impl Drill {
    /// Records what the audit log says about everything among the rulings that was not the drill's doing.
    pub(super) async fn consult_audit(&self, rulings: &[Judged]) {
        for judged in rulings {
            let somebody_did = match judged.ruling.finding {
                Finding::DiedBefore | Finding::BystanderHarmed | Finding::Revenant => true,
                Finding::Holds
                | Finding::Survivor
                | Finding::Leftover
                | Finding::StepUpMissing
                | Finding::DoesNotWork
                | Finding::RehearsalDiffers
                | Finding::AcceptedRisk
                | Finding::Unproven
                | Finding::Uncontrolled
                | Finding::ControlFailed
                | Finding::EmptyClaim
                | Finding::NotConfirmed
                | Finding::NotListed
                | Finding::WayBack
                | Finding::NotPlanned
                | Finding::WeakProof => false,
            };
            if somebody_did
                && let Some(event) = self.found(&CredentialId::new(&*judged.subject)).await
            {
                self.ledger.record(event);
            }
        }
    }

    async fn found(&self, credential: &CredentialId) -> Option<Event> {
        let held = self.prober.wallet.get(credential)?;
        let description = self.shared.catalogue.get(&held.platform)?;
        let audit = description.audit.as_ref()?;
        let next = audit.next.as_ref();
        let pages = Pages { first: audit.request.as_ref()?, items: &audit.items, none: &[], next };
        let pages = self.pages(Identity::Observe, description, pages, &held.values);
        let since = self.clock.began().as_second() - LOOK_BACK;
        let title = &description.title;
        let why = match pages.await {
            Err(why) => format!("the audit log of {title} could not be read: {why}"),
            Ok(entries) => {
                let said = told(audit, &entries, &names(&held), since);
                if said.is_empty() {
                    format!("the audit log of {title} says nothing of it")
                } else {
                    format!("the audit log of {title}: {}", said.join("; "))
                }
            }
        };
        let source = audit.source.as_deref().unwrap_or_default();
        Some(Event::Explained {
            credential: credential.clone(),
            why: self.prober.wallet.scrubber().scrub(&why),
            remedy: "ask whoever did it, and drill again once it is known".to_owned(),
            source: description.address_of(source).to_owned(),
        })
    }
}

/// Everything that names a credential, its principal and its grant at the platform.
fn names(held: &Held) -> BTreeSet<String> {
    const PLACES: [&str; 5] = [
        "credential.remote_id",
        "principal.id",
        "principal.login",
        "grant.client_id",
        "grant.remote_id",
    ];
    PLACES.iter().filter_map(|place| Some(held.values.plain(place)?.to_owned())).collect()
}

/// The latest entries about any of the names, in words, the latest first.
fn told(audit: &Audit, entries: &[JsonValue], names: &BTreeSet<String>, since: i64) -> Vec<String> {
    let mut found: Vec<(Timestamp, String)> = entries
        .iter()
        .filter(|entry| {
            let about = audit.about.iter().filter_map(|pointer| text_at(entry, pointer));
            about.into_iter().any(|name| names.contains(&name))
        })
        .filter_map(|entry| {
            let at = moment(&text_at(entry, &audit.at)?)?;
            let or_unknown = |pointer: &str| {
                text_at(entry, pointer).unwrap_or_else(|| "somebody it does not name".to_owned())
            };
            let what = text_at(entry, &audit.what).unwrap_or_else(|| "something".to_owned());
            (at.as_second() >= since)
                .then(|| (at, format!("{} did {what} at {at}", or_unknown(&audit.actor))))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, text)| text).take(MOST_ENTRIES).collect()
}

/// A time as RFC 3339, or as seconds or milliseconds since 1970.
fn moment(text: &str) -> Option<Timestamp> {
    /// As seconds this is the year 5138.
    const FIRST_MILLISECONDS: i64 = 100_000_000_000;
    match text.parse::<i64>() {
        Ok(number) if number < FIRST_MILLISECONDS => Timestamp::from_second(number).ok(),
        Ok(number) => Timestamp::from_millisecond(number).ok(),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit() -> Audit {
        serde_saphyr::from_str(
            "{items: '', at: /t, actor: /who, what: /what, about: [/id, /login], request: {get: /log}}",
        )
        .unwrap()
    }

    fn said(entries: serde_json::Value, since: i64) -> Vec<String> {
        let names = BTreeSet::from(["7".to_owned(), "maya@acme.example".to_owned()]);
        told(&audit(), entries.as_array().unwrap(), &names, since)
    }

    #[test]
    fn the_log_is_quoted_about_this_one_and_about_nobody_else() {
        let entries = serde_json::json!([
            {"t": 1000, "who": "ops", "what": "user.suspend", "id": 7},
            {"t": "1970-01-01T00:20:00Z", "what": "user.delete", "login": "maya@acme.example"},
            {"t": 1100, "who": "ops", "what": "user.suspend", "id": 8},
            {"t": 10, "who": "ops", "what": "old", "id": 7},
            {"who": "ops", "what": "no time", "id": 7},
        ]);
        assert_eq!(
            said(entries, 900),
            [
                "somebody it does not name did user.delete at 1970-01-01T00:20:00Z",
                "ops did user.suspend at 1970-01-01T00:16:40Z"
            ]
        );
    }

    #[test]
    fn times_are_read_in_every_form_that_platforms_write() {
        assert_eq!(moment("1000").unwrap(), moment("1970-01-01T00:16:40Z").unwrap());
        assert_eq!(moment("1700000000000").unwrap(), moment("1700000000").unwrap());
        assert!(moment("yesterday").is_none());
    }
}
