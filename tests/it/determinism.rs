//! On mocks the same drill gives the same bytes: nothing of the machine, the hour or the order of threads
//! gets into the journal.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::desk::{Desk, only_entry};

/// The journal without the run's own facts (id, hour, machine, names of files) and without the chain that
/// covers them.
fn settled(run: &Path) -> Vec<String> {
    let text = fs::read_to_string(run.join("journal.ndjson")).unwrap();
    text.lines()
        .map(|line| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            let fields = event.as_object_mut().unwrap();
            fields.remove("chain");
            if fields["event"] == "run-started" {
                for own in ["run", "began", "version", "vantage", "files"] {
                    fields.remove(own);
                }
            }
            event.to_string()
        })
        .collect()
}

fn same_twice(tags: &str) {
    let (one, other) = (Desk::new(), Desk::new());
    let arguments = ["run", "--tags", tags];
    let (first, second) = (one.start(&arguments, &[]), other.start(&arguments, &[]));
    let (first, second) = (first.end(), second.end());
    assert_eq!(first.whole(), second.whole());
    let journals =
        [&one, &other].map(|desk| settled(&only_entry(&desk.path().join("doornail-runs"))));
    for (number, (left, right)) in journals[0].iter().zip(&journals[1]).enumerate() {
        assert_eq!(left, right, "line {} differs", number + 1);
    }
    assert_eq!(journals[0].len(), journals[1].len());
    assert!(journals[0].len() > 100);
}

#[test]
fn the_same_termination_gives_the_same_journal() {
    same_twice("@quarterly or @demo");
}

#[test]
fn the_same_resets_and_single_actions_give_the_same_journal() {
    same_twice("@shared-login or @derived");
}
