//! Several requests in flight, in real time.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::clock::WallClock;

/// Counts who is asked at once; an answer takes as long as its credential's name says, in milliseconds.
struct Slow {
    clock: Arc<dyn Clock>,
    now: AtomicUsize,
    most: AtomicUsize,
    order: Mutex<Vec<String>>,
}

#[async_trait]
impl Prober for Slow {
    async fn probe(&self, credential: &CredentialId, _: &ChannelId, _: Variant) -> Observation {
        let sent = self.clock.now();
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.order.lock().unwrap().push(format!("+{credential}"));
        let length = credential.as_str().split('-').nth(1).unwrap().parse().unwrap();
        self.clock.wait_until(sent + Duration::from_millis(length)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.order.lock().unwrap().push(format!("-{credential}"));
        Observation {
            host: "x".into(),
            sent,
            received: self.clock.now(),
            verdict: Verdict::alive(AliveReason::Identified, RuleName::new("r")),
            status: None,
            code: None,
            excerpt: String::new(),
            retry_after: None,
            minted: Vec::new(),
        }
    }
}

/// Drives until everybody in `who` was let in; `(id, family)`.
async fn all_proven(who: &[(&str, &str)]) -> Arc<Slow> {
    all_proven_asking(who, Duration::from_secs(5)).await
}

async fn all_proven_asking(who: &[(&str, &str)], every: Duration) -> Arc<Slow> {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), None).unwrap();
    let clock: Arc<dyn Clock> = WallClock::start(crate::clock::Tempo::default());
    let ledger = journal.ledger(1, clock.clone());
    let prober = Arc::new(Slow {
        clock: clock.clone(),
        now: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        order: Mutex::default(),
    });
    let budgets = Arc::new(Budgets::new(clock.clone()));
    let describe: Describe = Arc::new(|_| None);
    let mut chase = Chase::new(
        prober.clone(),
        clock,
        ledger.clone(),
        Pace::default(),
        Stop::default(),
        budgets,
        describe,
    );
    let mut description = description("60000/min", "");
    description.polite.every.0 = every;
    let kind = description.credentials.values().next().unwrap();
    ledger.record(Event::TerminationBegan { by: "p".into() });
    for (id, root) in who {
        ledger.record(Event::Enlisted(Box::new(facts(id, Role::Suspect))));
        let held = Held { root: (*root).into(), ..held(id, Role::Suspect) };
        chase.follow(&Newcomer { held, kind: kind.clone(), polite: description.polite });
    }
    let proven = |view: &ScenarioView, _| {
        let mut tracks = view.subjects.iter().flat_map(|seen| seen.tracks.values());
        if tracks.all(|track| track.first_alive().is_some()) {
            Progress::Answered
        } else {
            Progress::Open { until: Some(Moment::after_start(HOUR)) }
        }
    };
    chase.drive(proven, None).await;
    prober
}

#[tokio::test]
async fn many_are_asked_at_once_but_not_all() {
    let ids: Vec<String> = (0..40).map(|number| format!("t{number}-20")).collect();
    let who: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), id.as_str())).collect();
    let prober = all_proven(&who).await;
    assert_eq!(prober.most.load(Ordering::SeqCst), 16);
    assert_eq!(prober.now.load(Ordering::SeqCst), 0, "none is left behind");
}

#[tokio::test]
async fn one_family_is_never_asked_twice_at_once_and_keeps_nobody_waiting() {
    let prober = all_proven(&[("a-60", "family"), ("b-1", "family"), ("c-1", "c")]).await;
    let order = prober.order.lock().unwrap().clone();
    let place = |what: &str| order.iter().position(|event| event == what).unwrap();
    assert!(place("+b-1") > place("-a-60"), "{order:?}");
    assert!(place("-c-1") < place("-a-60"), "{order:?}");
}

#[tokio::test]
async fn a_slow_answer_holds_nobody_up() {
    let who = [("slow-300", "slow"), ("fast-1", "fast")];
    let prober = all_proven_asking(&who, Duration::from_millis(10)).await;
    let order = prober.order.lock().unwrap().clone();
    let fast = order.iter().filter(|event| *event == "+fast-1").count();
    assert!(fast >= 5, "{order:?}");
}

/// Answers after others had their turn, and tells whether time went on meanwhile.
struct Yielding(Arc<dyn Clock>, AtomicUsize);

#[async_trait]
impl Prober for Yielding {
    async fn probe(&self, _: &CredentialId, _: &ChannelId, _: Variant) -> Observation {
        let sent = self.0.now();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.1.fetch_add(1, Ordering::SeqCst);
        assert_eq!(self.0.now(), sent, "time went on");
        Observation {
            host: "x".into(),
            sent,
            received: sent,
            verdict: Verdict::alive(AliveReason::Identified, RuleName::new("r")),
            status: None,
            code: None,
            excerpt: String::new(),
            retry_after: None,
            minted: Vec::new(),
        }
    }
}

#[tokio::test]
async fn simulated_time_stands_still_while_a_request_is_in_flight() {
    let mut stand = stand("", |_, _| 'a');
    let prober = Arc::new(Yielding(stand.chase.clock.clone(), AtomicUsize::new(0)));
    stand.chase.prober = prober.clone();
    drive_until(&mut stand, 600).await;
    assert!(prober.1.load(Ordering::SeqCst) > 20);
}
