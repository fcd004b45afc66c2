//! What a PATCH or PUT wants changed, in the variants identity providers send.

use serde_json::Value;

use super::values;

/// One change of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Switches the account.
    Active(bool),
    /// Sets the password.
    Password(String),
    /// Sets the display name.
    Name(String),
}

/// Reads the changes; a text where a boolean is due is dropped unless the provider takes texts.
pub(super) fn changes(
    method: &str,
    body: &Value,
    takes_text: bool,
) -> Result<Vec<Change>, &'static str> {
    let mut found = Vec::new();
    if method == "PUT" {
        for name in ["active", "password", "displayName"] {
            found.extend(change(name, &body[name], takes_text));
        }
        return Ok(found);
    }
    if values(body, "Operations").is_empty() {
        return Err("Operations is required");
    }
    for operation in values(body, "Operations") {
        let op = operation["op"].as_str().unwrap_or_default().to_lowercase();
        if !["replace", "add"].contains(&op.as_str()) {
            continue;
        }
        let value = &operation["value"];
        match (operation["path"].as_str(), value) {
            (Some(path), _) => found.extend(change(path, value, takes_text)),
            (None, Value::Object(fields)) => {
                let each = fields.iter();
                found.extend(each.filter_map(|(name, v)| change(name, v, takes_text)));
            }
            (None, _) => return Err("path or an object is required"),
        }
    }
    Ok(found)
}

fn change(name: &str, value: &Value, takes_text: bool) -> Option<Change> {
    match name {
        "active" => {
            let text = value.as_str().filter(|_| takes_text).map(str::to_lowercase);
            let as_text = text.and_then(|text| text.parse().ok());
            value.as_bool().or(as_text).map(Change::Active)
        }
        "password" => value.as_str().map(|v| Change::Password(v.to_owned())),
        "displayName" => value.as_str().map(|v| Change::Name(v.to_owned())),
        _ => None,
    }
}
