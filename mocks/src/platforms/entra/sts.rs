//! The token service: grants, cookies, and the numbered errors it refuses with.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::tokens::{REFRESH_IDLE, Wanted};
use super::{Answer, Entra, PASSWORD, REFRESH, SESSION, TENANT, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Standing, State};
use crate::times::iso;

impl Entra {
    pub(super) fn login(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let [tenant, "oauth2", "v2.0", action] = segments.as_slice() else {
            return None;
        };
        if ![TENANT, "ours.example", "common", "organizations"].contains(tenant) {
            let text = format!("Tenant '{tenant}' not found.");
            return Some(Err(error(400, "invalid_request", 90002, &text, now)));
        }
        match (method, *action) {
            ("POST", "token") => Some(self.token(request, now)),
            ("GET", "authorize") => Some(self.authorize(request, now)),
            ("GET" | "POST", "logout") => Some(self.logout(request, now)),
            _ => None,
        }
    }

    fn token(&mut self, request: &Request, now: SystemTime) -> Answer {
        let grant = request.form("grant_type").unwrap_or_default();
        let service = self.client(request, now)?;
        match grant.as_str() {
            "client_credentials" => {
                self.prove_client(request, &service, now)?;
                let scope = request.form("scope").unwrap_or_default();
                if !scope.ends_with("/.default") {
                    let text = "The provided value for the input parameter 'scope' is not valid.";
                    return Err(error(400, "invalid_scope", 70011, text, now));
                }
                let wanted =
                    Wanted { user: None, service: &service, scope: &scope, cae: cae(request) };
                let (access, life) = self.issue_access(wanted, now);
                Ok(Response::json(
                    200,
                    &json!({
                        "token_type": "Bearer", "expires_in": life, "ext_expires_in": life,
                        "access_token": access,
                    }),
                ))
            }
            "refresh_token" => self.refresh(request, &service, now),
            "password" => self.by_password(request, &service, now),
            "authorization_code" => self.by_code(request, &service, now),
            other => {
                let text = format!("The app requested an unsupported grant type '{other}'.");
                Err(error(400, "unsupported_grant_type", 70003, &text, now))
            }
        }
    }

    /// Finds the service principal of the client id and refuses where it is gone or disabled.
    fn client(&self, request: &Request, now: SystemTime) -> Result<String, Response> {
        let given = request.form("client_id").or_else(|| Some(request.basic()?.0));
        let given = given.unwrap_or_default();
        let alike = self.kernel.principals().iter();
        let mut alike = alike.filter(|p| p.kind == super::SERVICE && p.login == given);
        let service = alike.rfind(|p| p.effective(now) != State::Deleted);
        let Some(service) = service else {
            let text =
                format!("Application with identifier '{given}' was not found in the directory.");
            return Err(error(400, "unauthorized_client", 700_016, &text, now));
        };
        if service.effective(now) != State::Active {
            let text = format!("Application '{given}'({}) is disabled.", service.name);
            return Err(error(400, "unauthorized_client", 7_000_112, &text, now));
        }
        Ok(service.id.clone())
    }

    fn refresh(&mut self, request: &Request, service: &str, now: SystemTime) -> Answer {
        if self.is_confidential(service) {
            self.prove_client(request, service, now)?;
        }
        let given = request.form("refresh_token").unwrap_or_default();
        let key = match self.kernel.authenticate(REFRESH, &given, now) {
            Ok(key) => key,
            Err(standing) => return Err(self.dead_refresh(&given, standing, now)),
        };
        let token = self.kernel.credential(key);
        let (user, class) =
            (token.principal.clone().unwrap_or_default(), token.text("class").to_owned());
        if !token.is_for(service) {
            let text = "The refresh token was issued to a different client id.";
            return Err(error(400, "invalid_grant", 70000, text, now));
        }
        self.policy(&user, now)?;
        if self.consented(service, &user, now).is_none() {
            let text = "The user or administrator has not consented to use the application.";
            return Err(error(400, "invalid_grant", 65001, text, now));
        }
        self.kernel.credential_mut(key).expires = Some(now + REFRESH_IDLE);
        // Use does not end the old one: both go on.
        let next = self.issue_refresh(None, (&user, service), &class, now);
        let scope = request.form("scope").unwrap_or_default();
        Ok(self.delegated(request, &scope, (&user, service), next, now))
    }

    fn dead_refresh(&self, given: &str, standing: Standing, now: SystemTime) -> Response {
        let token = self.kernel.lookup(REFRESH, given).map(|key| self.kernel.credential(key));
        let owner = token.and_then(|t| self.kernel.principal(t.principal.as_deref()?));
        let (code, text) = match standing {
            Standing::Expired => (700_082, "The refresh token has expired due to inactivity."),
            Standing::Masked(State::Deleted)
                if owner.is_some_and(|p| p.text("type") == "Guest") =>
            {
                (50020, "User account from identity provider does not exist in tenant 'Ours'.")
            }
            Standing::Masked(State::Deleted) => {
                (50034, "The user account does not exist in the directory.")
            }
            Standing::Masked(_) => (50057, "The user account is disabled."),
            Standing::Revoked | Standing::Disabled => (50173, REVOKED),
            // The facts name no code for a token that never was one.
            Standing::Unknown | Standing::Alive => {
                (9_002_313, "Invalid request. Request is malformed or invalid.")
            }
        };
        error(400, "invalid_grant", code, text, now)
    }

    fn by_password(&mut self, request: &Request, service: &str, now: SystemTime) -> Answer {
        let form = |name: &str| request.form(name).unwrap_or_default();
        let refuse = |code, text: &str| Err(error(400, "invalid_grant", code, text, now));
        let user = self.kernel.by_login(USER, &form("username"));
        let Some(user) = user.filter(|u| u.text("type") == "Member").map(|u| u.id.clone()) else {
            return refuse(50034, "The user account does not exist in the directory.");
        };
        match self.kernel.authenticate_as(PASSWORD, &user, &form("password"), now) {
            Ok(_) => {}
            Err(Standing::Masked(_)) => return refuse(50057, "The user account is disabled."),
            Err(
                Standing::Unknown
                | Standing::Revoked
                | Standing::Expired
                | Standing::Disabled
                | Standing::Alive,
            ) => {
                let text = "Error validating credentials due to invalid username or password.";
                return refuse(50126, text);
            }
        }
        let stale = self.kernel.principal(&user).is_some_and(|u| u.text("password") == "expired");
        if stale {
            return refuse(50055, "The password is expired.");
        }
        self.policy(&user, now)?;
        if self.is_confidential(service) {
            self.prove_client(request, service, now)?;
        }
        let class = if self.is_confidential(service) { "confidential" } else { "password" };
        let next = self.issue_refresh(None, (&user, service), class, now);
        let scope = request.form("scope").unwrap_or_default();
        Ok(self.delegated(request, &scope, (&user, service), next, now))
    }

    /// Stops where a policy wants more than the right secret: the credential itself is good.
    fn policy(&self, user: &str, now: SystemTime) -> Result<(), Response> {
        let policy = self.kernel.principal(user).map_or("", |u| u.text("policy"));
        let (code, text) = match policy {
            "mfa" => (
                50076,
                "Due to a configuration change made by your administrator, or because you moved to \
                 a new location, you must use multi-factor authentication.",
            ),
            "block" => (53003, "Access has been blocked by Conditional Access policies."),
            _ => return Ok(()),
        };
        let mut answer = error(400, "invalid_grant", code, text, now);
        answer = with_suberror(&answer, policy);
        Err(answer)
    }

    pub(super) fn delegated(
        &mut self,
        request: &Request,
        scope: &str,
        (user, service): (&str, &str),
        refresh: String,
        now: SystemTime,
    ) -> Response {
        let wanted = Wanted { user: Some(user), service, scope, cae: cae(request) };
        let (access, life) = self.issue_access(wanted, now);
        let granted = self.consented(service, user, now).unwrap_or_default();
        let mut body = json!({
            "token_type": "Bearer", "scope": granted, "expires_in": life, "ext_expires_in": life,
            "access_token": access,
        });
        let asked: Vec<&str> = scope.split(' ').collect();
        if asked.contains(&"offline_access")
            || request.form("grant_type").as_deref() == Some("refresh_token")
        {
            body["refresh_token"] = json!(refresh);
        }
        if asked.contains(&"openid") {
            body["id_token"] = self.id_token(user, service, now);
        }
        Response::json(200, &body)
    }

    /// Signs out: the cookies of that user end, every token stays.
    fn logout(&mut self, request: &Request, now: SystemTime) -> Answer {
        let cookie = request.cookie("ESTSAUTH").or_else(|| request.cookie("ESTSAUTHPERSISTENT"));
        let key = cookie.and_then(|value| self.kernel.authenticate(SESSION, value, now).ok());
        let user = key.and_then(|key| self.kernel.credential(key).principal.clone());
        if let Some(user) = user {
            let own = |c: &Credential| c.kind == SESSION && c.is_of(&user);
            self.kernel.revoke_where(Cause::Action, now, own);
        }
        Ok(Response::html(200, "<html><body>You signed out of your account</body></html>"))
    }
}

const REVOKED: &str = "The provided grant has expired due to it being revoked, a fresh auth token is \
    needed. The user might have changed or reset their password.";

fn cae(request: &Request) -> bool {
    request.form("claims").is_some_and(|claims| claims.contains("cp1"))
}

pub(super) fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    format!("{url}?{}", query.finish())
}

fn with_suberror(answer: &Response, policy: &str) -> Response {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    body["suberror"] = json!(if policy == "mfa" { "basic_action" } else { "message_only" });
    Response::json(answer.status, &body)
}

/// Makes an error of the token service; trace ids are fixed, as nothing may be random.
pub(super) fn error(status: u16, kind: &str, code: u64, text: &str, now: SystemTime) -> Response {
    let time = iso(now);
    let trace = super::guid(code);
    let stamp = format!("{} {}Z", &time[..10], &time[11..19]);
    let body = json!({
        "error": kind,
        "error_description": format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {trace} Timestamp: {stamp}"),
        "error_codes": [code], "timestamp": stamp, "trace_id": trace, "correlation_id": trace,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    Response::json(status, &body)
}

/// What the token service says to something dead, by the grant that was asked for.
pub(super) fn dead(request: &Request) -> Response {
    let now = SystemTime::UNIX_EPOCH;
    match request.form("grant_type").as_deref() {
        Some("refresh_token") => error(400, "invalid_grant", 50173, REVOKED, now),
        Some("password") => {
            let text = "Error validating credentials due to invalid username or password.";
            error(400, "invalid_grant", 50126, text, now)
        }
        Some("authorization_code") => super::code::refused(now),
        _ if request.path.ends_with("/authorize") => {
            Response::redirect("https://ours.example/cb?error=login_required")
        }
        _ => super::assertion::invalid_secret("", now),
    }
}
