//! Who is calling, what they may do, and how Okta says no.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::Okta;
use crate::http::{Request, Response};
use crate::identity::Standing;
use crate::population::{URL_SAFE, secret};

/// An API token dies 30 days after its last use.
pub(super) const SSWS_IDLE: Duration = Duration::from_secs(30 * 86_400);
/// The org's session policy: long, so that no bystander's session ends by its age within a day.
pub(super) const SESSION_IDLE: Duration = Duration::from_secs(86_400);

/// What an endpoint demands of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Any authenticated user.
    Own,
    /// Any admin role.
    Read,
    /// A super admin, or a token with a managing scope.
    Manage,
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The user's id, or the client's for a service token.
    pub(super) id: String,
    /// The session it came in, if it came in one.
    pub(super) session: Option<String>,
    /// The API token it came with.
    pub(super) ssws: Option<String>,
}

impl Okta {
    /// Authenticates the caller by API token, bearer or cookie and checks what they may do.
    pub(super) fn admin(
        &mut self,
        request: &Request,
        now: SystemTime,
        right: Right,
    ) -> Result<Caller, Response> {
        if let Some(token) = request.authorization("SSWS") {
            let key = self.kernel.authenticate("ssws", token, now).map_err(|_| invalid_token())?;
            let credential = self.kernel.credential_mut(key);
            credential.expires = Some(now + SSWS_IDLE);
            let id = credential.principal.clone().unwrap_or_default();
            let caller = Caller { id, session: None, ssws: Some(credential.id.clone()) };
            return self.permit(caller, right);
        }
        if let Some(token) = request.bearer() {
            return self.by_bearer(token, right, now);
        }
        match self.session_of(request, now) {
            Some((session, id)) => {
                self.permit(Caller { id, session: Some(session), ssws: None }, right)
            }
            // Not a dead answer: the request carried no usable credential.
            None => Err(error(403, "E0000005", "Invalid session")),
        }
    }

    fn by_bearer(
        &mut self,
        token: &str,
        right: Right,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let key = self.kernel.authenticate("access", token, now).map_err(|_| invalid_token())?;
        let credential = self.kernel.credential(key);
        // Only the org server's tokens are good for the management API.
        if credential.text("server") != "org" {
            return Err(invalid_token());
        }
        let manages =
            credential.scope.split(' ').any(|s| s.starts_with("okta.") && s.ends_with(".manage"));
        let reads = credential.scope.split(' ').any(|s| s.starts_with("okta."));
        let allowed = match right {
            Right::Own | Right::Read => reads,
            Right::Manage => manages,
        };
        if !allowed {
            let why = "The access token provided does not contain the required scopes.";
            let challenge = format!(
                "Bearer authorization_uri=\"{}/oauth2/v1/authorize\", error=\"insufficient_scope\", \
                 error_description=\"{why}\"",
                self.org
            );
            return Err(error(403, "E0000006", FORBIDDEN).with("WWW-Authenticate", &challenge));
        }
        let id = credential.principal.clone().or_else(|| credential.client.clone());
        Ok(Caller { id: id.unwrap_or_default(), session: None, ssws: None })
    }

    fn permit(&self, caller: Caller, right: Right) -> Result<Caller, Response> {
        let role = self.kernel.principal(&caller.id).map_or("", |user| user.text("role"));
        let allowed = match right {
            Right::Own => true,
            Right::Read => !role.is_empty(),
            Right::Manage => role == "SUPER_ADMIN",
        };
        if allowed { Ok(caller) } else { Err(error(403, "E0000006", FORBIDDEN)) }
    }

    /// Finds the live session of the request's cookie: its id and its user.
    pub(super) fn session_of(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Option<(String, String)> {
        let cookie = request.cookie("sid").or_else(|| request.cookie("idx"))?;
        let key = self.kernel.authenticate("session", cookie, now).ok()?;
        let session = self.kernel.credential_mut(key);
        session.expires = Some(now + SESSION_IDLE);
        Some((session.id.clone(), session.principal.clone()?))
    }

    /// Says what the bearer of a token endpoint is refused with.
    pub(super) fn why(standing: Standing) -> &'static str {
        match standing {
            Standing::Expired => "The token has expired.",
            Standing::Revoked => "The access token has been revoked.",
            Standing::Alive | Standing::Unknown | Standing::Disabled | Standing::Masked(_) => {
                "The access token is invalid"
            }
        }
    }
}

const FORBIDDEN: &str = "You do not have permission to perform the requested action";

/// Makes an error of the management API; the id is a fixed one per code, as nothing may be random.
pub(super) fn error(status: u16, code: &str, summary: &str) -> Response {
    error_with(status, code, summary, &[])
}

/// Makes an error with causes.
pub(super) fn error_with(status: u16, code: &str, summary: &str, causes: &[&str]) -> Response {
    let causes: Vec<Value> = causes.iter().map(|c| json!({"errorSummary": c})).collect();
    let id = secret(&format!("okta/error/{code}"), "oae", 22, URL_SAFE);
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code,
        "errorId": id, "errorCauses": causes,
    });
    Response::json(status, &body)
}

/// The answer to a revoked, expired or unknown API token, or one whose owner is not active.
pub(super) fn invalid_token() -> Response {
    error(401, "E0000011", "Invalid token provided")
}

/// The answer to an unknown id.
pub(super) fn not_found(id: &str, kind: &str) -> Response {
    error(404, "E0000007", &format!("Not found: Resource not found: {id} ({kind})"))
}

/// Cuts a listing into pages and links the next one.
///
/// `size` is used without a `limit`; where it is small, a client that ignores the link misses
/// something even in this small population.
pub(super) fn page(request: &Request, items: &[Value], size: usize) -> Response {
    let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
    let limit = number("limit").unwrap_or(size).max(1);
    let after = request.query("after").and_then(|v| v.strip_prefix("c")?.parse().ok());
    let start = after.unwrap_or(0_usize).min(items.len());
    let end = (start + limit).min(items.len());
    let answer = Response::json(200, &Value::Array(items[start..end].to_vec()));
    let link = |after: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let kept = url::form_urlencoded::parse(request.query_text.as_bytes());
        query.extend_pairs(kept.filter(|(name, _)| name != "after" && name != "limit"));
        query.append_pair("after", &format!("c{after}")).append_pair("limit", &limit.to_string());
        format!("<{}{}?{}>", request.base, request.path, query.finish())
    };
    let answer = answer.with("Link", &format!("{}; rel=\"self\"", link(start)));
    if end < items.len() {
        answer.with("Link", &format!("{}; rel=\"next\"", link(end)))
    } else {
        answer
    }
}
