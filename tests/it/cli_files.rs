//! Mistakes in what people write and type: each ends with its exit code and says what to type next.

use crate::desk::Desk;
use crate::estate::only;

const SOUND: &str = "\
Feature: F
  Scenario: S
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure \"contract-end\"
    Then every bystander still works
";

#[test]
fn an_empty_feature_folder_proves_nothing() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path().join("drills")).unwrap();
    insta::assert_snapshot!(desk.run(&["run", "drills"]).whole(), @r"
    exit 4
    --- stderr
    error: no feature files found
      hint: name a .feature file or a folder that holds some; without any, the bundled drills run
    ");
}

#[test]
fn a_tag_that_selects_nothing_proves_nothing() {
    insta::assert_snapshot!(Desk::new().run(&["run", "--tags", "@yearly"]).whole(), @r#"
    exit 4
    --- stderr
    error: no scenario is selected by "@yearly": nothing would be proven
      hint: `doornail check` lists the tags there are
    "#);
}

#[test]
fn a_tag_expression_that_cannot_be_read_is_a_usage_error() {
    insta::assert_snapshot!(Desk::new().run(&["run", "--tags", "quarterly and"]).whole(), @r#"
    exit 2
    --- stderr
    error: --tags: "quarterly and" is no tag expression: error at 1:1: expected one of "(", "@", "not"
      hint: write @quarterly, "not @demo", or "@a and (@b or @c)"
    "#);
}

#[test]
fn an_undefined_step_proves_nothing_and_the_nearest_one_is_named() {
    let text = SOUND.replace("bystander still works", "bystanders still work");
    insta::assert_snapshot!(Desk::with(&[("a.feature", &text)]).run(&["run", "a.feature"]).whole(), @r"
    exit 4
    --- stderr
    error: a.feature:7:5: undefined step: Then every bystanders still work
      hint: did you mean `every bystander still works`?
    ");
}

#[test]
fn a_misspelt_keyword_is_unreadable_input() {
    let text = SOUND.replace("Given the", "Givn the");
    insta::assert_snapshot!(Desk::with(&[("a.feature", &text)]).run(&["run", "a.feature"]).whole(), @r#"
    exit 2
    --- stderr
    error: a.feature:3:1: "Givn the supplier" is no step, and would be skipped in silence
      hint: did you mean `Given`?
    "#);
    let text = SOUND.replace("Then every", "Thn every");
    let ran = Desk::with(&[("a.feature", &text)]).run(&["run", "a.feature"]);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
}

#[test]
fn an_uneven_table_is_unreadable_input() {
    let text =
        SOUND.replace("Scenario:", "Scenario Outline:").replace("contract-end", "<procedure>")
            + "    Examples:\n      | procedure |\n      | naive | contract-end |\n";
    insta::assert_snapshot!(Desk::with(&[("a.feature", &text)]).run(&["run", "a.feature"]).whole(), @r"
    exit 2
    --- stderr
    error: a.feature:10:1: the table row has 2 cells, its first row has 1
      hint: give every row the same number of cells
    ");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_column_and_the_nearest_known_one() {
    let desk = only("slack");
    let file = desk.path().join("suppliers/acme.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("    kind: user_token", "    knid: user_token", 1))
        .unwrap();
    desk.write("procedures/more.yaml", "procedure: more\nstep: []\n");
    desk.write("features/a.feature", SOUND);
    for command in ["check", "run", "plan"] {
        let ran = desk.run(&[command]);
        assert_eq!(ran.code, Some(2), "{command}: {}", ran.whole());
    }
    insta::assert_snapshot!(desk.run(&["check"]).whole());
}

#[test]
fn an_unknown_key_in_the_configuration_or_a_description_is_named_too() {
    let desk = Desk::with(&[("doornail.yaml", "environments: {}\nchase: {resolution: 5}\n")]);
    insta::assert_snapshot!(desk.run(&["check"]).whole());
    let desk = Desk::with(&[("platforms/desk.yaml", "platform: desk\ntitel: Desk\n")]);
    insta::assert_snapshot!(desk.run(&["check"]).whole());
}

#[test]
#[cfg_attr(not(feature = "default"), ignore = "it is of the whole program")]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let desk = Desk::new();
    let all = [
        vec!["run", "--supplier", "acne"],
        vec!["plan", "--supplier", "acne"],
        vec!["plan", "--procedure", "contract-ends"],
        vec!["plan", "--env", "prod"],
        vec!["run", "--env", "prod", "--confirm", "prod", "--terminate", "acme"],
        vec!["platforms", "zendesc"],
        vec!["run", "nowhere.feature"],
        vec!["check", "--project", "nowhere"],
        vec!["report", "2026-01-01T000000Z-0000"],
        vec!["verify-journal", "2026-01-01T000000Z-0000"],
    ];
    let said: Vec<String> = all
        .iter()
        .map(|arguments| {
            let ran = desk.run(arguments);
            assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.whole());
            assert!(
                ran.stderr.contains("hint: ") || arguments.contains(&"plan"),
                "{}",
                ran.whole()
            );
            format!("$ doornail {}\n{}", arguments.join(" "), ran.stderr)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_feature_that_names_an_unknown_supplier_is_refused_before_anything_is_sent() {
    let text = SOUND.replace("the supplier\n    And a", "the supplier \"acne\"\n    And a");
    let desk = Desk::with(&[("a.feature", &text)]);
    let ran = desk.run(&["run", "a.feature"]);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains("known: acme, acme-auth0, "), "{}", ran.whole());
    assert!(!desk.path().join("doornail-runs").exists());
}

#[test]
fn a_feature_that_names_an_unknown_procedure_is_refused_before_anything_is_sent() {
    let desk = only("slack");
    desk.write("a.feature", &SOUND.replace("contract-end", "contract-ends"));
    let ran = desk.run(&["run", "a.feature"]);
    assert_eq!(ran.code, Some(2), "{}", ran.whole());
    assert!(ran.stderr.contains("unknown procedure `contract-ends`"), "{}", ran.whole());
    assert!(ran.stderr.contains("hint: known: contract-end"), "{}", ran.whole());
    assert!(ran.stdout.is_empty(), "{}", ran.whole());
}

#[test]
fn a_mistyped_option_is_a_usage_error() {
    for arguments in
        [vec!["rnu"], vec!["run", "--tag", "@a"], vec!["report"], vec!["--color", "red", "steps"]]
    {
        let ran = Desk::new().run(&arguments);
        assert_eq!(ran.code, Some(2), "{}", ran.whole());
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{}", ran.whole());
    }
}
