//! The IAM API: one address, one form, and the action in it.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::answers::{query, query_error, refuse};
use super::{Answer, Aws, USER, param};
use crate::http::{Request, Response};
use crate::identity::{Principal, State};

/// What an action gives: its result element's content, or the refusal.
pub(super) type Made = Result<Value, Response>;

/// One authenticated call.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) caller: Caller,
    pub(super) now: SystemTime,
}

impl Call<'_> {
    /// Gives a parameter.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        param(self.request, name)
    }

    /// Demands a parameter.
    pub(super) fn required(&self, name: &str) -> Result<String, Response> {
        self.param(name).ok_or_else(|| {
            let why = format!("1 validation error detected: Value at '{name}' must not be null");
            self.fail(400, "ValidationError", &why)
        })
    }

    /// Refuses.
    pub(super) fn fail(&self, status: u16, code: &str, why: &str) -> Response {
        query_error(self.request, status, code, why)
    }

    /// Says that an object does not exist.
    pub(super) fn missing(&self, what: &str, name: &str) -> Response {
        self.fail(404, "NoSuchEntity", &format!("The {what} with name {name} cannot be found."))
    }

    /// Renders one page of a listing, in the order of `sort`; the marker is the last one seen, so
    /// what was deleted between two pages shifts nothing.
    pub(super) fn page(&self, name: &str, sort: &str, mut items: Vec<Value>) -> Value {
        let of = |item: &Value| item[sort].as_str().unwrap_or_default().to_owned();
        items.sort_by_key(of);
        let size = self.param("MaxItems").and_then(|text| text.parse::<usize>().ok());
        let size = size.unwrap_or(100).clamp(1, 1000);
        if let Some(after) = self.param("Marker") {
            items.retain(|item| of(item).as_str() > after.as_str());
        }
        let more = items.len() > size;
        items.truncate(size);
        let marker = items.last().map(of).filter(|_| more);
        json!({name: items, "IsTruncated": more, "Marker": marker})
    }
}

impl Aws {
    /// Answers one action; `None` for one the mock does not have.
    pub(super) fn iam(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let action = param(request, "Action")?;
        let caller = match self.caller(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refuse(request, refusal))),
        };
        self.record(&action, "iam.amazonaws.com", &caller, request, now);
        let call = Call { request, caller, now };
        if let Err(refusal) = self.may(&action, &call) {
            return Some(Err(refusal));
        }
        let made = self.iam_action(&action, &call)?;
        Some(made.map(|result| query(request, &action, &result)))
    }

    /// Lets administrators do everything, and everybody else read and reset only themselves.
    fn may(&self, action: &str, call: &Call<'_>) -> Result<(), Response> {
        if self.is_admin(&call.caller, call.now) {
            return Ok(());
        }
        let own = match call.param("UserName") {
            None => true,
            Some(name) => {
                let principal = self.kernel.principal(&call.caller.principal);
                principal.is_some_and(|p| p.kind == USER && p.login == name)
            }
        };
        let allowed = matches!(action, "GetUser" | "ChangePassword") && own;
        if allowed && self.permitted(&call.caller, call.now) {
            return Ok(());
        }
        let (account, arn, _) = self.identity(&call.caller);
        let why = format!(
            "User: {arn} is not authorized to perform: iam:{action} on resource: \
             arn:aws:iam::{account}:user/*"
        );
        Err(call.fail(403, "AccessDenied", &why))
    }

    fn iam_action(&mut self, action: &str, call: &Call<'_>) -> Option<Made> {
        let made = match action {
            "GetUser" => self.get_user(call),
            "ListUsers" => Ok(self.list_users(call)),
            "CreateUser" => self.create_user(call),
            "DeleteUser" => self.delete_user(call),
            "ListGroupsForUser" => Ok(call.page("Groups", "GroupName", Vec::new())),
            "GetAccountAuthorizationDetails" => Ok(self.authorization_details(call)),
            "GenerateCredentialReport" => Ok(self.generate_report(call)),
            "GetCredentialReport" => self.get_report(call),
            "ListAccessKeys" => self.list_keys(call),
            "CreateAccessKey" => self.create_key(call),
            "UpdateAccessKey" => self.update_key(call),
            "DeleteAccessKey" => self.delete_key(call),
            "GetAccessKeyLastUsed" => self.key_last_used(call),
            "GetLoginProfile" => self.get_login(call),
            "CreateLoginProfile" => self.create_login(call),
            "UpdateLoginProfile" => self.update_login(call),
            "DeleteLoginProfile" => self.delete_login(call),
            "ChangePassword" => self.change_password(call),
            "ListRoles" => Ok(self.list_roles(call)),
            "GetRole" => self.get_role(call),
            "CreateRole" => self.create_role(call),
            "DeleteRole" => self.delete_role(call),
            "UpdateAssumeRolePolicy" => self.update_trust(call),
            _ => return self.side_credential(action, call).or_else(|| self.policy(action, call)),
        };
        Some(made)
    }

    /// Finds a living principal by the name a parameter gives; without one, a user is the caller.
    pub(super) fn named(
        &self,
        kind: &'static str,
        parameter: &str,
        call: &Call<'_>,
    ) -> Result<Principal, Response> {
        let found = match call.param(parameter) {
            Some(name) => {
                let living = self.kernel.by_login(kind, &name);
                return living.cloned().ok_or_else(|| call.missing(kind, &name));
            }
            None if kind == USER => self.kernel.principal(&call.caller.principal),
            None => None,
        };
        let living = found.filter(|p| p.kind == kind && p.state() != State::Deleted);
        match living {
            Some(principal) => Ok(principal.clone()),
            None => Err(call.required(parameter).err().unwrap_or_else(|| call.missing(kind, ""))),
        }
    }
}
