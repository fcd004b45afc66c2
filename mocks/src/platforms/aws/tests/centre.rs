//! Identity Center: the door to role sessions, which know nothing of it afterwards.

use super::*;

const PERSON: &str = "9067000000-acme-maya";

fn credentials(account: &mut Account, token: &str) -> Response {
    let target = "/federation/credentials?role_name=Support&account_id=123456789012";
    let request = Request::new("GET", target).on(SSO).with("x-amz-sso_bearer_token", token);
    account.aws.handle(&request, account.now).unwrap()
}

fn portal(account: &mut Account, name: &str) -> Response {
    let token = account.variables[name].clone();
    credentials(account, &token)
}

fn role_keys(answer: &Response) -> Keys {
    let value = answer.value();
    let get = |name: &str| value["roleCredentials"][name].as_str().unwrap().to_owned();
    (get("accessKeyId"), get("secretAccessKey"), Some(get("sessionToken")))
}

fn renew(account: &mut Account) -> Response {
    let get = |name: &str| account.variables[&format!("ACME_AWS_{name}")].clone();
    let body = json!({
        "clientId": get("SSO_CLIENT_ID"),
        "clientSecret": get("SSO_CLIENT_SECRET"),
        "grantType": "refresh_token",
        "refreshToken": get("MAYA_SSO_REFRESH"),
    });
    let request = Request::new("POST", "/token").on(SSO).with_json(&body);
    account.aws.handle(&request, account.now).unwrap()
}

#[test]
fn a_refresh_token_gives_a_portal_session_that_gives_role_sessions() {
    let mut account = start();
    let token = renew(&mut account).value()["accessToken"].as_str().unwrap().to_owned();
    let keys = role_keys(&credentials(&mut account, &token));
    assert!(account.who(&keys).ends_with("/maya@acme.example"));
    assert_eq!(account.reach(&keys), 200);
}

#[test]
fn a_deleted_person_signs_in_no_more_but_the_role_session_goes_on() {
    let mut account = start();
    let keys = role_keys(&portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN"));
    let body = json!({"IdentityStoreId": "d-9067000000", "UserId": PERSON});
    account.json("AWSIdentityStore.DeleteUser", "identitystore", &body);
    account.now += MINUTE;
    let refused = portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("x-amzn-errortype"), Some("UnauthorizedException"));
    assert_eq!(renew(&mut account).value()["error"], "invalid_grant");
    account.now += 11 * 60 * MINUTE;
    assert_eq!(account.reach(&keys), 200);
    assert_eq!(portal(&mut account, "GLOBEX_AWS_MAYA_SSO_TOKEN").status, 200);
}

#[test]
fn a_disabled_person_is_masked_and_comes_back() {
    let mut account = start();
    let now = account.now;
    account.aws.by_hand("disable_identity_center_user", PERSON, now).unwrap();
    account.now += MINUTE;
    assert_eq!(portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN").status, 401);
    account.aws.by_hand("enable_identity_center_user", PERSON, now).unwrap();
    assert_eq!(portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN").status, 200);
    assert!(account.aws.by_hand("no_such_action", PERSON, now).is_err());
    assert!(account.aws.by_hand("disable_identity_center_user", "nobody", now).is_err());
}

#[test]
fn an_assignment_is_deleted_by_a_job_and_running_sessions_stay() {
    let mut account = start();
    let keys = role_keys(&portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN"));
    let body = json!({"PrincipalId": PERSON, "PrincipalType": "USER"});
    let asked = account.json("SWBExternalService.DeleteAccountAssignment", "sso", &body).value();
    let status = &asked["AccountAssignmentDeletionStatus"];
    assert_eq!(status["Status"], "IN_PROGRESS");
    assert_eq!(portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN").status, 200, "not yet");
    account.now += MINUTE;
    let body = json!({"AccountAssignmentDeletionRequestId": status["RequestId"]});
    let target = "SWBExternalService.DescribeAccountAssignmentDeletionStatus";
    let done = account.json(target, "sso", &body).value();
    assert_eq!(done["AccountAssignmentDeletionStatus"]["Status"], "SUCCEEDED");
    assert_eq!(portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN").status, 403);
    assert_eq!(account.reach(&keys), 200);
}

#[test]
fn a_denial_by_person_ends_the_reach_of_running_sessions() {
    let mut account = start();
    let keys = role_keys(&portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN"));
    let other = role_keys(&portal(&mut account, "GLOBEX_AWS_MAYA_SSO_TOKEN"));
    let document = json!({"Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"identitystore:UserId": PERSON}},
    }]});
    let role = "AWSReservedSSO_Support_0123456789abcdef";
    let fields =
        [("RoleName", role), ("PolicyName", "stop"), ("PolicyDocument", &document.to_string())];
    account.iam("PutRolePolicy", &fields);
    account.now += 3 * MINUTE;
    assert_eq!((account.reach(&keys), account.reach(&other)), (403, 200));
}

#[test]
fn signing_out_of_the_portal_leaves_role_sessions() {
    let mut account = start();
    let keys = role_keys(&portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN"));
    let token = account.variables["ACME_AWS_MAYA_SSO_TOKEN"].clone();
    let request = Request::new("POST", "/logout").on(SSO).with("x-amz-sso_bearer_token", &token);
    assert_eq!(account.aws.handle(&request, account.now).unwrap().status, 200);
    account.now += 5 * SECOND;
    assert_eq!(portal(&mut account, "ACME_AWS_MAYA_SSO_TOKEN").status, 401);
    assert_eq!(account.reach(&keys), 200);
}
