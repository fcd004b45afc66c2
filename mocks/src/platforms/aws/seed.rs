//! The account's population: ours, and the same set for each supplier.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::answers::stamp;
use super::{
    ACCESS_KEY, ACCOUNT, ASSIGNMENT, Aws, CERTIFICATE, FEDERATION, MFA, PARTNER, PASSWORD, PERSON,
    PORTAL, PORTAL_CLIENT, PORTAL_REFRESH, RIGHTS, ROLE, ROLE_SESSION, SERVICE, SESSION, SSH_KEY,
    USER,
};
use crate::identity::{Credential, INACTIVE, Principal};
use crate::platforms::{Platform, Urls, Variables};
use crate::population::{ALNUM, Supplier, URL_SAFE, secret};

/// ACME's first principal.
pub(super) const MAYA: &str = "AIDAACMEMAYAXXXXXXXXX";
/// The permission set's name, and the role it became in our account.
pub(super) const PERMISSION: &str = "Support";
pub(super) const PERMISSION_ROLE: &str = "AWSReservedSSO_Support_0123456789abcdef";

/// The longest life of a user's session, and of a role's.
const LONGEST: Duration = Duration::from_secs(36 * 3600);
const ROLE_LONGEST: u64 = 12 * 3600;

/// How long ago the sessions were handed out.
const SESSION_AGE: Duration = Duration::from_secs(600);
/// How long our portal sessions last; the setting reaches from minutes to months.
const PORTAL_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// Makes the account. No other server's address is needed.
pub(super) fn seed(_: &Urls, now: SystemTime) -> (Box<dyn Platform>, Variables) {
    let (aws, variables) = account(now);
    (Box::new(aws), variables)
}

/// Makes the account, as a value for the tests.
pub(super) fn account(now: SystemTime) -> (Aws, Variables) {
    let mut seeding = Seeding { aws: Aws::new(), variables: Variables::new(), now };
    seeding.ours();
    for supplier in Supplier::ALL {
        seeding.supplier(supplier);
    }
    seeding.shared_trust();
    (seeding.aws, seeding.variables)
}

struct Seeding {
    aws: Aws,
    variables: Variables,
    now: SystemTime,
}

impl Seeding {
    /// Gives a secret and, under its name, hands it out.
    fn secret(&mut self, name: String, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        let value = secret(&name, prefix, length, alphabet);
        self.variables.insert(name, value.clone());
        value
    }

    /// Hands out key id, secret and, for a temporary one, the token; and issues the credential.
    fn key(
        &mut self,
        kind: &'static str,
        name: &str,
        id: &str,
        owner: &str,
        session: Option<&str>,
    ) {
        self.variables.insert(format!("{name}_ID"), id.to_owned());
        let secret = self.secret(format!("{name}_SECRET"), "", 40, ALNUM);
        let mut key = Credential::new(kind, id, &secret).of(owner).with("status", "Active");
        if let Some(session) = session {
            let token = self.secret(format!("{name}_TOKEN"), "FwoGZXIvYXdzE", 240, ALNUM);
            let role = Duration::from_secs(ROLE_LONGEST);
            let lifetime = if kind == ROLE_SESSION { role } else { LONGEST };
            key = key.with("token", token).with("session_name", session);
            key = key.expires(self.now + lifetime);
        }
        // A denial of older sessions must find some that are older.
        let age = if session.is_some() { SESSION_AGE } else { Duration::ZERO };
        self.aws.kernel.issue(key, self.now - age);
    }

    fn principal(&mut self, kind: &'static str, id: &str, name: &str, supplier: Option<Supplier>) {
        let mut principal = Principal::new(kind, id, name).with("created", stamp(self.now));
        principal.supplier = supplier;
        if kind == ROLE {
            principal.data.insert("longest".into(), ROLE_LONGEST.into());
        }
        if kind == USER || kind == ROLE {
            let read = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Action": ["s3:GetObject", "ssm:GetParameter", "iam:GetUser", "iam:ChangePassword",
                    "ec2:DescribeRegions", "logs:DescribeLogGroups", "sts:GetFederationToken"],
                "Resource": "*",
            }]});
            let policies = json!({"canary-read": read.to_string()});
            principal.data.insert("policies".into(), policies);
        }
        self.aws.kernel.add(principal);
        let rights = Credential::new(RIGHTS, id, "").of(id).supplier(supplier);
        self.aws.kernel.issue(rights, self.now);
    }

    fn ours(&mut self) {
        let admin = "AIDAOURSADMINXXXXXXXX";
        self.principal(USER, admin, "drill-admin", None);
        if let Some(admin) = self.aws.kernel.principal_mut(admin) {
            admin.data.insert("admin".into(), "yes".into());
        }
        self.key(ACCESS_KEY, "AWS_ADMIN_KEY", "AKIAOURSADMINXXXXXXX", admin, None);
        self.principal(ROLE, "AROAOURSTOOLSXXXXXXXX", "support-tools", None);
        self.principal(ROLE, "AROAOURSPERMITXXXXXXX", PERMISSION_ROLE, None);
    }

    fn supplier(&mut self, supplier: Supplier) {
        let upper = supplier.upper();
        let fixed = |prefix: &str, length: usize, what: &str| {
            format!("{:X<length$}", format!("{prefix}{upper}{what}"))
        };
        let user = |what: &str| fixed("AIDA", 21, what);
        let name = |what: &str| format!("{upper}_AWS_{what}");
        for (who, what) in
            [("maya", "MAYA"), ("leo", "LEO"), ("sync", "SYNC"), ("support-eu", "SUPPORTEU")]
        {
            let login = format!("{}-{who}", supplier.lower());
            self.principal(USER, &user(what), &login, Some(supplier));
        }
        for who in ["MAYA", "LEO", "SYNC"] {
            let key = name(&format!("{who}_KEY"));
            self.key(ACCESS_KEY, &key, &fixed("AKIA", 20, who), &user(who), None);
        }
        let session = fixed("ASIA", 20, "MAYA");
        self.key(SESSION, &name("MAYA_SESSION"), &session, &user("MAYA"), Some(""));
        let federation = fixed("ASIA", 20, "SYNC");
        let bridge = format!("{}-bridge", supplier.lower());
        self.key(FEDERATION, &name("SYNC_FEDERATION"), &federation, &user("SYNC"), Some(&bridge));
        for who in ["MAYA", "SUPPORT_EU"] {
            let owner = user(&who.replace('_', ""));
            let password = self.secret(name(&format!("{who}_PASSWORD")), "", 20, ALNUM);
            self.issue(Credential::new(PASSWORD, &owner, &password).of(&owner));
        }
        self.lesser(supplier, &user("SYNC"), &user("MAYA"));
        self.partner(supplier, &fixed("AROA", 21, "ACCESS"), &fixed("ASIA", 20, "ROLE"));
        self.person(supplier);
    }

    fn issue(&mut self, credential: Credential) {
        self.aws.kernel.issue(credential, self.now);
    }

    /// Issues what is found only by asking user by user.
    fn lesser(&mut self, supplier: Supplier, sync: &str, maya: &str) {
        let name = |what: &str| format!("{}_AWS_{what}", supplier.upper());
        let id = |prefix: &str| format!("{:X<21}", format!("{prefix}{}SYNC", supplier.upper()));
        let password = self.secret(name("SYNC_CODECOMMIT_PASSWORD"), "", 44, ALNUM);
        let login = format!("{}-sync-at-{ACCOUNT}", supplier.lower());
        self.variables.insert(name("SYNC_CODECOMMIT_USER"), login.clone());
        let service = Credential::new(SERVICE, &id("ACCA"), &password)
            .of(sync)
            .with("service", "codecommit.amazonaws.com")
            .with("user_name", login)
            .with("status", "Active");
        self.issue(service);
        for (kind, prefix) in [(SSH_KEY, "APKA"), (CERTIFICATE, "ASCA")] {
            self.issue(Credential::new(kind, &id(prefix), "").of(sync).with("status", "Active"));
        }
        let device = format!("arn:aws:iam::{ACCOUNT}:mfa/{}-maya", supplier.lower());
        self.issue(Credential::new(MFA, &device, "").of(maya));
    }

    /// Makes the supplier's own account, the role it may assume, and a session of that role.
    fn partner(&mut self, supplier: Supplier, role: &str, session: &str) {
        let name = |what: &str| format!("{}_AWS_{what}", supplier.upper());
        let account = supplier.number(111_122_223_333).to_string();
        let user = format!("{:X<21}", format!("AIDA{}DRILL", supplier.upper()));
        let partner = Principal::new(PARTNER, &user, "drill").of(supplier);
        self.aws.kernel.add(partner.with("account", account.as_str()));
        let key = format!("{:X<20}", format!("AKIA{}DRILL", supplier.upper()));
        self.key(ACCESS_KEY, &name("PARTNER_KEY"), &key, &user, None);

        let external = format!("{}-external-{}", supplier.lower(), supplier.number(7001));
        self.variables.insert(name("EXTERNAL_ID"), external.clone());
        self.principal(ROLE, role, &format!("{}-access", supplier.lower()), Some(supplier));
        let trust = trust(&[account], Some(&external));
        self.aws.set_trust(role, &trust, self.now);
        self.key(ROLE_SESSION, &name("ROLE_SESSION"), session, role, Some("drill"));
        self.aws.session_rights(session, role, "", self.now - SESSION_AGE);
    }

    /// Gives the supplier's maya a place in Identity Center, with a signed-in tool.
    fn person(&mut self, supplier: Supplier) {
        let name = |what: &str| format!("{}_AWS_{what}", supplier.upper());
        let id = format!("9067000000-{}-maya", supplier.lower());
        self.aws.kernel.add(Principal::new(PERSON, &id, &supplier.email("maya")).of(supplier));
        self.issue(Credential::new(ASSIGNMENT, &id, "").of(&id));
        // That a disabled person's portal session ends is read out of "new sign-ins": nothing says
        // that it survives.
        let token = self.secret(name("MAYA_SSO_TOKEN"), "aoaAAAAAG", 120, URL_SAFE);
        let portal = Credential::new(PORTAL, &id, &token).of(&id);
        self.issue(portal.expires(self.now + PORTAL_LIFETIME).hidden_by(&id, INACTIVE));
        let token = self.secret(name("MAYA_SSO_REFRESH"), "aorAAAAAG", 120, URL_SAFE);
        self.issue(Credential::new(PORTAL_REFRESH, &id, &token).of(&id).hidden_by(&id, INACTIVE));
        let client = format!("{}-cli", supplier.lower());
        self.variables.insert(name("SSO_CLIENT_ID"), client.clone());
        let token = self.secret(name("SSO_CLIENT_SECRET"), "eyJ", 160, URL_SAFE);
        self.issue(Credential::new(PORTAL_CLIENT, &client, &token).supplier(Some(supplier)));
    }

    /// Lets both suppliers into one role of ours, whose older sessions can only be ended together.
    fn shared_trust(&mut self) {
        let accounts = Supplier::ALL.map(|s| s.number(111_122_223_333).to_string());
        self.aws.set_trust("AROAOURSTOOLSXXXXXXXX", &trust(&accounts, None), self.now);
    }
}

/// Writes the trust policy of a role that accounts may assume.
fn trust(accounts: &[String], external: Option<&str>) -> String {
    let roots: Vec<String> = accounts.iter().map(|id| format!("arn:aws:iam::{id}:root")).collect();
    let mut statement =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": roots}});
    if let Some(external) = external {
        statement["Condition"] = json!({"StringEquals": {"sts:ExternalId": external}});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
