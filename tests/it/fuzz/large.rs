//! Inputs made to be large: nesting, aliases, huge scalars, many names. Each is answered within seconds and
//! with a short error, however much it asks for.

use std::path::Path;
use std::time::{Duration, Instant};

use doornail::config::Config;
use doornail::inventory::Inventory;
use doornail::journal::chain::replay_bytes;
use doornail::platform::Catalogue;
use doornail::platform::answer::{Answer, Body};
use doornail::steps::Features;

/// Generous, because the machine may be busy; what blows up takes minutes or never ends.
const AT_MOST: Duration = Duration::from_secs(30);
const MEGABYTE: usize = 1 << 20;

/// Every reader of YAML on one text; panics if one takes it, or says too much.
fn refused_by_all(name: &str, text: &str) {
    let catalogue = Catalogue::built_in().unwrap_or_else(|problems| panic!("{problems}"));
    let file = Path::new("large.yaml");
    let files = [(file.to_owned(), text.to_owned())];
    let began = Instant::now();
    let said = [
        Inventory::read(&files, &[], &catalogue).err(),
        Inventory::read(&[], &files, &catalogue).err(),
        Config::read(file, text, &catalogue).err(),
        Catalogue::default().add_text(file, text).err(),
    ];
    assert!(began.elapsed() < AT_MOST, "{name} took {:?}", began.elapsed());
    for problems in said {
        let problems = problems.unwrap_or_else(|| panic!("{name} was taken"));
        let length = problems.to_string().len();
        assert!(length < 2 * MEGABYTE, "{name}: {length} bytes of problems");
    }
}

#[test]
fn yaml_that_unfolds_is_refused() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (one, next) in ('a'..='y').zip('b'..='z') {
        bomb.push_str(&format!("{next}: &{next} [{}*{one}]\n", format!("*{one}, ").repeat(8)));
    }
    refused_by_all("an alias bomb", &format!("supplier: s\n{bomb}"));
    let merges = "<<: *m\n".repeat(10_000);
    refused_by_all("merges", &format!("supplier: &m {{a: b}}\n{merges}"));
    refused_by_all(
        "aliases",
        &format!("supplier: &a {}\nname: [{}]\n", "x".repeat(10_000), "*a, ".repeat(60_000)),
    );
}

#[test]
fn yaml_that_nests_is_refused() {
    refused_by_all("lists in lists", &"[".repeat(MEGABYTE));
    refused_by_all(
        "closed lists",
        &format!("{}{}", "[".repeat(MEGABYTE / 2), "]".repeat(MEGABYTE / 2)),
    );
    refused_by_all("maps in maps", &"{a: ".repeat(MEGABYTE / 4));
    refused_by_all("dashes", &"- ".repeat(MEGABYTE / 2));
    let steps: String = (0..1_400).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    refused_by_all("an ever deeper block", &steps);
    let json = format!("json: {}1{}", "[".repeat(60), "]".repeat(60));
    refused_by_all("nested JSON of a request", &json);
}

#[test]
fn huge_scalars_and_many_keys_are_refused_with_few_words() {
    refused_by_all("one long word", &"x".repeat(MEGABYTE));
    refused_by_all("a long id", &format!("platform: {}\n", "x".repeat(MEGABYTE)));
    refused_by_all("a long key", &format!("{}: 1\n", "x".repeat(MEGABYTE)));
    refused_by_all("a long quote", &format!("supplier: \"{}\n", "\\x41".repeat(MEGABYTE / 4)));
    let keys: String = (0..60_000).map(|n| format!("key{n}: {n}\n")).collect();
    refused_by_all("many keys", &keys);
    refused_by_all("many documents", &"--- a\n".repeat(MEGABYTE / 6));
}

#[test]
fn very_many_wrong_names_are_told_in_bounded_time_and_space() {
    let catalogue = Catalogue::built_in().unwrap_or_else(|problems| panic!("{problems}"));
    let mut text = String::from("supplier: s\nname: s\nowners: {}\nprincipals:\n");
    for n in 0..5_000 {
        text.push_str(&format!("  - {{id: person-{n}, platform: okta, login: l{n}}}\n"));
    }
    text.push_str("grants:\n");
    for n in 0..5_000 {
        text.push_str(&format!(
            "  - {{id: g{n}, platform: okta, principal: zzz{n}, client_id: c}}\n"
        ));
    }
    let long = "y".repeat(MEGABYTE / 4);
    text.push_str(&format!(
        "  - {{id: h, platform: okta, principal: x{long}, client_id: {long}}}\n"
    ));
    text.push_str(&format!(
        "accepted: [{{credential: {long}, until: 2027-01-01, reason: r, approver: a}}]\n"
    ));
    let began = Instant::now();
    let files = [("many.yaml".into(), text)];
    let problems = Inventory::read(&files, &[], &catalogue).unwrap_err();
    assert!(began.elapsed() < AT_MOST, "took {:?}", began.elapsed());
    assert!(problems.0.len() >= 5_002, "{}", problems.0.len());
    let length = problems.to_string().len();
    assert!(length < 3 * MEGABYTE, "{length} bytes of problems");
}

#[test]
fn features_that_repeat_themselves_are_refused() {
    let head = "Feature: F\n  Scenario Outline: S\n";
    let step = "    When the supplier's users are re-activated\n";
    let rows = format!("    Examples:\n      | a |\n{}", "      | x |\n".repeat(5_000));
    let file = || Path::new("large.feature").to_owned();
    let began = Instant::now();
    let text = format!("{head}{}{rows}", step.repeat(1_000));
    let problems = Features::of(vec![(file(), text)]).unwrap_err();
    assert!(problems.to_string().contains("at most"), "{problems}");
    for text in ["@a ".repeat(MEGABYTE / 3), "x".repeat(MEGABYTE), "| ".repeat(MEGABYTE / 2)] {
        let _ = Features::of(vec![(file(), format!("Feature: F\n{text}"))]);
    }
    assert!(began.elapsed() < AT_MOST, "took {:?}", began.elapsed());
}

#[test]
fn a_deep_body_and_a_deep_journal_are_refused() {
    let began = Instant::now();
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(MEGABYTE / 8);
        let body = Answer::new(200, Vec::new(), deep.as_bytes()).body;
        assert!(matches!(body, Body::Unreadable(_)), "{body:?}");
        let line = format!("{deep},\"chain\":\"x\"}}\n");
        replay_bytes(Path::new("journal.ndjson"), line.as_bytes()).unwrap_err();
    }
    let torn = vec![b'x'; MEGABYTE];
    let read = replay_bytes(Path::new("journal.ndjson"), &torn).unwrap();
    assert_eq!(read.torn.map(|torn| torn.len()), Some(MEGABYTE));
    assert!(began.elapsed() < AT_MOST, "took {:?}", began.elapsed());
}
