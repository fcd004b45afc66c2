//! Two user APIs, Drive and Gmail, and how Google's APIs say no.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCESS, API_KEY, Answer, Google};
use crate::http::{Request, Response};
use crate::identity::Key;

impl Google {
    pub(super) fn api(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        Some(match (method, segments.as_slice()) {
            ("GET", ["drive", "v3", "about"]) => self.drive(request, now),
            ("GET", ["drive", "v3", "files"]) => self.files(request, now),
            ("GET", ["gmail", "v1", "users", "me", "profile"]) => self.mailbox(request, now),
            _ => return None,
        })
    }

    pub(super) fn bearer(&self, request: &Request, now: SystemTime) -> Result<Key, Response> {
        let given = request.bearer().unwrap_or_default();
        self.kernel.authenticate(ACCESS, given, now).map_err(|_| unauthenticated())
    }

    fn scoped(&self, request: &Request, word: &str, now: SystemTime) -> Result<Value, Response> {
        let key = self.bearer(request, now)?;
        let token = self.kernel.credential(key);
        let owner = token.principal.as_deref().unwrap_or_default();
        let off = self.kernel.principal(owner).is_some_and(|p| p.text("drive") == "off");
        if word == "drive" && off {
            let reason = json!([{"message": "Active session is invalid. Error code: 4",
                "domain": "global", "reason": "authError", "location": "Authorization"}]);
            let body = json!({"error": {"code": 401, "errors": reason,
                "message": "Active session is invalid. Error code: 4"}});
            return Err(Response::json(401, &body));
        }
        if !token.scope.split(' ').any(|s| s.contains(word)) {
            let why = "Request had insufficient authentication scopes.";
            return Err(error(403, "PERMISSION_DENIED", why));
        }
        let shown = self.kernel.presented(owner);
        Ok(json!({
            "kind": "drive#user", "displayName": shown.map(|p| &p.name), "me": true,
            "permissionId": shown.map(|p| &p.id), "emailAddress": shown.map(|p| &p.login),
        }))
    }

    fn drive(&self, request: &Request, now: SystemTime) -> Answer {
        let user = self.scoped(request, "drive", now)?;
        Ok(Response::json(200, &json!({"user": user})))
    }

    fn mailbox(&self, request: &Request, now: SystemTime) -> Answer {
        let user = self.scoped(request, "mail", now)?;
        let body =
            json!({"emailAddress": user["emailAddress"], "messagesTotal": 0, "historyId": "1"});
        Ok(Response::json(200, &body))
    }

    /// Takes a token or, for what is public, a key.
    fn files(&self, request: &Request, now: SystemTime) -> Answer {
        match request.query("key") {
            Some(key) => {
                self.kernel.authenticate(API_KEY, &key, now).map_err(|_| bad_key())?;
            }
            None => {
                self.scoped(request, "drive", now)?;
            }
        }
        Ok(Response::json(200, &json!({"kind": "drive#fileList", "files": []})))
    }
}

pub(super) fn error(code: u16, status: &str, message: &str) -> Response {
    let reason = status.to_lowercase();
    let errors = json!([{"message": message, "domain": "global", "reason": reason}]);
    let body =
        json!({"error": {"code": code, "message": message, "errors": errors, "status": status}});
    Response::json(code, &body)
}

pub(super) fn unauthenticated() -> Response {
    let why = "Request had invalid authentication credentials. Expected OAuth 2 access token, login \
        cookie or other valid authentication credential. See \
        https://developers.google.com/identity/sign-in/web/devconsole-project.";
    error(401, "UNAUTHENTICATED", why)
}

pub(super) fn bad_key() -> Response {
    let why = "API key not valid. Please pass a valid API key.";
    let details = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]);
    let body = json!({"error": {"code": 400, "message": why, "status": "INVALID_ARGUMENT",
        "details": details}});
    Response::json(400, &body)
}
