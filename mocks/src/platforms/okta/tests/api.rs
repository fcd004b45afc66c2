//! Refusals, pages and faults of the API as a whole.

use std::time::Duration;

use super::*;
use crate::faults::Fault;

#[test]
fn a_suppliers_token_may_not_administer_and_an_empty_request_is_not_dead() {
    let mut org = org();
    let token = org.var("ACME_OKTA_MAYA_SSWS");
    let path = "/api/v1/users/00uGLOBEXMAYA/lifecycle/deactivate";
    let refused = org.send(&Request::new("POST", path).auth("SSWS", &token));
    assert_eq!((refused.status, &refused.value()["errorCode"]), (403, &json!("E0000006")));
    let empty = org.send(&Request::new("GET", "/api/v1/users/me"));
    assert_eq!((empty.status, &empty.value()["errorCode"]), (403, &json!("E0000005")));
    let bogus = Request::new("GET", "/api/v1/users/me").auth("SSWS", "00bogus");
    assert_eq!(org.send(&bogus).status, 401);
}

#[test]
fn listings_go_on_behind_a_link() {
    let mut org = org();
    let first = org.admin("GET", "/api/v1/users?limit=2");
    let links: Vec<&String> =
        first.headers.iter().filter(|(n, _)| n == "Link").map(|(_, v)| v).collect();
    let next = links.iter().find(|l| l.contains("rel=\"next\"")).expect("more pages");
    let target = next.split(['<', '>']).nth(1).expect("a target").replace("http://mock.test", "");
    let second = org.admin("GET", &target);
    assert_ne!(first.value()[0]["id"], second.value()[0]["id"]);
}

#[test]
fn the_extra_token_is_listed_and_works() {
    let mut org = org();
    org.okta.kernel.set_fault(Some(Fault::ExtraToken));
    org.okta.plant(org.now);
    org.admin("POST", &format!("{MAYA}/lifecycle/deactivate"));
    let listed = org.admin("GET", "/api/v1/api-tokens").value();
    assert!(listed.as_array().is_some_and(|all| all.iter().any(|t| t["id"] == "00TPLANTED")));
}

#[test]
fn somebody_else_is_named_everywhere_under_other_identity() {
    let mut org = org();
    org.okta.kernel.set_fault(Some(Fault::OtherIdentity));
    assert_ne!(org.ssws("ACME_OKTA_MAYA_SSWS").value()["id"], "00uACMEMAYA");
    assert_ne!(org.resource("ACME_OKTA_MAYA_ACCESS").value()["sub"], "maya@acme.example");
    assert_ne!(org.userinfo("ACME_OKTA_LEO_ACCESS").value()["sub"], "00uACMELEO");
}

#[test]
fn faults_of_revocation_show_in_use_after_a_deactivation() {
    let hour = Duration::from_secs(3600);
    // Alive at once, alive after an hour, the bystander alive.
    for (fault, expected) in [
        (None, (401, 401, 200)),
        (Some(Fault::RevokeDoesNothing), (200, 200, 200)),
        (Some(Fault::SurvivesDeactivation), (200, 200, 200)),
        (Some(Fault::SlowDeath(hour)), (200, 401, 200)),
        (Some(Fault::ComesBack(hour)), (401, 200, 200)),
        (Some(Fault::KillsBystander), (401, 401, 401)),
    ] {
        let mut org = org();
        org.okta.kernel.set_fault(fault);
        assert_eq!(org.admin("POST", &format!("{MAYA}/lifecycle/deactivate")).status, 200);
        let at_once = org.ssws("ACME_OKTA_MAYA_SSWS").status;
        org.now += hour;
        let later = org.ssws("ACME_OKTA_MAYA_SSWS").status;
        let bystander = org.ssws("GLOBEX_OKTA_MAYA_SSWS").status;
        assert_eq!((at_once, later, bystander), expected, "{fault:?}");
    }
}

#[test]
fn an_unknown_route_is_none() {
    let mut org = org();
    assert!(org.okta.handle(&Request::new("GET", "/api/v9/nothing"), org.now).is_none());
}
