//! No secret of the estate gets out of the program: not in the run's folder, not on the terminal, in no
//! encoding.

use std::fs;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use doornail_mocks::Estate;

use crate::bundled::DRILLS;
use crate::demo::DEMO;
use crate::desk::{Desk, Ran};

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
        let estate = Estate::start(Arc::new(|| UNIX_EPOCH)).await;
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

/// The forms a secret travels in. Of base64 the three alignments, without the characters that neighbours
/// have a part in.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![bytes.to_vec()];
    for skipped in 0..3 {
        let padded = [&b"\0\0"[..skipped], bytes].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let from = (skipped * 8).div_ceil(6);
            let to = padded.len() * 8 / 6;
            forms.push(text.as_bytes()[from..to].to_vec());
        }
    }
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase().into_bytes());
    forms.push(hex.into_bytes());
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    for upper in [true, false] {
        let percent = bytes.iter().map(|byte| match (plain(byte), upper) {
            (true, _) => char::from(*byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        });
        forms.push(percent.collect::<String>().into_bytes());
    }
    let json = serde_json::to_string(secret).unwrap();
    forms.push(json.trim_matches('"').as_bytes().to_vec());
    forms.push(json.trim_matches('"').replace('/', "\\/").into_bytes());
    forms.sort();
    forms.dedup();
    forms
}

#[test]
fn no_secret_of_the_estate_is_in_any_output_in_any_form() {
    let secrets = secrets();
    let (mut names, mut needles) = (Vec::new(), Vec::new());
    for (name, secret) in &secrets {
        for form in forms(secret) {
            assert!(form.len() >= 6, "{name} is too short to look for");
            names.push(name);
            needles.push(form);
        }
    }
    let finder = aho_corasick::AhoCorasick::new(&needles).unwrap();
    for (place, bytes) in everything() {
        assert!(!bytes.is_empty(), "{place} is empty: nothing was looked at");
        if let Some(found) = finder.find(&bytes) {
            let around = &bytes[found.start().saturating_sub(80)..found.start()];
            panic!(
                "{} is in {place} after {:?}",
                names[found.pattern()],
                String::from_utf8_lossy(around)
            );
        }
    }
}

#[test]
fn the_search_finds_a_secret_in_every_form_it_looks_for() {
    let secret = "s3cr/t+\"key\"=";
    let clear = STANDARD_NO_PAD.encode(format!("user:{secret}"));
    for text in [format!("x{secret}x"), clear, "s3cr%2Ft%2B%22key%22%3D".to_owned()] {
        let found = forms(secret)
            .iter()
            .any(|form| text.as_bytes().windows(form.len()).any(|window| window == form));
        assert!(found, "{text}");
    }
}
