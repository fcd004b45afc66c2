//! Project folders cut out of the bundled estate: one platform of it, so that a run is short and its exit
//! code is that platform's alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::desk::Desk;

/// The four platforms of the estate.
pub(crate) const PLATFORMS: [&str; 4] = ["oauth-oidc", "okta", "slack", "zendesk"];

/// A short drill with every kind of demand.
pub(crate) const DRILL: &str = "\
Feature: The end
  Scenario: Everything ends
    Given the supplier
    And a bystander on every platform
    And every credential of the supplier is proven to work
    When the supplier is terminated with the procedure \"contract-end\"
    Then every credential of the supplier stops working within 90 minutes
    And nothing comes back for 1 hour
    And no unrecorded access of the supplier remains on any platform that can be listed
    And every bystander still works
";

/// A desk with a project that has one platform of the bundled estate, and nothing else.
pub(crate) fn only(platform: &str) -> Desk {
    let desk = Desk::new();
    let globex = of_platform(&read("suppliers/globex.yaml"), platform);
    let ids: BTreeSet<String> = globex.iter().filter_map(|item| field(item, "- id")).collect();
    let acme: Vec<String> = of_platform(&read("suppliers/acme.yaml"), platform)
        .into_iter()
        .filter(|item| field(item, "credential").is_none_or(|bystander| ids.contains(&bystander)))
        .collect();
    desk.write("suppliers/globex.yaml", &globex.concat());
    desk.write("suppliers/acme.yaml", &acme.concat());
    for procedure in ["contract-end", "deactivate-only"] {
        let name = format!("procedures/{procedure}.yaml");
        desk.write(&name, &of_platform(&read(&name), platform).concat());
    }
    desk
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("features/estate");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// Lines and list items of a file, without the items of other platforms.
fn of_platform(text: &str, platform: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        match items.last_mut() {
            Some(item) if line.starts_with("    ") => item.push_str(&format!("{line}\n")),
            Some(_) | None => items.push(format!("{line}\n")),
        }
    }
    items.retain(|item| field(item, "platform").is_none_or(|found| found == platform));
    items
}

/// The value of a key in an item, in block or in flow style.
fn field(item: &str, key: &str) -> Option<String> {
    let pattern = format!(r"[\s{{]{key}: ([a-z0-9-]+)");
    Some(Regex::new(&pattern).unwrap().captures(item)?[1].to_owned())
}

#[test]
fn a_cut_out_project_has_its_own_platform_and_no_other() {
    for platform in PLATFORMS {
        let desk = only(platform);
        desk.write("features/any.feature", DRILL);
        let ran = desk.run(&["check"]);
        assert_eq!(ran.code, Some(0), "{}", ran.whole());
        let acme = fs::read_to_string(desk.path().join("suppliers/acme.yaml")).unwrap();
        assert!(acme.contains("{supplier: globex, credential: "), "{acme}");
        for other in PLATFORMS.iter().filter(|other| **other != platform) {
            assert!(!acme.contains(&format!("platform: {other}")), "{platform} has {other}");
        }
    }
}
