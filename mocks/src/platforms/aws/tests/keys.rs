//! Keys, and what was minted from them.

use super::*;

const MAYA: &str = "ACME_AWS_MAYA_KEY";

#[test]
fn every_seeded_key_and_session_proves_its_owner() {
    let mut account = start();
    for (name, arn) in [
        ("MAYA_KEY", "arn:aws:iam::123456789012:user/acme-maya"),
        ("LEO_KEY", "arn:aws:iam::123456789012:user/acme-leo"),
        ("SYNC_KEY", "arn:aws:iam::123456789012:user/acme-sync"),
        ("MAYA_SESSION", "arn:aws:iam::123456789012:user/acme-maya"),
        ("SYNC_FEDERATION", "arn:aws:sts::123456789012:federated-user/acme-bridge"),
        ("ROLE_SESSION", "arn:aws:sts::123456789012:assumed-role/acme-access/drill"),
        ("PARTNER_KEY", "arn:aws:iam::111122223333:user/drill"),
    ] {
        assert_eq!(account.who_is(&format!("ACME_AWS_{name}")), arn);
        let globex = account.who_is(&format!("GLOBEX_AWS_{name}"));
        let twin = arn.replace("acme", "globex").replace("111122223333", "111122223433");
        assert_eq!(globex, twin);
        if name != "PARTNER_KEY" {
            assert_eq!(account.reach_of(&format!("ACME_AWS_{name}")), 200);
        }
    }
}

#[test]
fn a_deleted_key_flaps_for_seconds_and_then_is_dead_everywhere() {
    let mut account = start();
    let key = account.keys(MAYA);
    assert_eq!(account.delete_key("acme-maya", &key.0).status, 200);
    assert!(account.who(&key).starts_with("arn:"), "not at once");
    account.now += 2 * SECOND;
    let answers = [account.who(&key), account.who(&key)];
    assert!(answers.iter().any(|it| it.starts_with("arn:")));
    assert!(answers.iter().any(|it| it == "InvalidClientTokenId"));
    account.now += 2 * SECOND;
    for _ in 0..3 {
        assert_eq!(account.who(&key), "InvalidClientTokenId");
    }
    assert_eq!(account.who_is("GLOBEX_AWS_MAYA_KEY"), account.who_is("GLOBEX_AWS_MAYA_SESSION"));
    assert_eq!(code(&account.delete_key("acme-maya", &key.0)), (404, "NoSuchEntity".into()));
}

#[test]
fn each_service_words_a_dead_key_its_own_way() {
    let mut account = start();
    let key = ("AKIANEVERISSUEDXXXXX".to_owned(), "s".repeat(40), None);
    let s3 = Request::new("GET", "/ours-canary/canary.txt").on(S3);
    let s3 = account.signed(s3, &key, "s3");
    assert_eq!(code(&s3), (403, "InvalidAccessKeyId".into()));
    let ec2 = Request::new("POST", "/").on(REGIONAL).with_form(&[("Action", "DescribeRegions")]);
    assert_eq!(code(&account.signed(ec2, &key, "ec2")), (401, "AuthFailure".into()));
    let logs = account.json_as(&key, "Logs_20140328.DescribeLogGroups", "logs", &json!({}));
    assert_eq!(logs.value()["__type"], "UnrecognizedClientException");
    let sts = account.sts(&key, "GetCallerIdentity", &[]);
    assert_eq!(code(&sts), (403, "InvalidClientTokenId".into()));
}

#[test]
fn sessions_outlive_the_key_they_were_minted_from() {
    let mut account = start();
    let key = account.keys(MAYA);
    let minted = account.sts(&key, "GetSessionToken", &[("DurationSeconds", "129600")]);
    let session = account.minted(&minted);
    account.delete_key("acme-maya", &key.0);
    account.now += 35 * 60 * MINUTE;
    assert_eq!(account.who(&key), "InvalidClientTokenId");
    assert_eq!(account.who(&session), "arn:aws:iam::123456789012:user/acme-maya");
    assert_eq!(account.reach(&session), 200);
    assert_eq!(account.reach_of("ACME_AWS_SYNC_FEDERATION"), 200);
    account.now += 60 * MINUTE;
    assert_eq!(account.who(&session), "ExpiredToken");
}

#[test]
fn an_inactive_key_comes_back_when_it_is_made_active() {
    let mut account = start();
    let key = account.keys(MAYA);
    let fields = |status: &'static str| {
        [("UserName", "acme-maya"), ("AccessKeyId", "AKIAACMEMAYAXXXXXXXX"), ("Status", status)]
    };
    account.iam("UpdateAccessKey", &fields("Inactive"));
    account.now += 5 * SECOND;
    assert_eq!(account.who(&key), "InvalidClientTokenId");
    let listed = text(&account.iam("ListAccessKeys", &[("UserName", "acme-maya")]));
    assert_eq!(inner(&listed, "Status").unwrap(), "Inactive");
    account.iam("UpdateAccessKey", &fields("Active"));
    assert!(account.who(&key).starts_with("arn:"));
}

#[test]
fn a_new_key_needs_seconds_and_a_third_one_is_refused() {
    let mut account = start();
    let made = text(&account.iam("CreateAccessKey", &[("UserName", "acme-leo")]));
    let get = |name: &str| inner(&made, name).unwrap();
    let key = (get("AccessKeyId"), get("SecretAccessKey"), None);
    assert_eq!(account.who(&key), "InvalidClientTokenId");
    account.now += 3 * SECOND;
    assert!(account.who(&key).ends_with("acme-leo"));
    let third = account.iam("CreateAccessKey", &[("UserName", "acme-leo")]);
    assert_eq!(code(&third), (409, "LimitExceeded".into()));
}

#[test]
fn a_wrong_secret_spoils_the_next_right_call_for_five_seconds() {
    let mut account = start();
    let right = account.keys(MAYA);
    let wrong = (right.0.clone(), "x".repeat(40), None);
    assert_eq!(account.who(&wrong), "SignatureDoesNotMatch");
    assert_eq!(account.who(&right), "SignatureDoesNotMatch");
    assert!(account.who(&right).starts_with("arn:"), "resubmitting works");
    account.who(&wrong);
    account.now += 6 * SECOND;
    assert!(account.who(&right).starts_with("arn:"));
}

#[test]
fn a_session_needs_its_token_and_a_call_its_hour() {
    let mut account = start();
    let session = account.keys("ACME_AWS_MAYA_SESSION");
    let bare = (session.0.clone(), session.1.clone(), None);
    assert_eq!(account.who(&bare), "InvalidClientTokenId");
    let request = Request::new("POST", "/").on(STS).with_form(&[("Action", "GetCallerIdentity")]);
    let keys = (session.0.as_str(), session.1.as_str(), session.2.as_deref());
    let old = Signed::sign(request.clone(), keys, "sts", account.now - 10 * MINUTE);
    let answer = account.aws.handle(&old, account.now).unwrap();
    assert_eq!(code(&answer), (403, "SignatureDoesNotMatch".into()));
    let unsigned = account.aws.handle(&request, account.now).unwrap();
    assert_eq!(code(&unsigned), (403, "MissingAuthenticationToken".into()));
}

#[test]
fn deleting_the_password_leaves_keys_and_service_credentials() {
    let mut account = start();
    account.iam("DeleteLoginProfile", &[("UserName", "acme-maya")]);
    let gone = account.iam("GetLoginProfile", &[("UserName", "acme-maya")]);
    assert_eq!(code(&gone), (404, "NoSuchEntity".into()));
    account.now += MINUTE;
    assert!(account.who_is(MAYA).starts_with("arn:"));
    assert_eq!(clone_status(&mut account), 200);
}

#[test]
fn a_service_credential_dies_by_its_own_id_only() {
    let mut account = start();
    let key = account.keys("ACME_AWS_SYNC_KEY");
    account.delete_key("acme-sync", &key.0);
    account.now += MINUTE;
    assert_eq!(clone_status(&mut account), 200);
    let listed = text(&account.iam("ListServiceSpecificCredentials", &[("UserName", "acme-sync")]));
    let id = inner(&listed, "ServiceSpecificCredentialId").unwrap();
    let fields = [("UserName", "acme-sync"), ("ServiceSpecificCredentialId", id.as_str())];
    account.iam("DeleteServiceSpecificCredential", &fields);
    account.now += MINUTE;
    assert_eq!(clone_status(&mut account), 403);
}

#[test]
fn a_password_change_needs_the_old_password_and_ends_nothing_else() {
    let mut account = start();
    let keys = account.keys(MAYA);
    let old = account.variables["ACME_AWS_MAYA_PASSWORD"].clone();
    let change = |account: &mut Account, old: &str| {
        let fields =
            [("Action", "ChangePassword"), ("OldPassword", old), ("NewPassword", "N3w-password")];
        account.query(IAM, &keys, &fields).status
    };
    assert_eq!(change(&mut account, "guess"), 403);
    assert_eq!(change(&mut account, &old), 200);
    account.now += MINUTE;
    assert_eq!(change(&mut account, &old), 403);
    assert!(account.who_is("ACME_AWS_MAYA_SESSION").starts_with("arn:"));
}

#[test]
fn a_user_is_deleted_only_when_nothing_is_left() {
    let mut account = start();
    let refused = account.iam("DeleteUser", &[("UserName", "acme-leo")]);
    assert_eq!(code(&refused), (409, "DeleteConflict".into()));
    let key = account.keys("ACME_AWS_LEO_KEY");
    account.delete_key("acme-leo", &key.0);
    let policy = [("UserName", "acme-leo"), ("PolicyName", "canary-read")];
    assert_eq!(account.iam("DeleteUserPolicy", &policy).status, 200);
    assert_eq!(account.iam("DeleteUser", &[("UserName", "acme-leo")]).status, 200);
    let gone = account.iam("GetUser", &[("UserName", "acme-leo")]);
    assert_eq!(code(&gone), (404, "NoSuchEntity".into()));
}

#[test]
fn faults_of_the_revocation_reach_keys() {
    for (fault, alive) in [
        (Fault::RevokeDoesNothing, true),
        (Fault::SlowDeath(10 * MINUTE), true),
        (Fault::ComesBack(30 * SECOND), true),
        (Fault::KillsBystander, false),
    ] {
        let mut account = start();
        account.aws.kernel().set_fault(Some(fault));
        let key = account.keys(MAYA);
        account.delete_key("acme-maya", &key.0);
        account.now += MINUTE;
        assert_eq!(account.who(&key).starts_with("arn:"), alive, "{}", fault.name());
        let bystander = account.who_is("GLOBEX_AWS_MAYA_KEY").starts_with("arn:");
        assert_eq!(bystander, fault != Fault::KillsBystander);
    }
    let mut account = start();
    account.aws.kernel().set_fault(Some(Fault::OtherIdentity));
    assert!(!account.who_is(MAYA).ends_with("acme-maya"));
    assert!(!account.who_is("ACME_AWS_ROLE_SESSION").contains("acme-access"));
}

#[test]
fn an_extra_key_is_listed() {
    let mut account = start();
    account.aws.plant(account.now);
    let listed = text(&account.iam("ListAccessKeys", &[("UserName", "acme-maya")]));
    assert_eq!(listed.matches("<AccessKeyId>").count(), 2);
}

fn clone_status(account: &mut Account) -> u16 {
    let user = account.variables["ACME_AWS_SYNC_CODECOMMIT_USER"].clone();
    let password = account.variables["ACME_AWS_SYNC_CODECOMMIT_PASSWORD"].clone();
    let target = "/v1/repos/ours-canary/info/refs?service=git-upload-pack";
    let request = Request::new("GET", target).on(REGIONAL).with_basic(&user, &password);
    account.aws.handle(&request, account.now).unwrap().status
}
