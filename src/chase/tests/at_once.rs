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
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), None).unwrap();
    let clock: Arc<dyn Clock> = WallClock::start();
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
    let description = description("6000/min", "");
    let kind = description.credentials.values().next().unwrap();
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
