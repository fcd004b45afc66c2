//! Shopify: one store with staff, and the apps of suppliers installed in it.
//!
//! Documented survivors are on: an offline token belongs to the app and outlives whoever installed
//! it; only uninstalling ends it, at once; other apps of the same supplier stay; the old client
//! secret is good until it is revoked, and tokens go with it only then. Not covered: storefront
//! rendering, the Partner organization, staff sign-in.

use std::time::SystemTime;

use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Kernel, State};
use crate::platforms::{Platform, Registration};
use crate::population::HEX;

mod access;
mod graphql;
mod oauth;
mod seed;
mod store;
#[cfg(test)]
mod tests;

/// How the estate starts this platform.
pub(crate) const REGISTRATION: Registration =
    Registration { name: "shopify", servers: &["SHOPIFY_URL"], seed: seed::seed };

/// The store's own name, which token requests give.
const SHOP: &str = "ours.myshopify.com";

const STAFF: &str = "staff";
const APP: &str = "app";
const OFFLINE: &str = "offline_token";
const EXPIRING: &str = "expiring_offline_token";
const ONLINE: &str = "online_token";
const REFRESH: &str = "refresh_token";
const CLIENT_SECRET: &str = "client_secret";
const STOREFRONT: &str = "storefront_token";
/// What an app asked to be told; it goes with the app.
const HOOK: &str = "webhook";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One store.
struct Shopify {
    kernel: Kernel,
}

impl Shopify {
    fn new() -> Self {
        Self { kernel: Kernel::new("shopify") }
    }

    /// Takes an app out of the store, with all it was given.
    fn uninstall(&mut self, app: &str, now: SystemTime) {
        self.kernel.set_state(app, State::Deactivated, now);
        let given = [OFFLINE, EXPIRING, ONLINE, REFRESH, STOREFRONT, HOOK];
        self.kernel.revoke_where(Cause::Action, now, |c| given.contains(&c.kind) && c.is_for(app));
    }
}

impl Platform for Shopify {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("GET", ["admin", "oauth", "access_scopes.json"]) => self.scopes(request, now),
            ("POST", ["admin", "oauth", "access_token" | "access_token.json"]) => {
                self.exchange(request, now)
            }
            ("DELETE", ["admin", "api_permissions", "current.json"]) => {
                self.uninstall_self(request, now)
            }
            ("POST", ["admin", "api", _, "graphql.json"]) => self.graphql(request, now),
            ("POST", ["api", _, "graphql.json"]) => self.storefront(request, now),
            ("GET", ["admin", "api", _, "shop.json"]) => self.shop(request, now),
            ("GET", ["admin", "api", _, "customers.json"]) => self.customers(request, now),
            ("GET", ["admin", "api", _, "webhooks.json"]) => self.webhooks(request, now),
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        if request.path.starts_with("/admin/oauth/access_token") {
            return oauth::refused(request);
        }
        access::dead()
    }

    /// Plants another app's installation: installations are what can be listed.
    fn plant(&mut self, now: SystemTime) {
        let token = self.kernel.fresh("shpat_", 32, HEX);
        let extra = Credential::new(OFFLINE, "planted", &token).client("app-ACME-EXPORT");
        self.kernel.plant(extra.scope("read_orders").with("title", "backup"), now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        let known = |kind: &str| self.kernel.principal(object).is_some_and(|p| p.kind == kind);
        let missing = |what: &str| Err(format!("there is no {what} {object:?}"));
        match action {
            "uninstall_app" if known(APP) => self.uninstall(object, now),
            "remove_staff" if known(STAFF) => self.end_staff(object, State::Deleted, now),
            "suspend_staff" if known(STAFF) => self.end_staff(object, State::Suspended, now),
            "unsuspend_staff" if known(STAFF) => {
                self.kernel.set_state(object, State::Active, now);
            }
            // A session's end is the end of the online tokens that came with it, and of nothing else.
            "reset_staff_password" if known(STAFF) => {
                let online = |c: &Credential| c.kind == ONLINE && c.is_of(object);
                self.kernel.revoke_where(Cause::Action, now, online);
            }
            "rotate_client_secret" if known(APP) => self.rotate_secret(object, now),
            "revoke_old_client_secret" if known(APP) => self.revoke_old_secret(object, now)?,
            "remove_staff" | "suspend_staff" | "unsuspend_staff" | "reset_staff_password" => {
                return missing("member of staff");
            }
            "uninstall_app" | "rotate_client_secret" | "revoke_old_client_secret" => {
                return missing("app");
            }
            _ => return Err(format!("the admin pages have no action {action:?}")),
        }
        Ok(())
    }
}

impl Shopify {
    /// Ends or suspends a member of staff: what the apps were given is the apps'.
    fn end_staff(&mut self, id: &str, state: State, now: SystemTime) {
        self.kernel.set_state(id, state, now);
        if state == State::Deleted {
            let online = |c: &Credential| c.kind == ONLINE && c.is_of(id);
            self.kernel.revoke_where(Cause::Deactivation, now, online);
        }
    }
}
