//! The site: who-am-I, what is open to anybody, and the service desk's customers.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{ACCOUNT, API_TOKEN, Answer, Atlassian, CUSTOMER, PORTAL, SEAT, SESSION};
use crate::http::{Request, Response, decode_segment};
use crate::identity::{Key, Principal, State};

const REASON: &str = "X-Seraph-LoginReason";

impl Atlassian {
    pub(super) fn site(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        Some(match (method, segments.as_slice()) {
            ("GET", ["rest", "api", "3", "myself"]) => self.myself(request, now),
            ("GET", ["rest", "api", "3", "serverInfo"]) => {
                let info = json!({"deploymentType": "Cloud", "serverTitle": "Ours"});
                Ok(self.open(request, &info, &info, now))
            }
            ("GET", ["rest", "api", "3", "project", "search"]) => {
                let empty = json!({"total": 0, "isLast": true, "values": []});
                let own =
                    json!({"total": 1, "isLast": true, "values": [{"id": "1", "key": "SUP"}]});
                Ok(self.open(request, &own, &empty, now))
            }
            ("GET", ["rest", "api", "3", "user", "groups"]) => self
                .site_admin(request, now)
                .map(|()| Response::json(200, &json!([{"name": "service-agents"}]))),
            ("POST", ["rest", "api", "3", "user"]) => self.invite(ACCOUNT, request, now),
            ("GET", ["rest", "api", "3", "auditing", "record"]) => self
                .site_admin(request, now)
                .map(|()| Response::json(200, &json!({"offset": 0, "total": 0, "records": []}))),
            ("GET", ["rest", "servicedeskapi", "request"]) => self.portal(request, now),
            ("POST", ["rest", "servicedeskapi", "customer"]) => self.invite(CUSTOMER, request, now),
            ("GET", ["rest", "servicedeskapi", "servicedesk", _, "customer"]) => {
                self.customers(request, now)
            }
            (
                "PUT",
                ["rest", "servicedeskapi", "customer", "user", id, "revoke-portal-only-access"],
            ) => self.revoke_portal(&decode_segment(id), request, now),
            _ => return None,
        })
    }

    /// Finds the account of a token or a session, whether it may use the site or not.
    fn account(&self, request: &Request, now: SystemTime) -> Option<String> {
        let by_token = || {
            let (email, token) = request.basic()?;
            let key = self.kernel.authenticate(API_TOKEN, &token, now).ok()?;
            let owner = self.kernel.credential(key).principal.clone()?;
            let own = self.kernel.principal(&owner)?.login.eq_ignore_ascii_case(&email);
            own.then_some(owner)
        };
        let by_session = || {
            let cookie = request.cookie("cloud.session.token")?;
            let key: Key = self.kernel.authenticate(SESSION, cookie, now).ok()?;
            self.kernel.credential(key).principal.clone()
        };
        by_token().or_else(by_session)
    }

    pub(super) fn seated(&self, account: &str, now: SystemTime) -> bool {
        let seat = self.kernel.principal(&format!("seat:{account}"));
        seat.is_some_and(|p| p.kind == SEAT && p.effective(now) == State::Active)
    }

    fn myself(&self, request: &Request, now: SystemTime) -> Answer {
        let account = self.account(request, now).ok_or_else(unauthenticated)?;
        self.describe(&account, now)
    }

    pub(super) fn describe(&self, account: &str, now: SystemTime) -> Answer {
        if !self.seated(account, now) {
            let body = json!({"errorMessages": ["You do not have access to this product."]});
            return Err(Response::json(403, &body));
        }
        let shown = self.kernel.presented(account).ok_or_else(unauthenticated)?;
        let body = json!({
            "accountId": shown.id, "accountType": "atlassian", "emailAddress": shown.login,
            "displayName": shown.name, "active": true,
        });
        Ok(Response::json(200, &body).with(REASON, "OK"))
    }

    /// Answers what anonymous people may see too: 200 with a header for a dead token.
    fn open(&self, request: &Request, own: &Value, empty: &Value, now: SystemTime) -> Response {
        let account = self.account(request, now);
        if account.is_some_and(|id| self.seated(&id, now)) {
            return Response::json(200, own).with(REASON, "OK");
        }
        let answer = Response::json(200, empty);
        if request.has_authorization() {
            answer.with(REASON, "AUTHENTICATED_FAILED")
        } else {
            answer
        }
    }

    fn site_admin(&self, request: &Request, now: SystemTime) -> Result<(), Response> {
        let account = self.account(request, now).ok_or_else(unauthenticated)?;
        if self.kernel.principal(&account).is_some_and(|p| p.text("role") == "admin") {
            return Ok(());
        }
        let why = "You do not have permission to administer Jira.";
        Err(Response::json(403, &json!({"errorMessages": [why]})))
    }

    fn portal(&self, request: &Request, now: SystemTime) -> Answer {
        let cookie = request.cookie("customer.account.session.token").unwrap_or_default();
        let key = self.kernel.authenticate(PORTAL, cookie, now).map_err(|_| unauthenticated())?;
        let owner = self.kernel.credential(key).principal.as_deref().unwrap_or_default();
        let shown = self.kernel.presented(owner).ok_or_else(unauthenticated)?;
        let reporter = json!({"accountId": shown.id, "emailAddress": shown.login});
        let body = json!({
            "size": 1, "start": 0, "limit": 50, "isLastPage": true,
            "values": [{"issueKey": "SUP-1", "reporter": reporter}],
        });
        Ok(Response::json(200, &body))
    }

    fn invite(&mut self, kind: &'static str, request: &Request, now: SystemTime) -> Answer {
        self.site_admin(request, now)?;
        let field = if kind == CUSTOMER { "email" } else { "emailAddress" };
        let email = request.field(field).unwrap_or_default();
        if email.is_empty() || self.kernel.by_login(kind, &email).is_some() {
            let why = "An account already exists for this email";
            return Err(Response::json(400, &json!({"errorMessage": why})));
        }
        let number = self.kernel.next_number();
        let id =
            if kind == CUSTOMER { format!("qm:{number}") } else { format!("account-{number}") };
        self.kernel.add(Principal::new(kind, &id, &email));
        if kind == ACCOUNT {
            self.kernel.add(Principal::new(SEAT, &format!("seat:{id}"), &email));
        }
        let body = json!({"accountId": id, "emailAddress": email, "active": true});
        Ok(Response::json(201, &body))
    }

    fn customers(&self, request: &Request, now: SystemTime) -> Answer {
        self.site_admin(request, now)?;
        let all = self.kernel.principals().iter();
        let all = all.filter(|p| p.kind == CUSTOMER && p.state() == State::Active);
        let all: Vec<Value> =
            all.map(|p| json!({"accountId": p.id, "emailAddress": p.login})).collect();
        let number = |name: &str| request.query(name).and_then(|v| v.parse::<usize>().ok());
        let start = number("start").unwrap_or(0).min(all.len());
        let limit = number("limit").unwrap_or(1).max(1);
        let end = (start + limit).min(all.len());
        let body = json!({
            "size": end - start, "start": start, "limit": limit, "isLastPage": end == all.len(),
            "values": all[start..end],
        });
        Ok(Response::json(200, &body))
    }

    /// Ends the portal login of a portal-only customer; a twin account of the same address stays.
    fn revoke_portal(&mut self, id: &str, request: &Request, now: SystemTime) -> Answer {
        self.site_admin(request, now)?;
        if self.kernel.principal(id).is_none_or(|p| p.kind != CUSTOMER) {
            let why = "The customer does not exist.";
            return Err(Response::json(404, &json!({"errorMessage": why})));
        }
        self.kernel.set_state(id, State::Deactivated, now);
        Ok(Response::empty(204))
    }
}

pub(super) fn unauthenticated() -> Response {
    let why = "Client must be authenticated to access this resource.";
    Response::json(401, &json!({"message": why, "status-code": 401}))
        .with(REASON, "AUTHENTICATED_FAILED")
}
