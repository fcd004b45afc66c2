//! Reads policy documents, as far as offboarding writes them.
//!
//! Not an evaluator: rights here are "the canary reads", all or nothing, and a document is asked only
//! whether it grants anything, denies everything, to whom, and from when on.

use std::time::SystemTime;

use serde_json::Value;

use super::sigv4::instant;
use crate::identity::Principal;

/// The managed policy that denies everything.
pub(super) const DENY_ALL: &str = "arn:aws:iam::aws:policy/AWSDenyAll";

/// Gives the inline policies of a principal: name and document.
pub(super) fn inline(principal: &Principal) -> Vec<(String, String)> {
    let policies = principal.data.get("policies").and_then(Value::as_object);
    let policies = policies.into_iter().flatten();
    policies.map(|(name, text)| (name.clone(), text.as_str().unwrap_or("").to_owned())).collect()
}

/// Gives the ARNs of the attached managed policies of a principal.
pub(super) fn attached(principal: &Principal) -> Vec<String> {
    let attached = principal.data.get("attached").and_then(Value::as_array);
    let attached = attached.into_iter().flatten().filter_map(Value::as_str);
    attached.map(str::to_owned).collect()
}

/// Tells whether any policy must be taken away before the principal can be deleted.
pub(super) fn has_policies(principal: &Principal) -> bool {
    !inline(principal).is_empty() || !attached(principal).is_empty()
}

/// Gives the statements of a document, or `None` where it is none.
pub(super) fn statements(document: &str) -> Option<Vec<Value>> {
    let document: Value = serde_json::from_str(document).ok()?;
    Some(list(document.get("Statement")?))
}

/// Tells whether a document grants anything.
pub(super) fn grants(document: &str) -> bool {
    let statements = statements(document).unwrap_or_default();
    statements.iter().any(|statement| statement["Effect"] == "Allow")
}

/// Tells whether a document denies everything to everybody it applies to.
pub(super) fn denies(document: &str) -> bool {
    total_denials(document).iter().any(|statement| statement.get("Condition").is_none())
}

/// Gives the instant before which tokens must have been issued to be denied everything.
pub(super) fn cutoff(document: &str) -> Option<SystemTime> {
    let denials = total_denials(document);
    let texts =
        denials.iter().flat_map(|it| conditions(it, &["DateLessThan"], "aws:TokenIssueTime"));
    texts.filter_map(|text| instant(&text)).max()
}

/// Gives the Identity Center users a document denies everything.
pub(super) fn barred_people(document: &str) -> Vec<String> {
    let denials = total_denials(document);
    let operators = ["StringEquals", "StringLike"];
    denials.iter().flat_map(|it| conditions(it, &operators, "identitystore:UserId")).collect()
}

/// Gives the ARNs of the principals a document denies everything.
pub(super) fn barred_arns(document: &str) -> Vec<String> {
    let denials = total_denials(document);
    let operators = ["StringEquals", "StringLike", "ArnEquals", "ArnLike"];
    denials.iter().flat_map(|it| conditions(it, &operators, "aws:PrincipalArn")).collect()
}

/// Gives who may assume a role: an account and the external id demanded of it, empty for none.
pub(super) fn trusted(document: &str) -> Vec<(String, String)> {
    let statements = statements(document).unwrap_or_default();
    let allowed = statements.iter().filter(|statement| statement["Effect"] == "Allow");
    let pairs = allowed.flat_map(|statement| {
        let mut ids = conditions(statement, &["StringEquals"], "sts:ExternalId");
        if ids.is_empty() {
            ids.push(String::new());
        }
        let principals = list(statement["Principal"].get("AWS").unwrap_or(&Value::Null));
        let accounts = principals.into_iter().filter_map(|principal| {
            let text = principal.as_str()?.to_owned();
            Some(text.split(':').nth(4).map_or(text.clone(), str::to_owned))
        });
        let pairs = accounts.flat_map(|account| {
            ids.iter().map(|id| (account.clone(), id.clone())).collect::<Vec<_>>()
        });
        pairs.collect::<Vec<_>>()
    });
    pairs.collect()
}

fn total_denials(document: &str) -> Vec<Value> {
    let mut statements = statements(document).unwrap_or_default();
    statements.retain(|statement| {
        let all = list(&statement["Action"]).iter().any(|action| action == "*" || action == "*:*");
        statement["Effect"] == "Deny" && all
    });
    statements
}

fn conditions(statement: &Value, operators: &[&str], key: &str) -> Vec<String> {
    let mut found = Vec::new();
    for operator in operators {
        let fields = statement["Condition"][*operator].as_object();
        for (name, value) in fields.into_iter().flatten() {
            if name.eq_ignore_ascii_case(key) {
                found.extend(list(value).iter().filter_map(Value::as_str).map(str::to_owned));
            }
        }
    }
    found
}

/// Policies write a single thing without its list.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![value.clone()]
        }
    }
}
