//! Twilio: a parent account with one subaccount for each supplier.
//!
//! Credentials belong to an account and to nobody in it. Documented survivors are on: rotating the Auth
//! Token leaves every API key and OAuth app; between "secondary" and "promote" both tokens work; removing
//! a console user revokes nothing; a deleted OAuth app leaves its minted tokens; the parent's token opens
//! every subaccount. Not covered: Client Access Tokens (they need a media endpoint), calls, SIP sign-in.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel};
use crate::population::{ALNUM, Supplier, secret};
use crate::times::iso;

mod access;
mod api;
mod iam;
mod seed;
#[cfg(test)]
mod tests;

const API: &str = "TWILIO_URL";
const ACCOUNTS: &str = "TWILIO_ACCOUNTS_URL";
const IAM: &str = "TWILIO_IAM_URL";
const MONITOR: &str = "TWILIO_MONITOR_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "twilio",
    servers: &[API, ACCOUNTS, IAM, MONITOR],
    seed: |_, now| {
        let (twilio, variables) = Twilio::seeded(now);
        (Box::new(twilio), variables)
    },
};

const ACCOUNT: &str = "account";
const USER: &str = "user";
const OAUTH_APP: &str = "oauth_app";

const AUTH_TOKEN: &str = "auth_token";
const API_KEY: &str = "api_key";
const APP_SECRET: &str = "app_secret";
const ACCESS: &str = "access";
const ROLE: &str = "role";

/// An OAuth token's life; the facts only call it short.
const ACCESS_LIFE: Duration = Duration::from_secs(3600);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// The parent account with all below it.
pub(crate) struct Twilio {
    kernel: Kernel,
    events: Vec<Value>,
}

/// Makes an id of a prefix and a number, in Twilio's length.
fn sid(prefix: &str, number: u64) -> String {
    format!("{prefix}{number:032}")
}

impl Twilio {
    /// Notes an event for Monitor; a thousand are kept.
    fn record(&mut self, kind: &str, account: &str, object: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            let number = u64::try_from(self.events.len()).unwrap_or(0) + 1;
            self.events.push(json!({
                "sid": sid("AE", number), "event_type": kind, "event_date": iso(now),
                "account_sid": account, "resource_sid": object,
            }));
        }
    }
}

impl Platform for Twilio {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, mut segments) = request.route();
        if let Some(last) = segments.last_mut() {
            *last = last.strip_suffix(".json").unwrap_or(last);
        }
        let answer = match (request.server, segments.as_slice()) {
            (ACCOUNTS, ["v1", "AuthTokens", which]) => {
                self.auth_tokens(method, which, request, now)?
            }
            (IAM, ["v1" | "v2", "token"]) if method == "POST" => self.token(request, now),
            (IAM, ["v1", "Keys", rest @ ..]) => self.iam_keys(method, rest, request, now)?,
            (IAM, ["v1", "Account", "OAuthApps", rest @ ..]) => {
                self.oauth_apps(method, rest, request, now)?
            }
            (IAM, ["Organizations", _, rest @ ..]) => {
                self.organization(method, rest, request, now)?
            }
            (MONITOR, ["v1", "Events"]) if method == "GET" => self.monitor(request, now),
            (API, ["2010-04-01", "Accounts", rest @ ..]) => {
                self.accounts(method, rest, request, now)?
            }
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, _request: &Request) -> Response {
        access::unauthenticated()
    }

    fn plant(&mut self, now: SystemTime) {
        let value = secret("twilio/planted", "", 32, ALNUM);
        let planted = Credential::new(API_KEY, &sid("SK", 599), &value)
            .of(&sid("AC", 9000))
            .with("type", "standard")
            .with("name", "backup")
            .supplier(Some(Supplier::Acme));
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        match action {
            // In the console both are one click; the API has them too.
            "delete_api_key" => {
                let key = self.kernel.find(API_KEY, object);
                let key = key.filter(|key| self.kernel.exists(*key, now));
                let key = key.ok_or_else(|| format!("twilio has no API key {object:?}"))?;
                self.kernel.revoke(key, Cause::Action, now);
                Ok(())
            }
            "reset_console_password" => {
                let known = self.kernel.principal(object).is_some_and(|p| p.kind == USER);
                // Touches no token and no key.
                known.then_some(()).ok_or_else(|| format!("twilio has no user {object:?}"))
            }
            _ => Err(format!("twilio has no manual action {action:?}")),
        }
    }
}
