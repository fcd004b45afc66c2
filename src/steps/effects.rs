//! The table of an action's effects: what it kills, after how long, and what it spares.

use std::time::Duration;

use crate::claim::Expectation;
use crate::id::CredentialId;
use crate::span::Span;

/// The cells of its first row.
const HEAD: [&str; 2] = ["credential", "effect"];

/// One row: what becomes of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) credential: CredentialId,
    pub(crate) effect: Effect,
    /// The row as a sentence.
    pub(crate) text: String,
}

/// What an action does to one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It ends by a deadline.
    By(Expectation, Duration),
    /// It goes on, or is back, once all that ends has ended.
    Now(Expectation),
}

/// Reads a table; says what is wrong with it.
pub(crate) fn rows(table: &[Vec<String>]) -> Result<Vec<Row>, String> {
    let (head, body) = table.split_first().ok_or("the table of effects is empty")?;
    if head.iter().map(String::as_str).ne(HEAD) {
        return Err(format!("the table begins with {head:?}, expected | credential | effect |"));
    }
    if body.is_empty() {
        return Err("the table of effects has no row: nothing would be proven".to_owned());
    }
    body.iter().map(|cells| row(cells)).collect()
}

fn row(cells: &[String]) -> Result<Row, String> {
    let [credential, effect] = cells else {
        return Err(format!("the row {cells:?} has {} cells, expected 2", cells.len()));
    };
    if credential.is_empty() {
        return Err("a row names no credential".to_owned());
    }
    let ends = [
        ("stops working within ", Expectation::Dead),
        ("is contained within ", Expectation::Contained),
    ];
    let by = ends.iter().find_map(|(words, expects)| {
        Some((*expects, effect.strip_prefix(words)?.parse::<Span>().ok()?))
    });
    let effect_read = match (by, effect.as_str()) {
        (Some((expects, length)), _) => Effect::By(expects, length.0),
        (None, "still works") => Effect::Now(Expectation::StillWorks),
        (None, "comes back") => Effect::Now(Expectation::Returns),
        (None, other) => {
            return Err(format!(
                "{other:?} is no effect, expected `stops working within 5 minutes`, `is contained \
                 within 5 minutes`, `still works` or `comes back`"
            ));
        }
    };
    Ok(Row {
        credential: CredentialId::new(&**credential),
        effect: effect_read,
        text: format!("{credential} {effect}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows_: &[[&str; 2]]) -> Result<Vec<Row>, String> {
        rows(&rows_.iter().map(|row| row.map(str::to_owned).to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn every_effect_is_a_claim_of_its_own() {
        let read = read(&[
            ["credential", "effect"],
            ["a", "stops working within 5 minutes"],
            ["b", "is contained within 1 hour"],
            ["c", "still works"],
            ["d", "comes back"],
        ])
        .unwrap();
        let effects: Vec<Effect> = read.iter().map(|row| row.effect).collect();
        assert_eq!(
            effects,
            [
                Effect::By(Expectation::Dead, Duration::from_secs(300)),
                Effect::By(Expectation::Contained, Duration::from_secs(3600)),
                Effect::Now(Expectation::StillWorks),
                Effect::Now(Expectation::Returns),
            ]
        );
        assert_eq!(read[0].text, "a stops working within 5 minutes");
    }

    #[test]
    fn a_table_that_would_prove_nothing_is_refused() {
        for wrong in [
            &[][..],
            &[["credential", "effect"]],
            &[["kind", "effect"], ["a", "still works"]],
            &[["credential", "effect"], ["", "still works"]],
            &[["credential", "effect"], ["a", "dies"]],
            &[["credential", "effect"], ["a", "stops working within soon"]],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
