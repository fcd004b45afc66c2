//! The directory's bin and its devices: deletion is soft for 30 days, and a restore brings all back.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::graph::{self, Right, page};
use super::{APP, Answer, DEVICE, Entra, SERVICE, USER};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, Principal, State};

impl Entra {
    pub(super) fn deleted_items(
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
        if let ("GET", [kind]) = (method, rest)
            && let Some(kind) = kind.strip_prefix("microsoft.graph.")
        {
            return Some(Ok(self.list_deleted(kind, request)));
        }
        let id = (*rest.first()?).to_owned();
        let binned = self.kernel.principal(&id).filter(|p| is_binned(p));
        let Some(login) = binned.map(|p| p.login.clone()) else {
            return Some(Err(graph::not_found(&id)));
        };
        Some(match (method, rest) {
            ("GET", [_]) => Ok(Response::json(200, &json!({"id": id}))),
            ("POST", [_, "restore"]) => {
                self.kernel.set_state(&id, State::Active, now);
                if self.kernel.principal(&id).is_some_and(|p| p.kind == APP) {
                    for service in self.services_of(&login) {
                        self.kernel.set_state(&service, State::Active, now);
                    }
                }
                self.record("Restore user", "UserManagement", &id, now);
                Ok(Response::json(200, &json!({"id": id})))
            }
            ("DELETE", [_]) => {
                if let Some(object) = self.kernel.principal_mut(&id) {
                    object.data.insert("purged".into(), json!(true));
                }
                self.kernel.revoke_where(Cause::Deactivation, now, |c: &Credential| {
                    c.is_of(&id) && c.kind != super::ACCESS
                });
                self.record("Hard Delete user", "UserManagement", &id, now);
                Ok(Response::empty(204))
            }
            _ => return None,
        })
    }

    fn list_deleted(&self, kind: &str, request: &Request) -> Response {
        let objects = self.kernel.principals().iter();
        let objects = objects.filter(|p| p.kind == kind && is_binned(p));
        let items: Vec<Value> = objects
            .map(|p| match p.kind {
                USER => json!({"id": p.id, "displayName": p.name, "mail": p.login}),
                _ => json!({"id": p.id, "displayName": p.name, "appId": p.login}),
            })
            .collect();
        page(request, "directoryObjects", &items)
    }

    pub(super) fn devices(
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
        match (method, rest) {
            ("GET", []) => {
                let devices = self.kernel.principals().iter().filter(|p| p.kind == DEVICE);
                let items: Vec<Value> = devices
                    .map(|p| {
                        let enabled = p.state() == State::Active;
                        json!({"id": p.id, "displayName": p.name, "accountEnabled": enabled})
                    })
                    .collect();
                Some(Ok(page(request, "devices", &items)))
            }
            ("PATCH", [id]) => {
                if self.kernel.principal(id).is_none_or(|p| p.kind != DEVICE) {
                    return Some(Err(graph::not_found(id)));
                }
                let on = request.json()["accountEnabled"].as_bool().unwrap_or(true);
                let state = if on { State::Active } else { State::Deactivated };
                self.kernel.set_state(id, state, now);
                self.record("Update device", "Device", id, now);
                Some(Ok(Response::empty(204)))
            }
            _ => None,
        }
    }
}

fn is_binned(object: &Principal) -> bool {
    let kinds = [USER, APP, SERVICE];
    let kept = object.data.get("purged").is_none();
    kinds.contains(&object.kind) && object.state() == State::Deleted && kept
}
