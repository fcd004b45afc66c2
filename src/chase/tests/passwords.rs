//! However many passwords and channels want it, an account never gets more wrong passwords than it takes.

use std::collections::BTreeMap as Map;

use proptest::prelude::*;

use super::*;
use crate::chase::passwords::{Account, WrongPasswords};
use crate::claim::{Claim, Expectation, Finding, Subject};
use crate::journal::judge::judge;
use crate::platform::schema::Kind;

/// One account's passwords on several doors, and when each is refused, let in, or answered with something else.
#[derive(Clone, Debug)]
struct World {
    /// By account: the cap's refusals, its window in seconds, and its credentials.
    accounts: Vec<(u32, u64, Vec<Password>)>,
    doors: usize,
    polite: u64,
    latency: u64,
    /// Deadlines at which everything is wanted, in seconds.
    wanted: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Password {
    /// It changes what it answers at these seconds: let in first.
    turns: Vec<(u64, char)>,
}

impl Password {
    fn at(&self, second: u64) -> char {
        let mut turns = self.turns.iter().filter(|(at, _)| *at <= second);
        turns.next_back().map_or('a', |(_, answer)| *answer)
    }
}

struct Answering {
    clock: Arc<SimulatedClock>,
    world: World,
    log: Mutex<Vec<(usize, Moment, Moment, char)>>,
}

#[async_trait]
impl Prober for Answering {
    async fn probe(&self, credential: &CredentialId, _: &ChannelId, _: Variant) -> Observation {
        let sent = self.clock.now();
        self.clock.wait_until(sent + Duration::from_millis(self.world.latency)).await;
        let (account, number) = credential.as_str().split_once('-').unwrap();
        let (account, number): (usize, usize) = (account.parse().unwrap(), number.parse().unwrap());
        let received = self.clock.now();
        let answer = self.world.accounts[account].2[number].at(sent.since_start().as_secs());
        self.log.lock().unwrap().push((account, sent, received, answer));
        let verdict = match answer {
            'a' => Verdict::alive(AliveReason::Identified, RuleName::new("r")),
            'd' => Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r"))),
            'l' => Verdict::doubt(DoubtReason::LockedOut, ""),
            _ => Verdict::doubt(DoubtReason::ServerError, ""),
        };
        Observation {
            host: "x".into(),
            sent,
            received,
            verdict,
            status: None,
            code: None,
            excerpt: String::new(),
            retry_after: None,
            minted: Vec::new(),
        }
    }
}

fn kind(world: &World, refusals: u32, per: u64) -> (Kind, crate::platform::schema::Polite) {
    let door = format!(
        "{{lockout: {{refusals: {refusals}, per: {per}s}}, identity: {{get: /me}}, alive: [], dead: [], samples: []}}"
    );
    let doors: Vec<String> =
        (0..world.doors).map(|number| format!("      door{number}: {door}")).collect();
    let text = format!(
        "
platform: x
title: X
base_url: http://x
polite: {{every: {}s, budget: 6000/min}}
credentials:
  password:
    title: Password
    class: login
    owned_by: principal
    secret: [password]
    list: {{cannot: no}}
    mint: {{cannot: no}}
    probe:
{}
",
        world.polite,
        doors.join("\n")
    );
    let description: Description = serde_saphyr::from_str(&text).unwrap();
    (description.credentials.values().next().unwrap().clone(), description.polite)
}

/// What was sent to each account, and what the journal says of what was not.
struct Seen {
    log: Vec<(usize, Moment, Moment, char)>,
    withheld: usize,
    lock_outs: usize,
}

async fn play(world: &World, until: u64) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path(), None).unwrap();
    let clock = SimulatedClock::start_at(jiff::Timestamp::UNIX_EPOCH);
    let ledger = journal.ledger(2, clock.clone());
    let (mine, world) = (clock.clone(), world.clone());
    let prober = Arc::new(Answering { clock: mine, world: world.clone(), log: Mutex::default() });
    let mut chase = Chase::new(
        prober.clone(),
        clock.clone(),
        ledger.clone(),
        Pace::default(),
        Stop::default(),
        Arc::new(Budgets::new(clock.clone())),
        Arc::new(|_| None),
    );
    let mut all = Vec::new();
    for (number, (refusals, per, passwords)) in world.accounts.iter().enumerate() {
        let (kind, polite) = kind(&world, *refusals, *per);
        for which in 0..passwords.len() {
            let id = format!("{number}-{which}");
            let doors = (0..world.doors).map(|door| ChannelId::new(format!("door{door}")));
            let doors: Vec<ChannelId> = doors.collect();
            let channels = doors.iter().map(|door| (door.clone(), "use".to_owned())).collect();
            let facts = Enlisted { channels, ..facts(&id, Role::Suspect) };
            ledger.record(Event::Enlisted(Box::new(facts)));
            let mut held = held(&id, Role::Suspect);
            held.channels = doors;
            held.values.set("principal.login", format!("account{number}"));
            chase.follow(&Newcomer { held, kind: kind.clone(), polite });
            all.push(CredentialId::new(&id));
        }
    }
    ledger.record(Event::TerminationBegan { by: "p".into() });
    for at in &world.wanted {
        chase.probe_at(&all, Moment::after_start(Duration::from_secs(*at)));
    }
    let end = Moment::after_start(Duration::from_secs(until));
    chase.drive(|_, _| Progress::Open { until: Some(end) }, None).await;
    let withheld = ledger
        .view(|view| view.subjects.iter().map(|subject| subject.withheld.len()).sum::<usize>());
    let lock_outs = ledger.view(|view| view.lock_outs.len());
    let log = prober.log.lock().unwrap().clone();
    Seen { log, withheld, lock_outs }
}

/// No window of any account holds more of what was not let in than its cap, whenever the server counted it.
fn within_caps(world: &World, log: &[(usize, Moment, Moment, char)]) -> Result<(), String> {
    for (number, (refusals, per, _)) in world.accounts.iter().enumerate() {
        let wrong: Vec<_> = log
            .iter()
            .filter(|(account, .., answer)| *account == number && *answer != 'a')
            .collect();
        for (_, _, received, _) in &wrong {
            let window = *received + Duration::from_secs(*per);
            let inside =
                wrong.iter().filter(|(_, sent, other, _)| other >= received && *sent < window);
            let count = inside.count();
            if count > *refusals as usize {
                return Err(format!(
                    "{count} wrong passwords of account {number}, {refusals} allowed"
                ));
            }
        }
    }
    Ok(())
}

fn password() -> impl Strategy<Value = Password> {
    let answer = prop_oneof![6 => Just('d'), 2 => Just('a'), 1 => Just('s'), 1 => Just('l')];
    prop::collection::vec((0..3_000u64, answer), 0..4).prop_map(|mut turns| {
        turns.sort_unstable();
        Password { turns }
    })
}

fn world() -> impl Strategy<Value = World> {
    let account = (1..7u32, 10..1_500u64, prop::collection::vec(password(), 1..5));
    (
        prop::collection::vec(account, 1..3),
        1..4usize,
        1..90u64,
        prop_oneof![2 => Just(0u64), 1 => 1..30_000u64],
        prop::collection::vec(0..4_000u64, 0..6),
    )
        .prop_map(|(accounts, doors, polite, latency, wanted)| World {
            accounts,
            doors,
            polite,
            latency,
            wanted,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_account_ever_gets_more_wrong_passwords_than_its_cap(world in world()) {
        let seen = futures::executor::block_on(play(&world, 4_000));
        within_caps(&world, &seen.log).map_err(TestCaseError::fail)?;
        let told = seen.log.iter().filter(|(.., answer)| *answer == 'l').count();
        prop_assert_eq!(seen.lock_outs, told, "every lock-out that is seen is told");
    }
}

fn refused_at(second: u64) -> Password {
    Password { turns: vec![(second, 'd')] }
}

#[tokio::test]
async fn channels_and_passwords_of_one_account_share_its_cap_and_take_turns() {
    let passwords = vec![refused_at(0), refused_at(0)];
    let world = World {
        accounts: vec![(2, 1_200, passwords)],
        doors: 2,
        polite: 10,
        latency: 0,
        wanted: vec![900],
    };
    let seen = play(&world, 8_000).await;
    within_caps(&world, &seen.log).unwrap();
    let mut times: Map<u64, usize> = Map::new();
    for (_, sent, ..) in &seen.log {
        *times.entry(sent.since_start().as_secs()).or_default() += 1;
    }
    let times: Vec<(u64, usize)> = times.into_iter().collect();
    assert_eq!(&times[..3], [(0, 2), (1_200, 2), (2_400, 2)], "two in each window");
    assert!(seen.withheld >= 2, "what is not asked is recorded");
}

#[tokio::test]
async fn a_locked_account_is_left_alone_for_the_window_on_every_door() {
    let locked = Password { turns: vec![(60, 'l'), (61, 'd')] };
    let world = World {
        accounts: vec![(5, 600, vec![locked.clone(), locked])],
        doors: 2,
        polite: 60,
        latency: 0,
        wanted: vec![60],
    };
    let seen = play(&world, 900).await;
    let after: Vec<u64> = seen
        .log
        .iter()
        .map(|(_, sent, ..)| sent.since_start().as_secs())
        .filter(|at| *at >= 60)
        .collect();
    assert_eq!(after[0], 60);
    assert!(after[1..].iter().all(|at| *at >= 660), "{after:?}");
    assert_eq!(seen.lock_outs, 1);
}

#[tokio::test]
async fn a_claim_that_the_cap_keeps_open_says_so_and_is_never_a_death() {
    let mut stand =
        stand("lockout: {refusals: 2, per: 1h}", |who, _| if who == "s" { 'd' } else { 'a' });
    let claim = Claim {
        id: 1,
        text: "x".into(),
        expects: Expectation::Dead,
        subjects: vec![Subject { credential: "s".into(), deadline: None }],
        none_declared: false,
        made: Moment::START,
    };
    stand.ledger.view(|view| assert!(view.subject(&"s".into()).unwrap().withheld.is_empty()));
    drive_until(&mut stand, 600).await;
    let why = stand.ledger.view(|view| {
        let ruling = judge(&claim, &claim.subjects[0], view).into_ruling();
        assert_ne!(ruling.finding, Finding::Holds, "two refusals of three");
        view.subject(&"s".into()).unwrap().withheld.values().next().unwrap().why.clone()
    });
    assert_eq!(why, "s at x got 2 wrong passwords within 1h, and no more than 2 may be sent");
    let before = asked(&stand, "s").len();
    drive_until(&mut stand, 3_500).await;
    assert_eq!((before, asked(&stand, "s").len()), (2, 2));
    drive_until(&mut stand, 3_700).await;
    assert!(matches!(standing(&stand, "s"), crate::track::Standing::Dead { .. }));
}

#[tokio::test]
async fn a_new_password_waits_for_the_old_ones_end_and_then_the_old_one_is_left_alone() {
    let mut stand =
        stand("lockout: {refusals: 5, per: 10m}", |who, _| if who == "s" { 'd' } else { 'a' });
    let description = description("600/min", "lockout: {refusals: 5, per: 10m}");
    let kind = description.credentials.values().next().unwrap().clone();
    let role = Role::Renewed { of: "s".into() };
    stand.ledger.record(Event::Enlisted(Box::new(facts("n", role.clone()))));
    stand.chase.hold_back("n".into());
    stand.chase.follow(&Newcomer { held: held("n", role), kind, polite: description.polite });
    stand.chase.wake_all();
    stand.chase.settle_ends(&["s".into()], Moment::START, Duration::from_secs(60)).await;
    assert!(matches!(standing(&stand, "s"), crate::track::Standing::Dead { .. }));
    assert_eq!((asked(&stand, "s").len(), asked(&stand, "n").len()), (3, 0));
    stand.chase.quieten("s".into());
    stand.chase.quieten("n".into());
    stand.chase.release(&"n".into());
    let watch_ends = Moment::after_start(HOUR);
    stand.chase.probe_at(&["s".into()], watch_ends);
    drive_until(&mut stand, 7_200).await;
    let old = asked(&stand, "s");
    assert_eq!(asked(&stand, "n").len(), 1, "it was seen to work");
    // One was due already when the old one went quiet.
    assert!(old.len() <= 5 && old.contains(&3_600), "{old:?}");
}

#[test]
fn an_account_is_the_same_whatever_the_credential_is_called() {
    let description = description("600/min", "lockout: {refusals: 5, per: 10m}");
    let kind = description.credentials.values().next().unwrap();
    let channel = kind.probe.values().next().unwrap();
    let of = |id: &str, login: Option<&str>, field: &str| {
        let mut held = held(id, Role::Suspect);
        if let Some(login) = login {
            held.values.set(field, login);
        }
        Account::of(&held, kind, channel).unwrap()
    };
    let maya = of("a", Some("maya@acme.example"), "principal.login");
    assert_eq!(maya, of("b", Some("Maya@acme.example"), "login"));
    assert_ne!(maya, of("b", Some("leo@acme.example"), "login"));
    assert_ne!(of("a", None, ""), of("b", None, ""), "nobody knows whose: each its own");
    let plain = crate::platform::schema::Channel { lockout: None, ..channel.clone() };
    assert!(Account::of(&held("a", Role::Suspect), kind, &plain).is_none(), "a token locks nobody");
}

#[test]
fn a_process_that_goes_on_knows_what_was_sent_before() {
    let passwords = WrongPasswords::default();
    let account = Account::named(PlatformId::new("x"), "maya");
    let at = |seconds| jiff::Timestamp::from_second(seconds).unwrap();
    let lockout = description("600/min", "lockout: {refusals: 2, per: 10m}");
    let kind = lockout.credentials.values().next().unwrap();
    passwords.learn(&account, kind.probe.values().next().unwrap().lockout);
    passwords.recall(&account, at(0));
    passwords.recall(&account, at(300));
    assert_eq!(passwords.ask(&account, at(400)).unwrap_err().until, at(600));
}
