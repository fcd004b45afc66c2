//! Encoded queries, pages and projections of the Table API.

use serde_json::{Map, Value, json};

use crate::http::{Request, Response};

/// Tells whether a row fits an encoded query: terms joined by `^`, alternatives by `^OR`.
pub(super) fn fits(row: &Value, query: &str) -> bool {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for term in query.split('^').filter(|term| !term.is_empty() && !term.starts_with("ORDERBY")) {
        match (term.strip_prefix("OR"), groups.last_mut()) {
            (Some(other), Some(group)) => group.push(other),
            _ => groups.push(vec![term]),
        }
    }
    groups.iter().all(|group| group.iter().any(|term| holds(row, term)))
}

fn holds(row: &Value, term: &str) -> bool {
    let value = |field: &str| row[field].as_str().unwrap_or_default();
    for operator in ["ENDSWITH", "STARTSWITH", "LIKE", "ISEMPTY", "ISNOTEMPTY", "!=", "="] {
        if let Some((field, wanted)) = term.split_once(operator) {
            let found = value(field);
            return match operator {
                "ENDSWITH" => found.ends_with(wanted),
                "STARTSWITH" => found.starts_with(wanted),
                "LIKE" => found.contains(wanted),
                "ISEMPTY" => found.is_empty(),
                "ISNOTEMPTY" => !found.is_empty(),
                "!=" => found != wanted,
                _ => found == wanted,
            };
        }
    }
    // A term on a field the table lacks is ignored by the real one as well.
    true
}

/// Renders a page with its `Link` and `X-Total-Count` headers.
pub(super) fn page(request: &Request, rows: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("sysparm_limit").unwrap_or(10_000).max(1);
    let offset = number("sysparm_offset").unwrap_or(0);
    let shown: Vec<Value> =
        rows.iter().skip(offset).take(limit).map(|row| project(request, row)).collect();
    let answer = Response::json(200, &json!({"result": shown}));
    let answer = answer.with("X-Total-Count", &rows.len().to_string());
    if offset + limit >= rows.len() {
        return answer;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(request.query_text.as_bytes()) {
        if name != "sysparm_offset" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("sysparm_offset", &(offset + limit).to_string());
    let next = format!("<{}{}?{}>;rel=\"next\"", request.base, request.path, query.finish());
    answer.with("Link", &next)
}

/// Keeps the fields of `sysparm_fields`, all where there are none.
pub(super) fn project(request: &Request, row: &Value) -> Value {
    let Some(fields) = request.query("sysparm_fields").filter(|fields| !fields.is_empty()) else {
        return row.clone();
    };
    let mut kept = Map::new();
    for field in fields.split(',').map(str::trim) {
        if let Some(value) = row.get(field) {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    Value::Object(kept)
}
