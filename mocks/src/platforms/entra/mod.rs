//! Microsoft Entra ID and Microsoft Graph: one tenant, its token service, and an API of our own.
//!
//! Documented survivors are on: access tokens live to their `exp` unless they are of the CAE kind, and
//! then up to 15 minutes more; an ordinary password change leaves a confidential client's refresh
//! tokens; revoking sessions does nothing for guests; secrets on the service principal live beside
//! those of the application; a tenant-wide consent stays beside the per-user one; deletion is soft and
//! a restore brings everything back. Not covered: devices' primary refresh tokens, mail protocols.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel};
use crate::population::{Supplier, URL_SAFE, secret};
use crate::times::iso;

mod apps;
mod assertion;
mod code;
mod directory;
mod grants;
mod graph;
mod hand;
mod passwords;
mod resource;
mod seed;
mod sts;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

const GRAPH: &str = "ENTRA_URL";
const LOGIN: &str = "ENTRA_LOGIN_URL";
const RESOURCE: &str = "ENTRA_RESOURCE_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "entra",
    servers: &[GRAPH, LOGIN, RESOURCE],
    seed: |_, now| {
        let (entra, variables) = Entra::seeded(now);
        (Box::new(entra), variables)
    },
};

/// The tenant's id, part of every path of the token service.
const TENANT: &str = "00000000-0000-4000-8000-000000000001";
/// What a new token is good for: between the documented 60 and 90 minutes.
const ACCESS_LIFE: Duration = Duration::from_secs(75 * 60);
/// What continuous access evaluation stretches a token to.
const CAE_LIFE: Duration = Duration::from_secs(28 * 3600);
/// How long a CAE event takes to reach a resource, at most.
const CAE_DELAY: Duration = Duration::from_secs(15 * 60);
/// "A small delay of a few minutes" of a session revocation.
const REVOCATION_DELAY: Duration = Duration::from_secs(3 * 60);

const USER: &str = "user";
const APP: &str = "application";
const SERVICE: &str = "servicePrincipal";
const DEVICE: &str = "device";

const PASSWORD: &str = "password";
const SESSION: &str = "session";
const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
const APP_SECRET: &str = "app_secret";
const SERVICE_SECRET: &str = "service_secret";
/// A multi-tenant app's secret: it exists in the supplier's tenant only.
const FOREIGN_SECRET: &str = "foreign_secret";
const CERTIFICATE: &str = "certificate";
const FEDERATED: &str = "federated";
/// What a silent sign-in gives, to be exchanged once.
const CODE: &str = "code";
const CONSENT: &str = "consent";
const ROLE: &str = "app_role";

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One tenant.
pub(crate) struct Entra {
    kernel: Kernel,
    events: Vec<Value>,
}

/// Makes a directory object's id of a number, so that the population's ids can be remembered.
fn guid(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

impl Entra {
    fn new_id(&mut self) -> String {
        guid(500_000 + self.kernel.next_number())
    }

    /// Notes an event for the directory's audit log; a thousand are kept.
    fn record(&mut self, what: &str, category: &str, target: &str, now: SystemTime) {
        if self.events.len() < 1000 {
            self.events.push(json!({
                "id": format!("Directory_{}", self.events.len() + 1),
                "category": category, "result": "success", "activityDisplayName": what,
                "activityDateTime": iso(now),
                "initiatedBy": {"app": {"displayName": "ours-admin"}},
                "targetResources": [{"id": target}],
            }));
        }
    }
}

impl Platform for Entra {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let answer = match request.server {
            LOGIN => self.login(request, now)?,
            RESOURCE => self.resource(request, now)?,
            _ => self.graph(request, now)?,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        match request.server {
            LOGIN => sts::dead(request),
            RESOURCE => resource::invalid("The token is invalid"),
            _ => graph::invalid_token(graph::UNREADABLE),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        // Of the service principal: secrets of an application are inside it, where no listing reaches.
        let (service, client) = (guid(321), guid(311));
        let value = secret("entra/planted", "Xx8Q~", 34, URL_SAFE);
        let planted = Credential::new(SERVICE_SECRET, &guid(599), &value)
            .of(&service)
            .client(&client)
            .supplier(Some(Supplier::Acme))
            .with("displayName", "backup");
        self.kernel.plant(planted, now);
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.hand(action, object, now)
    }
}
