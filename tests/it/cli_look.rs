//! Commands that only look: whole outputs, and how they behave on a pipe, a terminal that wants no colour,
//! and a reader that goes away.

use std::io::Read as _;
use std::process::Stdio;

use crate::desk::Desk;
use crate::estate::{DRILL, only};

#[test]
fn the_help_opens_with_what_the_program_does_to_real_systems() {
    let ran = Desk::new().run(&["--help"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.whole());
    let ran = Desk::new().run(&["run", "--help"]);
    insta::assert_snapshot!(ran.whole());
}

#[test]
fn every_step_is_listed_with_an_example_and_its_meaning() {
    insta::assert_snapshot!(Desk::new().run(&["steps"]).whole());
}

#[test]
#[cfg_attr(not(feature = "default"), ignore = "it is of the whole program")]
fn the_platforms_are_counted_and_one_is_printed_in_full() {
    insta::assert_snapshot!(Desk::new().run(&["platforms"]).whole());
    insta::assert_snapshot!(Desk::new().run(&["platforms", "zendesk"]).whole());
    insta::assert_snapshot!(Desk::new().run(&["platforms", "intercom"]).whole());
}

/// Only bundled descriptions, so the same wherever it is made.
#[test]
#[cfg_attr(not(feature = "default"), ignore = "it is of the whole program")]
fn the_page_of_all_platforms_is_what_the_program_prints() {
    let ran = Desk::new().run(&["platforms", "--markdown"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/platforms.md");
    let committed = std::fs::read_to_string(page).unwrap_or_default();
    assert!(
        committed == ran.stdout,
        "docs/platforms.md is not what the descriptions say: make it anew with `cargo run -- \
         platforms --markdown > docs/platforms.md`"
    );
}

#[test]
fn a_platform_in_full_breaks_long_lines_and_says_what_cannot_be_seen() {
    let desk = Desk::new();
    let list = desk.run(&["platforms"]);
    let names: Vec<&str> = list
        .stdout
        .lines()
        .skip(1)
        .map_while(|line| line.split(' ').next())
        .take_while(|name| !name.is_empty())
        .collect();
    assert!(names.len() > 20, "{}", list.stdout);
    let mut all = String::new();
    for name in names {
        let ran = desk.run(&["platforms", name]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}");
        for line in ran.stdout.lines() {
            let words = line.split_whitespace().map(str::len).max().unwrap_or(0);
            assert!(line.chars().count() <= 110 || words > 60, "{name}: {line}");
        }
        for said in ["\nAudit log\n", "canary can be made"] {
            assert!(ran.stdout.contains(said), "{name} lacks {said}");
        }
        all.push_str(&ran.stdout);
    }
    for said in ["cannot be listed here: ", "death cannot be proven: ", "could lock out: at most "]
    {
        assert!(all.contains(said), "no platform says `{said}`");
    }
}

#[test]
fn a_plan_sends_nothing_and_needs_no_secrets() {
    let ran = only("slack").run(&["plan"]);
    assert!(ran.stdout.ends_with("\nNothing was sent.\n"), "{}", ran.whole());
    insta::assert_snapshot!(ran.whole());
}

#[test]
fn a_probe_uses_every_credential_once() {
    let ran = only("slack").run(&["probe"]);
    insta::assert_snapshot!(ran.whole(), @r"
    exit 0
    --- stdout
    slack-maya                   slack.user_token       web_api          alive (identified)
    slack-leo                    slack.user_token       web_api          alive (identified)
    slack-bot                    slack.bot_token        web_api          alive (identified)
    slack-hook                   slack.webhook          hook             alive (not permitted)
    slack-session                slack.session          web_api          alive (identified)
    slack-client                 slack.client_secret    oauth            alive (not permitted)
    mocked platforms: this says nothing about anybody's real access
    ");
}

#[test]
fn looking_leaves_nothing_behind() {
    let desk = Desk::new();
    for arguments in [vec!["steps"], vec!["platforms"], vec!["check"], vec!["plan"]] {
        let ran = desk.run(&arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.whole());
    }
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0);
}

#[test]
fn a_redirected_run_has_no_colour_and_no_progress() {
    let desk = only("slack");
    desk.write("a.feature", DRILL);
    let plain = desk.run(&["run", "a.feature", "--out", "plain"]);
    assert!(!plain.stdout.contains('\x1b'), "{}", plain.stdout);
    assert_eq!(plain.stderr, "");
    let none = desk.run_with(&["run", "a.feature", "--out", "none"], &[("NO_COLOR", "1")]);
    assert!(!none.stdout.contains('\x1b'), "{}", none.stdout);
}

#[test]
fn colour_is_given_where_it_is_asked_for_and_the_text_is_the_same_without() {
    let desk = only("slack");
    desk.write("a.feature", DRILL);
    let colour = desk.run(&["run", "a.feature", "--out", "one", "--color", "always"]);
    assert!(colour.stdout.contains('\x1b'), "{}", colour.stdout);
    let plain = desk.run(&["run", "a.feature", "--out", "two", "--color", "never"]);
    let stripped = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    let of_report = |text: &str| text.split("\nreport ").next().unwrap().to_owned();
    let settled = |text: &str| {
        let run = regex::Regex::new(r"Run \S+ of doornail .*").unwrap();
        run.replace(&of_report(text), "Run").into_owned()
    };
    assert_eq!(settled(&stripped.replace_all(&colour.stdout, "")), settled(&plain.stdout));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = only("slack");
    desk.write("a.feature", DRILL);
    for (arguments, code) in
        [(vec!["steps"], 0), (vec!["platforms", "zendesk"], 0), (vec!["run", "a.feature"], 0)]
    {
        let mut child =
            desk.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), said.as_str()),
            (Some(code), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn the_program_is_quiet_when_nobody_can_read_its_errors() {
    let mut child = Desk::new().command(&["nonsense"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}
