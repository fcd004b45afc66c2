//! The way of the data: a module uses only modules below it.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the leaves up; those of one rank do not know each other.
const RANKS: [&[&str]; 9] = [
    &["id", "span", "secret", "verdict", "error", "inert"],
    &["approval", "clock"],
    &["track", "claim"],
    &["platform", "journal", "witness"],
    &["inventory", "report"],
    &["config", "probe"],
    &["chase"],
    &["drill"],
    &["steps", "schemas"],
];

fn rank(module: &str) -> Option<usize> {
    RANKS.iter().position(|names| names.contains(&module))
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Names of crate modules that a file mentions as `crate::NAME`.
fn used(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in files {
        let place = file.strip_prefix(&source).unwrap();
        let module = place.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "main" | "cli") {
            continue;
        }
        let own = rank(module).unwrap_or_else(|| panic!("{module} has no rank"));
        let text = fs::read_to_string(&file).unwrap();
        for name in used(&text) {
            let Some(other) = rank(name) else { continue };
            checked += 1;
            if name != module && other >= own {
                wrong.push(format!("{}: {module} uses {name}", place.display()));
            }
        }
    }
    assert!(checked > 200, "only {checked} uses were seen");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_mocks_are_known_to_one_module_only_and_know_nothing_of_the_product() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    let knowing: Vec<_> = files
        .iter()
        .filter(|file| fs::read_to_string(file).unwrap().contains("doornail_mocks::"))
        .map(|file| file.strip_prefix(root).unwrap().to_owned())
        .collect();
    assert_eq!(knowing, [Path::new("src/drill/mocked.rs")]);
    let mut files = Vec::new();
    rust_files(&root.join("mocks/src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("doornail::"), "{}", file.display());
    }
    let manifest = fs::read_to_string(root.join("mocks/Cargo.toml")).unwrap();
    assert!(!manifest.contains("doornail = "), "{manifest}");
}

#[test]
fn source_files_stay_small() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut lengths: Vec<usize> =
        files.iter().map(|file| fs::read_to_string(file).unwrap().lines().count()).collect();
    lengths.sort_unstable();
    assert!(lengths[lengths.len() / 2] <= 250, "median {}", lengths[lengths.len() / 2]);
    assert!(*lengths.last().unwrap() <= 800, "longest {:?}", lengths.last());
}
