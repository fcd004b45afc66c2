//! The torture set: hostile and odd platforms, each with the verdict that a careful engineer would demand.
//!
//! The servers here are independent of the mocks, and the demands are written from the design and the platforms'
//! documentation. `cargo test --test it torture -- --nocapture` prints the counts.

mod answers;
mod case;
mod histories;
mod http2;
mod rig;
mod say;
mod tally;
mod tls;
mod wire;

use std::sync::OnceLock;

use doornail::probe::Observation;
use doornail::verdict::{DoubtReason, Verdict};
use futures::StreamExt as _;

use self::case::{Case, Demand};
use self::histories::{History, Told};
use self::rig::Played;
use self::tally::{Said, Tally};

/// So many cases are played at a time.
const AT_ONCE: usize = 24;

/// Everything that was played, once for all tests.
struct Set {
    answers: Vec<(Case, Played)>,
    histories: Vec<(History, Told)>,
}

fn played() -> &'static Set {
    static PLAYED: OnceLock<Set> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let client = rig::client(None, rig::PATIENCE);
            let answers = futures::stream::iter(answers::all()).map(|case| async {
                let seen = rig::play(&case, &client).await;
                (case, seen)
            });
            let histories = futures::stream::iter(histories::all()).map(|history| async {
                let told = histories::play(&history).await;
                (history, told)
            });
            let (answers, histories) = futures::join!(
                answers.buffered(AT_ONCE).collect(),
                histories.buffered(AT_ONCE).collect()
            );
            Set { answers, histories }
        })
    })
}

/// Everything about a case, beside its verdicts, that is not as demanded.
fn besides(case: &Case, played: &Played) -> Vec<String> {
    let mut wrong = Vec::new();
    if let (Some(length), Some(last)) = (case.leave_alone, played.seen.last())
        && last.retry_after != length
    {
        wrong.push(format!("to be left alone for {length:?}, heard {:?}", last.retry_after));
    }
    if let Some(bound) = case.bounded
        && played.sent > bound
    {
        wrong.push(format!("the server got rid of {} bytes, {bound} are the bound", played.sent));
    }
    if let Some(hold) = case.requests
        && let Err(why) = hold(&played.asked)
    {
        wrong.push(why);
    }
    wrong
}

/// Counts everything that was played, as one judge sees it.
fn tally(judge: impl Fn(&Observation) -> Verdict) -> Tally {
    let mut tally = Tally::default();
    let Set { answers, histories } = played();
    for (case, played) in answers {
        let mut said = Vec::new();
        for (demand, seen) in case.demands.iter().zip(&played.seen) {
            let verdict = judge(seen);
            let wrong = (!demand.is_met_by(&verdict)).then(|| verdict.to_string());
            said.push((Said::demanded(*demand), Said::of_verdict(&verdict), wrong));
        }
        let wrong = besides(case, played);
        tally.count(case.group, &case.name, &said, wrong);
    }
    for (history, told) in histories {
        let mut said = Vec::new();
        for (then, ruling) in history.then.iter().zip(&told.rulings) {
            let wrong = (ruling.finding != then.demand).then(|| {
                format!("{} ({}), not {}", ruling.finding.code(), ruling.why, then.demand.code())
            });
            let amounts = |finding| Said::of_finding(then.expects, finding);
            said.push((amounts(then.demand), amounts(ruling.finding), wrong));
        }
        // The first claim is what a history is about.
        said.reverse();
        let first = told.rulings.first().map_or("", |ruling| ruling.why.as_str());
        let unsaid = (!first.contains(history.says))
            .then(|| format!("{first:?} does not say {:?}", history.says));
        tally.count("histories", history.name, &said, unsaid.into_iter().collect());
    }
    tally
}

fn as_the_product_says(seen: &Observation) -> Verdict {
    seen.verdict.clone()
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what this set is for")]
fn nothing_living_is_called_dead_and_nothing_dead_alive() {
    let tally = tally(as_the_product_says);
    println!("{tally}");
    assert!(tally.wrong.is_empty(), "not as demanded:\n{}", tally.wrong.join("\n"));
}

#[test]
fn the_set_is_large_and_its_cases_differ() {
    let Set { answers, histories } = played();
    assert!(answers.len() + histories.len() >= 150);
    assert!(histories.len() >= 40);
    let mut names: Vec<_> =
        answers.iter().map(|(case, _)| (case.group, case.name.as_str())).collect();
    names.extend(histories.iter().map(|(history, _)| ("histories", history.name)));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two cases of one name");
}

#[test]
fn every_doubt_is_demanded_by_a_case_that_has_no_other_choice() {
    let demanded = |wanted: DoubtReason| {
        let alone = |demand: &Demand| *demand == Demand::Inconclusive(only(wanted));
        played().answers.iter().any(|(case, _)| case.demands.iter().any(alone))
    };
    // A refusal alone does not tell where else it was let in: the journal does.
    let apart = [DoubtReason::PlatformWide, DoubtReason::OtherVantage];
    for reason in DOUBTS.iter().copied().filter(|reason| !apart.contains(reason)) {
        assert!(demanded(reason), "no case demands {reason:?}");
    }
    // No single answer can show this one: it takes a bystander, so a history demands it.
    let everybody =
        |(history, _): &&(History, Told)| history.name.starts_with("everybody is refused from");
    let (_, told) = played().histories.iter().find(everybody).unwrap();
    let why = &told.rulings[0].why;
    assert!(why.contains(&DoubtReason::PlatformWide.to_string()), "{why}");
}

/// Status alone, as scanners have it: what is not let in is dead, and so is what cannot be reached.
fn naive(seen: &Observation) -> Verdict {
    let word = match seen.status {
        Some(200..=299) => r#"{"verdict":"alive","reason":"identified","rule":"naive"}"#,
        Some(500..=599) => r#"{"verdict":"inconclusive","reason":"server-error"}"#,
        Some(_) | None => r#"{"verdict":"dead","reason":"refused","rule":"naive"}"#,
    };
    serde_json::from_str(word).unwrap()
}

#[test]
fn a_judge_that_looks_at_the_status_alone_is_caught() {
    let tally = tally(naive);
    assert!(tally.false_dead > 100, "{} false dead", tally.false_dead);
    assert!(tally.false_alive > 50, "{} false alive", tally.false_alive);
    assert!(tally.wrong.len() >= tally.false_dead + tally.false_alive);
}

#[test]
fn a_judge_that_never_decides_is_caught() {
    let never = |_: &Observation| Verdict::doubt(DoubtReason::Unrecognised, "");
    let tally = tally(never);
    assert_eq!((tally.false_dead, tally.false_alive), (0, 0));
    assert!(tally.wrong.len() > 100, "{}", tally.wrong.len());
}

macro_rules! doubts {
    ($($reason:ident),* $(,)?) => {
        const DOUBTS: &[DoubtReason] = &[$(DoubtReason::$reason),*];

        /// A list of this one alone.
        fn only(reason: DoubtReason) -> &'static [DoubtReason] {
            match reason { $(DoubtReason::$reason => &[DoubtReason::$reason]),* }
        }
    };
}

doubts!(
    RateLimited,
    TryAgain,
    ServerError,
    Timeout,
    Dns,
    Connection,
    Tls,
    Redirect,
    Cached,
    Html,
    TooLarge,
    Unparsable,
    Ambiguous,
    Unrecognised,
    IdentityDrift,
    Anonymous,
    LockedOut,
    Policy,
    ClientRefused,
    Unavailable,
    FlowBroken,
    HostNotAllowed,
    PlatformWide,
    OtherVantage,
);
