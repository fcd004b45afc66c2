//! Making tokens: what is in them, how long they live, and which audience they are for.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{ACCESS, ACCESS_LIFE, CAE_LIFE, CONSENT, Entra, REFRESH, ROLE, TENANT, guid};
use crate::identity::{Credential, INACTIVE};
use crate::jwt;
use crate::population::URL_SAFE;
use crate::times::epoch;

/// Signs what Graph reads.
const GRAPH_KEY: &str = "entra/graph";
/// Signs what our own API reads; it knows the key and asks nobody.
pub(super) const OWN_KEY: &str = "entra/own-api";
/// The scope prefix of our own API.
pub(super) const OWN_API: &str = "api://ours";
/// Refresh tokens slide for 90 days.
pub(super) const REFRESH_IDLE: Duration = Duration::from_secs(90 * 86_400);

/// What a token is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The person, or nobody for an app-only token.
    pub(super) user: Option<&'a str>,
    /// The service principal that asks.
    pub(super) service: &'a str,
    /// Space separated.
    pub(super) scope: &'a str,
    /// Whether the client declared `cp1`.
    pub(super) cae: bool,
}

impl Entra {
    /// Issues an access token and gives its value and its life in seconds.
    ///
    /// It is neither hidden by the state of its user nor of its client: a resource does not ask.
    /// The issuer inside is a name, not this server's address, whose free port would change it.
    pub(super) fn issue_access(&mut self, wanted: Wanted<'_>, now: SystemTime) -> (String, u64) {
        let own = wanted.scope.contains(OWN_API);
        let cae = wanted.cae && !own;
        let life = if cae { CAE_LIFE } else { ACCESS_LIFE };
        let id = format!("AT{}", self.kernel.next_number());
        let roles = self.roles(wanted.service, now);
        let scope = match wanted.user {
            Some(user) => self.consented(wanted.service, user, now).unwrap_or_default(),
            None => roles.join(" "),
        };
        let client = self.kernel.presented(wanted.service).map(|p| p.login.clone());
        let owner = wanted.user.unwrap_or(wanted.service);
        let shown = self.kernel.presented(owner);
        let mut claims = json!({
            "aud": if own { OWN_API } else { "https://graph.microsoft.com" },
            "iss": format!("https://sts.windows.net/{TENANT}/"), "tid": TENANT, "ver": "1.0",
            "iat": epoch(now), "nbf": epoch(now), "exp": epoch(now + life),
            "appid": client, "oid": shown.map(|p| &p.id), "sub": shown.map(|p| &p.id), "uti": id,
            "idtyp": if wanted.user.is_some() { "user" } else { "app" },
        });
        if wanted.user.is_some() {
            claims["scp"] = json!(scope);
            claims["upn"] = json!(shown.map(|p| &p.login));
        } else if !roles.is_empty() {
            claims["roles"] = json!(roles);
        }
        if cae {
            claims["xms_cc"] = json!(["cp1"]);
        }
        let key = if own { OWN_KEY } else { GRAPH_KEY };
        let value = jwt::sign(key, "JWT", &claims);
        let token = Credential::new(ACCESS, &id, &value)
            .of(owner)
            .client(wanted.service)
            .scope(&scope)
            .with("cae", cae)
            .with("own", own)
            .expires(now + life);
        self.kernel.issue(token, now);
        (value, life.as_secs())
    }

    /// Issues a refresh token; `class` decides which password changes end it.
    pub(super) fn issue_refresh(
        &mut self,
        value: Option<String>,
        (user, service): (&str, &str),
        class: &str,
        now: SystemTime,
    ) -> String {
        let id = format!("RT{}", self.kernel.next_number());
        let value = value.unwrap_or_else(|| self.kernel.fresh("1.A", 180, URL_SAFE));
        let token = Credential::new(REFRESH, &id, &value)
            .of(user)
            .client(service)
            .with("class", class)
            .expires(now + REFRESH_IDLE)
            .hidden_by(user, INACTIVE)
            .hidden_by(service, INACTIVE);
        self.kernel.issue(token, now);
        value
    }

    /// Makes the id token that says who signed in.
    pub(super) fn id_token(&self, user: &str, service: &str, now: SystemTime) -> Value {
        let shown = self.kernel.presented(user);
        let claims = json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "tid": TENANT,
            "aud": self.kernel.principal(service).map(|p| &p.login), "ver": "2.0",
            "oid": shown.map(|p| &p.id), "sub": shown.map(|p| &p.id),
            "preferred_username": shown.map(|p| &p.login), "name": shown.map(|p| &p.name),
            "iat": epoch(now), "exp": epoch(now + ACCESS_LIFE),
        });
        json!(jwt::sign(GRAPH_KEY, "JWT", &claims))
    }

    /// Gives the scopes a user, or everybody, has granted a client; `None` without any grant.
    pub(super) fn consented(&self, service: &str, user: &str, now: SystemTime) -> Option<String> {
        let held = |c: &Credential| {
            c.kind == CONSENT && c.is_for(service) && (c.principal.is_none() || c.is_of(user))
        };
        let keys = self.kernel.kept_where(now, held);
        let mut scopes: Vec<&str> =
            keys.iter().flat_map(|key| self.kernel.credential(*key).scope.split(' ')).collect();
        scopes.dedup();
        (!keys.is_empty()).then(|| scopes.join(" "))
    }

    fn roles(&self, service: &str, now: SystemTime) -> Vec<String> {
        let held = |c: &Credential| c.kind == ROLE && c.is_of(service);
        let keys = self.kernel.kept_where(now, held);
        keys.iter().map(|key| self.kernel.credential(*key).scope.clone()).collect()
    }
}

/// The service principal of Microsoft Graph itself, which roles and grants are for.
pub(super) fn graph_service() -> String {
    guid(900)
}
