//! A place to be killed at: for doornail's own tests of recovery, in debug builds only.

use doornail::journal::Entry;

/// Stops for good right after the entry whose number this variable gives, so that a test can kill the process
/// exactly there.
#[cfg(debug_assertions)]
pub(super) fn at(entry: &Entry) {
    let wanted = std::env::var("DOORNAIL_TEST_HOLD_AFTER").ok();
    if wanted.and_then(|number| number.parse().ok()) == Some(entry.n) {
        loop {
            std::thread::park();
        }
    }
}

/// Nothing to hold at.
#[cfg(not(debug_assertions))]
pub(super) fn at(_: &Entry) {}
