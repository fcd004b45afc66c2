//! Who a token is, and whether the organization lets it in.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::answers::{bad_credentials, message, not_authorized, not_found, number};
use super::{
    APP, APP_KEY, APP_USER, APPROVAL, Answer, FINE, Github, INSTALLATION_TOKEN, MEMBERSHIP, OAUTH,
    ORG_GRANT, PAT, SSO, USER,
};
use crate::http::{Request, Response};
use crate::identity::{Key, Standing};
use crate::times::{epoch, iso};

/// How many dead tokens of one user, in how short a time, lock all tokens of that user. "Several"
/// and "short" are all that is documented.
const FAILURES: usize = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// Somebody whose token works.
pub(super) struct Caller {
    pub(super) key: Key,
    pub(super) kind: &'static str,
    /// The user; empty for an installation.
    pub(super) user: String,
}

/// Takes the token from the header: both schemes, or Basic's password as git sends it.
pub(super) fn sent(request: &Request) -> Option<String> {
    let token = request.bearer().or_else(|| request.authorization("token"));
    let token = token.map(str::to_owned);
    token.or_else(|| request.basic().map(|(_, password)| password)).filter(|it| !it.is_empty())
}

impl Github {
    /// Finds out whose token was sent.
    pub(super) fn caller(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let token = sent(request).ok_or_else(|| message(401, "Requires authentication"))?;
        let kinds = [PAT, FINE, OAUTH, APP_USER, INSTALLATION_TOKEN];
        let found = kinds.iter().find_map(|kind| self.kernel.lookup(kind, &token));
        let key = found.ok_or_else(bad_credentials)?;
        let credential = self.kernel.credential(key);
        let (kind, user) = (credential.kind, credential.principal.clone().unwrap_or_default());
        let user = if kind == INSTALLATION_TOKEN { String::new() } else { user };
        self.locked(&user, now)?;
        match self.kernel.standing(key, now) {
            Standing::Alive => {}
            Standing::Masked(crate::identity::State::Suspended) => {
                let why = if kind == INSTALLATION_TOKEN {
                    "The organization has suspended your access to this installation"
                } else {
                    "Sorry. Your account was suspended"
                };
                return Err(message(403, why));
            }
            Standing::Unknown
            | Standing::Revoked
            | Standing::Expired
            | Standing::Disabled
            | Standing::Masked(_) => {
                if !user.is_empty() {
                    self.failures.entry(user).or_default().push(now);
                }
                return Err(bad_credentials());
            }
        }
        let used = self.kernel.credential_mut(key);
        used.data.insert("used_at".into(), iso(now).into());
        Ok(Caller { key, kind, user })
    }

    /// Refuses everything of a user whose dead tokens are hammered, the living ones too.
    fn locked(&mut self, user: &str, now: SystemTime) -> Result<(), Response> {
        let Some(failures) = self.failures.get_mut(user) else { return Ok(()) };
        failures.retain(|at| *at + WINDOW > now);
        if failures.len() < FAILURES {
            return Ok(());
        }
        Err(message(403, "Maximum number of login attempts exceeded. Please try again later."))
    }

    /// Tells whether the organization lets a caller in, or how it keeps the caller out.
    pub(super) fn reaches(&self, caller: &Caller, now: SystemTime) -> Result<(), Response> {
        let alive = |kind: &'static str, id: &str| {
            let key = self.kernel.find(kind, id);
            key.is_some_and(|key| self.kernel.standing(key, now) == Standing::Alive)
        };
        let token = self.kernel.credential(caller.key);
        if caller.kind == INSTALLATION_TOKEN {
            return Ok(());
        }
        if !alive(MEMBERSHIP, &caller.user) {
            return Err(not_found());
        }
        let client = token.client.as_deref().unwrap_or_default();
        match caller.kind {
            PAT if !alive(SSO, &token.id) => Err(not_authorized("Personal Access token")),
            FINE if !alive(ORG_GRANT, &token.id) => Err(not_found()),
            OAUTH if !alive(APPROVAL, client) => Err(not_found()),
            _ => Ok(()),
        }
    }

    /// Demands an owner of the organization.
    pub(super) fn owner(&mut self, request: &Request, now: SystemTime) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        self.reaches(&caller, now)?;
        let user = self.kernel.principal(&caller.user);
        if user.is_some_and(|user| user.text("role") == "admin") {
            return Ok(caller);
        }
        Err(match caller.kind {
            INSTALLATION_TOKEN => message(403, "Resource not accessible by integration"),
            FINE => message(403, "Resource not accessible by personal access token"),
            _ => message(403, "Must have admin rights to Repository."),
        })
    }

    /// Demands an app of ours: people's fine-grained tokens can be asked about by apps only.
    pub(super) fn own_app(
        &mut self,
        request: &Request,
        now: SystemTime,
    ) -> Result<Caller, Response> {
        let caller = self.caller(request, now)?;
        let token = self.kernel.credential(caller.key);
        let ours = caller.kind == INSTALLATION_TOKEN && token.text("may") == "tokens";
        if ours { Ok(caller) } else { Err(message(403, "Resource not accessible by integration")) }
    }

    /// Names the user behind a token.
    pub(super) fn me(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.kind == INSTALLATION_TOKEN {
            return Err(message(403, "Resource not accessible by integration"));
        }
        let user = self.kernel.presented(&caller.user).filter(|p| p.kind == USER);
        let user = user.ok_or_else(not_found)?;
        let body = json!({
            "login": user.login,
            "id": number(&user.id),
            "type": "User",
            "name": user.name,
            "email": user.text("email"),
        });
        let mut answer = Response::json(200, &body);
        let token = self.kernel.credential(caller.key);
        if caller.kind == PAT || caller.kind == OAUTH {
            answer = answer.with("X-OAuth-Scopes", &token.scope.replace(' ', ", "));
        }
        if let Some(at) = token.expires {
            let text = iso(at).replace('T', " ");
            let text = format!("{} UTC", text.get(..19).unwrap_or_default());
            answer = answer.with("GitHub-Authentication-Token-Expiration", &text);
        }
        Ok(answer)
    }

    /// Finds out which app a JSON Web Token speaks for.
    ///
    /// The RS256 signature is not checked: the mock has no RSA, and the token does not say by which
    /// key it was signed. A token of an app that has a living key is taken for signed by it.
    pub(super) fn app_caller(
        &self,
        request: &Request,
        now: SystemTime,
    ) -> Result<String, Response> {
        let undecodable = || message(401, "A JSON web token could not be decoded");
        let token = request.bearer().ok_or_else(undecodable)?;
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, _] = parts.as_slice() else { return Err(undecodable()) };
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let header = read(header).ok_or_else(undecodable)?;
        let claims = read(claims).ok_or_else(undecodable)?;
        if header["alg"] != "RS256" {
            return Err(undecodable());
        }
        let (exp, iat) = (claims["exp"].as_u64(), claims["iat"].as_u64());
        if exp.is_none_or(|exp| exp <= epoch(now) || exp > epoch(now) + 660) {
            let why = "'Expiration time' claim ('exp') must be a numeric value representing the \
                       future time at which the assertion expires";
            return Err(message(401, why));
        }
        if iat.is_none_or(|iat| iat > epoch(now) + 60) {
            let why = "'Issued at' claim ('iat') must be an Integer representing the time that \
                       the assertion was issued";
            return Err(message(401, why));
        }
        // Clients send the app's number as a number or as text.
        let issuer = claims["iss"].as_str();
        let issuer = issuer.map_or_else(|| claims["iss"].to_string(), str::to_owned);
        let mut apps = self.kernel.principals().iter().filter(|p| p.kind == APP);
        let app =
            apps.find(|app| app.id == format!("app/{issuer}") || app.text("client") == issuer);
        let app = app.ok_or_else(|| message(404, "Integration not found"))?;
        let number = app.id.trim_start_matches("app/");
        let key = self.kernel.find(APP_KEY, number).ok_or_else(undecodable)?;
        if self.kernel.standing(key, now) != Standing::Alive {
            return Err(undecodable());
        }
        Ok(app.id.clone())
    }
}
