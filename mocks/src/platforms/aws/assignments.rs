//! Who may use which permission set: taken away by a job, and only for sessions to come.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::answers::{json_body, json_error};
use super::services::text;
use super::{ACCOUNT, ASSIGNMENT, Answer, Aws};
use crate::http::{Request, Response};
use crate::identity::Cause;
use crate::times::epoch;

/// How long the deletion of an assignment takes; no figure is documented.
const DONE: Duration = Duration::from_secs(30);
/// The one permission set there is.
pub(super) const PERMISSION_SET: &str = "arn:aws:sso:::permissionSet/ssoins-ours/ps-support";

/// A deletion under way.
pub(super) struct Deletion {
    id: String,
    person: String,
    asked: SystemTime,
}

impl Aws {
    /// Answers one action; `None` for one the mock does not have.
    pub(super) fn assignments(
        &mut self,
        action: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let body = request.json();
        let answer = match action {
            "ListAccountAssignments" => Ok(self.list_assignments(&body, now)),
            "DeleteAccountAssignment" => self.delete_assignment(&body, now),
            "DescribeAccountAssignmentDeletionStatus" => self.deletion_status(&body, now),
            _ => return None,
        };
        Some(answer)
    }

    fn list_assignments(&self, body: &Value, now: SystemTime) -> Response {
        let after = text(body, "NextToken");
        let size = body["MaxResults"].as_u64().unwrap_or(100).clamp(1, 100);
        let keys = self.kernel.kept_where(now, |c| c.kind == ASSIGNMENT && c.id > after);
        let mut people: Vec<&str> =
            keys.into_iter().map(|key| self.kernel.credential(key).id.as_str()).collect();
        people.sort_unstable();
        let more = people.len() as u64 > size;
        people.truncate(usize::try_from(size).unwrap_or(100));
        let render = |person: &&str| {
            json!({
                "AccountId": ACCOUNT, "PermissionSetArn": PERMISSION_SET,
                "PrincipalType": "USER", "PrincipalId": person,
            })
        };
        let mut answer =
            json!({"AccountAssignments": people.iter().map(render).collect::<Vec<_>>()});
        if let Some(last) = people.last().filter(|_| more) {
            answer["NextToken"] = (*last).into();
        }
        json_body(&answer)
    }

    fn delete_assignment(&mut self, body: &Value, now: SystemTime) -> Answer {
        let person = text(body, "PrincipalId");
        let key = self.kernel.find(ASSIGNMENT, &person);
        let key = key.filter(|key| self.kernel.exists(*key, now)).ok_or_else(|| {
            json_error(400, "ResourceNotFoundException", "Account assignment not found.")
        })?;
        self.kernel.revoke_later(key, Cause::Action, now, DONE);
        let id = format!("deletion-{}", self.kernel.next_number());
        self.deletions.push(Deletion { id: id.clone(), person, asked: now });
        self.deletion_body(&id, now)
    }

    fn deletion_status(&self, body: &Value, now: SystemTime) -> Answer {
        self.deletion_body(&text(body, "AccountAssignmentDeletionRequestId"), now)
    }

    fn deletion_body(&self, id: &str, now: SystemTime) -> Answer {
        let deletion = self.deletions.iter().find(|deletion| deletion.id == id);
        let deletion = deletion
            .ok_or_else(|| json_error(400, "ResourceNotFoundException", "Request not found."))?;
        let status = if deletion.asked + DONE <= now { "SUCCEEDED" } else { "IN_PROGRESS" };
        Ok(json_body(&json!({"AccountAssignmentDeletionStatus": {
            "Status": status,
            "RequestId": deletion.id,
            "TargetId": ACCOUNT,
            "TargetType": "AWS_ACCOUNT",
            "PermissionSetArn": PERMISSION_SET,
            "PrincipalType": "USER",
            "PrincipalId": deletion.person,
            "CreatedDate": epoch(deletion.asked),
        }})))
    }
}
