//! Everything at once: authorization details, and the credential report, which is hours old.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answers::stamp;
use super::iam::{Call, Made};
use super::sigv4::encode;
use super::{ACCESS_KEY, Aws, PASSWORD, ROLE, USER, documents, roles, users};
use crate::identity::{Principal, State};

/// A report is made anew at most this often, which is too rarely for a drill.
const FRESH: Duration = Duration::from_secs(4 * 3600);

impl Aws {
    /// Lists users and roles with their policies, users first.
    pub(super) fn authorization_details(&self, call: &Call<'_>) -> Value {
        let living = self.kernel.principals().iter().filter(|p| p.state() != State::Deleted);
        let details = living.filter(|p| p.kind == USER || p.kind == ROLE).map(|principal| {
            let user = principal.kind == USER;
            let mut body = if user { users::render(principal) } else { roles::render(principal) };
            body["MaxSessionDuration"] = Value::Null;
            let policies = if user { "UserPolicyList" } else { "RolePolicyList" };
            body[policies] = inline(principal);
            body["sort"] = format!("{}{}", if user { "u" } else { "v" }, principal.login).into();
            body
        });
        let mut page = call.page("all", "sort", details.collect());
        let mut all = page["all"].as_array().cloned().unwrap_or_default();
        for item in &mut all {
            item["sort"] = Value::Null;
        }
        let (users, roles): (Vec<Value>, Vec<Value>) =
            all.into_iter().partition(|item| item.get("UserName").is_some());
        page["all"] = Value::Null;
        page["UserDetailList"] = users.into();
        page["RoleDetailList"] = roles.into();
        page
    }

    pub(super) fn generate_report(&mut self, call: &Call<'_>) -> Value {
        let current = self.report.as_ref().is_some_and(|(made, _)| *made + FRESH > call.now);
        if !current {
            let text = self.report_text(call);
            self.report = Some((call.now, text));
        }
        json!({"State": "COMPLETE"})
    }

    pub(super) fn get_report(&self, call: &Call<'_>) -> Made {
        let report = self.report.as_ref();
        let (made, text) = report.ok_or_else(|| {
            call.fail(410, "ReportNotPresent", "Report not present; generate one first")
        })?;
        Ok(json!({
            "Content": STANDARD.encode(text),
            "ReportFormat": "text/csv",
            "GeneratedTime": stamp(*made),
        }))
    }

    fn report_text(&self, call: &Call<'_>) -> String {
        let mut text = String::from(
            "user,arn,user_creation_time,password_enabled,access_key_1_active,\
             access_key_1_last_used_date,access_key_2_active,access_key_2_last_used_date",
        );
        let users = self.kernel.principals().iter();
        for user in users.filter(|p| p.kind == USER && p.state() != State::Deleted) {
            let password = !self.listed(PASSWORD, call.now, |c| c.is_of(&user.id)).is_empty();
            let keys = self.listed(ACCESS_KEY, call.now, |c| c.is_of(&user.id));
            let column = |at: usize| {
                keys.get(at).map_or_else(
                    || "false,N/A".to_owned(),
                    |key| {
                        let key = self.kernel.credential(*key);
                        let used = Some(key.text("used_at")).filter(|used| !used.is_empty());
                        format!("{},{}", key.text("status") == "Active", used.unwrap_or("N/A"))
                    },
                )
            };
            let arn = users::render(user)["Arn"].as_str().unwrap_or_default().to_owned();
            let (first, second) = (column(0), column(1));
            let (name, created) = (&user.login, user.text("created"));
            text.push_str(&format!("\n{name},{arn},{created},{password},{first},{second}"));
        }
        text
    }
}

fn inline(principal: &Principal) -> Value {
    let policies = documents::inline(principal).into_iter();
    let policies =
        policies.map(|(name, text)| json!({"PolicyName": name, "PolicyDocument": encode(&text)}));
    policies.collect()
}
