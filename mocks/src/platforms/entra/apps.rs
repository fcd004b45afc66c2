//! Applications and service principals, each with secrets of its own.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::graph::{self, Caller, Right, filtered, page};
use super::{
    ACCESS, APP, APP_SECRET, Answer, CERTIFICATE, Entra, FEDERATED, SERVICE, SERVICE_SECRET, guid,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, GONE, Key, Principal, State};
use crate::population::URL_SAFE;
use crate::times::iso;

/// A secret's default life.
const SECRET_LIFE: Duration = Duration::from_secs(2 * 365 * 86_400);

impl Entra {
    pub(super) fn applications(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let right = if method == "GET" { Right::Read } else { Right::Write };
        if let Err(refusal) = self.caller(request, now, right) {
            return Some(Err(refusal));
        }
        let [given, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list(APP, request, now)),
                "POST" => Ok(self.create_application(request, now)),
                _ => return None,
            });
        };
        let Some(id) = self.object(APP, given) else {
            return Some(Err(graph::not_found(given)));
        };
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &self.object_json(&id, now)?)),
            ("PATCH", []) => Ok(self.cut_certificates(&id, request, now)),
            ("DELETE", []) => {
                self.delete_application(&id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["addPassword"]) => Ok(self.add_password(APP_SECRET, &id, request, now)),
            ("POST", ["removePassword"]) => self.remove_password(APP_SECRET, &id, request, now),
            ("GET", ["owners"]) => Ok(self.owners(&id, request)),
            ("GET", ["federatedIdentityCredentials"]) => {
                Ok(page(request, "federatedIdentityCredentials", &self.federated(&id, now)))
            }
            ("DELETE", ["federatedIdentityCredentials", one]) => {
                self.end(FEDERATED, one, "Update application", now)
            }
            _ => return None,
        })
    }

    pub(super) fn services(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let caller = match self.caller(request, now, Right::Own) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refusal)),
        };
        if let ("GET", [own]) = (method, rest)
            && *own == caller.id
        {
            return Some(self.own_service(&caller, request, now));
        }
        let right = if method == "GET" { Right::Read } else { Right::Write };
        if let Err(refusal) = self.caller(request, now, right) {
            return Some(Err(refusal));
        }
        let [given, rest @ ..] = rest else {
            return Some(match method {
                "GET" => Ok(self.list(SERVICE, request, now)),
                "POST" => self.create_service(request, now),
                _ => return None,
            });
        };
        let Some(id) = self.object(SERVICE, given) else {
            return Some(Err(graph::not_found(given)));
        };
        Some(match (method, rest) {
            ("GET", []) => Ok(Response::json(200, &self.object_json(&id, now)?)),
            ("PATCH", []) => Ok(self.enable_service(&id, request, now)),
            ("DELETE", []) => {
                self.delete_service(&id, now);
                Ok(Response::empty(204))
            }
            ("POST", ["addPassword"]) => Ok(self.add_password(SERVICE_SECRET, &id, request, now)),
            ("POST", ["removePassword"]) => self.remove_password(SERVICE_SECRET, &id, request, now),
            ("GET", ["oauth2PermissionGrants"]) => Ok(self.grants_of_service(&id, request, now)),
            ("GET", ["appRoleAssignments"]) => Ok(self.roles_of(&id, request, now)),
            ("GET", ["appRoleAssignedTo"]) => Ok(self.roles_to(&id, request, now)),
            ("DELETE", ["appRoleAssignedTo" | "appRoleAssignments", one]) => {
                self.end(super::ROLE, one, "Remove app role assignment from service principal", now)
            }
            _ => return None,
        })
    }

    /// The app-only who-am-I. Without any role it is forbidden, which proves the token alive.
    fn own_service(&self, caller: &Caller, request: &Request, now: SystemTime) -> Answer {
        self.caller(request, now, Right::Read)?;
        let shown = self.kernel.presented(&caller.id).map(|p| p.id.clone()).unwrap_or_default();
        let body = self.object_json(&shown, now).ok_or_else(|| graph::not_found(&shown))?;
        Ok(Response::json(200, &body))
    }

    /// Finds an object by its id, or by `appId` in a key predicate's stead.
    fn object(&self, kind: &str, given: &str) -> Option<String> {
        let there = |p: &&Principal| p.kind == kind && p.state() != State::Deleted;
        self.kernel.principal(given).filter(there).map(|p| p.id.clone())
    }

    fn list(&self, kind: &str, request: &Request, now: SystemTime) -> Response {
        let app_id = filtered(request, "appId");
        let owner = filtered(request, "appOwnerOrganizationId");
        let objects = self.kernel.principals().iter().filter(|p| {
            p.kind == kind
                && p.state() != State::Deleted
                && app_id.as_ref().is_none_or(|id| p.login == *id)
                && owner.as_ref().is_none_or(|id| p.text("tenant") == id)
        });
        let items: Vec<Value> = objects.filter_map(|p| self.object_json(&p.id, now)).collect();
        page(request, if kind == APP { "applications" } else { "servicePrincipals" }, &items)
    }

    pub(super) fn object_json(&self, id: &str, now: SystemTime) -> Option<Value> {
        let object = self.kernel.principal(id)?;
        let secret = if object.kind == APP { APP_SECRET } else { SERVICE_SECRET };
        let render = |kind: &'static str, shape: &dyn Fn(&Credential) -> Value| -> Vec<Value> {
            let keys = self.kernel.kept_where(now, |c| c.kind == kind && c.is_of(id));
            keys.iter().map(|key| shape(self.kernel.credential(*key))).collect()
        };
        let mut body = json!({
            "id": object.id, "appId": object.login, "displayName": object.name,
            "passwordCredentials": render(secret, &|c| password_json(c)),
            "keyCredentials": render(CERTIFICATE, &|c| json!({
                "keyId": c.id, "type": "AsymmetricX509Cert", "usage": "Verify",
                "customKeyIdentifier": c.secret, "endDateTime": c.expires.map(iso),
            })),
        });
        if object.kind == SERVICE {
            body["accountEnabled"] = json!(object.state() == State::Active);
            body["appOwnerOrganizationId"] = json!(object.text("tenant"));
        }
        Some(body)
    }

    fn create_application(&mut self, request: &Request, now: SystemTime) -> Response {
        let (id, client) = (self.new_id(), self.new_id());
        let mut app = Principal::new(APP, &id, &client);
        app.name = request.field("displayName").unwrap_or_default();
        self.kernel.add(app);
        self.record("Add application", "ApplicationManagement", &id, now);
        Response::json(201, &self.object_json(&id, now).unwrap_or_default())
    }

    fn create_service(&mut self, request: &Request, now: SystemTime) -> Answer {
        let client = request.field("appId").unwrap_or_default();
        let known = |p: &&Principal| p.login == client && p.state() != State::Deleted;
        let mut known = self.kernel.principals().iter().filter(known);
        let Some(first) = known.next() else {
            return Err(graph::error(
                400,
                "Request_BadRequest",
                "The appId does not reference a valid application.",
            ));
        };
        let (name, tenant) = (first.name.clone(), super::TENANT);
        if first.kind == SERVICE || known.any(|p| p.kind == SERVICE) {
            return Err(graph::error(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal already exists.",
            ));
        }
        let id = self.new_id();
        let mut service = Principal::new(SERVICE, &id, &client).with("tenant", tenant);
        service.name = name;
        self.kernel.add(service);
        self.record("Add service principal", "ApplicationManagement", &id, now);
        Ok(Response::json(201, &self.object_json(&id, now).unwrap_or_default()))
    }

    fn add_password(
        &mut self,
        kind: &'static str,
        object: &str,
        request: &Request,
        now: SystemTime,
    ) -> Response {
        let client = self.kernel.principal(object).map(|p| p.login.clone()).unwrap_or_default();
        let value = self.kernel.fresh("Nw8Q~", 35, URL_SAFE);
        let id = self.new_id();
        let name = request.json()["passwordCredential"]["displayName"].clone();
        let secret = Credential::new(kind, &id, &value)
            .of(object)
            .client(&client)
            .with("displayName", name)
            .expires(now + SECRET_LIFE)
            .hidden_by(object, GONE);
        let key = self.kernel.issue(secret, now);
        self.record("Add service principal credentials", "ApplicationManagement", object, now);
        let mut body = password_json(self.kernel.credential(key));
        body["secretText"] = json!(value);
        Response::json(200, &body)
    }

    fn remove_password(
        &mut self,
        kind: &'static str,
        object: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        let id = request.field("keyId").unwrap_or_default();
        let key = self.kernel.find(kind, &id).filter(|key| {
            self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(object)
        });
        let Some(key) = key else {
            let why = "No password credential found with keyId.";
            return Err(graph::error(400, "Request_BadRequest", why));
        };
        self.kernel.revoke(key, Cause::Action, now);
        self.record("Remove service principal credentials", "ApplicationManagement", object, now);
        Ok(Response::empty(204))
    }

    /// Ends every certificate that a new `keyCredentials` array no longer names.
    fn cut_certificates(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        if let Some(kept) = request.json()["keyCredentials"].as_array() {
            let kept: Vec<&str> = kept.iter().filter_map(|k| k["keyId"].as_str()).collect();
            let gone = |c: &Credential| {
                c.kind == CERTIFICATE && c.is_of(id) && !kept.contains(&c.id.as_str())
            };
            self.kernel.revoke_where(Cause::Action, now, gone);
            let what = "Update application - Certificates and secrets management";
            self.record(what, "ApplicationManagement", id, now);
        }
        Response::empty(204)
    }

    fn enable_service(&mut self, id: &str, request: &Request, now: SystemTime) -> Response {
        match request.json()["accountEnabled"].as_bool() {
            Some(true) => self.kernel.set_state(id, State::Active, now),
            Some(false) => {
                self.kernel.set_state(id, State::Deactivated, now);
                self.workload_event(id, now);
            }
            None => {}
        }
        self.record("Update service principal", "ApplicationManagement", id, now);
        Response::empty(204)
    }

    pub(super) fn delete_service(&mut self, id: &str, now: SystemTime) {
        self.kernel.set_state(id, State::Deleted, now);
        self.workload_event(id, now);
        // Consents and roles go with it for good; they are not part of what a restore brings back
        // for a supplier's own app, whose next consent makes new ones.
        let own = |c: &Credential| {
            (c.kind == super::CONSENT && c.is_for(id)) || (c.kind == super::ROLE && c.is_of(id))
        };
        self.kernel.revoke_where(Cause::Deactivation, now, own);
        self.record("Remove service principal", "ApplicationManagement", id, now);
    }

    fn delete_application(&mut self, id: &str, now: SystemTime) {
        let client = self.kernel.principal(id).map(|p| p.login.clone()).unwrap_or_default();
        self.kernel.set_state(id, State::Deleted, now);
        for service in self.services_of(&client) {
            self.kernel.set_state(&service, State::Deleted, now);
            self.workload_event(&service, now);
        }
        self.record("Delete application", "ApplicationManagement", id, now);
    }

    /// Gives the service principals of a client id, deleted ones too.
    pub(super) fn services_of(&self, client: &str) -> Vec<String> {
        let alike = |p: &&Principal| p.kind == SERVICE && p.login == client;
        self.kernel.principals().iter().filter(alike).map(|p| p.id.clone()).collect()
    }

    /// Near real time for app-only tokens of the CAE kind; every other one lives to its `exp`.
    fn workload_event(&mut self, service: &str, now: SystemTime) {
        let live = |c: &Credential| {
            c.kind == ACCESS && c.is_of(service) && c.data.get("cae") == Some(&json!(true))
        };
        self.kernel.revoke_where(Cause::Deactivation, now, live);
    }

    fn owners(&self, id: &str, request: &Request) -> Response {
        let owner = self.kernel.principal(id).map_or("", |p| p.text("owner"));
        let owners: Vec<Value> =
            self.kernel.principal(owner).map(|p| self.user_json(p)).into_iter().collect();
        page(request, "directoryObjects", &owners)
    }

    fn federated(&self, id: &str, now: SystemTime) -> Vec<Value> {
        let keys = self.kernel.kept_where(now, |c| c.kind == FEDERATED && c.is_of(id));
        let render = |key: &Key| {
            let trust = self.kernel.credential(*key);
            json!({
                "id": trust.id, "name": trust.text("name"), "issuer": trust.text("issuer"),
                "subject": trust.text("subject"), "audiences": ["api://AzureADTokenExchange"],
            })
        };
        keys.iter().map(render).collect()
    }

    /// Ends one thing that is addressed by its id alone.
    pub(super) fn end(
        &mut self,
        kind: &'static str,
        id: &str,
        what: &str,
        now: SystemTime,
    ) -> Answer {
        let key = self.kernel.find(kind, id).filter(|key| self.kernel.exists(*key, now));
        let key = key.ok_or_else(|| graph::not_found(id))?;
        self.kernel.revoke(key, Cause::Action, now);
        self.record(what, "ApplicationManagement", id, now);
        Ok(Response::empty(204))
    }
}

fn password_json(secret: &Credential) -> Value {
    json!({
        "keyId": secret.id, "hint": secret.secret.get(..3), "displayName": secret.data.get("displayName"),
        "startDateTime": iso(secret.created), "endDateTime": secret.expires.map(iso),
    })
}

/// The id of the directory role every reading app of the population holds.
pub(super) fn reader_role() -> String {
    guid(910)
}
