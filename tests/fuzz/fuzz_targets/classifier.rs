//! The target `classifier` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doornail_fuzz::run("classifier", data));
