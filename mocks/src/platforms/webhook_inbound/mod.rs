//! Addresses and signing secrets as credentials: hooks of automation services that a supplier knows,
//! our own receiver of signed events, and the other direction, our hooks to the supplier.
//!
//! Documented survivors are on: removing people ends no address; a switched-off Zap answers as ever; a
//! switched-off scenario comes back, and its queue with it; a rotated secret overlaps; a closed route
//! has an old twin that was kept; deleting one outbound hook leaves the other to the same host, and
//! what is queued is still delivered. Not covered: inbound mail, feeds and share links, SHA-1
//! signatures, Slack's hooks (see its own mock).

use std::time::{Duration, SystemTime};

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, Key, State};
use crate::platforms::{Platform, Registration};
use crate::population::ALNUM;

mod manage;
mod outbound;
mod receiver;
mod seed;
mod services;
#[cfg(test)]
mod tests;

/// The automation services, whose paths do not collide.
const SERVICES: &str = "WEBHOOK_INBOUND_URL";
/// Our own receiver, with its administration.
const RECEIVER: &str = "WEBHOOK_INBOUND_RECEIVER_URL";
/// What reaches the supplier, and what hooks set off: where a marked record would show.
const SINK: &str = "WEBHOOK_INBOUND_SINK_URL";

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "webhook-inbound",
    servers: &[SERVICES, RECEIVER, SINK],
    seed: seed::seed,
};

const SUPPLIER: &str = "supplier";
const PERSON: &str = "person";
const ZAPIER: &str = "zapier_hook";
const MAKE: &str = "make_webhook";
const DISCORD: &str = "discord_webhook";
const FLOW: &str = "flow_url";
const TEAMS: &str = "teams_connector";
const SIGNING: &str = "signing_secret";
const STATIC: &str = "static_token";
const ROUTE: &str = "route";
const OUTBOUND: &str = "outbound_hook";
const ADMIN: &str = "admin_token";

/// How long a hook without a scenario queues before it is switched off.
const DETACHED: Duration = Duration::from_secs(120 * 3600);

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// Everything that is reached by knowing an address.
struct Webhooks {
    kernel: Kernel,
    /// What hooks set off, what the receiver stored, and what was delivered.
    effects: Vec<outbound::Effect>,
    /// Waiting to be delivered, or to be run.
    pending: Vec<outbound::Pending>,
    seen: Vec<String>,
}

impl Webhooks {
    fn new() -> Self {
        Self {
            kernel: Kernel::new("webhook-inbound"),
            effects: Vec::new(),
            pending: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Gives a detached hook its scenario again, which takes back that its days are counted.
    fn attach(&mut self, key: Key, now: SystemTime) {
        let old = self.kernel.credential(key).clone();
        let owner = old.principal.unwrap_or_default();
        self.kernel.issue(Credential::new(old.kind, &old.id, &old.secret).of(&owner), now);
    }

    fn living(&self, kind: &'static str, id: &str, now: SystemTime) -> Result<Key, String> {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        key.ok_or_else(|| format!("there is no {kind} {object:?}", object = id))
    }
}

impl Platform for Webhooks {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        self.settle(now);
        let answer = match request.server {
            SERVICES => self.services(request, now)?,
            RECEIVER => self.receive(request, now)?,
            SINK => self.sink(request)?,
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.server {
            SERVICES => services::dead(request),
            _ if request.path.starts_with("/in/") => receiver::refused(),
            _ => manage::unauthorized(),
        }
    }

    /// Plants a signing secret that the receiver believes and nobody wrote down.
    fn plant(&mut self, now: SystemTime) {
        let secret = self.kernel.fresh("whsec_", 40, ALNUM);
        let extra = Credential::new(SIGNING, "acme-planted", &secret).of("acme");
        self.kernel.plant(extra.with("route", "acme"), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.settle(now);
        let kind = match action {
            "turn_off_zap" | "turn_on_zap" | "delete_zap" => ZAPIER,
            "turn_off_scenario" | "turn_on_scenario" | "detach_webhook" | "delete_webhook" => MAKE,
            "delete_discord_webhook" => DISCORD,
            "disable_flow" | "enable_flow" | "delete_flow" | "regenerate_trigger_key" => FLOW,
            "remove_connector" => TEAMS,
            // Nothing hangs on people here: that is the point of the action.
            "remove_user" => {
                let person = self.kernel.principal(object).filter(|p| p.kind == PERSON);
                person.ok_or_else(|| format!("there is no user {object:?}"))?;
                self.kernel.set_state(object, State::Deleted, now);
                return Ok(());
            }
            _ => return Err(format!("the consoles have no action {action:?}")),
        };
        let key = self.living(kind, object, now)?;
        match action {
            "turn_off_zap" | "turn_off_scenario" | "disable_flow" => {
                self.kernel.set_enabled(key, false, now);
            }
            "turn_on_zap" | "turn_on_scenario" | "enable_flow" => {
                if self.kernel.credential(key).data.contains_key("detached") {
                    self.attach(key, now);
                }
                self.kernel.set_enabled(key, true, now);
                self.release(object, now);
            }
            // A hook without a scenario goes on taking things in, for five days.
            "detach_webhook" => {
                if !self.kernel.spares(Cause::Action) {
                    self.kernel.credential_mut(key).data.insert("detached".into(), true.into());
                }
                self.kernel.revoke_later(key, Cause::Action, now, DETACHED);
            }
            "regenerate_trigger_key" => {
                let fresh = self.kernel.fresh("", 43, ALNUM);
                let owner = self.kernel.credential(key).principal.clone().unwrap_or_default();
                self.kernel.revoke(key, Cause::Action, now);
                if !self.kernel.spares(Cause::Action) {
                    self.kernel.issue(Credential::new(FLOW, object, &fresh).of(&owner), now);
                }
            }
            _ => {
                if !self.kernel.spares(Cause::Action) {
                    self.kernel.credential_mut(key).data.insert("deleted".into(), true.into());
                }
                self.kernel.revoke(key, Cause::Action, now);
            }
        }
        Ok(())
    }
}
