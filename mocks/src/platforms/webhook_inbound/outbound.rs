//! What comes of a hook: events taken in and set off, and our own deliveries to the supplier.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Answer, OUTBOUND, Webhooks};
use crate::http::{Request, Response};
use crate::identity::{Key, Standing};
use crate::times::iso;

/// How long a slow receiver's deliveries wait in the queue; nobody takes them out of it.
const RETRY: Duration = Duration::from_secs(10 * 60);
const LIMIT: usize = 10_000;

/// Something that reached its end: a run, a stored event, a delivery.
pub(super) struct Effect {
    hook: String,
    kind: &'static str,
    body: String,
    at: SystemTime,
}

/// Something that will, at a time, or when its hook is switched on again.
pub(super) struct Pending {
    effect: Effect,
    due: Option<SystemTime>,
}

impl Webhooks {
    /// Notes what a request set off.
    pub(super) fn effect(&mut self, key: Key, request: &Request, now: SystemTime) {
        let effect = self.made(key, request, now);
        self.keep(effect);
    }

    /// Keeps a request until its hook has a scenario again.
    pub(super) fn queue(&mut self, key: Key, request: &Request) {
        let effect = self.made(key, request, SystemTime::UNIX_EPOCH);
        if self.pending.len() < LIMIT {
            self.pending.push(Pending { effect, due: None });
        }
    }

    fn made(&self, key: Key, request: &Request, at: SystemTime) -> Effect {
        let hook = self.kernel.credential(key);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        Effect { hook: hook.id.clone(), kind: hook.kind, body, at }
    }

    fn keep(&mut self, effect: Effect) {
        if self.effects.len() == LIMIT {
            self.effects.remove(0);
        }
        self.effects.push(effect);
    }

    /// Carries out what fell due, also for hooks that are gone by now.
    pub(super) fn settle(&mut self, now: SystemTime) {
        let all = std::mem::take(&mut self.pending);
        for mut waiting in all {
            match waiting.due.filter(|due| *due <= now) {
                Some(due) => {
                    waiting.effect.at = due;
                    self.keep(waiting.effect);
                }
                None => self.pending.push(waiting),
            }
        }
    }

    /// Runs what a hook has queued.
    pub(super) fn release(&mut self, hook: &str, now: SystemTime) {
        for waiting in &mut self.pending {
            if waiting.effect.hook == hook && waiting.due.is_none() {
                waiting.due = Some(now);
            }
        }
        self.settle(now);
    }

    /// Makes a record here, of which every outbound hook tells its receiver.
    pub(super) fn make_record(&mut self, request: &Request, now: SystemTime) -> Answer {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let hooks = self.kernel.kept(OUTBOUND, now);
        let alive: Vec<Key> = hooks
            .into_iter()
            .filter(|key| self.kernel.standing(*key, now) == Standing::Alive)
            .collect();
        for key in &alive {
            let hook = self.kernel.credential(*key);
            let (id, slow) = (hook.id.clone(), hook.data.contains_key("slow"));
            let effect = Effect { hook: id, kind: OUTBOUND, body: body.clone(), at: now };
            if slow {
                self.pending.push(Pending { effect, due: Some(now + RETRY) });
            } else {
                self.keep(effect);
            }
        }
        Ok(Response::json(201, &json!({"told": alive.len()})))
    }

    /// Shows what arrived, filtered by hook and by a word in the body, page by page.
    pub(super) fn sink(&self, request: &Request) -> Option<Answer> {
        let (method, segments) = request.route();
        if (method, segments.as_slice()) != ("GET", &["effects"]) {
            return None;
        }
        let (hook, marker) = (request.query("hook"), request.query("marker"));
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let (after, size) = (number("after").unwrap_or(0), number("limit").unwrap_or(100));
        let size = size.clamp(1, 100);
        let found: Vec<(usize, &Effect)> = (1..)
            .zip(&self.effects)
            .filter(|(at, effect)| {
                *at > after
                    && hook.as_deref().is_none_or(|hook| effect.hook == hook)
                    && marker.as_deref().is_none_or(|marker| effect.body.contains(marker))
            })
            .collect();
        let more = found.len() > size;
        let shown: Vec<Value> = found
            .iter()
            .take(size)
            .map(|(at, effect)| {
                json!({
                    "id": at, "hook": effect.hook, "kind": effect.kind, "body": effect.body,
                    "at": iso(effect.at),
                })
            })
            .collect();
        let next = shown.last().filter(|_| more).map(|last| last["id"].clone());
        Some(Ok(Response::json(200, &json!({"effects": shown, "next": next}))))
    }
}
