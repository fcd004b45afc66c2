//! The objects that can be queried, and their rows.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::answers::insufficient;
use super::{
    ACCESS, APP, APPROVAL, ENTITY_ACCESS, JWT, ORG, PACKAGE, SESSION, Salesforce, USER, USER_LOGIN,
};
use crate::http::Response;
use crate::identity::{Principal, State};
use crate::times::iso;

/// What exists, and which fields it has.
const OBJECTS: &[(&str, &[&str])] = &[
    (
        "User",
        &[
            "Id",
            "Username",
            "Email",
            "Name",
            "IsActive",
            "UserType",
            "ProfileId",
            "LastLoginDate",
            "LastPasswordChangeDate",
            "CreatedDate",
        ],
    ),
    ("UserLogin", &["Id", "UserId", "IsFrozen", "IsPasswordLocked"]),
    (
        "OauthToken",
        &[
            "Id",
            "AppName",
            "AppMenuItemId",
            "UserId",
            "CreatedDate",
            "LastUsedDate",
            "UseCount",
            "DeleteToken",
        ],
    ),
    (
        "AuthSession",
        &[
            "Id",
            "UsersId",
            "SessionType",
            "LoginType",
            "SourceIp",
            "NumSecondsValid",
            "ParentId",
            "CreatedDate",
        ],
    ),
    ("ConnectedApplication", &["Id", "Name", "OptionsAllowAdminApprovedUsersOnly"]),
    ("SetupEntityAccess", &["Id", "ParentId", "SetupEntityId", "SetupEntityType"]),
    ("InstalledSubscriberPackage", &["Id", "SubscriberPackageId"]),
    ("Organization", &["Id", "Name", "IsSandbox", "InstanceName"]),
    (
        "LoginHistory",
        &["Id", "UserId", "LoginTime", "Status", "LoginType", "SourceIp", "Application"],
    ),
    ("SetupAuditTrail", &["Id", "Action", "Section", "Display", "CreatedById", "CreatedDate"]),
];

/// Finds an object by its name in any case.
pub(super) fn schema(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    OBJECTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).copied()
}

/// Names what exists, for the list of objects.
pub(super) fn names() -> Vec<&'static str> {
    OBJECTS.iter().map(|(name, _)| *name).collect()
}

impl Salesforce {
    /// Gives all rows of an object that the caller may see.
    pub(super) fn rows(
        &self,
        object: &str,
        caller: &Caller,
        now: SystemTime,
    ) -> Result<Vec<Value>, Response> {
        let manager = self.is_manager(caller);
        let private = ["UserLogin", "OauthToken", "SetupEntityAccess", "SetupAuditTrail"];
        if !manager && private.contains(&object) {
            return Err(insufficient());
        }
        let mut rows = match object {
            "User" => self.each(USER, user),
            "UserLogin" => self.each(USER_LOGIN, |login| self.user_login(login, now)),
            "OauthToken" => self.approvals(now),
            "AuthSession" => self.sessions(now),
            "ConnectedApplication" => self.each(APP, |app| {
                json!({
                    "Id": app.id, "Name": app.name, "OptionsAllowAdminApprovedUsersOnly": true,
                })
            }),
            "SetupEntityAccess" => self.each(ENTITY_ACCESS, |access| {
                json!({
                    "Id": access.id, "ParentId": access.text("parent"),
                    "SetupEntityId": access.login, "SetupEntityType": "ConnectedApplication",
                })
            }),
            "InstalledSubscriberPackage" => self.each(
                PACKAGE,
                |package| json!({"Id": package.id, "SubscriberPackageId": package.login}),
            ),
            "Organization" => vec![json!({
                "Id": ORG, "Name": "Ours", "IsSandbox": true, "InstanceName": "MOCK1",
            })],
            "LoginHistory" => self.login_history.clone(),
            _ => self.setup_audit.clone(),
        };
        if !manager {
            let own = |row: &Value| {
                let owner = row.get("UsersId").or_else(|| row.get("UserId"));
                owner.is_none_or(|owner| *owner == *caller.user)
            };
            rows.retain(own);
        }
        Ok(rows)
    }

    fn each(&self, kind: &str, render: impl Fn(&Principal) -> Value) -> Vec<Value> {
        let all = self.kernel.principals().iter().filter(|p| p.kind == kind);
        all.filter(|p| p.state() != State::Deleted).map(render).collect()
    }

    fn user_login(&self, login: &Principal, now: SystemTime) -> Value {
        json!({
            "Id": login.id,
            "UserId": login.login,
            "IsFrozen": login.state() != State::Active,
            "IsPasswordLocked": self.is_locked(&login.login, now),
        })
    }

    /// One row an approval, hence up to five for a user and an app.
    fn approvals(&self, now: SystemTime) -> Vec<Value> {
        let keys = self.kernel.kept(APPROVAL, now);
        let rows = keys.into_iter().map(|key| {
            let row = self.kernel.credential(key);
            let app = row.client.as_deref().and_then(|app| self.kernel.principal(app));
            json!({
                "Id": row.id,
                "AppName": app.map(|app| app.name.clone()),
                "AppMenuItemId": row.client,
                "UserId": row.principal,
                "CreatedDate": iso(row.created),
                "LastUsedDate": iso(row.created),
                "UseCount": row.data.get("uses").cloned().unwrap_or_else(|| 0.into()),
                "DeleteToken": row.secret,
            })
        });
        rows.collect()
    }

    fn sessions(&self, now: SystemTime) -> Vec<Value> {
        let kinds = [SESSION, ACCESS, JWT];
        let keys = self.kernel.kept_where(now, |c| kinds.contains(&c.kind));
        let rows = keys.into_iter().map(|key| {
            let session = self.kernel.credential(key);
            let left = session.expires.and_then(|at| at.duration_since(now).ok());
            json!({
                "Id": session.id,
                "UsersId": session.principal,
                "SessionType": session.text("type"),
                "LoginType": "Application",
                "SourceIp": "127.0.0.1",
                "NumSecondsValid": left.map(|left| left.as_secs()),
                "ParentId": null,
                "CreatedDate": iso(session.created),
            })
        });
        rows.collect()
    }
}

fn user(user: &Principal) -> Value {
    json!({
        "Id": user.id,
        "Username": user.login,
        "Email": user.text("email"),
        "Name": user.name,
        "IsActive": user.state() == State::Active,
        "UserType": user.text("type"),
        "ProfileId": user.text("profile"),
        "LastLoginDate": null,
        "LastPasswordChangeDate": user.text("password_changed"),
        "CreatedDate": user.text("created"),
    })
}
