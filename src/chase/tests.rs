use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::clock::SimulatedClock;
use crate::id::{KindId, SupplierId};
use crate::journal::Journal;
use crate::journal::event::Enlisted;
use crate::journal::script::facts;
use crate::platform::schema::Description;
use crate::probe::Values;
use crate::verdict::{AliveReason, DeadReason, Death, DoubtReason, RuleName, Verdict};

const HOUR: Duration = Duration::from_secs(3600);

/// What a credential answers at a second.
type Script = Box<dyn Fn(&str, u64) -> char + Send + Sync>;

/// Answers by the moment it is asked: `script(credential, seconds)`.
struct Scripted {
    clock: Arc<dyn Clock>,
    script: Script,
    asked: Mutex<Vec<(String, u64)>>,
}

#[async_trait]
impl Prober for Scripted {
    async fn probe(&self, credential: &CredentialId, _: &ChannelId, _: Variant) -> Observation {
        let now = self.clock.now();
        let secs = now.since_start().as_secs();
        self.asked.lock().unwrap().push((credential.to_string(), secs));
        let mut retry_after = None;
        let verdict = match (self.script)(credential.as_str(), secs) {
            'a' => Verdict::alive(AliveReason::Identified, RuleName::new("r")),
            'd' => Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r"))),
            'r' => {
                retry_after = Some(Duration::from_secs(300));
                Verdict::doubt(DoubtReason::RateLimited, "429")
            }
            other => panic!("{other}"),
        };
        Observation {
            host: "x".into(),
            sent: now,
            received: now,
            verdict,
            status: None,
            code: None,
            excerpt: String::new(),
            retry_after,
            minted: Vec::new(),
        }
    }
}

mod at_once;
mod claims;
mod minting;
mod passwords;

struct Stand {
    chase: Chase,
    ledger: Ledger,
    prober: Arc<Scripted>,
    _folder: tempfile::TempDir,
}

fn description(budget: &str, lockout: &str) -> Description {
    serde_saphyr::from_str(&format!(
        "
platform: x
title: X
base_url: http://x
polite: {{every: 5s, budget: {budget}}}
credentials:
  token:
    title: Token
    class: token
    owned_by: account
    secret: [token]
    list: {{cannot: no}}
    mint: {{cannot: no}}
    probe:
      rest:
        {lockout}
        identity: {{get: /me}}
        alive: []
        dead: []
        samples: []
"
    ))
    .unwrap()
}

fn held(id: &str, role: Role) -> Held {
    Held {
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
    }
}

/// A suspect `s` controlled by a bystander `b`, terminated at the start.
fn stand(lockout: &str, script: impl Fn(&str, u64) -> char + Send + Sync + 'static) -> Stand {
    stand_with("600/min", lockout, script)
}

fn stand_with(
    budget: &str,
    lockout: &str,
    script: impl Fn(&str, u64) -> char + Send + Sync + 'static,
) -> Stand {
    let description = description(budget, lockout);
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), None).unwrap();
    let clock: Arc<dyn Clock> = SimulatedClock::start_at(jiff::Timestamp::UNIX_EPOCH);
    let ledger = journal.ledger(1, clock.clone());
    let prober = Arc::new(Scripted {
        clock: clock.clone(),
        script: Box::new(script),
        asked: Mutex::default(),
    });
    let mut chase = Chase::new(
        prober.clone(),
        clock.clone(),
        ledger.clone(),
        Pace::default(),
        Stop::default(),
        Arc::new(Budgets::new(clock)),
        Arc::new(|_| None),
    );
    let kind = description.credentials.values().next().unwrap();
    for (id, role) in [("b", Role::Bystander), ("s", Role::Suspect)] {
        let bystanders = if role == Role::Suspect { vec!["b".into()] } else { Vec::new() };
        let facts = Enlisted { bystanders, ..facts(id, role.clone()) };
        ledger.record(Event::Enlisted(Box::new(facts)));
        let kind = kind.clone();
        chase.follow(&Newcomer { held: held(id, role), kind, polite: description.polite });
    }
    ledger.record(Event::TerminationBegan { by: "p".into() });
    Stand { chase, ledger, prober, _folder: folder }
}

async fn drive_until(stand: &mut Stand, seconds: u64) {
    let until = Moment::after_start(Duration::from_secs(seconds));
    stand.chase.drive(|_, _| Progress::Open { until: Some(until) }, None).await;
}

fn standing(stand: &Stand, id: &str) -> crate::track::Standing {
    stand.ledger.view(|view| {
        let subject = view.subject(&id.into()).unwrap();
        subject.tracks.values().next().unwrap().standing()
    })
}

fn asked(stand: &Stand, id: &str) -> Vec<u64> {
    let asked = stand.prober.asked.lock().unwrap();
    asked.iter().filter(|(who, _)| who == id).map(|(_, at)| *at).collect()
}

#[tokio::test]
async fn a_death_is_confirmed_at_the_polite_interval_with_the_bystander_in_between() {
    let mut stand = stand("", |who, at| if who == "s" && at >= 1000 { 'd' } else { 'a' });
    drive_until(&mut stand, 3600).await;
    let crate::track::Standing::Dead { exposure, .. } = standing(&stand, "s") else { panic!() };
    let first = exposure.first_dead.since_start().as_secs();
    let last = exposure.last_alive.unwrap().since_start().as_secs();
    assert!(last < 1000 && (1000..=1050).contains(&first), "({last}, {first}] within 5 %");
    let after: Vec<u64> = asked(&stand, "s").into_iter().filter(|at| *at >= first).collect();
    assert_eq!((after[1] - after[0], after[2] - after[1]), (5, 5));
    assert!(asked(&stand, "b").iter().any(|at| (first..=first + 10).contains(at)));
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_heard_by_every_probe_of_the_platform() {
    let mut stand = stand("", |who, at| if who == "b" && at == 0 { 'r' } else { 'a' });
    drive_until(&mut stand, 900).await;
    let all: Vec<u64> = asked(&stand, "s").into_iter().chain(asked(&stand, "b")).collect();
    assert!(all.iter().all(|at| *at == 0 || *at >= 300), "{all:?}");
}

#[tokio::test]
async fn a_deadline_is_probed_to_the_moment() {
    let mut stand = stand("", |_, _| 'a');
    let deadline = Moment::after_start(Duration::from_secs(2_777));
    stand.chase.probe_at(&["s".into()], deadline);
    drive_until(&mut stand, 3600).await;
    assert!(asked(&stand, "s").contains(&2_777));
}

#[tokio::test]
async fn refusals_never_exceed_the_lockout_cap() {
    let mut stand =
        stand("lockout: {refusals: 4, per: 10m}", |who, _| if who == "s" { 'd' } else { 'a' });
    drive_until(&mut stand, 3600).await;
    let refused = asked(&stand, "s");
    for at in &refused {
        let window = refused.iter().filter(|other| (*at..*at + 600).contains(other)).count();
        assert!(window <= 4, "{window} refusals within 10 minutes of {at}");
    }
    assert!((8..12).contains(&refused.len()), "one in each window of the watch: {refused:?}");
}

#[tokio::test]
async fn when_the_bystander_is_refused_too_nothing_is_confirmed() {
    let mut stand = stand("", |_, at| if at >= 60 { 'd' } else { 'a' });
    drive_until(&mut stand, 3600).await;
    assert!(!matches!(standing(&stand, "s"), crate::track::Standing::Dead { .. }));
    assert!(asked(&stand, "s").len() < 400, "a refusing platform is not hammered");
}

#[tokio::test]
async fn what_comes_back_in_the_watch_is_seen() {
    let mut stand =
        stand("", |who, at| if who == "s" && (60..40_000).contains(&at) { 'd' } else { 'a' });
    drive_until(&mut stand, 86_400).await;
    assert!(matches!(standing(&stand, "s"), crate::track::Standing::CameBack { .. }));
}

#[tokio::test]
async fn with_a_spent_budget_nobody_starves() {
    // Two credentials want twelve probes a minute each, and four are to be had for both.
    let mut stand = stand_with("4/min", "", |_, _| 'a');
    drive_until(&mut stand, 90).await;
    let (bystander, suspect) = (asked(&stand, "b").len(), asked(&stand, "s").len());
    assert!(suspect >= 3 && suspect.abs_diff(bystander) <= 1, "{bystander} and {suspect}");
}

#[tokio::test]
async fn a_stop_ends_the_drive_and_nothing_more_is_asked() {
    let mut stand = stand("", |_, _| 'a');
    drive_until(&mut stand, 60).await;
    let before = asked(&stand, "s").len();
    let stop = Stop::default();
    stop.stop();
    assert!(stop.is_stopped());
    stop.stopped().await;
    let open = |_: &ScenarioView, _| Progress::Open { until: Some(Moment::after_start(HOUR)) };
    stand.chase.drive(open, Some(&stop)).await;
    assert_eq!(asked(&stand, "s").len(), before);
    stand.chase.stop.stop();
    stand.chase.drive(open, None).await;
    assert_eq!(asked(&stand, "s").len(), before);
}

#[tokio::test]
async fn a_drive_with_nothing_to_ask_waits_for_whoever_is_at_work() {
    let mut stand = stand("", |_, _| 'a');
    stand.chase.queue.clear();
    let halt = Stop::default();
    let open = |_: &ScenarioView, _| Progress::Open { until: None };
    let order = Mutex::new(Vec::new());
    let chase = async {
        stand.chase.drive(open, Some(&halt)).await;
        order.lock().unwrap().push("driven");
    };
    let work = async {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        order.lock().unwrap().push("worked");
        halt.stop();
    };
    tokio::join!(chase, work);
    assert_eq!(*order.lock().unwrap(), ["worked", "driven"]);
    // Without anybody at work there is nothing to wait for.
    stand.chase.drive(open, None).await;
}

#[tokio::test]
async fn a_deadline_that_is_past_is_probed_as_soon_as_manners_allow() {
    let mut stand = stand("", |_, _| 'a');
    drive_until(&mut stand, 1_000).await;
    let last = *asked(&stand, "s").last().unwrap();
    stand.chase.probe_at(&["s".into()], Moment::START);
    drive_until(&mut stand, 1_006).await;
    let next = *asked(&stand, "s").last().unwrap();
    assert!(next > last && next <= 1_000.max(last + 5), "{last}, then {next}");
    // A second wish within the polite interval is not heard before its end.
    stand.chase.probe_at(&["s".into()], Moment::START);
    drive_until(&mut stand, 1_012).await;
    let both: Vec<u64> = asked(&stand, "s").into_iter().filter(|at| *at > next).collect();
    assert!(both.first().is_some_and(|at| *at >= next + 5), "{next}, then {both:?}");
}

#[tokio::test]
async fn the_chase_of_a_named_credential_leaves_the_others_alone() {
    let mut stand = stand("", |_, _| 'a');
    drive_until(&mut stand, 1_000).await;
    let before = asked(&stand, "b").len();
    for _ in 0..5 {
        stand.chase.probe_at(&["s".into()], Moment::START);
        let until = stand.chase.clock.now().since_start().as_secs() + 5;
        drive_until(&mut stand, until).await;
    }
    assert!(asked(&stand, "b").len() <= before + 1);
}

#[test]
fn every_request_of_a_probe_counts_against_the_budget() {
    let mut description = description("600/min", "");
    let kind = description.credentials.values_mut().next().unwrap();
    let channel = kind.probe.values_mut().next().unwrap();
    assert_eq!(requests(channel), 1);
    let more: crate::platform::schema::Channel = serde_saphyr::from_str(
        "
flow: [{get: /a}, {get: /b}]
dead: []
samples: []
reach:
  - {name: data, request: {get: /c}, allowed: [], refused: []}
  - {name: more, request: {get: /d}, allowed: [], refused: []}
corroborate: {request: {get: /e}, dead: []}
",
    )
    .unwrap();
    assert_eq!(requests(&more), 5);
}
