//! Apps: installed, uninstalled, restricted, connected.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    APP, APP_TOKEN, Answer, BOT, BOT_TOKEN, REFRESH, Slack, TEAM, USER_TOKEN, WEBHOOK, argument,
    failed, page, required, succeeded,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Credential, State};
use crate::population::HEX;
use crate::times::epoch;

impl Slack {
    /// Gives an app-level token a socket address, which nobody needs to open. The address carries
    /// the app's id, the only identity this method ever shows.
    pub(super) fn connections_open(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.kind != APP_TOKEN {
            return Err(failed("not_allowed_token_type"));
        }
        let app = self.kernel.credential(caller.key).client.clone().unwrap_or_default();
        let app = self.kernel.presented(&app).map(|app| app.id.clone()).unwrap_or(app);
        let ticket = self.kernel.fresh("", 32, HEX);
        let url = format!("wss://wss-primary.slack.invalid/link/?ticket={ticket}&app_id={app}");
        Ok(succeeded(json!({"url": url})))
    }

    /// Uninstalls an app on its own behalf: its client id and secret, and a token of the user who
    /// authorised it.
    pub(super) fn apps_uninstall(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now)?;
        if caller.kind == BOT_TOKEN {
            return Err(failed("no_permission"));
        }
        if caller.kind != USER_TOKEN {
            return Err(failed("not_allowed_token_type"));
        }
        let app = self.proven_client(request, now)?;
        if !self.kernel.credential(caller.key).is_for(&app) {
            return Err(failed("client_id_token_mismatch"));
        }
        self.uninstall(&app, &caller.principal, now);
        Ok(succeeded(json!({})))
    }

    pub(super) fn admin_apps_uninstall(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin("admin.apps:write", request, now)?.principal;
        let app = self.app(request)?;
        let teams = argument(request, "team_ids").unwrap_or_default();
        let here = teams.split(',').any(|team| team.trim() == TEAM);
        let everywhere = argument(request, "enterprise_id").is_some();
        if teams.is_empty() && !everywhere {
            return Err(failed("invalid_arguments"));
        }
        if here || everywhere {
            self.uninstall(&app, &actor, now);
        }
        Ok(succeeded(json!({})))
    }

    /// Forbids future installations. The one there is and its tokens go on: it is a list of policy.
    pub(super) fn admin_apps_restrict(&mut self, request: &Request, now: SystemTime) -> Answer {
        let actor = self.admin("admin.apps:write", request, now)?.principal;
        let app = self.app(request)?;
        if let Some(app) = self.kernel.principal_mut(&app) {
            app.data.insert("restricted".into(), "yes".into());
        }
        self.record(&actor, "app_restricted", "app", &app, now);
        Ok(succeeded(json!({})))
    }

    pub(super) fn admin_apps_list(
        &mut self,
        name: &str,
        request: &Request,
        now: SystemTime,
    ) -> Answer {
        self.admin("admin.apps:read", request, now)?;
        let restricted = name == "restricted_apps";
        let apps = self.kernel.principals().iter().filter(|p| p.kind == APP);
        let apps = apps.filter(|app| (app.text("restricted") == "yes") == restricted);
        let apps = apps.map(|app| {
            json!({
                "app": {"id": app.id, "name": app.name},
                "scopes": [],
                "date_updated": epoch(now),
                "last_resolved_by": {"actor_type": "user", "actor_id": super::OWNER},
            })
        });
        Ok(page(request, name, apps.collect::<Vec<Value>>()))
    }

    /// Ends one installation: bot, user tokens, webhooks. The app-level token and the client secret
    /// are the app's, across all workspaces, and go on.
    fn uninstall(&mut self, app: &str, actor: &str, now: SystemTime) {
        self.kernel.revoke_where(Cause::Action, now, |c: &Credential| {
            c.is_for(app) && [BOT_TOKEN, USER_TOKEN, REFRESH, WEBHOOK].contains(&c.kind)
        });
        let bots = self.kernel.principals().iter();
        let bots = bots.filter(|p| p.kind == BOT && p.text("app") == app).map(|p| p.id.clone());
        for bot in bots.collect::<Vec<String>>() {
            self.kernel.set_state(&bot, State::Deactivated, now);
        }
        if let Some(app) = self.kernel.principal_mut(app) {
            app.data.insert("installed".into(), "no".into());
        }
        self.log_install(app, actor, "removed", now);
        self.record(actor, "app_uninstalled", "app", app, now);
    }

    fn app(&self, request: &Request) -> Result<String, Response> {
        let app = required(request, "app_id")?;
        let known = self.kernel.principal(&app).is_some_and(|p| p.kind == APP);
        if known { Ok(app) } else { Err(failed("app_not_found")) }
    }
}
