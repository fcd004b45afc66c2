//! What the README shows works as shown.

use crate::desk::Desk;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let rest = README.split(fence.as_str()).skip(1);
    rest.map(|block| block.split("```").next().unwrap()).collect()
}

pub(crate) fn block(language: &str, beginning: &str) -> &'static str {
    let found = blocks(language).into_iter().find(|block| block.starts_with(beginning));
    found.unwrap_or_else(|| panic!("no block begins with {beginning:?}"))
}

#[test]
fn its_platform_description_loads() {
    let helpdesk = block("yaml", "# platforms/helpdesk.yaml");
    let desk = Desk::with(&[("platforms/helpdesk.yaml", helpdesk)]);
    let ran = desk.run(&["platforms", "helpdesk"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("delete_user"), "{}", ran.stdout);
    assert_eq!(desk.run(&["check"]).code, Some(0));
}

#[test]
fn its_environment_and_its_feature_are_read_without_a_complaint() {
    let feature = format!("Feature: Acme's contract ends\n\n{}", block("gherkin", "Scenario:"));
    let desk = Desk::with(&[
        ("doornail.yaml", block("yaml", "# doornail.yaml")),
        ("features/contract-end.feature", &feature),
    ]);
    let ran = desk.run(&["check", "features"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("1 scenario"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 environment"), "{}", ran.stdout);
}
