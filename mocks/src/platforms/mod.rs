//! What a platform mock is, and the folder of them: one module a platform.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::http::{Request, Response};
use crate::identity::Kernel;

pub(crate) mod auth0;
pub(crate) mod aws;
pub(crate) mod entra;
pub(crate) mod freshdesk;
pub(crate) mod front;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod google_workspace;
pub(crate) mod gorgias;
pub(crate) mod helpscout;
pub(crate) mod hubspot;
pub(crate) mod intercom;
pub(crate) mod jira_service_management;
pub(crate) mod keycloak;
pub(crate) mod mailbox;
pub(crate) mod oauth_oidc;
pub(crate) mod okta;
pub(crate) mod salesforce;
pub(crate) mod scim;
pub(crate) mod sendgrid;
pub(crate) mod servicenow;
pub(crate) mod shopify;
pub(crate) mod slack;
#[cfg(feature = "ssh")]
pub(crate) mod ssh;
pub(crate) mod stripe;
pub(crate) mod twilio;
pub(crate) mod web_console;
pub(crate) mod webhook_inbound;
pub(crate) mod zendesk;

/// Base addresses of a platform's servers, by the variable that names each.
pub(crate) type Urls = BTreeMap<&'static str, String>;
/// What a seed hands out: every secret of the population, by variable name.
pub(crate) type Variables = BTreeMap<String, String>;

/// A platform with its population, and the secrets in it.
pub(crate) type Seeded = (Box<dyn Platform>, Variables);

/// A platform behind its sockets. All its servers share this one state.
pub(crate) trait Platform: Send {
    /// Answers a request; `None` for a route the mock does not have (501, never a 404).
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response>;

    /// Gives the kernel, in which the estate sets faults.
    fn kernel(&mut self) -> &mut Kernel;

    /// Refuses `request` the way this platform refuses a dead credential on that path.
    fn dead(&self, request: &Request) -> Response;

    /// Issues, with [`Kernel::plant`], one more active token of ACME's first principal.
    fn plant(&mut self, now: SystemTime);

    /// Does what only a human in an admin console can do.
    ///
    /// # Errors
    /// Says which action or object it does not know.
    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String>;

    /// Does what a provisioning client asks of one account: switches it off in this platform's own way, or
    /// on again, and makes it anew where it is gone. Nothing where the platform is provisioned by nobody.
    fn provision(&mut self, _login: &str, _wanted: Wanted, _now: SystemTime) {}

    /// Takes the knobs of the generic OpenID server; no other platform has any.
    fn set_oidc_knobs(&mut self, _knobs: &oauth_oidc::OidcKnobs) {}
}

/// What a provisioning client wants an account to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Able to sign in.
    Active,
    /// Switched off.
    Inactive,
}

/// How the estate starts a platform: its registration line.
pub(crate) struct Registration {
    /// The platform's name in the public API.
    pub(crate) name: &'static str,
    /// The variables of its servers; `Request::server` carries the one a request came to.
    pub(crate) servers: &'static [&'static str],
    /// Makes the platform with its population. The addresses are known by then.
    pub(crate) seed: fn(&Urls, SystemTime) -> Seeded,
}
