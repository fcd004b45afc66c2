//! Graph's front door: whose token it is, what it may do, how refusals and pages look.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{ACCESS, Answer, Entra, TENANT, USER, guid};
use crate::http::{Request, Response};
use crate::identity::Standing;
use crate::times::{epoch, iso};

/// What Graph says about a token it cannot read; the code beside it is the same for all dead ones.
pub(super) const UNREADABLE: &str = "CompactToken parsing failed with error code: 80049217";

/// What an endpoint demands of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Any token.
    Own,
    /// A permission to read the directory.
    Read,
    /// A permission to write it.
    Write,
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The user, or the service principal of an app-only token.
    pub(super) id: String,
}

impl Entra {
    pub(super) fn graph(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let ["v1.0", rest @ ..] = segments.as_slice() else {
            return None;
        };
        Some(match (method, rest) {
            ("GET", ["me"]) => self.me(request, now),
            ("POST", ["me", "changePassword"]) => self.change_own_password(request, now),
            ("GET", ["organization"]) => self.organization(request, now),
            (_, ["users", rest @ ..]) => return self.users(method, rest, request, now),
            ("POST", ["invitations"]) => self.invite(request, now),
            (_, ["applications", rest @ ..]) => {
                return self.applications(method, rest, request, now);
            }
            (_, ["servicePrincipals", rest @ ..]) => {
                return self.services(method, rest, request, now);
            }
            (_, ["oauth2PermissionGrants", rest @ ..]) => {
                return self.permission_grants(method, rest, request, now);
            }
            (_, ["directory", "deletedItems", rest @ ..]) => {
                return self.deleted_items(method, rest, request, now);
            }
            (_, ["devices", rest @ ..]) => return self.devices(method, rest, request, now),
            ("GET", ["subscriptions"]) => {
                self.caller(request, now, Right::Own).map(|_| page(request, "subscriptions", &[]))
            }
            ("GET", ["auditLogs", "directoryAudits"]) => self
                .caller(request, now, Right::Read)
                .map(|_| page(request, "auditLogs/directoryAudits", &self.events)),
            ("GET", ["auditLogs", "signIns"]) => self
                .caller(request, now, Right::Read)
                .map(|_| page(request, "auditLogs/signIns", &[])),
            _ => return None,
        })
    }

    /// Authenticates a bearer and checks what its scopes or roles allow.
    pub(super) fn caller(
        &self,
        request: &Request,
        now: SystemTime,
        right: Right,
    ) -> Result<Caller, Response> {
        let Some(given) = request.bearer() else {
            return Err(invalid_token("Access token is empty."));
        };
        let key = self.kernel.lookup(ACCESS, given).ok_or_else(|| invalid_token(UNREADABLE))?;
        let token = self.kernel.credential(key);
        if token.data.get("own") == Some(&json!(true)) {
            return Err(invalid_token("Access token validation failure. Invalid audience."));
        }
        match self.kernel.standing(key, now) {
            Standing::Alive => {}
            Standing::Revoked => return Err(self.challenge(token.principal.as_deref(), now)),
            Standing::Expired => {
                let why = "Lifetime validation failed, the token is expired.";
                return Err(invalid_token(why));
            }
            Standing::Unknown | Standing::Disabled | Standing::Masked(_) => {
                return Err(invalid_token(UNREADABLE));
            }
        }
        let owner = token.principal.clone().unwrap_or_default();
        let changed = self.kernel.principal(&owner).and_then(|p| p.data.get("policy_changed"));
        let changed = changed.and_then(Value::as_u64).unwrap_or(0);
        if token.data.get("cae") == Some(&json!(true)) && changed > epoch(token.created) {
            return Err(continuous("TokenCreatedWithOutdatedPolicies", changed));
        }
        let scopes: Vec<&str> = token.scope.split(' ').collect();
        let writes = scopes.contains(&"Directory.ReadWrite.All");
        let reads = writes || scopes.iter().any(|s| s.ends_with(".Read.All"));
        let allowed = match right {
            Right::Own => true,
            Right::Read => reads,
            Right::Write => writes,
        };
        if !allowed {
            return Err(forbidden());
        }
        Ok(Caller { id: owner })
    }

    fn challenge(&self, owner: Option<&str>, now: SystemTime) -> Response {
        let owner = owner.and_then(|id| self.kernel.principal(id));
        let since = owner.and_then(|p| p.data.get("valid_from")).and_then(Value::as_u64);
        continuous("TokenIssuedBeforeRevocationTimestamp", since.unwrap_or_else(|| epoch(now)))
    }

    fn me(&self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now, Right::Own)?;
        let user = self.kernel.presented(&caller.id).filter(|p| p.kind == USER);
        let Some(user) = user else {
            let why = "/me request is only valid with delegated authentication flow.";
            return Err(error(400, "BadRequest", why));
        };
        let mut body = self.user_json(user);
        body["@odata.context"] = json!("https://graph.microsoft.com/v1.0/$metadata#users/$entity");
        Ok(Response::json(200, &body))
    }

    fn organization(&self, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now, Right::Read)?;
        Ok(page(request, "organization", &[json!({"id": TENANT, "displayName": "Ours"})]))
    }
}

/// Refuses a token by continuous access evaluation, with the claims that a new one must meet.
fn continuous(code: &str, since: u64) -> Response {
    let claims = json!({"access_token": {"nbf": {"essential": true, "value": since.to_string()}}});
    let claims = STANDARD.encode(claims.to_string());
    let header = format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
         client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{claims}\""
    );
    let text = format!(
        "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: {code}"
    );
    error(401, "InvalidAuthenticationToken", &text).with("WWW-Authenticate", &header)
}

pub(super) fn error(status: u16, code: &str, message: &str) -> Response {
    let id = guid(u64::from(status));
    let inner =
        json!({"date": iso(SystemTime::UNIX_EPOCH), "request-id": id, "client-request-id": id});
    Response::json(
        status,
        &json!({"error": {"code": code, "message": message, "innerError": inner}}),
    )
}

pub(super) fn invalid_token(message: &str) -> Response {
    error(401, "InvalidAuthenticationToken", message)
}

pub(super) fn forbidden() -> Response {
    error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

pub(super) fn not_found(id: &str) -> Response {
    let text = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    error(404, "Request_ResourceNotFound", &text)
}

/// Cuts a listing into pages; three without `$top`, so that a client which ignores the link misses
/// something even in this small population.
pub(super) fn page(request: &Request, context: &str, items: &[Value]) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let size = number("$top").unwrap_or(3).max(1);
    let start = number("$skiptoken").unwrap_or(0).min(items.len());
    let end = (start + size).min(items.len());
    let mut body = json!({
        "@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#{context}"),
        "value": items[start..end],
    });
    if end < items.len() {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let kept = url::form_urlencoded::parse(request.query_text.as_bytes());
        query.extend_pairs(kept.filter(|(name, _)| name != "$skiptoken"));
        query.append_pair("$skiptoken", &end.to_string());
        body["@odata.nextLink"] =
            json!(format!("{}{}?{}", request.base, request.path, query.finish()));
    }
    Response::json(200, &body)
}

/// Gives the quoted value of a filter such as `userType eq 'Guest'`, if it is about `name`.
pub(super) fn filtered(request: &Request, name: &str) -> Option<String> {
    let filter = request.query("$filter")?;
    let (field, value) = filter.split_once(" eq ")?;
    (field.trim() == name).then(|| value.trim().trim_matches('\'').to_owned())
}
