//! Roles: the trust is asked once, the session never again.

use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/acme-access";
const SHARED: &str = "arn:aws:iam::123456789012:role/support-tools";
const CLOSED: &str = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
    "Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}"#;

fn assume(account: &mut Account, supplier: &str, role: &str, external: &str) -> Response {
    let keys = account.keys(&format!("{supplier}_AWS_PARTNER_KEY"));
    let mut fields = vec![("RoleArn", role), ("RoleSessionName", "drill")];
    if !external.is_empty() {
        fields.push(("ExternalId", external));
    }
    account.sts(&keys, "AssumeRole", &fields)
}

fn revoke_older(account: &mut Account, role: &str) {
    let at = crate::times::iso(account.now);
    let document = json!({"Statement": [{
        "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": at}},
    }]});
    let fields = [
        ("RoleName", role),
        ("PolicyName", "AWSRevokeOlderSessions"),
        ("PolicyDocument", &document.to_string()),
    ];
    assert_eq!(account.iam("PutRolePolicy", &fields).status, 200);
}

#[test]
fn a_partner_assumes_the_role_with_its_external_id_only() {
    let mut account = start();
    let external = account.variables["ACME_AWS_EXTERNAL_ID"].clone();
    let session = assume(&mut account, "ACME", ROLE, &external);
    let keys = account.minted(&session);
    assert_eq!(account.who(&keys), "arn:aws:sts::123456789012:assumed-role/acme-access/drill");
    assert_eq!(account.reach(&keys), 200);
    for (supplier, external) in [("ACME", ""), ("ACME", "guess"), ("GLOBEX", &external)] {
        let refused = assume(&mut account, supplier, ROLE, external);
        assert_eq!(code(&refused), (403, "AccessDenied".into()));
    }
    assert_eq!(assume(&mut account, "GLOBEX", SHARED, "").status, 200);
}

#[test]
fn closing_the_trust_stops_new_sessions_and_leaves_the_old() {
    let mut account = start();
    let external = account.variables["ACME_AWS_EXTERNAL_ID"].clone();
    let fields = [("RoleName", "acme-access"), ("PolicyDocument", CLOSED)];
    account.iam("UpdateAssumeRolePolicy", &fields);
    assert_eq!(assume(&mut account, "ACME", ROLE, &external).status, 200, "not at once");
    account.now += 3 * MINUTE;
    assert_eq!(assume(&mut account, "ACME", ROLE, &external).status, 403);
    assert_eq!(account.reach_of("ACME_AWS_ROLE_SESSION"), 200);
    assert!(account.who_is("ACME_AWS_PARTNER_KEY").starts_with("arn:"), "theirs, not ours");
}

#[test]
fn a_rotated_external_id_stops_the_old_one() {
    let mut account = start();
    let external = account.variables["ACME_AWS_EXTERNAL_ID"].clone();
    let document = json!({"Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Condition": {"StringEquals": {"sts:ExternalId": "new"}},
    }]});
    let fields = [("RoleName", "acme-access"), ("PolicyDocument", &document.to_string())];
    account.iam("UpdateAssumeRolePolicy", &fields);
    account.now += 3 * MINUTE;
    assert_eq!(assume(&mut account, "ACME", ROLE, &external).status, 403);
    assert_eq!(assume(&mut account, "ACME", ROLE, "new").status, 200);
}

#[test]
fn revoking_older_sessions_spares_new_ones_and_hits_everybody_in_the_role() {
    let mut account = start();
    let acme = assume(&mut account, "ACME", SHARED, "");
    let globex = assume(&mut account, "GLOBEX", SHARED, "");
    let (acme, globex) = (account.minted(&acme), account.minted(&globex));
    account.now += MINUTE;
    revoke_older(&mut account, "support-tools");
    account.now += 3 * MINUTE;
    assert_eq!((account.reach(&acme), account.reach(&globex)), (403, 403));
    assert!(account.who(&acme).starts_with("arn:"), "the identity stays");
    let fresh = assume(&mut account, "ACME", SHARED, "");
    let fresh = account.minted(&fresh);
    assert_eq!(account.reach(&fresh), 200, "the trust was not closed");
    assert_eq!(account.reach_of("ACME_AWS_ROLE_SESSION"), 200);
}

#[test]
fn a_role_is_deleted_when_emptied_and_its_name_can_be_made_again() {
    let mut account = start();
    let role = [("RoleName", "acme-access")];
    assert_eq!(code(&account.iam("DeleteRole", &role)), (409, "DeleteConflict".into()));
    account.iam("DeleteRolePolicy", &[("RoleName", "acme-access"), ("PolicyName", "canary-read")]);
    assert_eq!(account.iam("DeleteRole", &role).status, 200);
    account.now += 3 * MINUTE;
    let external = account.variables["ACME_AWS_EXTERNAL_ID"].clone();
    assert_eq!(assume(&mut account, "ACME", ROLE, &external).status, 403);
    assert_eq!(account.reach_of("ACME_AWS_ROLE_SESSION"), 403);
    let fields = [("RoleName", "acme-access"), ("AssumeRolePolicyDocument", CLOSED)];
    assert_eq!(account.iam("CreateRole", &fields).status, 200);
}
