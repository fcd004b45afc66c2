//! The targets of `tests/it/fuzz/targets` under another roof: each is defined there, once.

#[path = "../../it/fuzz/targets/mod.rs"]
mod targets;

/// Runs the target of that name on one input.
pub fn run(name: &str, data: &[u8]) {
    let known = targets::ALL.iter().find(|(known, _)| *known == name);
    let (_, target) = known.unwrap_or_else(|| panic!("no target {name}"));
    target(data);
}
