//! GraphQL: a handful of queries, told by the words in them; refusals inside a 200.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::{dead, has};
use super::{APP, Answer, SHOP, STAFF, STOREFRONT, Shopify};
use crate::http::{Request, Response};
use crate::identity::{Principal, State};

impl Shopify {
    /// Answers the Admin API.
    pub(super) fn graphql(&self, request: &Request, now: SystemTime) -> Answer {
        let key = self.caller(request, now)?;
        let token = self.kernel.credential(key);
        let body = request.json();
        let query = body["query"].as_str().unwrap_or_default();
        let denied = |field: &str| {
            let why = format!("Access denied for {field} field.");
            Response::json(
                200,
                &json!({
                    "errors": [{"message": why, "extensions": {"code": "ACCESS_DENIED"}}],
                    "data": null,
                }),
            )
        };
        let data = if query.contains("currentAppInstallation") {
            let app = token.client.as_deref().and_then(|app| self.kernel.presented(app));
            json!({"currentAppInstallation": app.map_or(Value::Null, installation)})
        } else if query.contains("appInstallations") {
            // Only an app of the organization itself sees the others.
            if token.data.get("all").is_none() {
                return Ok(denied("appInstallations"));
            }
            self.connection("appInstallations", APP, &body["variables"], now)
        } else if query.contains("staffMembers") {
            if !has(token, "read_users") {
                return Ok(denied("staffMembers"));
            }
            self.connection("staffMembers", STAFF, &body["variables"], now)
        } else if query.contains("currentStaffMember") || query.contains("currentUser") {
            let user = token.principal.as_deref().and_then(|id| self.kernel.presented(id));
            json!({"currentStaffMember": user.map_or(Value::Null, member)})
        } else if query.contains("shop") {
            json!({"shop": {"name": "Ours", "myshopifyDomain": SHOP}})
        } else {
            let why = "Field doesn't exist on type 'QueryRoot'";
            return Ok(Response::json(200, &json!({"errors": [{"message": why}]})));
        };
        Ok(Response::json(200, &json!({"data": data})))
    }

    /// Renders one page of a connection; the cursor is the id of the last one seen.
    fn connection(
        &self,
        name: &str,
        kind: &'static str,
        variables: &Value,
        now: SystemTime,
    ) -> Value {
        let size = usize::try_from(variables["first"].as_u64().unwrap_or(50)).unwrap_or(50);
        let after = variables["after"].as_str().unwrap_or_default();
        let there = |p: &&Principal| {
            p.kind == kind && !matches!(p.state(), State::Deactivated | State::Deleted)
        };
        let all = self.kernel.principals().iter().filter(there);
        let mut nodes: Vec<Value> =
            all.map(|p| if kind == APP { installation(p) } else { member(p) }).collect();
        if kind == APP {
            let planted = self.kernel.kept_where(now, |c| c.id == "planted");
            nodes.extend(planted.into_iter().map(|key| {
                let token = self.kernel.credential(key);
                let app = json!({"id": "gid://shopify/App/planted", "title": token.text("title")});
                json!({"id": "gid://shopify/AppInstallation/planted", "app": app})
            }));
        }
        let id = |node: &Value| node["id"].as_str().unwrap_or_default().to_owned();
        nodes.sort_by_key(id);
        nodes.retain(|node| id(node).as_str() > after);
        let more = nodes.len() > size;
        nodes.truncate(size);
        let end = nodes.last().map(id);
        json!({name: {
            "nodes": nodes,
            "pageInfo": {"hasNextPage": more, "endCursor": end},
        }})
    }

    /// Answers the Storefront API, which anybody with the public token may read.
    pub(super) fn storefront(&self, request: &Request, now: SystemTime) -> Answer {
        let token = request.header("x-shopify-storefront-access-token");
        let token = token.or_else(|| request.header("shopify-storefront-private-token"));
        let key = self.kernel.authenticate(STOREFRONT, token.unwrap_or_default(), now);
        key.map_err(|_| dead())?;
        Ok(Response::json(200, &json!({"data": {"shop": {"name": "Ours"}}})))
    }
}

fn installation(app: &Principal) -> Value {
    let scopes = app.text("scope").split_whitespace();
    let scopes: Vec<Value> = scopes.map(|handle| json!({"handle": handle})).collect();
    json!({
        "id": format!("gid://shopify/AppInstallation/{}", app.text("number")),
        "app": {
            "id": format!("gid://shopify/App/{}", app.text("number")),
            "title": app.login,
            "handle": app.login,
        },
        "accessScopes": scopes,
    })
}

fn member(staff: &Principal) -> Value {
    json!({
        "id": format!("gid://shopify/StaffMember/{}", staff.id),
        "email": staff.login,
        "name": staff.name,
        "active": staff.state() == State::Active,
    })
}
