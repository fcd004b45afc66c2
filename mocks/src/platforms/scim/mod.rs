//! A service provider that is a SCIM target: its SCIM endpoint, and the native API its people use.
//!
//! SCIM says nothing about tokens, and the documented survivors are on: `active: false` stops signing
//! in and leaves sessions, API tokens, OAuth grants and keys; deletion is soft, the secrets of a deleted
//! account go on, and re-creating it wakes the old record; the text `"False"` is answered and ignored;
//! the configuration endpoints are public. The knobs of the facts are set by hand.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, State};
use crate::population::{ALNUM, Supplier, secret};

mod answers;
mod groups;
mod native;
mod patch;
mod seed;
#[cfg(test)]
mod tests;
mod users;

const SCIM: &str = "SCIM_URL";
const NATIVE: &str = "SCIM_NATIVE_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "scim",
    servers: &[SCIM, NATIVE],
    seed: |_, now| {
        let (target, variables) = Target::seeded(now);
        (Box::new(target), variables)
    },
};

const USER: &str = "user";
const GROUP: &str = "group";

const TOKEN: &str = "scim_token";
const API_TOKEN: &str = "api_token";
const SESSION: &str = "session";
const OAUTH: &str = "oauth_access";
const PASSWORD: &str = "password";

/// The session policy: long, so that no bystander's session ends by its age within a watch.
const SESSION_LIFE: Duration = Duration::from_secs(30 * 86_400);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// What the standard leaves to the provider.
#[derive(Debug, Clone)]
struct Knobs {
    /// Whether `"False"` as a text deactivates.
    understands_text: bool,
    /// What deactivation ends besides signing in.
    deactivation_ends: Vec<&'static str>,
    /// Whether `DELETE` ends the secrets of the account.
    delete_ends_all: bool,
    /// How long the server's own job takes.
    job: Duration,
    /// Whether a token dies with the admin who made it.
    token_goes_with_owner: bool,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            understands_text: false,
            deactivation_ends: Vec::new(),
            delete_ends_all: false,
            job: Duration::ZERO,
            token_goes_with_owner: false,
        }
    }
}

/// One provider.
pub(crate) struct Target {
    kernel: Kernel,
    knobs: Knobs,
}

impl Target {
    /// Switches an account off, with whatever the provider lets that end.
    fn deactivate(&mut self, id: &str, now: SystemTime) {
        self.kernel.set_state(id, State::Deactivated, now);
        let ended = self.knobs.deactivation_ends.clone();
        self.end_all(id, &ended, now);
    }

    fn end_all(&mut self, id: &str, kinds: &[&str], now: SystemTime) {
        let own = |c: &Credential| kinds.contains(&c.kind) && c.is_of(id);
        for key in self.kernel.kept_where(now, own) {
            self.kernel.revoke_later(key, Cause::Deactivation, now, self.knobs.job);
        }
    }
}

impl Platform for Target {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = if request.server == NATIVE {
            self.native(request, now)?
        } else {
            self.scim(request, now)?
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        if request.server == NATIVE { native::refused() } else { answers::unauthorized() }
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("scim/planted", "pat_", 36, ALNUM);
        let planted = Credential::new(API_TOKEN, "pat-PLANTED", &value)
            .of("user-ACMEMAYA")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        let kind = |name: &str| match name {
            "sessions" => Ok(SESSION),
            "api_tokens" => Ok(API_TOKEN),
            "oauth" => Ok(OAUTH),
            _ => Err(format!("scim has no kind {name:?}")),
        };
        match action {
            "revoke_scim_token" => return self.end_by_hand(TOKEN, object, now),
            "delete_api_token" => return self.end_by_hand(API_TOKEN, object, now),
            "end_session" => return self.end_by_hand(SESSION, object, now),
            "deactivate_admin" => {
                let admin = self.kernel.principal(object).filter(|p| p.kind == USER);
                admin.ok_or_else(|| format!("scim has no user {object:?}"))?;
                self.kernel.set_state(object, State::Deactivated, now);
                if self.knobs.token_goes_with_owner {
                    self.end_all(object, &[TOKEN], now);
                }
            }
            "set_deactivate_kills" => {
                let kinds = object.split(',').filter(|name| !name.is_empty());
                self.knobs.deactivation_ends = kinds.map(kind).collect::<Result<_, _>>()?;
            }
            "set_active_false" => self.knobs.understands_text = object == "suspend",
            "set_delete" => self.knobs.delete_ends_all = object == "hard",
            "set_token_owner_deactivated_kills_token" => {
                self.knobs.token_goes_with_owner = object == "true";
            }
            "set_async_job_delay" => {
                let seconds = object.parse().map_err(|_| format!("no seconds: {object:?}"))?;
                self.knobs.job = Duration::from_secs(seconds);
            }
            _ => return Err(format!("scim has no manual action {action:?}")),
        }
        Ok(())
    }
}

impl Target {
    fn end_by_hand(&mut self, kind: &'static str, id: &str, now: SystemTime) -> Result<(), String> {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| format!("scim has no {kind} {id:?}"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(())
    }

    fn scim(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let ["scim", "v2", rest @ ..] = segments.as_slice() else {
            return None;
        };
        // Readable by anybody, as RFC 7643 recommends: no probe of a token.
        if let ("GET", ["ServiceProviderConfig" | "Schemas" | "ResourceTypes"]) = (method, rest) {
            return Some(Ok(answers::json(200, &answers::provider())));
        }
        let admin = match self.scim_caller(request, now) {
            Ok(admin) => admin,
            Err(refusal) => return Some(Err(refusal)),
        };
        if method != "GET" && !admin {
            return Some(Err(answers::error(403, None, "The token may read only.")));
        }
        match rest {
            ["Users", rest @ ..] => self.users(method, rest, request, now),
            ["Groups", rest @ ..] => self.groups(method, rest, request),
            _ => None,
        }
    }

    /// Authenticates a SCIM token and tells whether it may write.
    fn scim_caller(&self, request: &Request, now: SystemTime) -> Result<bool, Response> {
        let given = request.bearer().unwrap_or_default();
        let key = self.kernel.authenticate(TOKEN, given, now);
        let key = key.map_err(|_| answers::unauthorized())?;
        Ok(self.kernel.credential(key).scope.split(' ').any(|s| s == "write"))
    }
}

/// Gives the body of a resource that does not exist, or no longer does.
fn gone(id: &str) -> Response {
    answers::error(404, None, &format!("Resource {id} not found"))
}

/// Reads a list of values under a name, or an empty one.
fn values<'a>(body: &'a Value, name: &str) -> &'a [Value] {
    body[name].as_array().map_or(&[], Vec::as_slice)
}

/// Makes what `meta` says about a resource.
fn meta(kind: &str, base: &str, id: &str) -> Value {
    json!({"resourceType": kind, "location": format!("{base}/scim/v2/{kind}s/{id}")})
}
