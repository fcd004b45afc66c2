//! When a credential is probed next: pure rules.

use std::time::Duration;

use crate::clock::Moment;
use crate::track::{Confirmation, Standing, Track};

/// How often is asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Exposure is known within this part of the time elapsed.
    pub resolution: f64,
    /// After a confirmed death, within this part: nothing is measured any more, only watched.
    pub watch: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { resolution: 0.05, watch: 0.2 }
    }
}

/// While a platform refuses everybody, hurrying so often is enough.
const MOST_HURRIED: u32 = 5;

/// The next probe after one at `now`, `from` being the start of the termination.
///
/// A credential that is let in is asked at the resolution, one whose refusal is not confirmed yet at the
/// platform's polite interval, one that is confirmed dead ever more rarely.
pub fn next_due(
    track: &Track,
    polite: Duration,
    from: Moment,
    now: Moment,
    pace: Pace,
    confirmation: Confirmation,
) -> Moment {
    let part_of_elapsed = |part: f64| now.since(from).mul_f64(part);
    let wait = match track.standing() {
        // Only what further refusals can confirm is hurried; what lacks a bystander waits for it.
        Standing::Refused { .. }
            if track.refusals() <= track.refusals_demanded(confirmation)
                && track.voids() < MOST_HURRIED =>
        {
            polite
        }
        Standing::Refused { .. }
        | Standing::Alive { .. }
        | Standing::Doubtful { .. }
        | Standing::Unknown => polite.max(part_of_elapsed(pace.resolution)),
        Standing::Dead { .. } | Standing::CameBack { .. } => {
            polite.max(part_of_elapsed(pace.watch))
        }
    };
    now + wait
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{AliveReason, DeadReason, Death, RuleName, Verdict};

    #[test]
    fn a_day_costs_a_few_hundred_probes_at_five_per_cent() {
        let mut track = Track::default();
        let (polite, from) = (Duration::from_secs(5), Moment::START);
        let mut now = from;
        let mut probes = 0;
        while now.since_start() < Duration::from_secs(86_400) {
            let alive = Verdict::alive(AliveReason::Identified, RuleName::new("r"));
            track.observe(now, now, &alive, Confirmation::default());
            let next =
                next_due(&track, polite, from, now, Pace::default(), Confirmation::default());
            let step = next.since(now);
            let bound = polite.max(now.since(from).mul_f64(0.05) + Duration::from_micros(1));
            assert!(step >= polite && step <= bound);
            now = next;
            probes += 1;
        }
        assert!((100..400).contains(&probes), "{probes}");
    }

    #[test]
    fn haste_is_for_what_more_refusals_can_confirm() {
        let (polite, from) = (Duration::from_secs(5), Moment::START);
        let now = from + Duration::from_secs(1_000);
        let rules = Confirmation::default();
        let dead = Verdict::Dead(Death::by_rule(DeadReason::Refused, RuleName::new("r")));
        let wait = |track: &Track| {
            next_due(track, polite, from, now, Pace::default(), rules).since(now).as_secs()
        };
        let mut track = Track::default();
        assert_eq!(wait(&track), 50);
        for refusal in 1..=3 {
            track.observe(now, now, &dead, rules);
            assert_eq!(wait(&track), 5, "{refusal} refusals");
        }
        track.observe(now, now, &dead, rules);
        assert_eq!(wait(&track), 50, "only a bystander is missing");
        // A platform that refuses everybody again and again is not hammered.
        for void in 1..=6 {
            track.bystander_refused(now);
            assert_eq!(wait(&track), 50);
            track.observe(now, now, &dead, rules);
            assert_eq!(wait(&track), if void < 5 { 5 } else { 50 }, "{void} voids");
        }
    }
}
