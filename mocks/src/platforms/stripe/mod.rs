//! Stripe: our account in test mode, the keys suppliers got, and their own Connect platforms.
//!
//! Documented survivors are on: a rolled key works through its overlap, an expired one for seconds
//! more; removing a team member ends no key, nor what the member's command line minted; deauthorizing
//! a platform leaves keys that were handed over; a rolled signing secret has a day of overlap. Not
//! covered: live mode, publishable and ephemeral keys, the Dashboard's own sign-in.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, State};
use crate::platforms::{Platform, Registration};
use crate::population::ALNUM;

mod access;
mod account;
mod answers;
mod connect;
mod keys;
mod receiver;
mod seed;
#[cfg(test)]
mod tests;

const API: &str = "STRIPE_URL";
const CONNECT: &str = "STRIPE_CONNECT_URL";
/// A receiver that trusts whatever an endpoint's current signing secrets sign.
const RECEIVER: &str = "STRIPE_RECEIVER_URL";

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "stripe", servers: &[API, CONNECT, RECEIVER], seed: seed::seed };

/// Our account.
const OURS: &str = "acct_1OURSxxxxxxxxxxx";

const ACCOUNT: &str = "account";
const MEMBER: &str = "member";
const KEY: &str = "key";
const ORG_KEY: &str = "org_key";
const OAUTH: &str = "oauth_access";
const REFRESH: &str = "oauth_refresh";
const CONNECTION: &str = "connection";
const ENDPOINT: &str = "endpoint";
const SIGNING: &str = "signing_secret";

/// How long a retired key still authenticates; a vendor of rotation tools reports "a short window".
const RETIRING: Duration = Duration::from_secs(10);
/// The longest overlap when a key is rolled.
const KEY_OVERLAP: Duration = Duration::from_secs(7 * 24 * 3600);
/// The longest overlap when a signing secret is rolled.
const SIGNING_OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// Our account, and the platforms connected to it.
struct Stripe {
    kernel: Kernel,
    activity: Vec<Value>,
    events: Vec<Value>,
}

impl Stripe {
    fn new() -> Self {
        Self { kernel: Kernel::new("stripe"), activity: Vec::new(), events: Vec::new() }
    }

    fn api(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("GET", ["v1", "balance"]) => self.balance(request, now),
            ("GET", ["v1", "charges"]) => self.nothing("rak_charge_read", request, now),
            ("GET", ["v1", "customers"]) => self.nothing("rak_customer_read", request, now),
            ("GET", ["v1", "account"]) => self.own_account(request, now),
            ("GET", ["v1", "accounts"]) => self.accounts(request, now),
            ("GET", ["v1", "accounts", id]) => self.show_account(id, request, now),
            ("GET", ["v1", "events"]) => self.list_events(request, now),
            (_, ["v1", "webhook_endpoints", rest @ ..]) => {
                self.endpoints(method, rest, request, now)?
            }
            (_, ["v2", "iam", rest @ ..]) => self.iam(method, rest, request, now)?,
            _ => return None,
        };
        Some(answer)
    }
}

impl Platform for Stripe {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            CONNECT => self.connect(request, now)?,
            RECEIVER => self.receive(request, now)?,
            _ => self.api(request, now)?,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.server {
            CONNECT => answers::invalid_grant("This refresh token has been revoked"),
            RECEIVER => receiver::refused(),
            _ => answers::expired_key(&access::sent(request).unwrap_or_default()),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let secret = self.kernel.fresh("sk_test_", 99, ALNUM);
        let key = Credential::new(KEY, "mk_1ACMEPLANTED", &secret).of(OURS);
        let key = key.with("name", "backup").with("created_by", "usr_ACMEMAYA");
        self.kernel.plant(key.with("type", "secret_key"), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        let missing = |what: &str| format!("there is no {what} {object:?}");
        match action {
            "delete_api_key" | "roll_api_key" | "roll_api_key_now" => {
                let key = self.living_key(object, now).ok_or_else(|| missing("API key"))?;
                let overlap = if action == "roll_api_key" { KEY_OVERLAP } else { Duration::ZERO };
                if action != "delete_api_key" {
                    self.copy_key(key, now);
                }
                self.retire_key(key, overlap, now);
                self.record(action, object, now);
            }
            // Keys are the account's: nothing says that any of them goes with a person.
            "remove_team_member" => {
                let member = self.kernel.principal(object).filter(|p| p.kind == MEMBER);
                member.ok_or_else(|| missing("team member"))?;
                self.kernel.set_state(object, State::Deleted, now);
                self.record(action, object, now);
            }
            "revoke_platform" => {
                let found =
                    self.kernel.kept_where(now, |c| c.kind == CONNECTION && c.is_for(object));
                found.first().ok_or_else(|| missing("connected platform"))?;
                self.disconnect(object, now);
                self.record(action, object, now);
            }
            "roll_webhook_secret" | "roll_webhook_secret_now" => {
                let key = self.kernel.find(ENDPOINT, object);
                let key = key.filter(|key| self.kernel.exists(*key, now));
                key.ok_or_else(|| missing("webhook endpoint"))?;
                let later = action == "roll_webhook_secret";
                self.roll_signing(
                    object,
                    if later { SIGNING_OVERLAP } else { Duration::ZERO },
                    now,
                );
            }
            _ => return Err(format!("the Dashboard has no action {action:?}")),
        }
        Ok(())
    }
}

impl Stripe {
    /// Ends the connection of a platform, with its tokens. Keys handed over by mail are keys.
    fn disconnect(&mut self, client: &str, now: SystemTime) {
        self.kernel.revoke_where(Cause::Action, now, |c| {
            matches!(c.kind, OAUTH | REFRESH | CONNECTION) && c.is_for(client)
        });
    }
}
