//! Histories: a whole chase on the simulated clock, with real requests to a platform that reads the same clock, and
//! the rulings demanded of it.

mod table;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doornail::chase::budget::Budgets;
use doornail::chase::schedule::Pace;
use doornail::chase::{Chase, Newcomer, Progress, Stop};
use doornail::claim::{Claim, Expectation, Finding, Ruling, Subject};
use doornail::clock::{Clock, Moment, SimulatedClock};
use doornail::id::PlatformId;
use doornail::journal::event::{Event, Judged, Role};
use doornail::journal::judge::judge;
use doornail::journal::{Journal, Ledger};
use doornail::probe::http::Http;
use doornail::probe::{HttpProber, Wallet};
use doornail::secret::{FingerprintKey, Scrubber, Secret};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::rig;
use super::wire::{self, Answers, Reply};

/// The termination begins so long after the drill.
const BEGINS: Duration = Duration::from_secs(60);
/// A question without an answer is given up so long after its deadline.
const PATIENCE: Duration = Duration::from_secs(600);
/// Real time that a silent platform costs.
const DEADLINE: Duration = Duration::from_millis(300);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Suspect,
    Bystander,
}

/// One request, as the platform of a history sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) who: Who,
    /// Seconds since the termination began; before it, negative.
    pub(super) at: i64,
    /// How often this one has asked since the termination began.
    pub(super) count: usize,
    pub(super) path: &'a str,
    /// Which request of its connection, from 0.
    pub(super) on_connection: usize,
}

/// One claim and what must be found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Then {
    pub(super) expects: Expectation,
    pub(super) of: Who,
    /// Seconds from the termination, or of the watch.
    pub(super) within: u64,
    pub(super) demand: Finding,
}

/// One history.
pub(super) struct History {
    pub(super) name: &'static str,
    pub(super) channel: &'static str,
    pub(super) bystander: bool,
    pub(super) token: Option<String>,
    /// What another server answers, to which the name leads from this second on.
    pub(super) moves: Option<(i64, World)>,
    pub(super) world: World,
    pub(super) then: Vec<Then>,
    /// What the reason of the first ruling must say.
    pub(super) says: &'static str,
}

pub(super) type World = fn(Ask<'_>) -> Reply;

/// What was found on each claim of a history.
pub(super) struct Told {
    pub(super) rulings: Vec<Ruling>,
}

pub(super) fn all() -> Vec<History> {
    table::histories()
}

fn answers(world: World, clock: Arc<SimulatedClock>) -> Answers {
    let counts = Mutex::new([0; 2]);
    Arc::new(move |asked| {
        let Some(asked) = asked else { return Reply::default() };
        let by_bystander = asked.header("authorization").is_some_and(|value| value.ends_with("-b"));
        let who = if by_bystander { Who::Bystander } else { Who::Suspect };
        let at = clock.now().since_start().as_secs() as i64 - BEGINS.as_secs() as i64;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = &mut counts[usize::from(by_bystander)];
        let ask =
            Ask { who, at, count: *count, path: asked.path(), on_connection: asked.on_connection };
        *count += usize::from(at >= 0);
        world(ask)
    })
}

/// Leads a name to one address, and from a moment on to another.
struct Moving {
    clock: Arc<SimulatedClock>,
    at: i64,
    port: u16,
}

impl Resolve for Moving {
    fn resolve(&self, _: Name) -> Resolving {
        let now = self.clock.now().since_start().as_secs() as i64 - BEGINS.as_secs() as i64;
        let last = if now < self.at { 1 } else { 2 };
        let address = std::net::SocketAddr::from(([127, 0, 0, last], self.port));
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) })
    }
}

/// Plays a history to its end.
pub(super) async fn play(history: &History) -> Told {
    let clock = SimulatedClock::start_at("2026-01-05T09:00:00Z".parse().unwrap());
    let server = wire::serve("127.0.0.1:0", None, answers(history.world, clock.clone())).await;
    let port = server.address.port();
    let (base, client, _second) = match history.moves {
        None => (format!("http://127.0.0.1:{port}"), rig::client(None, DEADLINE), None),
        Some((at, world)) => {
            let second = answers(world, clock.clone());
            let second = wire::serve(&format!("127.0.0.2:{port}"), None, second).await;
            let resolver = Arc::new(Moving { clock: clock.clone(), at, port });
            (
                format!("http://localhost:{port}"),
                rig::client(Some(resolver), DEADLINE),
                Some(second),
            )
        }
    };
    let catalogue = rig::catalogue();
    let description = catalogue.get(&PlatformId::new("desk")).unwrap();
    let kind = &description.credentials["token"];
    let stage = Arc::new(rig::stage(description, &base));
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), None).unwrap();
    let shared: Arc<dyn Clock> = clock.clone();
    let ledger = journal.ledger(1, shared.clone());
    let wallet = Arc::new(Wallet::new(FingerprintKey::new(Secret::new("key")), Scrubber::new()));
    let http = Arc::new(Http::new(client, stage.allow_hosts.clone()));
    let prober = HttpProber::new(catalogue.clone(), stage, wallet.clone(), shared.clone(), http);
    let budgets = Arc::new(Budgets::new(shared.clone()));
    let describe = Arc::new(|_| None);
    let stop = Stop::default();
    let (pace, prober) = (Pace::default(), Arc::new(prober));
    let mut chase = Chase::new(prober, shared, ledger.clone(), pace, stop, budgets, describe);
    let parts = [("b", Role::Bystander), ("s", Role::Suspect)];
    for (id, role) in parts.into_iter().filter(|(id, _)| history.bystander || *id == "s") {
        let mut held = rig::held(id, "desk", "token", kind, history.channel);
        held.role = role;
        if let (Some(token), "s") = (&history.token, id) {
            held.values.set_secret("token", Secret::new(token.clone()));
        }
        ledger.record(Event::Enlisted(Box::new(wallet.take_in(held.clone(), kind))));
        chase.follow(&Newcomer { held, kind: kind.clone(), polite: description.polite });
    }
    let begin = Moment::after_start(BEGINS);
    let arm = |_: &_, now: Moment| match now >= begin {
        true => Progress::Answered,
        false => Progress::Open { until: Some(begin) },
    };
    chase.drive(arm, None).await;
    // Nothing may be due before the beginning; then no time has passed yet.
    clock.wait_until(begin).await;
    ledger.record(Event::TerminationBegan { by: "contract-end".into() });
    ledger.record(Event::TerminationEnded);
    chase.wake_all();
    let mut rulings = Vec::new();
    for (number, then) in (1..).zip(&history.then) {
        rulings.push(demand(&mut chase, &ledger, &*clock, number, then).await);
    }
    Told { rulings }
}

async fn demand(
    chase: &mut Chase,
    ledger: &Ledger,
    clock: &dyn Clock,
    id: u32,
    then: &Then,
) -> Ruling {
    let is_watch = then.expects == Expectation::NoReturn;
    let from = if is_watch { clock.now() } else { Moment::after_start(BEGINS) };
    let credential = match then.of {
        Who::Suspect => "s",
        Who::Bystander => "b",
    };
    let deadline = Some(from + Duration::from_secs(then.within));
    let subject = Subject { credential: credential.into(), deadline };
    let claim = Claim {
        id,
        text: "a demand of the torture set".into(),
        expects: then.expects,
        subjects: vec![subject.clone()],
        none_declared: false,
        made: clock.now(),
    };
    ledger.record(Event::Claimed(claim.clone()));
    chase.settle_claim(&claim, PATIENCE).await;
    let ruling = ledger.view(|view| judge(&claim, &subject, view)).into_ruling();
    let judged = Judged { subject: credential.into(), ruling: ruling.clone() };
    ledger.record(Event::Judged { claim: id, rulings: vec![judged] });
    ruling
}
