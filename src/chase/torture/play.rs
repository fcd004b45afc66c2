//! One history played: the chase asks the model, claims are made and ruled as in a drill, and everything is
//! kept for the checks.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::world::{Balance, History, Life, Millis, Phase, TERMINATED, Truth};
use crate::chase::budget::Budgets;
use crate::chase::schedule::Pace;
use crate::chase::{Chase, Newcomer, Progress, Stop};
use crate::claim::{Claim, Expectation, Finding, Subject};
use crate::clock::{Clock, Moment, SimulatedClock};
use crate::id::{ChannelId, CredentialId, KindId, PlatformId, SupplierId};
use crate::journal::event::{Enlisted, Event, Judged, Role, RunStarted, ScenarioResult};
use crate::journal::exit::severity;
use crate::journal::judge::judge;
use crate::journal::revise::revised;
use crate::journal::script::{facts, started};
use crate::journal::{Journal, Ledger};
use crate::platform::schema::{Budget, Description, Lockout};
use crate::probe::{Held, Observation, Prober, Values, Variant};
use crate::span::Span;
use crate::track::{Confirmation, Track};
use crate::verdict::{AliveReason, DeadReason, Death, DoubtReason, RuleName, Verdict};

/// One question and its answer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) who: String,
    pub(super) sent: Millis,
    pub(super) received: Millis,
    pub(super) answer: Phase,
}

/// What was ruled on one subject of one claim, and what was known then.
#[derive(Clone, Debug)]
pub(super) struct Ruled {
    pub(super) expects: Expectation,
    pub(super) who: String,
    pub(super) finding: Finding,
    pub(super) why: String,
    pub(super) made: Millis,
    pub(super) deadline: Option<Millis>,
    pub(super) at: Millis,
    pub(super) track: Track,
}

/// A history with everything that came of it.
pub(super) struct Played {
    pub(super) history: History,
    pub(super) log: Vec<Asked>,
    /// As ruled at first, in order.
    pub(super) ruled: Vec<Ruled>,
    /// As they stand at the end.
    pub(super) at_last: Vec<(Expectation, String, Finding)>,
    pub(super) exit: u8,
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for asked in &self.log {
            let Asked { who, sent, received, answer } = asked;
            writeln!(f, "{sent:>9} {received:>9} {who} {answer:?}")?;
        }
        for Ruled { expects, who, finding, why, made, deadline, at, .. } in &self.ruled {
            writeln!(f, "{made}..{at} {expects:?} {who} {deadline:?}: {finding:?}, {why}")?;
        }
        writeln!(f, "{:?} exit {}", self.at_last, self.exit)
    }
}

pub(super) fn millis(moment: Moment) -> Millis {
    Millis::try_from(moment.since_start().as_millis()).unwrap()
}

fn moment(millis: Millis) -> Moment {
    Moment::after_start(Duration::from_millis(millis))
}

/// Answers as the model knows.
struct Model {
    clock: Arc<dyn Clock>,
    history: History,
    log: Mutex<Vec<Asked>>,
}

impl Model {
    fn truth(&self, who: &str) -> &Truth {
        match who.strip_prefix('b') {
            Some(number) => &self.history.bystanders[number.parse::<usize>().unwrap()],
            None => &self.history.suspect,
        }
    }

    fn replica(&self, who: &str, turn: usize) -> &Life {
        let replicas = &self.truth(who).replicas;
        let place = match self.history.balance {
            Balance::InTurn => turn,
            // Any mixing will do, as long as it is the same each time.
            Balance::Any(seed) => {
                let mixed = (seed ^ turn as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                (mixed >> 33) as usize
            }
        };
        &replicas[place % replicas.len()]
    }
}

#[async_trait]
impl Prober for Model {
    async fn probe(&self, credential: &CredentialId, _: &ChannelId, _: Variant) -> Observation {
        let sent = self.clock.now();
        let History { latency, decided_after, .. } = self.history;
        let turn = self.log.lock().unwrap().len();
        if latency > 0 {
            let decided = sent + Duration::from_millis(latency * decided_after / 100);
            self.clock.wait_until(decided).await;
        }
        let answer = self.replica(credential.as_str(), turn).at(millis(self.clock.now()));
        if latency > 0 {
            self.clock.wait_until(sent + Duration::from_millis(latency)).await;
        }
        let received = self.clock.now();
        self.log.lock().unwrap().push(Asked {
            who: credential.to_string(),
            sent: millis(sent),
            received: millis(received),
            answer,
        });
        let rule = || RuleName::new("model");
        let dead = |reason| Verdict::Dead(Death::by_rule(reason, rule()));
        let mut retry_after = None;
        let verdict = match answer {
            Phase::Alive => Verdict::alive(AliveReason::Identified, rule()),
            Phase::Dead => dead(DeadReason::Refused),
            Phase::Masked => dead(DeadReason::PrincipalDisabled),
            Phase::Expired => dead(DeadReason::Expired),
            Phase::Broken => Verdict::doubt(DoubtReason::ServerError, ""),
            Phase::Limited(seconds) => {
                retry_after = Some(Duration::from_secs(seconds.into()));
                Verdict::doubt(DoubtReason::RateLimited, "")
            }
        };
        Observation {
            host: "x".into(),
            sent,
            received,
            verdict,
            status: None,
            code: None,
            excerpt: String::new(),
            retry_after,
            minted: Vec::new(),
        }
    }
}

static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    serde_saphyr::from_str(
        "
platform: x
title: X
base_url: http://x
polite: {every: 5s, budget: 600/min}
credentials:
  token:
    title: Token
    class: token
    owned_by: account
    secret: [token]
    list: {cannot: no}
    mint: {cannot: no}
    probe: {rest: {identity: {get: /me}, alive: [], dead: [], samples: []}}
",
    )
    .unwrap()
});

struct Stage {
    chase: Chase,
    ledger: Ledger,
    clock: Arc<SimulatedClock>,
    ruled: Vec<Ruled>,
    patience: Duration,
}

impl Stage {
    fn enlist(&mut self, id: &str, role: Role, bystanders: Vec<CredentialId>, history: &History) {
        let facts = Enlisted { bystanders, ..facts(id, role.clone()) };
        self.ledger.record(Event::Enlisted(Box::new(facts)));
        let settings = &history.settings;
        let mut kind = DESCRIPTION.credentials.values().next().unwrap().clone();
        for channel in kind.probe.values_mut() {
            channel.lockout = settings.lockout.map(|refusals| Lockout {
                refusals,
                per: Span(Duration::from_secs(600)),
                address: None,
            });
        }
        let mut polite = DESCRIPTION.polite;
        polite.every = Span(Duration::from_millis(settings.polite));
        polite.budget = Budget { requests: settings.budget, per: Duration::from_secs(60) };
        let held = Held {
            id: id.into(),
            role,
            supplier: SupplierId::new("acme"),
            platform: PlatformId::new("x"),
            kind: KindId::new("token"),
            principal: None,
            authority: "ours".into(),
            channels: vec!["rest".into()],
            values: Values::default(),
            accepted: None,
            root: id.into(),
        };
        self.chase.follow(&Newcomer { held, kind, polite });
    }

    async fn claim(&mut self, expects: Expectation, who: &[String], deadline: Option<Millis>) {
        let made = self.clock.now();
        let subject = |id: &String| Subject {
            credential: CredentialId::new(id),
            deadline: deadline.map(moment),
        };
        let claim = Claim {
            id: u32::try_from(self.ruled.len()).unwrap() + 1,
            text: "x".into(),
            expects,
            subjects: who.iter().map(subject).collect(),
            none_declared: false,
            made,
        };
        self.ledger.record(Event::Claimed(claim.clone()));
        self.chase.settle_claim(&claim, self.patience).await;
        let rulings = self.ledger.view(|view| {
            let mut rulings = Vec::new();
            for subject in &claim.subjects {
                let ruling = judge(&claim, subject, view).into_ruling();
                let seen = view.subject(&subject.credential).unwrap();
                self.ruled.push(Ruled {
                    expects,
                    who: subject.credential.to_string(),
                    finding: ruling.finding,
                    why: ruling.why.clone(),
                    made: millis(made),
                    deadline,
                    at: millis(self.clock.now()),
                    track: seen.tracks.values().next().unwrap().clone(),
                });
                rulings.push(Judged { subject: subject.credential.to_string(), ruling });
            }
            rulings
        });
        self.ledger.record(Event::Judged { claim: claim.id, rulings });
    }
}

pub(super) fn play(history: &History) -> Played {
    futures::executor::block_on(play_through(history))
}

async fn play_through(history: &History) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), None).unwrap();
    let settings = &history.settings;
    let confirmation = Confirmation {
        refusals: settings.refusals,
        spread: Duration::from_millis(settings.spread),
    };
    journal.record(Event::RunStarted(RunStarted { confirmation, ..started() }));
    let clock = SimulatedClock::start_at(jiff::Timestamp::UNIX_EPOCH);
    // Of the first scenario every event goes to the disk, of a later one none until its turn comes.
    let ledger = journal.ledger(2, clock.clone());
    let model =
        Arc::new(Model { clock: clock.clone(), history: history.clone(), log: Mutex::default() });
    let pace = Pace { resolution: settings.resolution, ..Pace::default() };
    let budgets = Arc::new(Budgets::new(clock.clone()));
    let chase = Chase::new(
        model.clone(),
        clock.clone(),
        ledger.clone(),
        pace,
        Stop::default(),
        budgets,
        Arc::new(|_| None),
    );
    let patience = Duration::from_millis(settings.patience);
    let mut stage = Stage { chase, ledger: ledger.clone(), clock, ruled: Vec::new(), patience };
    let bystanders: Vec<String> =
        (0..history.bystanders.len()).map(|number| format!("b{number}")).collect();
    for id in &bystanders {
        stage.enlist(id, Role::Bystander, Vec::new(), history);
    }
    let controls = bystanders.iter().map(CredentialId::new).collect();
    stage.enlist("s", Role::Suspect, controls, history);
    let until = |at| move |_: &_, _| Progress::Open { until: Some(moment(at)) };
    if let Some(before) = settings.proven_again {
        stage.chase.probe_at(&["s".into()], moment(TERMINATED - before));
    }
    stage.chase.drive(until(TERMINATED), None).await;
    ledger.record(Event::TerminationBegan { by: "p".into() });
    stage.chase.wake_all();
    let suspect = ["s".to_owned()];
    let deadline = TERMINATED + settings.deadline;
    stage.chase.probe_at(&["s".into()], moment(deadline));
    stage.claim(Expectation::Dead, &suspect, Some(deadline)).await;
    if let Some(watch) = settings.watch {
        let until = millis(stage.clock.now()) + watch;
        stage.claim(Expectation::NoReturn, &suspect, Some(until)).await;
    }
    if !bystanders.is_empty() {
        stage.claim(Expectation::Unharmed, &bystanders, None).await;
    }
    let revisions: Vec<_> = ledger.view(|view| {
        let claims = view.claims.iter();
        claims.filter_map(|claim| Some((claim.claim.id, revised(claim, view)?))).collect()
    });
    for (claim, rulings) in revisions {
        ledger.record(Event::Judged { claim, rulings });
    }
    ledger.record(Event::ScenarioEnded { result: ScenarioResult::Completed });
    let at_last = ledger.view(|view| {
        let rulings = view.claims.iter().flat_map(|claim| {
            claim
                .rulings
                .iter()
                .map(|judged| (claim.claim.expects, judged.subject.clone(), judged.ruling.finding))
        });
        rulings.collect()
    });
    let exit = journal.view(|run| severity(run).exit_code());
    let log = model.log.lock().unwrap().clone();
    Played { history: history.clone(), log, ruled: stage.ruled, at_last, exit }
}
