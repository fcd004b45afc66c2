//! The REST API: who am I, teammates, teams, the activity log, the IP list.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    Answer, EU_API, Intercom, TEAMMATE, TOKEN, WORKSPACE, error, invalid_token, not_found,
};
use crate::http::{Request, Response};
use crate::identity::{Key, Principal, Standing, State};

impl Intercom {
    /// Everything on the API hosts but SCIM; `None` where there is no such route.
    pub(super) fn api(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        if let ("POST", ["auth", "eagle", "token"]) = (method, segments.as_slice()) {
            return Some(self.code_for_token(request, now));
        }
        let scope = match (method, segments.as_slice()) {
            ("GET", ["me"]) | ("POST", ["auth", "uninstall"]) => "",
            ("GET", ["admins" | "teams"] | ["admins" | "teams", _])
                if segments.get(1) != Some(&"activity_logs")
                    && segments.get(1) != Some(&"activity_log_event_types") =>
            {
                "read_admins"
            }
            ("GET", ["admins", "activity_logs" | "activity_log_event_types"])
            | ("POST", ["admins", "activity_logs", "search"])
            | ("GET" | "PUT", ["ip_allowlist"]) => "admin",
            _ => return None,
        };
        let key = match self.caller(request, now).and_then(|key| self.within(key, scope)) {
            Ok(key) => key,
            Err(refusal) => return Some(Err(refusal)),
        };
        let answer = match (method, segments.as_slice()) {
            (_, ["me"]) => Ok(self.me(key)),
            (_, ["auth", _]) => Ok(self.uninstall_self(key, now)),
            (_, ["admins"]) => Ok(self.admins()),
            (_, ["admins", "activity_log_event_types"]) => Ok(event_types()),
            (_, ["admins", "activity_logs", ..]) => Ok(self.log(request)),
            (_, ["admins", id]) => self.admin(id),
            (_, ["teams"]) => {
                Ok(Response::json(200, &json!({"type": "team.list", "teams": [self.team()]})))
            }
            (_, ["teams", _]) => Ok(Response::json(200, &self.team())),
            ("GET", _) => Ok(Response::json(200, &self.allowlist)),
            _ => self.set_allowlist(request),
        };
        let answer = answer.map(|answer| {
            answer.with("X-RateLimit-Limit", "10000").with("X-RateLimit-Remaining", "9999")
        });
        Some(answer)
    }

    /// Finds the token's credential, or says why it is refused.
    fn caller(&self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let version = request.header("intercom-version");
        if version.is_some_and(|v| !v.starts_with("2.") && !v.starts_with("1.") && v != "Unstable")
        {
            return Err(error(
                400,
                "intercom_version_invalid",
                "The requested version could not be found",
            ));
        }
        let Some(sent) = request.bearer() else {
            return Err(error(401, "missing_authorization", "No authorization header"));
        };
        if request.server == EU_API {
            // The workspace lives in the US: here nobody knows its tokens.
            return Err(invalid_token());
        }
        self.kernel.authenticate(TOKEN, sent, now).map_err(|standing| match standing {
            Standing::Revoked => error(401, "token_revoked", "Access token has been revoked"),
            Standing::Alive
            | Standing::Unknown
            | Standing::Expired
            | Standing::Disabled
            | Standing::Masked(_) => invalid_token(),
        })
    }

    /// Demands a permission. The status is that of a dead token; only the code tells them apart.
    fn within(&self, key: Key, scope: &str) -> Result<Key, Response> {
        let has = self.kernel.credential(key).scope.split(' ').any(|word| word == scope);
        if scope.is_empty() || has {
            return Ok(key);
        }
        Err(error(401, "token_unauthorized", "Not authorized to access resource"))
    }

    /// Names the teammate behind the token, also one who has been removed meanwhile.
    fn me(&self, key: Key) -> Response {
        let owner = self.kernel.credential(key).principal.as_deref();
        let owner = owner.and_then(|id| self.kernel.presented(id));
        let mut body = owner.map_or_else(|| json!({"type": "admin"}), render);
        body["app"] = json!({
            "type": "app", "id_code": WORKSPACE, "name": "Ours", "region": "US",
            "identity_verification": true,
        });
        Response::json(200, &body)
    }

    /// Lists teammates on one page; removed ones disappear.
    fn admins(&self) -> Response {
        let there = |p: &&Principal| p.kind == TEAMMATE && p.state() == State::Active;
        let all: Vec<Value> = self.kernel.principals().iter().filter(there).map(render).collect();
        Response::json(200, &json!({"type": "admin.list", "admins": all}))
    }

    fn admin(&self, id: &str) -> Answer {
        let admin = self.kernel.principal(id).filter(|p| p.kind == TEAMMATE);
        let admin = admin.filter(|p| p.state() == State::Active).ok_or_else(not_found)?;
        Ok(Response::json(200, &render(admin)))
    }

    fn team(&self) -> Value {
        let there = |p: &&Principal| p.kind == TEAMMATE && p.state() == State::Active;
        let ids = self.kernel.principals().iter().filter(there).map(|p| p.id.clone());
        json!({"type": "team", "id": "1", "name": "Support", "admin_ids": ids.collect::<Vec<_>>()})
    }

    /// The activity log by pages, newest first; a search takes its times from the body.
    fn log(&self, request: &Request) -> Response {
        let body = request.json();
        let number = |name: &str| {
            let given = request.query(name).and_then(|text| text.parse::<u64>().ok());
            given.or_else(|| body[name].as_u64())
        };
        let (after, before) = (number("created_at_after"), number("created_at_before"));
        let within = |entry: &&Value| {
            let at = entry["created_at"].as_u64().unwrap_or(0);
            after.is_none_or(|after| at >= after) && before.is_none_or(|before| at <= before)
        };
        let found: Vec<&Value> = self.activity.iter().filter(within).collect();
        let size = usize::try_from(number("per_page").unwrap_or(20)).unwrap_or(20).clamp(1, 50);
        let page = usize::try_from(number("page").unwrap_or(1)).unwrap_or(1).max(1);
        let pages = found.len().div_ceil(size).max(1);
        let shown: Vec<&&Value> = found.iter().skip((page - 1) * size).take(size).collect();
        let next = (page < pages).then(|| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, at) in [("created_at_after", after), ("created_at_before", before)] {
                if let Some(at) = at {
                    query.append_pair(name, &at.to_string());
                }
            }
            query.append_pair("per_page", &size.to_string());
            query.append_pair("page", &(page + 1).to_string());
            format!("{}{}?{}", request.base, request.path, query.finish())
        });
        let body = json!({
            "type": "activity_log.list",
            "pages": {
                "type": "pages", "next": next, "page": page, "per_page": size, "total_pages": pages,
            },
            "activity_logs": shown,
        });
        Response::json(200, &body)
    }

    /// Sets the IP list, unless it would shut the caller out. It revokes nothing: a probe from an
    /// allowed address goes on working.
    fn set_allowlist(&mut self, request: &Request) -> Answer {
        let body = request.json();
        let ranges = body["ip_allowlist"].as_array().cloned().unwrap_or_default();
        let own = |range: &Value| {
            range.as_str().is_some_and(|range| range.starts_with("127.") || range == "0.0.0.0/0")
        };
        if body["enabled"] == true && !ranges.iter().any(own) {
            let why = "The current IP address must be in the list";
            return Err(error(422, "parameter_invalid", why));
        }
        self.allowlist["enabled"] = (body["enabled"] == true).into();
        self.allowlist["ip_allowlist"] = ranges.into();
        Ok(Response::json(200, &self.allowlist))
    }
}

fn render(admin: &Principal) -> Value {
    json!({
        "type": "admin",
        "id": admin.id,
        "email": admin.login,
        "name": admin.name,
        "email_verified": true,
        "away_mode_enabled": false,
        "has_inbox_seat": true,
        "team_ids": [1],
    })
}

fn event_types() -> Response {
    let known = [
        "admin_deletion",
        "admin_deprovisioned",
        "admin_login_failure",
        "admin_login_success",
        "admin_logout",
        "admin_password_reset_success",
        "app_package_installation",
        "app_package_token_regeneration",
        "app_package_uninstallation",
        "messenger_api_secret_deletion",
        "oauth_token_revocation",
        "security_settings_change",
    ];
    Response::json(200, &json!({"type": "list", "activity_log_event_types": known}))
}
