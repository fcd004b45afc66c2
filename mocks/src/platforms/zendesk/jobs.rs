//! Bulk deletion: answered at once, done later.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{not_found, number};
use super::{Answer, Zendesk};
use crate::http::{Request, Response};
use crate::population::HEX;

/// When a job is taken up, and when it is done. No figure is documented: long enough that a drill
/// which trusts the first answer sees its users still at work.
const TAKEN_UP: Duration = Duration::from_secs(10);
/// See [`TAKEN_UP`]; also how long a bulk logout takes.
pub(super) const DONE: Duration = Duration::from_secs(30);

/// A queued bulk deletion.
pub(super) struct Job {
    id: String,
    users: Vec<String>,
    actor: String,
    queued: SystemTime,
    done: bool,
}

impl Zendesk {
    /// Carries out what fell due since the last request, at the time it fell due.
    pub(super) fn settle(&mut self, now: SystemTime) {
        let due: Vec<usize> = (0..self.jobs.len())
            .filter(|at| !self.jobs[*at].done && self.jobs[*at].queued + DONE <= now)
            .collect();
        for at in due {
            self.jobs[at].done = true;
            let (users, actor) = (self.jobs[at].users.clone(), self.jobs[at].actor.clone());
            let when = self.jobs[at].queued + DONE;
            for user in users {
                self.remove_user(&user, &actor, when);
            }
        }
    }

    /// Queues the deletion of `?ids=`.
    pub(super) fn destroy_many(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin(request, now)?.user;
        let users = ids(request);
        let id = self.kernel.fresh("", 32, HEX);
        self.jobs.push(Job { id: id.clone(), users, actor, queued: now, done: false });
        self.job_body(&id, request, now)
    }

    /// Says how far a job is.
    pub(super) fn job(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.agent(request, now)?;
        self.job_body(id, request, now)
    }

    fn job_body(&self, id: &str, request: &Request, now: SystemTime) -> Answer {
        let job = self.jobs.iter().find(|job| job.id == id).ok_or_else(not_found)?;
        let (status, message) = if job.done {
            ("completed", Some("Completed"))
        } else if job.queued + TAKEN_UP <= now {
            ("working", None)
        } else {
            ("queued", None)
        };
        let result = |user: &String| json!({"id": number(user), "success": true});
        let results = job.done.then(|| job.users.iter().map(result).collect::<Vec<Value>>());
        let body = json!({"job_status": {
            "id": job.id,
            "url": format!("{}/api/v2/job_statuses/{}.json", request.base, job.id),
            "total": job.users.len(),
            "progress": if job.done { job.users.len() } else { 0 },
            "status": status,
            "message": message,
            "results": results,
        }});
        Ok(Response::json(200, &body))
    }
}

/// Reads `?ids=1,2,3`.
pub(super) fn ids(request: &Request) -> Vec<String> {
    let given = request.query("ids").unwrap_or_default();
    given.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}
