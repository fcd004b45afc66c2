//! Rights, which are not the identity; listings; who may administer; the trail.

use super::*;

#[test]
fn under_deny_all_the_identity_stays_and_the_reach_goes_within_minutes() {
    let mut account = start();
    let fields = [("UserName", "acme-maya"), ("PolicyArn", "arn:aws:iam::aws:policy/AWSDenyAll")];
    assert_eq!(account.iam("AttachUserPolicy", &fields).status, 200);
    account.now += MINUTE;
    assert_eq!(account.reach_of("ACME_AWS_MAYA_KEY"), 200, "policies take minutes");
    account.now += 2 * MINUTE;
    for name in ["ACME_AWS_MAYA_KEY", "ACME_AWS_MAYA_SESSION"] {
        assert_eq!(account.reach_of(name), 403);
        assert!(account.who_is(name).starts_with("arn:"));
    }
    let session = account.keys("ACME_AWS_MAYA_KEY");
    assert_eq!(account.sts(&session, "GetSessionToken", &[]).status, 200);
    assert_eq!(account.sts(&session, "GetFederationToken", &[("Name", "x")]).status, 403);
    assert_eq!(account.reach_of("GLOBEX_AWS_MAYA_KEY"), 200);
    account.iam("DetachUserPolicy", &fields);
    assert_eq!(account.reach_of("ACME_AWS_MAYA_KEY"), 200, "and all is back");
}

#[test]
fn an_inline_denial_is_worth_a_managed_one() {
    let mut account = start();
    let fields = [("UserName", "acme-leo"), ("PolicyName", "stop"), ("PolicyDocument", DENY)];
    account.iam("PutUserPolicy", &fields);
    account.now += 3 * MINUTE;
    assert_eq!(account.reach_of("ACME_AWS_LEO_KEY"), 403);
    let target = "AmazonSSM.GetParameter";
    let keys = account.keys("ACME_AWS_LEO_KEY");
    let answer = account.json_as(&keys, target, "ssm", &json!({"Name": "/ours/canary"}));
    assert_eq!(answer.value()["__type"], "AccessDeniedException");
}

#[test]
fn an_organization_can_deny_one_principal() {
    let mut account = start();
    let content = json!({"Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/acme-*"}},
    }]});
    let body = json!({"Name": "stop", "Content": content.to_string(),
        "Type": "SERVICE_CONTROL_POLICY", "Description": ""});
    let target = |action: &str| format!("AWSOrganizationsV20161128.{action}");
    let made = account.json(&target("CreatePolicy"), "organizations", &body).value();
    let id = made["Policy"]["PolicySummary"]["Id"].clone();
    let body = json!({"PolicyId": id, "TargetId": "123456789012"});
    account.json(&target("AttachPolicy"), "organizations", &body);
    account.now += 3 * MINUTE;
    assert_eq!(account.reach_of("ACME_AWS_SYNC_KEY"), 403);
    assert!(account.who_is("ACME_AWS_SYNC_KEY").starts_with("arn:"));
    assert_eq!(account.reach_of("ACME_AWS_ROLE_SESSION"), 200, "a role is another principal");
    assert_eq!(account.reach_of("GLOBEX_AWS_SYNC_KEY"), 200);
}

#[test]
fn faults_of_the_revocation_reach_policies() {
    let mut account = start();
    account.aws.kernel().set_fault(Some(Fault::RevokeDoesNothing));
    let fields = [("UserName", "acme-maya"), ("PolicyName", "stop"), ("PolicyDocument", DENY)];
    assert_eq!(account.iam("PutUserPolicy", &fields).status, 200);
    account.now += 10 * MINUTE;
    assert_eq!(account.reach_of("ACME_AWS_MAYA_KEY"), 200);
}

#[test]
fn suppliers_do_not_administer() {
    let mut account = start();
    let keys = account.keys("ACME_AWS_MAYA_KEY");
    let refused = account.query(IAM, &keys, &[("Action", "ListUsers")]);
    assert_eq!(code(&refused), (403, "AccessDenied".into()));
    let own = account.query(IAM, &keys, &[("Action", "GetUser")]);
    assert_eq!(inner(&text(&own), "UserName").unwrap(), "acme-maya");
    let body = json!({"IdentityStoreId": "d-9067000000"});
    let refused = account.json_as(&keys, "AWSIdentityStore.ListUsers", "identitystore", &body);
    assert_eq!(refused.value()["__type"], "AccessDeniedException");
    let unsigned = Request::new("POST", "/").on(IAM).with_form(&[("Action", "ListUsers")]);
    assert_eq!(account.aws.handle(&unsigned, account.now).unwrap().status, 403);
}

#[test]
fn listings_are_followed_by_marker_to_their_end() {
    let mut account = start();
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let mut fields = vec![("MaxItems", "2")];
        if !marker.is_empty() {
            fields.push(("Marker", &marker));
        }
        let page = text(&account.iam("ListUsers", &fields));
        names.extend(
            page.split("<UserName>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()),
        );
        if inner(&page, "IsTruncated").unwrap() == "false" {
            break;
        }
        marker = inner(&page, "Marker").unwrap();
    }
    assert_eq!(names.len(), 9);
    assert!(names.contains(&"globex-support-eu".to_owned()));
}

#[test]
fn the_credential_report_is_hours_old() {
    let mut account = start();
    account.iam("GenerateCredentialReport", &[]);
    let first = text(&account.iam("GetCredentialReport", &[]));
    account.iam("DeleteLoginProfile", &[("UserName", "acme-maya")]);
    account.now += 60 * MINUTE;
    account.iam("GenerateCredentialReport", &[]);
    assert_eq!(text(&account.iam("GetCredentialReport", &[])), first);
    account.now += 4 * 60 * MINUTE;
    account.iam("GenerateCredentialReport", &[]);
    assert_ne!(text(&account.iam("GetCredentialReport", &[])), first);
}

#[test]
fn the_trail_tells_minutes_later_which_key_did_what() {
    let mut account = start();
    let key = account.keys("ACME_AWS_LEO_KEY");
    account.delete_key("acme-leo", &key.0);
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let attribute = json!({"AttributeKey": "EventName", "AttributeValue": "DeleteAccessKey"});
    let body = json!({"LookupAttributes": [attribute]});
    let events = account.json(target, "cloudtrail", &body).value();
    assert_eq!(events["Events"].as_array().unwrap().len(), 0);
    account.now += 3 * MINUTE;
    let events = account.json(target, "cloudtrail", &body).value();
    assert_eq!(events["Events"][0]["Username"], "drill-admin");
    assert_eq!(events["Events"][0]["AccessKeyId"], "AKIAOURSADMINXXXXXXX");
}

#[test]
fn unknown_actions_have_no_route() {
    let mut account = start();
    let keys = account.keys("AWS_ADMIN_KEY");
    let request = Request::new("POST", "/").on(IAM).with_form(&[("Action", "TagUser")]);
    let keys = (keys.0.as_str(), keys.1.as_str(), None);
    let request = Signed::sign(request, keys, "iam", account.now);
    assert!(account.aws.handle(&request, account.now).is_none());
}
