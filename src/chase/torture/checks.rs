//! What must hold of everything the chase says, by the truth that only the model knows.
#![expect(clippy::wildcard_enum_match_arm, reason = "what is not named here must not be ruled")]

use super::play::{Asked, Played, Ruled, millis};
use super::world::{History, Millis, Phase, TERMINATED, Truth};
use crate::claim::{Expectation, Finding};
use crate::track::Standing;

type Checked = Result<(), String>;

fn demand(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

/// Everything.
pub(super) fn check(played: &Played) -> Checked {
    manners(played)?;
    for ruled in &played.ruled {
        match ruled.expects {
            Expectation::Dead => death(played, ruled)?,
            Expectation::NoReturn => watch(played, ruled)?,
            Expectation::Unharmed => bystander(played, ruled)?,
            other => return Err(format!("{other:?} is not claimed here")),
        }
    }
    at_last(played)
}

/// In words, for the count.
pub(super) fn outcome(played: &Played) -> Vec<String> {
    let mut words: Vec<String> = played
        .at_last
        .iter()
        .map(|(expects, _, finding)| format!("{expects:?}: {}", finding.code()))
        .collect();
    let unseen = |ruled: &&Ruled| {
        ruled.finding == Finding::Holds
            && ruled.who == "s"
            && played.history.suspect.is_let_in_between(ruled.at, ruled.at)
    };
    for ruled in played.ruled.iter().filter(unseen) {
        words.push(format!(
            "{:?}: holds, while a replica that no probe met still lets it in",
            ruled.expects
        ));
    }
    words
}

fn of<'p>(
    played: &'p Played,
    who: &str,
    until: Millis,
) -> impl Iterator<Item = &'p Asked> + use<'p> {
    let who = who.to_owned();
    played.log.iter().filter(move |asked| asked.who == who && asked.received <= until)
}

fn is_bystander(asked: &Asked) -> bool {
    asked.who.starts_with('b')
}

/// Nobody is asked more often than is polite, allowed, or safe.
fn manners(played: &Played) -> Checked {
    let settings = &played.history.settings;
    let proven_again = settings.proven_again.map(|before| TERMINATED - before);
    let deadlines: Vec<Millis> =
        played.ruled.iter().filter_map(|ruled| ruled.deadline).chain(proven_again).collect();
    for (index, asked) in played.log.iter().enumerate() {
        let next = played.log[index + 1..].iter().find(|next| next.who == asked.who);
        if let Some(next) = next {
            let named = deadlines.iter().any(|at| asked.sent < *at && *at <= next.sent);
            demand(named || next.sent >= asked.sent + settings.polite, || {
                format!("{} was asked at {} and at {}", asked.who, asked.sent, next.sent)
            })?;
        }
        if let Phase::Limited(seconds) = asked.answer {
            let free = asked.received + Millis::from(seconds) * 1000;
            let hasty = played.log[index + 1..].iter().find(|next| next.sent < free);
            demand(hasty.is_none(), || format!("asked again before {free}: {hasty:?}"))?;
        }
        let minute = played.log[index..].iter().take_while(|next| next.sent < asked.sent + 60_000);
        let count = minute.count();
        demand(count <= 2 * settings.budget as usize, || format!("{count} requests in a minute"))?;
        if let Some(allowed) = settings.lockout {
            let refusals = played.log[index..].iter().filter(|next| {
                next.who == asked.who
                    && next.answer.refuses()
                    && next.received < asked.received + 600_000
            });
            let count = refusals.count();
            demand(count <= allowed as usize, || format!("{count} refusals in ten minutes"))?;
        }
    }
    Ok(())
}

fn death(played: &Played, ruled: &Ruled) -> Checked {
    let truth = &played.history.suspect;
    let deadline = ruled.deadline.unwrap_or_default();
    match ruled.finding {
        Finding::Holds => {
            let first_dead = confirmed(played, ruled)?;
            demand(first_dead <= deadline, || format!("first refused at {first_dead}"))?;
        }
        Finding::Survivor => demand(truth.is_let_in_between(deadline, ruled.at), || {
            "a survivor that was let in by nobody at or after the deadline".into()
        })?,
        Finding::Revenant => came_back(played, ruled)?,
        Finding::NotConfirmed => {}
        other => groundless(played, ruled, other)?,
    }
    exact(played, ruled)
}

fn watch(played: &Played, ruled: &Ruled) -> Checked {
    let until = ruled.deadline.unwrap_or_default();
    let truth = &played.history.suspect;
    match ruled.finding {
        Finding::Holds => {
            confirmed(played, ruled)?;
            let last = of(played, "s", ruled.at).last();
            demand(last.is_some_and(|last| last.received >= until), || {
                "nobody looked at the end of the watch".into()
            })?;
            let retired = |asked: &Asked| asked.answer == Phase::Expired;
            let others = played.log.iter().filter(|asked| is_bystander(asked)).any(|asked| {
                (asked.answer == Phase::Alive && asked.sent >= until) || retired(asked)
            });
            demand(others, || "nobody else was let in at the end of the watch".into())
        }
        Finding::Survivor => demand(truth.is_let_in_between(until, ruled.at), || {
            "a survivor that was let in by nobody at the end of the watch".into()
        }),
        Finding::Revenant => came_back(played, ruled),
        Finding::NotConfirmed => Ok(()),
        other => groundless(played, ruled, other),
    }
}

fn bystander(played: &Played, ruled: &Ruled) -> Checked {
    let number: usize = ruled.who[1..].parse().unwrap();
    let truth = &played.history.bystanders[number];
    let mine: Vec<&Asked> = of(played, &ruled.who, ruled.at).collect();
    match ruled.finding {
        Finding::Holds => {
            let retired = mine.last().is_some_and(|asked| asked.answer == Phase::Expired);
            demand(retired || truth.is_let_in_between(ruled.made, ruled.at), || {
                "a bystander is well that nobody let in since it was asked after".into()
            })
        }
        Finding::BystanderHarmed => {
            let refused = mine.iter().rev().take_while(|asked| asked.answer.refuses()).count();
            let k = played.history.settings.refusals as usize;
            demand(refused >= k, || format!("harmed after {refused} refusals"))
        }
        Finding::Unproven => {
            demand(mine.iter().all(|asked| asked.answer != Phase::Alive), || "it was proven".into())
        }
        Finding::NotConfirmed => Ok(()),
        other => Err(format!("{other:?} of a bystander")),
    }
}

/// A death that is believed: dated by its first refusal, refused often, long and alone enough since, never let
/// in since; and really died in the interval.
fn confirmed(played: &Played, ruled: &Ruled) -> Result<Millis, String> {
    let Standing::Dead { exposure, .. } = ruled.track.standing() else {
        return Err("held without a confirmed death".into());
    };
    let (from, to) = (exposure.last_alive.map(millis), millis(exposure.first_dead));
    let mine: Vec<&Asked> = of(played, "s", ruled.at).collect();
    let first = mine
        .iter()
        .position(|asked| asked.received == to && asked.answer.refuses())
        .ok_or("the first refusal is in no log")?;
    let run = &mine[first..];
    demand(run.iter().all(|asked| asked.answer != Phase::Alive), || "it was let in since".into())?;
    let unbroken: Vec<&&Asked> = run.iter().take_while(|asked| asked.answer.refuses()).collect();
    let demanded = refusals_demanded(played, &mine[..first]);
    demand(unbroken.len() as u64 >= demanded, || {
        format!("{} refusals in a row, {demanded} demanded", unbroken.len())
    })?;
    let lasted = unbroken.last().map_or(0, |last| last.received - to);
    demand(lasted >= played.history.settings.spread, || format!("refused for {lasted} only"))?;
    let alone = played.log.iter().any(|asked| {
        is_bystander(asked)
            && asked.answer == Phase::Alive
            && asked.sent >= to
            && asked.received <= ruled.at
    });
    demand(alone, || "nobody else was let in since".into())?;
    let before = mine[..first].iter().rev().find(|asked| asked.answer == Phase::Alive);
    demand(before.map(|asked| asked.sent) == from, || {
        format!("last alive {from:?}, by the log {before:?}")
    })?;
    if played.history.suspect.replicas.len() == 1 {
        let deaths = played.history.suspect.deaths();
        let inside = |at: &Millis| from.is_none_or(|from| from <= *at) && *at <= to;
        demand(deaths.iter().any(inside), || format!("no death between {from:?} and {to}"))?;
    }
    Ok(to)
}

/// Doubled by each refusal that was followed by life. Where bystanders were refused too, the least is demanded:
/// which refusals were the platform's is the product's to say.
fn refusals_demanded(played: &Played, before: &[&Asked]) -> u64 {
    let k = u64::from(played.history.settings.refusals.max(1));
    if played.log.iter().any(|asked| is_bystander(asked) && asked.answer.refuses()) {
        return k;
    }
    let told: Vec<bool> = before
        .iter()
        .filter(|asked| !asked.answer.is_silent())
        .map(|asked| asked.answer.refuses())
        .collect();
    let flips = told.windows(2).filter(|pair| pair[0] && !pair[1]).count();
    k << flips.min(3)
}

fn came_back(played: &Played, ruled: &Ruled) -> Checked {
    let mine: Vec<&Asked> = of(played, "s", ruled.at).collect();
    let refused = mine.iter().position(|asked| asked.answer.refuses());
    let again = refused.is_some_and(|first| {
        mine[first..].iter().any(|asked| asked.answer == Phase::Alive && asked.sent >= TERMINATED)
    });
    demand(again, || "a revenant that was never refused and then let in".into())
}

/// Rulings that a ground is missing.
fn groundless(played: &Played, ruled: &Ruled, finding: Finding) -> Checked {
    let mine = || of(played, "s", ruled.at);
    let truth = &played.history.suspect;
    let grounded = match finding {
        Finding::Unproven => mine().all(|asked| asked.answer != Phase::Alive),
        Finding::Uncontrolled => played.history.bystanders.is_empty(),
        Finding::DiedBefore => truth.is_refused_between(0, TERMINATED),
        _ => false,
    };
    demand(grounded, || format!("{finding:?} without ground"))
}

/// In a world without disturbance the truth is told, and as sharply as was asked for.
fn exact(played: &Played, ruled: &Ruled) -> Checked {
    let history = &played.history;
    let Some(death) = undisturbed(history) else { return Ok(()) };
    let deadline = ruled.deadline.unwrap_or_default();
    let due = match death {
        Some(at) if at <= deadline => Finding::Holds,
        Some(_) | None => Finding::Survivor,
    };
    demand(ruled.finding == due, || format!("{:?}, but the truth is {due:?}", ruled.finding))?;
    let Standing::Dead { exposure, .. } = ruled.track.standing() else { return Ok(()) };
    let (from, to) = (exposure.last_alive.map_or(0, millis), millis(exposure.first_dead));
    let elapsed = from.saturating_sub(TERMINATED) as f64;
    let widest = (elapsed * history.settings.resolution).max(history.settings.polite as f64) + 2.0;
    demand((to - from) as f64 <= widest, || format!("({from}, {to}] is wider than {widest}"))
}

/// When it died, if it did, in a world where nothing keeps anybody from seeing it.
fn undisturbed(history: &History) -> Option<Option<Millis>> {
    let settings = &history.settings;
    let quiet = history.latency == 0
        && settings.budget >= 6_000
        && settings.lockout.is_none()
        && !history.bystanders.is_empty()
        && history.bystanders.iter().all(Truth::is_immortal);
    let confirming = u64::from(settings.refusals + 2) * settings.polite + settings.spread;
    // A confirmation must fit in, also where the last refusals come at the watcher's pace.
    let patient = settings.patience >= 2 * (confirming + settings.deadline / 2);
    if !(quiet && patient) {
        return None;
    }
    if history.suspect.is_immortal() {
        return Some(None);
    }
    history.suspect.only_death().filter(|at| *at > TERMINATED).map(Some)
}

/// What stands at the end fits everything that was seen until then.
fn at_last(played: &Played) -> Checked {
    let fits = |expects, finding| match (expects, finding) {
        (Expectation::Dead | Expectation::NoReturn, Finding::Holds) => {
            let judged = played.ruled.iter().find(|ruled| ruled.expects == expects);
            let Some(judged) = judged else { return false };
            let since = judged.at;
            let mut later = played.log.iter().filter(|asked| asked.sent >= since);
            !later.any(|asked| asked.who == "s" && asked.answer == Phase::Alive)
        }
        _ => true,
    };
    for (expects, _, finding) in &played.at_last {
        demand(fits(*expects, *finding), || {
            format!("{expects:?} {finding:?}, and it was let in later")
        })?;
    }
    let green = played.at_last.iter().all(|(.., finding)| finding.severity().exit_code() == 0);
    demand(!(green && harmed(played)) || played.exit == 5, || "harm that is not told".into())?;
    demand(green || played.exit != 0, || format!("exit 0 for {:?}", played.at_last))
}

/// Whether a bystander that was let in before the termination is refused for good, by the log.
fn harmed(played: &Played) -> bool {
    let k = played.history.settings.refusals.max(1) as usize;
    (0..played.history.bystanders.len()).any(|number| {
        let mine: Vec<&Asked> = of(played, &format!("b{number}"), Millis::MAX).collect();
        let last: Vec<&&Asked> =
            mine.iter().rev().take_while(|asked| asked.answer.refuses()).collect();
        let since = last.last().map_or(0, |first| first.received);
        last.len() >= k
            && since >= TERMINATED
            && last.first().is_some_and(|asked| asked.answer != Phase::Expired)
            && mine.iter().any(|asked| asked.answer == Phase::Alive)
    })
}
