//! Secrets written where a reference to one is due: no error may repeat them.

use serde_json::{Value, json};

/// What must never be read again, as a text and as a number.
pub(crate) const MARK: &str = "planted-5f3c9b-hunter2";
const NUMBER: u64 = 918_273_645_546_372;

/// The mistakes people make when they write a secret into a file.
fn mistake(kind: u8, secret: &mut Value) {
    let each = |secret: &mut Value, planted: &Value| match secret {
        Value::Object(fields) => fields.values_mut().for_each(|field| *field = planted.clone()),
        Value::Array(items) => items.iter_mut().for_each(|item| *item = planted.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *secret = planted.clone();
        }
    };
    match kind % 8 {
        0 => each(secret, &json!(MARK)),
        1 => each(secret, &json!(format!("{MARK}: {MARK}"))),
        2 => each(secret, &json!(NUMBER)),
        3 => each(secret, &json!([MARK])),
        4 => each(secret, &json!({ "value": MARK })),
        5 => *secret = json!(MARK),
        6 => *secret = json!([MARK, NUMBER]),
        _ => each(secret, &json!(format!("\"{MARK}\n` {{{{ {MARK}"))),
    }
}

/// Plants into everything that `is_secret` says, by the keys that lead there. None if the text is no YAML,
/// or nothing was planted.
pub(crate) fn plant(text: &str, kind: u8, is_secret: fn(&[&str]) -> bool) -> Option<String> {
    fn walk<'v>(
        value: &'v mut Value,
        path: &mut Vec<&'v str>,
        kind: u8,
        is_secret: fn(&[&str]) -> bool,
    ) -> usize {
        if is_secret(path) {
            mistake(kind, value);
            return 1;
        }
        match value {
            Value::Object(fields) => {
                let mut planted = 0;
                for (key, field) in fields {
                    path.push(key.as_str());
                    planted += walk(field, path, kind, is_secret);
                    path.pop();
                }
                planted
            }
            Value::Array(items) => {
                items.iter_mut().map(|item| walk(item, &mut path.clone(), kind, is_secret)).sum()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }
    let mut tree: Value = serde_saphyr::from_str(text).ok()?;
    if tree.to_string().contains("planted") {
        return None;
    }
    (walk(&mut tree, &mut Vec::new(), kind, is_secret) > 0).then(|| tree.to_string())
}

/// Panics if a planted secret can be read in `shown`.
pub(crate) fn must_not_show(shown: &str) {
    let number = NUMBER.to_string();
    assert!(!shown.contains(MARK) && !shown.contains(&number), "a secret is repeated: {shown}");
}
