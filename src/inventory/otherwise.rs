//! What an inventory says of credentials that doornail does not use itself, and what is wrong with that.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::supplier::{Credential, HeldBy, Supplier};
use crate::platform::schema::Kind;
use crate::platform::template::Template;
use crate::verdict::Means;
use crate::witness::PublicKey;

/// A use that only a person can make: a console behind a captcha, a telephone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForm {
    /// What to try.
    pub text: Template,
    /// What the person may have seen, and what it shows. Anything else is said by none of them.
    pub answers: BTreeMap<String, Said>,
}

/// What an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// It let them in.
    Alive,
    /// It refused the credential.
    Dead,
    /// Neither.
    Inconclusive,
}

/// Who signs what the supplier saw.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessForm {
    /// Its public key, as `doornail witness --new-key` prints it.
    pub key: String,
}

/// What is wrong with what is accepted as proof of a credential's end: what, and a hint.
pub(super) fn check(
    supplier: &Supplier,
    credential: &Credential,
    kind: &Kind,
) -> Vec<(String, String)> {
    let id = &credential.id;
    let accepts = |means| credential.accept_proof.contains(&means);
    let mut wrong = Vec::new();
    let is_used = credential.held_by == HeldBy::Us && credential.ask.is_none();
    if is_used && !credential.accept_proof.is_empty() {
        wrong.push((
            format!("credential `{id}` is used itself, which no other proof can stand for"),
            "remove `accept_proof`, or say who holds its secret: `held_by: supplier`".to_owned(),
        ));
    }
    if accepts(Means::Listing) {
        if let Some(why) = &kind.list.cannot {
            wrong.push((
                format!("credential `{id}` cannot be proven gone by listing: {why}"),
                "remove `listing` from `accept_proof`".to_owned(),
            ));
        }
        if credential.remote_id.is_none() {
            wrong.push((
                format!("credential `{id}` lacks the id by which a listing shows it"),
                "add `remote_id: ...`, or remove `listing` from `accept_proof`".to_owned(),
            ));
        }
    }
    if accepts(Means::Introspection) && kind.by_id().next().is_none() {
        wrong.push((
            format!("credential `{id}` cannot be asked about by its id"),
            "remove `introspection` from `accept_proof`, or describe a channel that is `by_id: true`"
                .to_owned(),
        ));
    }
    if let Some(Err(error)) = supplier.witness.as_ref().map(|one| one.key.parse::<PublicKey>()) {
        wrong.push((
            format!("`witness.key`: {error}"),
            "copy what the supplier's `doornail witness --new-key` prints".to_owned(),
        ));
    }
    if accepts(Means::Witness) && supplier.witness.is_none() {
        wrong.push((
            format!("credential `{id}`: nobody knows whose signature a witness has"),
            "add `witness: {key: ed25519:...}` to the supplier, as its `doornail witness --new-key` prints it"
                .to_owned(),
        ));
    }
    match (&credential.ask, accepts(Means::Attestation)) {
        (None, true) => wrong.push((
            format!("credential `{id}`: a person can attest to nothing that is not asked"),
            "add `ask: {text: ..., answers: {...}}`, or remove `attestation` from `accept_proof`"
                .to_owned(),
        )),
        (Some(_), false) => wrong.push((
            format!("credential `{id}`: what a person is asked would count for nothing"),
            "add `accept_proof: [attestation]`, or remove `ask`".to_owned(),
        )),
        (Some(ask), true) => {
            let has = |said| ask.answers.values().any(|one| *one == said);
            if !(has(Said::Alive) && has(Said::Dead) && has(Said::Inconclusive)) {
                wrong.push((
                    format!("credential `{id}`: the answers of `ask` leave something out"),
                    "give at least one for each of alive, dead and inconclusive".to_owned(),
                ));
            }
            if credential.authorization.is_none() {
                wrong.push((
                    format!("credential `{id}` has no authorization to have a person try it"),
                    "add `authorization: {reference: DPA-7, date: 2026-10-01}`".to_owned(),
                ));
            }
        }
        (None, false) => {}
    }
    wrong
}
