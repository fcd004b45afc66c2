//! The fuzz targets on the stable toolchain: the kept corpora replayed, valid texts mutated by the
//! thousand, and inputs made to be large. Long runs are libFuzzer's, in `tests/fuzz`.

mod large;
mod mutate;
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use proptest::strategy::Strategy as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use targets::{ALL, Target};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The kept inputs of a target, by name.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("corpus").join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

fn replay(name: &str, target: Target) {
    let inputs = corpus(name);
    assert!(inputs.len() >= 5, "the corpus of {name} is gone");
    for (file, input) in inputs {
        // The panic itself is printed; this adds on which input.
        let fine = catch_unwind(AssertUnwindSafe(|| target(&input))).is_ok();
        assert!(fine, "{}", file.display());
    }
}

fn mutated(name: &str, target: Target, cases: u32) {
    let seeds: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, input)| input).collect();
    let tokens = mutate::tokens(&fs::read_to_string(root().join("hostile.dict")).unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let inputs = mutate::inputs(seeds, tokens);
    // The same inputs each time: new ones are what the long runs are for.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, rng).run(&inputs.prop_map(Shown), |input| {
        target(&input.0);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// An input as people read it when it fails.
struct Shown(Vec<u8>);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One test for each target, so that they run side by side and a failure has a name.
macro_rules! targets {
    ($($name:ident: $cases:literal,)*) => {$(
        mod $name {
            #[test]
            fn kept_inputs_hold() {
                super::replay(stringify!($name), super::targets::$name::run);
            }

            #[test]
            fn mutated_inputs_hold() {
                super::mutated(stringify!($name), super::targets::$name::run, $cases);
            }
        }
    )*};
}

// A report is made, and read, some hundred times a second; the rest is faster.
targets! {
    inventory: 5_000,
    description: 5_000,
    journal: 1_000,
    classifier: 5_000,
    html: 1_000,
    markdown: 1_000,
    lint: 5_000,
}

#[test]
fn every_target_has_a_corpus_a_binary_and_its_tests() {
    let folders = |name: &str| -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(root().join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let mut known: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(folders("corpus"), known);
    assert_eq!(folders("fuzz_targets"), known);
}
