//! The organisation's population: its owner, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use super::oauth::REFRESH_LENGTH;
use super::{
    APP, APP_TOKEN, BOT, BOT_TOKEN, CLIENT_SECRET, OWNER, REFRESH, SESSION, Slack, TEAM, USER,
    USER_TOKEN, WEBHOOK,
};
use crate::identity::{Credential, INACTIVE, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, DIGITS, HEX, Supplier, secret};

/// "Days to weeks" is what is known of a session's life.
const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);
const ADMIN_SCOPES: &str = "admin admin.users:read admin.users:write admin.apps:read \
    admin.apps:write auditlogs:read users:read channels:read";

/// Makes the organisation. SCIM and the hooks, servers of their own at Slack, are served here too.
pub(super) fn seed(urls: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (slack, mut variables) = organisation(now);
    if let Some(url) = urls.get("SLACK_URL") {
        variables.insert("SLACK_SCIM_URL".to_owned(), format!("{url}/scim/v2"));
        variables.insert("SLACK_HOOKS_URL".to_owned(), url.clone());
        variables.insert("SLACK_TEAM_ID".to_owned(), TEAM.to_owned());
    }
    (Box::new(slack), variables)
}

/// Makes the organisation, as a value for the tests.
pub(super) fn organisation(now: SystemTime) -> (Slack, Variables) {
    let mut seeding = Seeding { slack: Slack::new(), variables: Variables::new(), now };
    seeding.ours();
    for supplier in Supplier::ALL {
        seeding.supplier(supplier);
    }
    (seeding.slack, seeding.variables)
}

struct Seeding {
    slack: Slack,
    variables: Variables,
    now: SystemTime,
}

impl Seeding {
    /// Hands a secret out under its name.
    fn publish(&mut self, name: &str, value: String) -> String {
        self.variables.insert(name.to_owned(), value.clone());
        value
    }

    fn issue(&mut self, credential: Credential) {
        self.slack.kernel.issue(credential, self.now);
    }

    fn ours(&mut self) {
        let owner = Principal::new(USER, OWNER, "admin@ours.example").with("role", "owner");
        self.slack.kernel.add(owner);
        let token = self.publish("SLACK_ADMIN_TOKEN", user_token("SLACK_ADMIN_TOKEN"));
        let token = Credential::new(USER_TOKEN, "owner", &token).of(OWNER);
        self.issue(token.scope(ADMIN_SCOPES).hidden_by(OWNER, INACTIVE));
    }

    fn supplier(&mut self, supplier: Supplier) {
        let upper = supplier.upper();
        let name = |what: &str| format!("{upper}_SLACK_{what}");
        let id = |prefix: &str, what: &str| format!("{prefix}0{upper}{what}");
        let (maya, leo) = (id("U", "MAYA"), id("U", "LEO"));
        let (app, bot, bot_id) = (id("A", ""), id("U", "BOT"), id("B", ""));
        for (id, login) in [(&maya, "maya"), (&leo, "leo")] {
            let user = Principal::new(USER, id, &supplier.email(login)).of(supplier);
            self.slack.kernel.add(user.with("role", "member"));
        }
        self.app(supplier, &app, &maya);
        self.rotating_app(supplier, &maya);
        let user = Principal::new(BOT, &bot, "wfm").of(supplier);
        self.slack.kernel.add(user.with("bot_id", bot_id.as_str()).with("app", app.as_str()));

        let scopes = [
            (&maya, "MAYA_TOKEN", "users:read channels:read chat:write"),
            // Too little for a listing of users: alive, but not permitted.
            (&leo, "LEO_TOKEN", "channels:read"),
        ];
        for (user, what, scope) in scopes {
            let token = self.publish(&name(what), user_token(&name(what)));
            let token = Credential::new(USER_TOKEN, user, &token).of(user).client(&app);
            self.issue(token.scope(scope).hidden_by(user, INACTIVE));
        }
        let token = self.publish(&name("BOT_TOKEN"), bot_token(&name("BOT_TOKEN")));
        let token = Credential::new(BOT_TOKEN, &bot, &token).of(&bot).client(&app);
        self.issue(token.scope("users:read channels:read chat:write incoming-webhook"));
        let token = self.publish(&name("APP_TOKEN"), app_token(&name("APP_TOKEN"), &app));
        let token = Credential::new(APP_TOKEN, &app, &token).client(&app);
        self.issue(token.scope("connections:write").supplier(Some(supplier)));

        let hook = id("B", "HOOK");
        let path = secret(&name("WEBHOOK_PATH"), &format!("{TEAM}/{hook}/"), 24, ALNUM);
        self.publish(&name("WEBHOOK_PATH"), format!("/services/{path}"));
        let hook = Credential::new(WEBHOOK, &hook, &path).client(&app);
        self.issue(hook.supplier(Some(supplier)));

        let session = supplier.number(8001).to_string();
        let token = self.publish(&name("MAYA_SESSION"), client_token(&name("MAYA_SESSION")));
        let cookie = secret(&name("MAYA_COOKIE"), "xoxd-", 120, ALNUM);
        let cookie = self.publish(&name("MAYA_COOKIE"), cookie);
        let session = Credential::new(SESSION, &session, &token).of(&maya).with("cookie", cookie);
        let ends = self.now + SESSION_LIFETIME;
        self.issue(session.with("device", "web").expires(ends).hidden_by(&maya, INACTIVE));
    }

    /// An app that has token rotation on; Maya installed it.
    ///
    /// No fact says that the refresh token ends with the person, so nothing hides it.
    fn rotating_app(&mut self, supplier: Supplier, installer: &str) {
        let name = |what: &str| format!("{}_SLACK_EXPORT_{what}", supplier.upper());
        let app = format!("A0{}EXPORT", supplier.upper());
        let (first, second) =
            (supplier.number(531_900_427_716), supplier.number(8_840_215_537_029));
        let client = self.publish(&name("CLIENT_ID"), format!("{first}.{second}"));
        let mut principal = Principal::new(APP, &app, &client).of(supplier);
        "export".clone_into(&mut principal.name);
        let principal = principal.with("installed_by", installer).with("installed", "yes");
        self.slack.kernel.add(principal);
        let value = secret(&name("CLIENT_SECRET"), "", 32, HEX);
        let value = self.publish(&name("CLIENT_SECRET"), value);
        self.issue(Credential::new(CLIENT_SECRET, &app, &value).of(&app));
        let value = secret(&name("REFRESH"), "xoxe-1-", REFRESH_LENGTH, ALNUM);
        let value = self.publish(&name("REFRESH"), value);
        let refresh = Credential::new(REFRESH, &app, &value).of(installer).client(&app);
        self.issue(refresh.scope("users:read channels:read"));
        self.slack.log_install(&app, installer, "added", self.now);
    }

    fn app(&mut self, supplier: Supplier, app: &str, installer: &str) {
        let name = |what: &str| format!("{}_SLACK_{what}", supplier.upper());
        let first = secret(&name("CLIENT_ID"), "", 12, DIGITS);
        let client = secret(&name("CLIENT_ID/2"), &format!("{first}."), 13, DIGITS);
        let client = self.publish(&name("CLIENT_ID"), client);
        let mut principal = Principal::new(APP, app, &client).of(supplier);
        "wfm".clone_into(&mut principal.name);
        let principal = principal.with("installed_by", installer).with("installed", "yes");
        self.slack.kernel.add(principal);
        let value = secret(&name("CLIENT_SECRET"), "", 32, HEX);
        let value = self.publish(&name("CLIENT_SECRET"), value);
        self.issue(Credential::new(CLIENT_SECRET, app, &value).of(app));
        self.slack.log_install(app, installer, "added", self.now);
    }
}

fn numbers(name: &str, prefix: &str, groups: usize) -> String {
    let group = |at: usize| secret(&format!("{name}/{at}"), "", 12, DIGITS);
    let groups: Vec<String> = (0..groups).map(group).collect();
    format!("{prefix}-{}-", groups.join("-"))
}

fn user_token(name: &str) -> String {
    secret(name, &numbers(name, "xoxp", 3), 32, HEX)
}

fn bot_token(name: &str) -> String {
    secret(name, &numbers(name, "xoxb", 2), 24, ALNUM)
}

fn app_token(name: &str, app: &str) -> String {
    secret(name, &numbers(name, &format!("xapp-1-{app}"), 1), 64, HEX)
}

fn client_token(name: &str) -> String {
    secret(name, &numbers(name, "xoxc", 3), 64, HEX)
}
