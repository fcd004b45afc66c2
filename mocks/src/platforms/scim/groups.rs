//! `/Groups`: membership only; it neither gives nor takes a secret.

use serde_json::{Value, json};

use super::answers::{error, json as scim_json, list};
use super::{Answer, GROUP, Target, gone, meta, values};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Principal, State};

impl Target {
    pub(super) fn groups(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
    ) -> Option<Answer> {
        let [id] = rest else {
            if (method, rest.len()) != ("GET", 0) {
                return None;
            }
            let groups = self.kernel.principals().iter();
            let groups = groups.filter(|p| p.kind == GROUP && p.state() != State::Deleted);
            let groups: Vec<Value> = groups.map(|p| group_json(p, &request.base)).collect();
            return Some(Ok(list(request, &groups)));
        };
        let id = decode_segment(id);
        let Some(group) = self.kernel.principal(&id).filter(|p| p.kind == GROUP) else {
            return Some(Err(gone(&id)));
        };
        match method {
            "GET" => Some(Ok(scim_json(200, &group_json(group, &request.base)))),
            "PATCH" => {
                let members = group.text("members").split(' ').filter(|m| !m.is_empty());
                let mut members: Vec<String> = members.map(str::to_owned).collect();
                if let Err(refusal) = edit(&mut members, &request.json()) {
                    return Some(Err(refusal));
                }
                if !self.kernel.spares(Cause::Action)
                    && let Some(group) = self.kernel.principal_mut(&id)
                {
                    group.data.insert("members".into(), json!(members.join(" ")));
                }
                Some(Ok(Response::empty(204)))
            }
            _ => None,
        }
    }
}

fn edit(members: &mut Vec<String>, body: &Value) -> Result<(), Response> {
    for operation in values(body, "Operations") {
        let op = operation["op"].as_str().unwrap_or_default().to_lowercase();
        let path = operation["path"].as_str().unwrap_or_default();
        let named: Vec<&str> =
            values(operation, "value").iter().filter_map(|v| v["value"].as_str()).collect();
        match op.as_str() {
            "add" if path == "members" => members.extend(named.into_iter().map(str::to_owned)),
            "remove" => {
                let quoted = path.split('"').nth(1);
                if quoted.is_none() && named.is_empty() {
                    // The RFC empties the whole attribute here; only a filter spares the others.
                    members.clear();
                }
                members.retain(|m| Some(m.as_str()) != quoted && !named.contains(&m.as_str()));
            }
            _ => return Err(error(400, Some("invalidPath"), "Only members can be changed")),
        }
    }
    Ok(())
}

fn group_json(group: &Principal, base: &str) -> Value {
    let members = group.text("members").split(' ').filter(|m| !m.is_empty());
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": group.id,
        "displayName": group.name, "members": members.map(|m| json!({"value": m})).collect::<Vec<_>>(),
        "meta": meta("Group", base, &group.id),
    })
}
