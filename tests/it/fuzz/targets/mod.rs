//! What the fuzzers are let loose on: one function a target, from bytes to a panic where a property does
//! not hold. The property tests of this folder and the libFuzzer binaries of `tests/fuzz` share it, so it
//! uses the public API only.

pub(crate) mod classifier;
pub(crate) mod description;
pub(crate) mod html;
pub(crate) mod inventory;
pub(crate) mod journal;
pub(crate) mod lint;
pub(crate) mod markdown;
mod oracle;
mod planted;
mod problems;
mod sections;
pub(crate) mod story;

/// From bytes to nothing, or a panic.
pub(crate) type Target = fn(&[u8]);

/// Every target by name, which is also the name of its corpus folder.
pub(crate) const ALL: [(&str, Target); 7] = [
    ("inventory", inventory::run),
    ("description", description::run),
    ("journal", journal::run),
    ("classifier", classifier::run),
    ("html", html::run),
    ("markdown", markdown::run),
    ("lint", lint::run),
];
