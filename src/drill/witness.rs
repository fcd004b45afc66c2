//! The supplier as a witness: what it is asked, what it answers, and what of that is taken in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::arming::skipped;
use super::roster::{from_site, public_side};
use super::{Drill, DrillError};
use crate::clock::{Clock, Moment, Tempo, WallClock};
use crate::id::{ChannelId, CredentialId, EnvironmentId};
use crate::inventory::Supplier;
use crate::inventory::supplier::Credential;
use crate::journal::event::{Event, Looked, Role, WitnessAsked};
use crate::platform::Catalogue;
use crate::platform::schema::Kind;
use crate::probe::http::Http;
use crate::probe::{
    Held, HttpProber, Permits, Prober as _, Site, Stage, Values, Variant, Wallet, Wire,
};
use crate::secret::{FingerprintKey, Scrubber, Secret};
use crate::track::Shows;
use crate::verdict::{Means, Verdict};
use crate::witness::{Admission, Asked, FORM, PublicKey, Request, Statement, admit, nonce, open};

/// A made-up credential that gets no usable answer is tried so often.
const CONTROL_TRIES: u32 = 3;

impl Drill {
    /// Asks the supplier to use one of its credentials itself; gives the text of the request.
    ///
    /// # Errors
    /// If the inventory does not accept a witness for it, or it cannot be used in this way.
    pub fn ask_witness(&self, id: &CredentialId, after: bool) -> Result<String, DrillError> {
        let supplier = self.supplier()?;
        let credential = accepting(supplier, id)?;
        let catalogue = &self.shared.catalogue;
        let kind = catalogue
            .get(&credential.platform)
            .and_then(|description| description.credentials.get(&credential.kind))
            .ok_or_else(|| DrillError::Nothing(format!("no description knows the kind of {id}")))?;
        if kind.rotates() {
            return Err(DrillError::Nothing(format!("each use of {id} would replace it")));
        }
        let site = self.prober.stage.platforms.get(&credential.platform);
        let site = site.ok_or_else(|| {
            DrillError::Nothing(format!("the environment does not name {}", credential.platform))
        })?;
        let roster = |error| DrillError::Roster(Box::new(error));
        let mut values = public_side(supplier, credential, kind).map_err(roster)?;
        from_site(&mut values, kind, &site.parameters);
        let parameters = plain(&site.parameters);
        let run = self
            .shared
            .journal
            .view(|view| view.started.as_ref().map(|started| started.run.clone()))
            .ok_or(DrillError::OutOfOrder("the journal has no beginning"))?;
        let salt = self.shared.key.fingerprint(&Secret::new(format!("witness {run}")));
        let wall = self.clock.wall();
        let request = Request {
            doornail_witness_request: FORM,
            supplier: supplier.supplier.clone(),
            credential: id.clone(),
            platform: credential.platform.clone(),
            kind: credential.kind.clone(),
            channels: channels(credential, kind),
            address: parameters.get("base_url").cloned().unwrap_or_default(),
            parameters,
            fields: plain(&values),
            after,
            run,
            nonce: nonce().map_err(DrillError::Witness)?,
            salt: salt.to_string(),
            asked: wall,
        };
        let (text, digest) = request.write().map_err(DrillError::Witness)?;
        self.ledger.record(Event::WitnessAsked(WitnessAsked {
            credential: id.clone(),
            nonce: request.nonce,
            request: digest,
            wall,
            after,
        }));
        Ok(text)
    }

    /// Reads what the supplier signed, and gives what of it counts. Nothing is recorded.
    ///
    /// # Errors
    /// If one is not what was asked for: the first that is wrong, with its file.
    pub fn witnessed(
        &self,
        files: &[(PathBuf, String)],
        terminated: Option<Timestamp>,
    ) -> Result<Vec<Looked>, DrillError> {
        // A rehearsal's supplier is gone with it, and nobody witnesses for it.
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let supplier = self.supplier()?;
        let (asked, answered, mut prints) = self.ledger.view(|view| {
            let asked: Vec<Asked> = view.asked_for.iter().map(asked).collect();
            let prints: BTreeMap<CredentialId, String> = view
                .subjects
                .iter()
                .filter_map(|seen| {
                    let looked = seen.looked.get(&Means::Witness)?;
                    Some((seen.facts.credential.clone(), looked.print.clone()?))
                })
                .collect();
            (asked, view.answered.clone(), prints)
        });
        let run = self.shared.journal.view(|view| view.started.clone());
        let run = run.ok_or(DrillError::OutOfOrder("the journal has no beginning"))?.run;
        let mut taken = BTreeSet::new();
        let mut all = Vec::new();
        for (file, text) in files {
            let refused = |source| DrillError::Witnessed { file: file.clone(), source };
            let pinned = supplier.witness.as_ref().ok_or_else(|| {
                DrillError::Nothing(format!(
                    "nobody knows whose signature a witness of {} has\n  hint: add `witness: {{key: \
                     ed25519:...}}` to its file",
                    supplier.supplier
                ))
            })?;
            let key: PublicKey = pinned.key.parse().map_err(refused)?;
            let statement = open(text, &key).map_err(refused)?;
            let by = Admission {
                run: &run,
                asked: &asked,
                answered: &|nonce| answered.contains(nonce) || taken.contains(nonce),
                print: &|id| prints.get(id).cloned(),
                terminated,
                now: self.clock.wall(),
            };
            admit(&statement, by).map_err(refused)?;
            accepting(supplier, &statement.credential)?;
            taken.insert(statement.nonce.clone());
            prints.insert(statement.credential.clone(), statement.print.clone());
            all.push(self.as_looked(&statement, &key));
        }
        all.sort_by_key(|looked| looked.sent);
        Ok(all)
    }

    fn as_looked(&self, statement: &Statement, key: &PublicKey) -> Looked {
        let now = self.clock.now();
        let moment = |wall: Timestamp| {
            let since = Duration::try_from(wall.duration_since(self.clock.began()));
            since.map(Moment::after_start).unwrap_or_default().min(now)
        };
        let words = statement.channels.iter().map(|(channel, said)| format!("{channel}: {said}"));
        Looked {
            credential: statement.credential.clone(),
            means: Means::Witness,
            sent: moment(statement.sent),
            received: moment(statement.received),
            vantage: statement.vantage.clone(),
            shows: statement.shows,
            why: words.collect::<Vec<_>>().join("; "),
            by: Some(key.to_string()),
            nonce: Some(statement.nonce.clone()),
            print: Some(statement.print.clone()),
        }
    }

    /// Records what the supplier saw, when it saw it.
    pub(super) fn take_in(&self, all: Vec<Looked>) {
        for looked in all {
            self.ledger.record_at(looked.received, Event::Looked(Box::new(looked)));
        }
    }
}

/// A credential for which a witness is accepted.
fn accepting<'s>(supplier: &'s Supplier, id: &CredentialId) -> Result<&'s Credential, DrillError> {
    let known = supplier.credentials.iter().map(|item| item.value.id.as_str());
    let credential = supplier
        .credential(id)
        .ok_or_else(|| super::unknown("the credential", id.as_str(), known))?;
    if !credential.accept_proof.contains(&Means::Witness) {
        return Err(DrillError::Nothing(format!(
            "no witness is accepted for {id}\n  hint: add `accept_proof: [witness]` to it"
        )));
    }
    Ok(credential)
}

fn asked(event: &WitnessAsked) -> Asked {
    Asked {
        credential: event.credential.clone(),
        nonce: event.nonce.clone(),
        request: event.request.clone(),
        wall: event.wall,
        after: event.after,
    }
}

fn plain(values: &Values) -> BTreeMap<String, String> {
    values.iter_plain().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// How it is used: not by whom it is only asked about, nor what a live session needs.
fn channels(credential: &Credential, kind: &Kind) -> Vec<ChannelId> {
    let named = credential.channels.as_ref();
    kind.probe
        .iter()
        .filter(|(name, channel)| {
            !channel.by_id && !channel.kept && named.is_none_or(|named| named.contains(name))
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// What the supplier gives of its own to answer a request.
#[derive(Debug)]
pub struct Testimony {
    /// The secret fields of the credential.
    pub secrets: BTreeMap<String, Secret>,
    /// The host that it may be used at, typed by the supplier.
    pub host: String,
    /// The name of the place.
    pub vantage: String,
    /// The connection pool.
    pub client: reqwest::Client,
}

/// Uses a credential once on each of the channels asked for, with the controls that can be made there.
///
/// # Errors
/// If it cannot be used as it is asked for. Nothing was sent then.
pub async fn testify(
    (request, digest): (&Request, String),
    catalogue: Arc<Catalogue>,
    own: Testimony,
) -> Result<Statement, DrillError> {
    let Testimony { secrets, host, vantage, client } = own;
    let known = catalogue.get(&request.platform);
    let (description, kind) = known
        .and_then(|description| Some((description, description.credentials.get(&request.kind)?)))
        .ok_or_else(|| {
            DrillError::Nothing(format!(
                "no description knows {}.{}\n  hint: ask for it, read it, and put it into platforms/",
                request.platform, request.kind
            ))
        })?;
    if kind.rotates() {
        return Err(DrillError::OutOfOrder("each use of it would replace it: it is not used"));
    }
    let stage = stage(request, &host, description)?;
    let mut values = Values::default();
    for (name, value) in &request.fields {
        values.set(name.clone(), value.clone());
    }
    let key = FingerprintKey::new(Secret::new(request.salt.clone()));
    let mut prints = Vec::new();
    for field in &kind.secret {
        let secret = secrets
            .get(field)
            .ok_or_else(|| DrillError::Nothing(format!("its secret field `{field}` is missing")))?;
        prints.push(key.fingerprint(secret).to_string());
        values.set_secret(field.clone(), secret.clone());
    }
    let wallet = Arc::new(Wallet::new(key, Scrubber::new()));
    let held = Held {
        id: request.credential.clone(),
        role: Role::Suspect,
        supplier: request.supplier.clone(),
        platform: request.platform.clone(),
        kind: request.kind.clone(),
        principal: None,
        authority: "ours".to_owned(),
        channels: request.channels.clone(),
        values,
        accepted: None,
        root: request.credential.clone(),
    };
    wallet.take_in(held, kind);
    let clock: Arc<dyn Clock> = WallClock::start(Tempo::default());
    let http = Arc::new(Http::new(client, stage.allow_hosts.clone()));
    let prober = HttpProber::new(catalogue.clone(), Arc::new(stage), wallet, clock.clone(), http);
    let sent = clock.wall();
    let mut seen = Vec::new();
    for channel in &request.channels {
        let verdict = use_on(&prober, &*clock, (&request.credential, kind), channel).await;
        seen.push((channel.clone(), verdict));
    }
    let shows = if seen.iter().any(|(_, verdict)| matches!(verdict, Ok(Verdict::Alive(_)))) {
        Shows::There
    } else if !seen.is_empty()
        && seen.iter().all(|(_, verdict)| matches!(verdict, Ok(Verdict::Dead(_))))
    {
        Shows::Gone
    } else {
        Shows::Nothing
    };
    Ok(Statement {
        doornail_witness: FORM,
        request: digest,
        run: request.run.clone(),
        credential: request.credential.clone(),
        nonce: request.nonce.clone(),
        shows,
        channels: seen
            .into_iter()
            .map(|(channel, verdict)| match verdict {
                Ok(verdict) => (channel, verdict.to_string()),
                Err(why) => (channel, why),
            })
            .collect(),
        sent,
        received: clock.wall(),
        vantage,
        print: prints.join("+"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Only the one platform, at the one host that was typed.
fn stage(
    request: &Request,
    host: &str,
    description: &crate::platform::schema::Description,
) -> Result<Stage, DrillError> {
    let asked = request.address.parse::<url::Url>().ok();
    let asked = asked.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    if asked != host {
        return Err(DrillError::Nothing(format!(
            "the request would have it used at the host {asked:?}, and {host:?} was typed; nothing was sent\n  \
             hint: use it only where you know that it belongs: type that host with --host"
        )));
    }
    let mut parameters = request.parameters.clone();
    let base = parameters.remove("base_url").unwrap_or_else(|| request.address.clone());
    if base.trim_end_matches('/') != request.address.trim_end_matches('/') {
        return Err(DrillError::OutOfOrder(
            "the request contradicts itself: it names two addresses",
        ));
    }
    let site = Site::new(description, Some(base), &parameters).map_err(DrillError::Stage)?;
    let allow_hosts = vec![host.to_owned()];
    Ok(Stage {
        environment: EnvironmentId::new("witness"),
        mocked: false,
        platforms: [(request.platform.clone(), site)].into(),
        permits: Permits {
            programs: Vec::new(),
            wire: Wire::new(allow_hosts.clone(), Vec::new(), false),
        },
        allow_hosts,
        by_hand: None,
    })
}

/// One use, once a probe without it and one with a made-up one have shown that the answer means something; why
/// not, otherwise.
async fn use_on(
    prober: &HttpProber,
    clock: &dyn Clock,
    (id, kind): (&CredentialId, &Kind),
    channel: &ChannelId,
) -> Result<Verdict, String> {
    if let Verdict::Alive(_) = prober.probe(id, channel, Variant::Empty).await.verdict {
        return Err("let in without any credential: the endpoint is public".to_owned());
    }
    if skipped(kind, channel).is_none() {
        let mut last = String::new();
        for attempt in 0..CONTROL_TRIES {
            if attempt > 0 {
                clock.wait_until(clock.now() + Duration::from_secs(2)).await;
            }
            last = match prober.probe(id, channel, Variant::Bogus).await.verdict {
                Verdict::Alive(_) => {
                    return Err("a credential that was never issued is let in".to_owned());
                }
                Verdict::Dead(_) => String::new(),
                Verdict::Inconclusive(doubt) => doubt.reason.to_string(),
            };
            if last.is_empty() {
                break;
            }
        }
        if !last.is_empty() {
            return Err(format!("a never-issued credential is not refused: {last}"));
        }
    }
    Ok(prober.probe(id, channel, Variant::Genuine).await.verdict)
}
