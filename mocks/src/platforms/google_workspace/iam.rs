//! Service accounts and their keys. Disabling or deleting stops new tokens, never minted ones.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::api::error;
use super::{Answer, Google, ROBOT, ROBOT_KEY};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Cause, Credential, Key, State};
use crate::population::HEX;
use crate::times::iso;

impl Google {
    pub(super) fn iam(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        let ["v1", "projects", _, "serviceAccounts", rest @ ..] = segments.as_slice() else {
            return None;
        };
        if let Err(refusal) = self.admin(request, now) {
            return Some(Err(refusal));
        }
        let [given, rest @ ..] = rest else {
            return (method == "GET").then(|| Ok(self.list_robots(request)));
        };
        let given = decode_segment(given);
        let (email, verb) = given.split_once(':').unwrap_or((&given, ""));
        let by_id = self.kernel.principal(email).filter(|p| p.kind == ROBOT);
        let robot = by_id.or_else(|| self.kernel.by_login(ROBOT, email));
        let Some(id) = robot.map(|p| p.id.clone()) else {
            return Some(Err(error(404, "NOT_FOUND", "Unknown service account")));
        };
        Some(match (method, verb, rest) {
            ("POST", "disable", []) => {
                self.kernel.set_state(&id, State::Deactivated, now);
                Ok(Response::json(200, &json!({})))
            }
            ("POST", "enable", []) => {
                self.kernel.set_state(&id, State::Active, now);
                Ok(Response::json(200, &json!({})))
            }
            ("GET", "", []) => Ok(Response::json(200, &self.robot_json(&id))),
            ("GET", "", ["keys"]) => {
                let keys = self.kernel.kept_where(now, |c| c.kind == ROBOT_KEY && c.is_of(&id));
                let keys: Vec<Value> = keys.iter().map(|key| self.key_json(*key)).collect();
                Ok(Response::json(200, &json!({"keys": keys})))
            }
            ("POST", "", ["keys"]) => Ok(self.create_key(&id, now)),
            ("DELETE", "", ["keys", key]) => self.delete_key(&id, key, now),
            _ => return None,
        })
    }

    fn list_robots(&self, request: &Request) -> Response {
        let robots = self.kernel.principals().iter().filter(|p| p.kind == ROBOT);
        let robots: Vec<Value> = robots.map(|p| self.robot_json(&p.id)).collect();
        let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
        let start = number("pageToken").unwrap_or(0).min(robots.len());
        let end = (start + number("pageSize").unwrap_or(20).max(1)).min(robots.len());
        let mut body = json!({"accounts": robots[start..end]});
        if end < robots.len() {
            body["nextPageToken"] = json!(end.to_string());
        }
        Response::json(200, &body)
    }

    fn robot_json(&self, id: &str) -> Value {
        let robot = self.kernel.principal(id);
        json!({
            "name": robot.map(|p| format!("projects/ours/serviceAccounts/{}", p.login)),
            "uniqueId": id, "email": robot.map(|p| &p.login),
            "disabled": robot.is_some_and(|p| p.state() != State::Active),
        })
    }

    fn key_json(&self, key: Key) -> Value {
        let stored = self.kernel.credential(key);
        let robot = stored.principal.as_deref().and_then(|id| self.kernel.principal(id));
        let email = robot.map_or("", |p| p.login.as_str());
        json!({
            "name": format!("projects/ours/serviceAccounts/{email}/keys/{}", stored.id),
            "validAfterTime": iso(stored.created), "keyType": "USER_MANAGED",
            "keyAlgorithm": "KEY_ALG_RSA_2048", "keyOrigin": "GOOGLE_PROVIDED",
        })
    }

    /// Makes a key. Its private half is left out: nothing here could make or check one.
    fn create_key(&mut self, robot: &str, now: SystemTime) -> Response {
        let id = self.kernel.fresh("", 40, HEX);
        let key = self.kernel.issue(Credential::new(ROBOT_KEY, &id, "").of(robot), now);
        Response::json(200, &self.key_json(key))
    }

    fn delete_key(&mut self, robot: &str, id: &str, now: SystemTime) -> Answer {
        let key = self.kernel.find(ROBOT_KEY, id).filter(|key| {
            self.kernel.exists(*key, now) && self.kernel.credential(*key).is_of(robot)
        });
        let key =
            key.ok_or_else(|| error(404, "NOT_FOUND", "Service account key does not exist"))?;
        self.kernel.revoke(key, Cause::Action, now);
        Ok(Response::json(200, &json!({})))
    }
}
