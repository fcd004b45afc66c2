//! The target `markdown` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doornail_fuzz::run("markdown", data));
