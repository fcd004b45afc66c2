//! Leftovers: what a platform knows of the supplier and the inventory does not is handed out in a form
//! that the inventory takes, and what no listing shows is never passed over in silence.

use std::fs;

use crate::desk::{Desk, Ran, rulings};
use crate::estate::{DRILL, only};

const HEAD: &str = "Ready to be pasted under `credentials:` of the supplier's file:";
const FAULT: [&str; 4] = ["run", "a.feature", "--mock-fault", "zendesk=extra-token"];

fn found() -> (Desk, Ran) {
    let desk = only("zendesk");
    desk.write("a.feature", DRILL);
    let ran = desk.run(&FAULT);
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    (desk, ran)
}

/// The lines after the head, as far as they are indented, without what encloses them.
fn block(report: &str) -> String {
    let (_, after) = report.split_once(HEAD).unwrap();
    let lines = after.lines().skip_while(|line| !line.trim_start().starts_with("# Found"));
    let block: String = lines
        .take_while(|line| line.starts_with("  ") && !line.starts_with("  Not looked at"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(block.contains("\n  - id: found-zendesk-"), "{report:.3000}");
    block
}

#[test]
fn a_leftover_is_pasted_from_any_report_and_the_inventory_takes_it() {
    let (desk, ran) = found();
    let folder = desk.run_folder();
    let markdown = block(&fs::read_to_string(folder.join("report.md")).unwrap());
    assert_eq!(markdown, block(&ran.stdout));
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    let unescaped =
        [("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    let (_, pre) = html.split_once("<pre class=\"card\">").unwrap();
    let (pre, _) = pre.split_once("</pre>").unwrap();
    let pre = unescaped.iter().fold(pre.to_owned(), |text, (from, to)| text.replace(from, to));
    assert_eq!(markdown, pre);

    // Where the list of credentials ends.
    let acme = fs::read_to_string(desk.path().join("suppliers/acme.yaml")).unwrap();
    let (head, tail) = acme.split_once("\ncredentials:\n").unwrap();
    desk.write("suppliers/acme.yaml", &format!("{head}\ncredentials:\n{markdown}{tail}"));
    desk.write("features/any.feature", DRILL);
    let checked = desk.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{}\n{markdown}", checked.whole());

    // It is known now: held by others, so not tested, and said to be so.
    let again = desk.run(&[&FAULT[..], &["--out", "again"]].concat());
    let folder = crate::desk::only_entry(&desk.path().join("again"));
    let leftovers: Vec<_> =
        rulings(&folder).into_iter().filter(|(finding, ..)| finding == "leftover").collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    assert!(!again.stdout.contains(HEAD), "{}", again.stdout);
    let report = fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(report.contains("not tested: found-zendesk-"), "{report:.3000}");
}

#[test]
fn no_report_hands_out_a_secret_with_a_leftover() {
    let (_, ran) = found();
    let block = block(&ran.stdout);
    for line in block.lines().filter(|line| line.contains("env:") || line.contains("secret")) {
        assert!(line.trim_start().starts_with('#'), "{line}");
    }
    assert!(block.contains("env:FOUND_ZENDESK_"), "{block}");
    assert!(block.contains("\n    held_by: supplier\n"), "{block}");
    assert!(!block.contains("held_by: nobody"), "{block}");
}

#[test]
fn what_cannot_be_listed_is_said_in_every_report_to_be_no_pass() {
    let desk = only("zendesk");
    desk.write("a.feature", DRILL);
    let ran = desk.run(&["run", "a.feature"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let folder = desk.run_folder();
    let read = |name| fs::read_to_string(folder.join(name)).unwrap();
    for (name, text) in
        [("text", ran.stdout), ("markdown", read("report.md")), ("html", read("report.html"))]
    {
        let (_, after) = text.split_once("Not looked at, which is not a pass:").unwrap();
        let words = after.replace("\\_", "_");
        assert!(
            words.contains("zendesk password: cannot be listed here: users can be listed"),
            "{name}"
        );
        assert!(words.contains("zendesk api_token: cannot be listed here: "), "{name}");
    }
}
