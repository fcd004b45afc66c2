//! Salesforce: one org with users, sessions, connected apps, SOAP login, SOQL and SCIM.
//!
//! Survivors that are documented and therefore on: a removed session is replaced at once through the
//! refresh token; a freeze stops new logins only; a password reset leaves OAuth and sessions alone;
//! JWT access tokens take 30 minutes to die and outlive the approval they came from; an uninstalled
//! app keeps working for who had approved it; a sixth approval silently evicts the oldest; client
//! credentials run as another user. Not covered: e-mail services, outbound messages, named
//! credentials, single sign-on (it ends at the identity provider), event log files.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Platform, Registration, Urls, Wanted};
use crate::http::{Request, Response};
use crate::identity::{Credential, Kernel, State};
use crate::population::Supplier;
use crate::times::iso;

mod access;
mod answers;
mod assertion;
mod authorize;
mod hand;
mod identity;
mod logins;
mod query;
mod revoke;
mod rows;
mod scim;
mod seed;
mod soap;
mod sobjects;
mod soql;
#[cfg(test)]
mod tests;
mod token;

/// The org's own host (My Domain).
const HOME: &str = "SALESFORCE_URL";
/// The login host that all orgs share.
const LOGIN_HOST: &str = "SALESFORCE_LOGIN_URL";

/// How the estate starts it.
pub(crate) const REGISTRATION: Registration = Registration {
    name: "salesforce",
    servers: &[HOME, LOGIN_HOST],
    seed: |urls, now| {
        let (org, variables) = Salesforce::seeded(urls, now);
        (Box::new(org), variables)
    },
};

const USER: &str = "user";
/// The `UserLogin` record, which a freeze is written on.
const USER_LOGIN: &str = "user_login";
const APP: &str = "app";
/// The `SetupEntityAccess` record, which lets a profile use an app.
const ENTITY_ACCESS: &str = "entity_access";
const PACKAGE: &str = "package";

const PASSWORD: &str = "password";
const SECURITY_TOKEN: &str = "security_token";
const SESSION: &str = "session";
const ACCESS: &str = "access";
const JWT: &str = "jwt";
const REFRESH: &str = "refresh";
/// A user's approval of an app: the `OauthToken` row. Its secret is the row's `DeleteToken`.
const APPROVAL: &str = "approval";
const CODE: &str = "code";
const SECRET: &str = "consumer_secret";
const CERTIFICATE: &str = "certificate";

const ORG: &str = "00DOURS00000001AAA";
const ADMIN: &str = "005OURS0000ADMNAAA";
/// The longest time-out an org can set; every use starts it anew.
const IDLE: Duration = Duration::from_secs(24 * 3600);
/// Documented: revoking a JWT access token can take this long.
const JWT_DELAY: Duration = Duration::from_secs(30 * 60);
/// Rows of a log that are kept.
const LOG: usize = 1000;

/// Either the answer or the refusal that came first.
type Answer = Result<Response, Response>;

/// One org.
pub(super) struct Salesforce {
    kernel: Kernel,
    home: String,
    login: String,
    cursors: Vec<(String, Vec<Value>)>,
    failures: BTreeMap<String, (u32, SystemTime)>,
    login_history: Vec<Value>,
    setup_audit: Vec<Value>,
    calls: u64,
}

impl Salesforce {
    fn new(urls: &Urls) -> Self {
        let url = |name| urls.get(name).cloned().unwrap_or_default();
        Self {
            kernel: Kernel::new("salesforce"),
            home: url(HOME),
            login: url(LOGIN_HOST),
            cursors: Vec::new(),
            failures: BTreeMap::new(),
            login_history: Vec::new(),
            setup_audit: Vec::new(),
            calls: 0,
        }
    }

    /// Makes an 18-character id with one of the org's three-character prefixes.
    fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}NEW{:0>9}AAA", self.kernel.next_number())
    }

    /// Notes an administrative change for `SetupAuditTrail`.
    fn record(&mut self, actor: &str, action: &str, display: &str, now: SystemTime) {
        if self.setup_audit.len() < LOG {
            let row = json!({
                "Id": format!("0Ym{:0>12}AAA", self.setup_audit.len() + 1),
                "Action": action,
                "Section": "Manage Users",
                "Display": display,
                "CreatedById": actor,
                "CreatedDate": iso(now),
            });
            self.setup_audit.push(row);
        }
    }
}

impl Platform for Salesforce {
    fn handle(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let (method, segments) = request.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", []) => self.web_login(request, now),
            ("POST", ["partners", "login"]) => self.site_login(request, now),
            ("GET", ["secur", "logout.jsp"]) => self.logout(request, now),
            ("POST", ["services", "Soap", "u" | "c", _, ..]) => Ok(self.soap(request, now)),
            ("POST", ["services", "oauth2", "token"]) => self.token(request, now),
            ("POST", ["services", "oauth2", "introspect"]) => self.introspect(request, now),
            ("POST" | "GET", ["services", "oauth2", "revoke"]) => Ok(self.revoke(request, now)),
            ("POST" | "GET", ["services", "oauth2", "userinfo"]) => self.userinfo(request, now),
            ("GET", ["services", "oauth2", "authorize"]) => self.authorize(request, now),
            ("GET", ["id", ORG, user]) => self.identity_url(user, request, now),
            (_, ["services", "data", rest @ ..]) if request.server != LOGIN_HOST => {
                self.data(method, rest, request, now)?
            }
            (_, ["services", "scim", "v2", rest @ ..]) if request.server != LOGIN_HOST => {
                self.scim(method, rest, request, now)?
            }
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal))
    }

    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }

    fn dead(&self, request: &Request) -> Response {
        let (_, segments) = request.route();
        match segments.as_slice() {
            [] | ["partners", ..] => answers::login_page(),
            ["services", "Soap", ..] => soap::invalid_login(),
            ["services", "oauth2", "token"] => match request.form("grant_type").as_deref() {
                Some("client_credentials") => answers::invalid_client(),
                Some("password") => answers::oauth("invalid_grant", "authentication failure"),
                Some("refresh_token") => answers::expired_grant(),
                Some(_) | None => answers::oauth("invalid_grant", "invalid assertion"),
            },
            ["services", "oauth2", "introspect"] => Response::json(200, &json!({"active": false})),
            ["services", "oauth2", "revoke"] => revoke::unknown(request),
            ["services", "oauth2", ..] | ["id", ..] => answers::bad_oauth_token(),
            ["services", "scim", ..] => scim::refused(401, "Session expired or invalid"),
            _ => answers::invalid_session(),
        }
    }

    fn plant(&mut self, now: SystemTime) {
        let (maya, app) =
            (seed::id("005", Supplier::Acme, "MAYA"), seed::id("0H4", Supplier::Acme, "BRDG"));
        let (id, delete) = (self.new_id("0CQ"), self.new_delete_token());
        let approval = Credential::new(APPROVAL, &id, &delete).of(&maya).client(&app).grant(&id);
        self.kernel.plant(approval.scope("api refresh_token"), now);
        let secret = self.new_refresh_token();
        let refresh = Credential::new(REFRESH, &id, &secret).of(&maya).client(&app).grant(&id);
        self.kernel.plant(refresh.scope("api refresh_token"), now);
    }

    fn provision(&mut self, login: &str, wanted: Wanted, now: SystemTime) {
        let known = self.user_named(login).map(|user| user.id.clone());
        match (known, wanted) {
            (Some(id), Wanted::Inactive) => {
                // Refused for a default owner, as a person would be; the provisioner tries no other way.
                if self.deactivate(&id, now).is_ok() {
                    self.record(ADMIN, "deactivateduser", login, now);
                }
            }
            (Some(id), Wanted::Active) => {
                self.kernel.set_state(&id, State::Active, now);
                self.record(ADMIN, "activateduser", login, now);
            }
            (None, Wanted::Active) => {
                self.add_user(login, login, now);
                self.record(ADMIN, "createduser", login, now);
            }
            (None, Wanted::Inactive) => {}
        }
    }

    fn by_hand(&mut self, action: &str, object: &str, now: SystemTime) -> Result<(), String> {
        self.setup(action, object, now)
    }
}
