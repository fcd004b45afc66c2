//! Answering SOQL: projection, pages and their cursors.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::access::Caller;
use super::answers::error;
use super::{Answer, Salesforce, rows, soql};
use crate::http::{Request, Response};

/// What a page holds where nothing is asked for.
const PAGE: usize = 2000;
/// Cursors the org keeps open; the oldest are forgotten.
const CURSORS: usize = 20;

impl Salesforce {
    /// `GET query?q=`.
    pub(super) fn query(
        &mut self,
        caller: &Caller,
        version: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let text = request.query("q").unwrap_or_default();
        let malformed = || error(400, "MALFORMED_QUERY", &format!("unexpected token: '{text}'"));
        let query = soql::parse(&text).ok_or_else(malformed)?;
        let (object, fields) = rows::schema(&query.object).ok_or_else(|| {
            let why = format!("sObject type '{}' is not supported.", query.object);
            error(400, "INVALID_TYPE", &why)
        })?;
        let field = |name: &str| {
            let found = fields.iter().find(|field| field.eq_ignore_ascii_case(name));
            found.copied().ok_or_else(|| {
                let why = format!("No such column '{name}' on entity '{object}'.");
                error(400, "INVALID_FIELD", &why)
            })
        };
        let count = query.fields.len() == 1 && query.fields[0].eq_ignore_ascii_case("COUNT");
        let mut wanted = Vec::new();
        for name in query.fields.iter().filter(|_| !count) {
            wanted.push(field(name)?);
        }
        let mut found = self.rows(object, caller, now)?;
        for condition in &query.conditions {
            let name = field(&condition.field)?;
            found.retain(|row| condition.fits(&row[name]));
        }
        let found = found.into_iter().skip(query.offset).take(query.limit.unwrap_or(usize::MAX));
        let found: Vec<Value> = found.map(|row| project(&row, object, &wanted, version)).collect();
        if count {
            let body = json!({"totalSize": found.len(), "done": true, "records": []});
            return Ok(Response::json(200, &body));
        }
        let id = format!("01g{:0>12}AAA", self.kernel.next_number());
        if self.cursors.len() == CURSORS {
            self.cursors.remove(0);
        }
        self.cursors.push((id.clone(), found));
        self.page(&id, 0, version, request)
    }

    /// `GET query/{cursor}-{offset}`, the address of a `nextRecordsUrl`.
    pub(super) fn next_records(&self, locator: &str, version: &str, request: &Request) -> Answer {
        let (id, offset) = locator.rsplit_once('-').unwrap_or((locator, "0"));
        self.page(id, offset.parse().unwrap_or(0), version, request)
    }

    fn page(&self, id: &str, from: usize, version: &str, request: &Request) -> Answer {
        let cursor = self.cursors.iter().find(|(known, _)| known == id);
        let gone = || error(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        let (_, all) = cursor.ok_or_else(gone)?;
        let size = batch_size(request);
        let end = (from + size).min(all.len());
        let mut body = json!({
            "totalSize": all.len(),
            "done": end == all.len(),
            "records": all.get(from..end).unwrap_or_default(),
        });
        if end < all.len() {
            body["nextRecordsUrl"] = format!("/services/data/{version}/query/{id}-{end}").into();
        }
        Ok(Response::json(200, &body))
    }
}

/// Reads `Sforce-Query-Options: batchSize=n`. The real org takes no less than 200; here small pages
/// are honoured so that following `nextRecordsUrl` matters.
fn batch_size(request: &Request) -> usize {
    let options = request.header("sforce-query-options").unwrap_or_default();
    let mut options = options.split(',').filter_map(|option| option.trim().split_once('='));
    let size = options.find(|(name, _)| name.eq_ignore_ascii_case("batchSize"));
    size.and_then(|(_, size)| size.parse().ok()).unwrap_or(PAGE).clamp(1, PAGE)
}

/// Renders the fields of a row that were asked for, with the attributes every record has.
pub(super) fn project(row: &Value, object: &str, fields: &[&str], version: &str) -> Value {
    let id = row["Id"].as_str().unwrap_or_default();
    let mut record = Map::new();
    let url = format!("/services/data/{version}/sobjects/{object}/{id}");
    record.insert("attributes".into(), json!({"type": object, "url": url}));
    for field in fields {
        record.insert((*field).to_owned(), row[*field].clone());
    }
    Value::Object(record)
}
