//! Going on with a scenario in another process: what it had still to demand is read from its journal.

use std::sync::Arc;

use super::vocabulary;
use crate::drill::{Drill, DrillError, Shared};
use crate::journal::view::ScenarioView;

/// What a scenario had still to do when it was cut off.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rest {
    /// Demands, in order.
    demands: Vec<String>,
    /// What is not done now: whatever acts, and what comes after it.
    undone: Vec<String>,
}

/// Goes on with a scenario: its chase, the claims it has made, and those it had still to make. Nothing is ended
/// and nothing is given back; what acts stays undone, and is said so.
///
/// # Errors
/// If the scenario cannot be taken up at all. What fails later is in the journal.
pub async fn resume(shared: Arc<Shared>, number: u32, step: &str) -> Result<(), DrillError> {
    let rest =
        shared.journal.view(|view| view.scenarios.get(&number).map(rest)).unwrap_or_default();
    let mut drill = Drill::again(shared, number)?;
    let result = go_on(&mut drill, rest, step).await;
    drill.close(step, result).await;
    Ok(())
}

async fn go_on(drill: &mut Drill, rest: Rest, step: &str) -> Result<(), DrillError> {
    drill.go_on(step).await?;
    for text in &rest.demands {
        drill.check_stop()?;
        if let Err(error) = vocabulary::demand(drill, text).await {
            drill.step_failed(text, &error.0);
            break;
        }
    }
    for text in &rest.undone {
        drill.step_failed(text, "the scenario was cut off before it, and it is not done later");
    }
    drill.check_stop()
}

fn rest(scenario: &ScenarioView) -> Rest {
    let steps =
        scenario.started.as_ref().map(|started| started.steps.as_slice()).unwrap_or_default();
    let claims: Vec<&str> = scenario.claims.iter().map(|claim| claim.claim.text.as_str()).collect();
    rest_of(steps, &claims)
}

/// What is left of the steps, by the claims that were made. The first `When` had begun, or there would be nothing
/// to go on with; whether a later one had is not known.
fn rest_of(steps: &[String], claims: &[&str]) -> Rest {
    let mut reached = 0;
    let mut claims = claims.iter();
    for (place, step) in steps.iter().enumerate() {
        let Some((_, text)) = step.split_once(' ') else { continue };
        let mut from_here = claims.clone();
        if from_here.any(|claim| *claim == text) {
            claims = from_here;
            reached = place + 1;
        }
    }
    let first =
        steps.iter().position(|step| step.starts_with("When ")).map_or(0, |place| place + 1);
    let left = &steps[reached.max(first)..];
    let mut rest = Rest::default();
    for (place, step) in left.iter().enumerate() {
        let has_table = left.get(place + 1).is_some_and(|next| next.starts_with("  |"));
        match step.strip_prefix("Then ") {
            Some(text) if rest.undone.is_empty() && !has_table => {
                rest.demands.push(text.to_owned())
            }
            Some(_) | None => rest.undone.push(step.trim().to_owned()),
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [&str; 8] = [
        "Given the supplier",
        "Given every credential of the supplier is proven to work",
        "When the supplier is terminated with the procedure \"end\"",
        "Then every token stops working within 1 minute",
        "Then every grant stops working within 1 minute",
        "Then nothing comes back for 1 hour",
        "When the supplier's users are re-activated",
        "Then nothing of theirs works",
    ];

    fn left(claims: &[&str]) -> Rest {
        rest_of(&STEPS.map(str::to_owned), claims)
    }

    const ARMED: &str = "every credential of the supplier is proven to work";
    const TOKENS: &str = "every token stops working within 1 minute";

    #[test]
    fn demands_go_on_where_they_stopped_and_nothing_acts() {
        let rest = left(&[ARMED, TOKENS]);
        let demands =
            ["every grant stops working within 1 minute", "nothing comes back for 1 hour"];
        assert_eq!(rest.demands, demands);
        assert_eq!(rest.undone, STEPS[6..]);
        assert_eq!(left(&[ARMED]).demands[0], TOKENS);
    }

    #[test]
    fn a_later_action_is_never_taken_and_what_follows_it_is_never_demanded() {
        let whole = [ARMED, TOKENS, "every grant stops working within 1 minute"];
        let rest = left(&[&whole[..], &["nothing comes back for 1 hour"]].concat());
        assert_eq!(rest.demands, [""; 0]);
        assert_eq!(rest.undone, STEPS[6..]);
        let rest = left(&[&whole[..], &["nothing of theirs works"]].concat());
        assert_eq!(rest, Rest::default());
    }

    #[test]
    fn a_demand_with_a_table_is_not_made_half() {
        let steps = ["When x is done", "Then it has these effects", "  | a | still works |"];
        let rest = rest_of(&steps.map(str::to_owned), &[]);
        assert_eq!(rest.demands, [""; 0]);
        assert_eq!(rest.undone, ["Then it has these effects", "| a | still works |"]);
    }
}
