//! One small run in every format, and strings that would act if a format let them.

use super::summary::{Summary, WindowState};
use super::*;
use crate::claim::{Expectation, Severity};
use crate::journal::event::{Event, Role, ScenarioResult};
use crate::journal::exit;

mod story;

use story::{Story, rich, small};

fn rendered(format: &dyn Report, run: &RunView) -> String {
    String::from_utf8(format.render(run).unwrap()).unwrap()
}

#[test]
fn every_format_shows_the_survivor_the_revenant_and_the_dead() {
    let run = small("");
    for format in FORMATS {
        insta::assert_snapshot!(format.name(), rendered(*format, &run));
    }
    insta::assert_snapshot!("coloured", render_coloured(&run, true).unwrap());
}

#[test]
fn colour_adds_nothing_but_colour() {
    let run = small("");
    let coloured = render_coloured(&run, true).unwrap();
    let mut plain = String::new();
    for (index, part) in coloured.split('\x1b').enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, render_coloured(&run, false).unwrap());
}

#[test]
fn the_figures_are_those_of_the_record() {
    let summary = Summary::of(&small(""));
    let counts = &summary.counts;
    assert_eq!((counts.credentials, counts.proven_alive), (3, 3));
    assert_eq!((counts.dead_by_use, counts.survivors, counts.revenants), (1, 1, 1));
    assert_eq!((counts.bystanders, counts.harmed, counts.leftovers), (1, 0, 1));
    assert_eq!((counts.claims_met, counts.claims_not_met), (2, 2));
    assert_eq!((counts.not_claimed, counts.not_tested), (0, 1));
    assert_eq!(summary.exit.code, 1);
    assert_eq!(summary.window.state, WindowState::OpenEnded);
    let longest = summary.window.largest.unwrap();
    assert_eq!(longest.last_alive_us, Some(6_000_000));
    assert_eq!(longest.first_dead_us, 12_000_000);
    let night = &summary.scenarios[0].credentials[3];
    let death = night.channels[0].past[0];
    assert_eq!((death.last_alive_us, death.first_dead_us), (Some(7_000_000), 14_000_000));
    assert_eq!(death.returned_us, Some(3_600_000_000));
}

#[test]
fn the_worst_scenario_is_as_bad_as_the_run() {
    let mut runs = vec![small(""), rich()];
    for result in [None, Some(ScenarioResult::Stopped), Some(ScenarioResult::Broken)] {
        let mut run = small("");
        let scenario = run.scenarios.get_mut(&1).unwrap();
        scenario.result = result;
        scenario.claims.retain(|claim| claim.claim.expects == Expectation::Proven);
        runs.push(run);
    }
    for run in &runs {
        let worst = Summary::of(run).scenarios.iter().map(|scenario| scenario.severity).max();
        assert_eq!(worst, Some(exit::severity(run)));
    }
}

#[test]
fn a_closed_window_is_that_of_the_slowest() {
    let mut story = Story::begin("", 1);
    story.scenario(1, "Planned end of contract");
    story.enlist("b", "zendesk", "API token", Role::Bystander, "");
    story.enlist("fast", "zendesk", "API token", Role::Suspect, "b");
    story.enlist("slow", "zendesk", "API token", Role::Suspect, "b");
    story.probes("b", &[(1, 'a')]);
    story.probes("fast", &[(2, 'a')]);
    story.probes("slow", &[(3, 'a')]);
    story.tell(10, Event::TerminationBegan { by: "p".into() });
    story.probes("fast", &[(11, 'm'), (15, 'm'), (20, 'm')]);
    story.probes("slow", &[(70, 'a'), (80, 'd'), (85, 'd'), (90, 'd')]);
    story.probes("b", &[(95, 'a')]);
    let summary = Summary::of(&RunView::of(&story.entries));
    assert_eq!(summary.window.state, WindowState::Closed);
    assert_eq!(summary.window.figure(), "1m 10s");
    assert_eq!(summary.counts.reversible, 1);
    assert_eq!(summary.scenarios[0].not_claimed.len(), 2);
    assert_eq!(summary.scenarios[0].word(), "UNFINISHED");
    assert!(!summary.exit.finished);
}

#[test]
fn a_run_without_scenarios_proves_nothing_in_every_format() {
    let run = Story::begin("", 2).end();
    let texts: Vec<String> = FORMATS.iter().map(|format| rendered(*format, &run)).collect();
    for text in &texts {
        let lower = text.to_lowercase();
        assert!(lower.contains("nothing proven") || lower.contains("nothing-proven"), "{text}");
        assert!(text.contains("no evidence that a supplier lost access"), "{text}");
    }
    assert_eq!(Summary::of(&run).exit.code, 4);
    assert_eq!(Summary::of(&RunView::default()).scenarios.len(), 0);
    assert_eq!(exit::severity(&run), Severity::NothingProven);
}

#[test]
fn nothing_from_outside_acts_in_any_format() {
    const MARK: &str = "</td><script>alert(1)</script>\"'><img src=x onerror=y>|`*_[l](https://e.example)\
                        \n::error::x\r\u{1b}[31m\u{202e}\u{2066}\u{200f}\0\u{fffe}]]>&lt;";
    let run = small(MARK);
    for format in FORMATS {
        let text = rendered(*format, &run);
        let acts = |character: char| {
            (character.is_control() && character != '\n')
                || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{fffe}')
        };
        assert!(!text.chars().any(acts), "{}", format.name());
        assert!(!text.lines().any(|line| line.starts_with("::")), "{}", format.name());
    }
    let html = rendered(&Html, &run);
    for tag in ["<script", "<img", "onerror=y>"] {
        assert!(!html.contains(tag), "{tag}");
    }
    let markdown = rendered(&Markdown, &run);
    // Between fences nothing is markup, as long as nothing there closes them.
    let parts: Vec<&str> = markdown.split("\n```").collect();
    let [before, fenced, after] = parts.as_slice() else { panic!("{markdown}") };
    assert!(fenced.starts_with("yaml\n  # Found on "), "{fenced}");
    assert!(fenced.lines().skip(1).all(|line| line.starts_with("  ")), "{fenced}");
    let active = format!("{before}{after}").replace("\\]", "").replace("\\|", "");
    for markup in ["<script", "<img", "](", "::error", "https://e"] {
        assert!(!active.contains(markup), "{markup}");
    }
    let rows: Vec<usize> = active
        .lines()
        .filter(|line| line.starts_with("| globex") || line.starts_with("| Credential"))
        .map(|line| line.matches('|').count())
        .collect();
    assert_eq!(rows, [8, 8]);
    let xml = rendered(&Junit, &run);
    assert!(!xml.contains("<script") && !xml.contains("<img"), "{xml}");
    assert!(rendered(&Json, &run).parse::<serde_json::Value>().is_ok());
}

#[test]
fn formats_are_found_by_name() {
    let files: Vec<_> =
        FORMATS.iter().map(|format| format!("{} {}", format.name(), format.file_name())).collect();
    assert_eq!(
        files,
        [
            "html report.html",
            "markdown report.md",
            "junit junit.xml",
            "json summary.json",
            "text report.txt"
        ]
    );
    assert_eq!(by_name("junit").map(Report::file_name), Some("junit.xml"));
    assert!(by_name("pdf").is_none());
}

/// A larger run for the eye: `DOORNAIL_SAMPLES=/tmp/x cargo test --lib report::tests::samples`.
#[test]
fn samples() {
    let Some(folder) = std::env::var_os("DOORNAIL_SAMPLES") else { return };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for format in FORMATS {
        std::fs::write(folder.join(format.file_name()), format.render(&rich()).unwrap()).unwrap();
    }
}
