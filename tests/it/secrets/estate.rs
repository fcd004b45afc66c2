//! No secret of the estate gets out of the program: not in the run's folder, not on the terminal, in no
//! encoding.

use std::fs;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use doornail_mocks::Estate;

use super::forms::Search;
use crate::bundled::DRILLS;
use crate::demo::DEMO;
use crate::desk::{Desk, Ran};
use crate::estate::PLATFORMS;

/// Everything the two runs left behind, by name.
fn everything() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (desk, ran) in [&*DRILLS, &*DEMO] {
        all.extend(left_behind(desk, ran));
    }
    all
}

fn left_behind(desk: &Desk, ran: &Ran) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("stdout".to_owned(), ran.stdout.clone().into_bytes()),
        ("stderr".to_owned(), ran.stderr.clone().into_bytes()),
    ];
    for entry in fs::read_dir(desk.run_folder()).unwrap() {
        let file = entry.unwrap().path();
        all.push((
            file.file_name().unwrap().to_string_lossy().into_owned(),
            fs::read(&file).unwrap(),
        ));
    }
    assert!(all.len() >= 7, "{all:?}");
    all
}

/// Every value that the mocks hand out, save for addresses and ids.
fn secrets() -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let variables = runtime.block_on(async {
        let estate = Estate::start(Arc::new(|| UNIX_EPOCH), |name| PLATFORMS.contains(&name)).await;
        let variables = estate.variables().clone();
        estate.shutdown().await;
        variables
    });
    let secrets: Vec<(String, String)> = variables
        .into_iter()
        .filter(|(name, _)| !name.ends_with("_URL") && !name.ends_with("_ID"))
        .collect();
    assert!(secrets.len() > 60, "{}", secrets.len());
    secrets
}

#[test]
fn no_secret_of_the_estate_is_in_any_output_in_any_form() {
    let search = Search::of(&secrets());
    for (place, bytes) in everything() {
        assert!(!bytes.is_empty(), "{place} is empty: nothing was looked at");
        search.demand_none(&place, &bytes);
    }
}
