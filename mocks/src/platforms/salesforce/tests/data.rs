//! The data API: refusals, listings, pages, the log.

use super::*;
use crate::faults::Fault;

#[test]
fn a_dead_session_and_a_narrow_one_share_a_code_and_not_a_message() {
    let mut org = start();
    let target = format!("{DATA}/limits");
    let narrow = org.secret("ACME_SALESFORCE_LEO_ID_ACCESS");
    let narrow = org.send(&Request::new("GET", &target).auth("Bearer", &narrow));
    let dead = org.send(&Request::new("GET", &target).auth("Bearer", "00D!nonsense"));
    let nobody = org.send(&Request::new("GET", &target));
    for answer in [&narrow, &dead, &nobody] {
        assert_eq!(
            (answer.status, &answer.value()[0]["errorCode"]),
            (401, &json!("INVALID_SESSION_ID"))
        );
    }
    assert_ne!(narrow.value()[0]["message"], dead.value()[0]["message"]);
    let info = org.send(&Request::new("GET", INFO).auth("Bearer", "nonsense"));
    assert_eq!((info.status, info.body.as_slice()), (403, b"Bad_OAuth_Token".as_slice()));
}

#[test]
fn the_identity_url_serves_its_own_token_only() {
    let mut org = start();
    let token = org.secret("ACME_SALESFORCE_MAYA_ACCESS");
    let url = |user: &str| format!("/id/00DOURS00000001AAA/{user}");
    let own = org.send(&Request::new("GET", &url(MAYA)).auth("Bearer", &token));
    assert_eq!(own.value()["username"], "maya@acme.example");
    assert_eq!(org.send(&Request::new("GET", &url(LEO)).auth("Bearer", &token)).status, 404);
}

#[test]
fn a_session_that_is_used_does_not_time_out_and_an_idle_one_does() {
    let mut org = start();
    for _ in 0..30 {
        org.now += 60 * MINUTE;
        assert!(org.lives("ACME_SALESFORCE_MAYA_ACCESS"));
    }
    assert!(!org.lives("GLOBEX_SALESFORCE_MAYA_ACCESS"));
}

#[test]
fn users_are_found_by_domain_and_pages_are_followed_to_the_end() {
    let mut org = start();
    let token = org.secret("SALESFORCE_ADMIN_TOKEN");
    let query = "SELECT+Id,Username,IsActive+FROM+User+WHERE+Email+LIKE+'%25@acme.example'";
    let (mut target, mut seen) = (format!("{DATA}/query/?q={query}"), Vec::new());
    loop {
        let page = Request::new("GET", &target).auth("Bearer", &token);
        let page = org.send(&page.with("Sforce-Query-Options", "batchSize=4")).value();
        assert_eq!(page["totalSize"], 6);
        seen.extend(page["records"].as_array().unwrap().clone());
        if page["done"] == true {
            break;
        }
        page["nextRecordsUrl"].as_str().unwrap().clone_into(&mut target);
    }
    assert_eq!((seen.len(), &seen[0]["Username"]), (6, &json!("maya@acme.example")));
    assert_eq!(seen[0]["attributes"]["type"], "User");
}

#[test]
fn queries_count_filter_and_refuse() {
    let mut org = start();
    let answer = org.admin("GET", "query?q=SELECT+COUNT()+FROM+OauthToken", &Value::Null);
    assert_eq!(answer.value()["totalSize"], 4);
    let rows = org.soql(
        "SELECT Id FROM User WHERE Id IN ('005ACME0000MAYA', '005ACME0000LEO0AAA') AND \
         IsActive = true ORDER BY Id LIMIT 1",
    );
    assert_eq!(rows.len(), 1);
    for (query, code) in [
        ("SELECT+Nonsense+FROM+User", "INVALID_FIELD"),
        ("SELECT+Id+FROM+Nonsense", "INVALID_TYPE"),
        ("DROP+TABLE", "MALFORMED_QUERY"),
    ] {
        let answer = org.admin("GET", &format!("query?q={query}"), &Value::Null);
        assert_eq!((answer.status, &answer.value()[0]["errorCode"]), (400, &json!(code)));
    }
}

#[test]
fn sessions_and_approvals_are_listed_and_an_extra_one_with_them() {
    let mut org = start();
    let before = org.soql("SELECT Id FROM OauthToken").len();
    org.org.plant(org.now);
    let rows = org.soql("SELECT Id,UserId,AppName,DeleteToken FROM OauthToken");
    assert_eq!(rows.len(), before + 1);
    let extra = rows.last().unwrap();
    assert_eq!((&extra["UserId"], &extra["AppName"]), (&json!(MAYA), &json!("acme-bridge")));
    let sessions = org.soql("SELECT Id FROM AuthSession WHERE UsersId = '005ACME0000LEO0AAA'");
    assert_eq!(sessions.len(), 3);
    let token = extra["DeleteToken"].as_str().unwrap().to_owned();
    let form = [("token", &*token)];
    org.send(&Request::new("POST", "/services/oauth2/revoke").with_form(&form));
    assert_eq!(org.soql("SELECT Id FROM OauthToken").len(), before);
}

#[test]
fn administration_is_refused_to_everybody_but_an_administrator() {
    let mut org = start();
    let token = org.secret("ACME_SALESFORCE_MAYA_ACCESS");
    let calls = [
        ("PATCH", "sobjects/User/005ACME0000LEO0AAA"),
        ("PATCH", "sobjects/UserLogin/0YwACME0000LEO0AAA"),
        ("DELETE", "sobjects/AuthSession/0AkACME0000LEO0AAA"),
        ("DELETE", "sobjects/SetupEntityAccess/0J0ACME0000BRDGAAA"),
        ("POST", "sobjects/User/005ACME0000LEO0AAA/password"),
        ("POST", "sobjects/User"),
        ("GET", "query?q=SELECT+Id+FROM+OauthToken"),
    ];
    for (method, target) in calls {
        let request = |token: &str| {
            let target = format!("{DATA}/{target}");
            Request::new(method, &target).auth("Bearer", token).with_json(&json!({}))
        };
        assert_eq!(org.send(&request(&token)).status, 403, "{method} {target}");
        assert_eq!(org.send(&request("never-issued")).status, 401, "{method} {target}");
    }
}

#[test]
fn users_are_made_read_and_never_deleted() {
    let mut org = start();
    let body = json!({"Username": "drill@acme.example", "LastName": "Drill"});
    let made = org.admin("POST", "sobjects/User/", &body);
    assert_eq!(made.status, 201);
    let target = format!("sobjects/User/{}", made.value()["id"].as_str().unwrap());
    assert_eq!(org.admin("GET", &target, &Value::Null).value()["IsActive"], true);
    assert_eq!(org.admin("DELETE", &target, &Value::Null).status, 403);
    let password = format!("{target}/password");
    assert_eq!(org.admin("POST", &password, &json!({"NewPassword": "Canary-123"})).status, 204);
    let form = [("username", "drill@acme.example"), ("pw", "Canary-123")];
    assert_eq!(org.send(&Request::new("POST", "/").with_form(&form)).status, 302);
}

#[test]
fn the_logs_name_actor_and_login() {
    let mut org = start();
    org.active(MAYA, false);
    org.login("SHARED", "support-eu@acme.example");
    let rows = org.soql("SELECT CreatedById, Display FROM SetupAuditTrail");
    assert_eq!(
        (&rows[0]["CreatedById"], &rows[0]["Display"]),
        (&json!(super::super::ADMIN), &json!(MAYA))
    );
    let rows = org.soql("SELECT Status FROM LoginHistory WHERE UserId = '005ACME0000SUEU'");
    assert_eq!(rows[0]["Status"], "Success");
}

#[test]
fn every_path_has_its_own_dead_answer() {
    let org = start();
    let dead = |method: &str, target: &str| org.org.dead(&Request::new(method, target)).status;
    assert_eq!(dead("GET", "/services/data/v60.0/limits"), 401);
    assert_eq!(dead("GET", INFO), 403);
    assert_eq!(dead("POST", "/services/Soap/u/60.0"), 500);
    assert_eq!(dead("POST", "/services/oauth2/token"), 400);
    assert_eq!(dead("POST", "/"), 200);
}

#[test]
fn a_revocation_of_a_slow_org_waits() {
    let mut org = start();
    org.org.kernel().set_fault(Some(Fault::SlowDeath(5 * MINUTE)));
    let token = org.secret("ACME_SALESFORCE_MAYA_REFRESH");
    org.send(&Request::new("POST", "/services/oauth2/revoke").with_form(&[("token", &*token)]));
    assert_eq!(org.refreshes().status, 200);
    org.now += 5 * MINUTE;
    assert_eq!(org.refreshes().status, 400);
}

#[test]
fn unknown_routes_and_actions_are_no_answer() {
    let mut org = start();
    assert!(org.org.handle(&Request::new("GET", "/services/apexrest/x"), org.now).is_none());
    assert!(org.org.by_hand("fly", "x", org.now).is_err());
    assert!(org.org.by_hand("block_app", "nothing", org.now).is_err());
}
