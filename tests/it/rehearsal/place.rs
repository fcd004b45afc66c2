//! A project, the mocks of its environment in another process, and a tap before each.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use doornail::clock::Tempo;
use serde_json::Value;

use super::tap::Tap;
use crate::desk::{Desk, Ran};
use crate::serving::Serving;

pub(crate) const REHEARSE: [&str; 5] = ["run", "--env", "sandbox", "--confirm", "sandbox"];

/// The fields of each platform's administrator, and the parameters that its mock gives.
const PLATFORMS: [(&str, &[&str], &[&str]); 5] = [
    (
        "aws",
        &["key_id", "key_secret"],
        &["iam_url", "regional_url", "s3_url", "sso_url", "sts_url"],
    ),
    ("gitlab", &["token"], &[]),
    ("keycloak", &["token", "client_id", "client_secret"], &["realm", "resource_url"]),
    ("okta", &["token"], &["resource_url"]),
    ("zendesk", &["token"], &[]),
];

/// What names the supplier's own at some platform, or is its secret.
const OF_THE_SUPPLIER: [&str; 9] = [
    "AIDAACMEMAYA",
    "acme-maya",
    "client-ACMEBRIDGE",
    "acme-bridge",
    "00uACMEMAYA",
    "maya@acme.example",
    "clients/302",
    "tokens/603",
    "real-secret-",
];

pub(crate) struct Place {
    pub(crate) desk: Desk,
    pub(crate) mocks: Serving,
    /// By the platform's name.
    pub(crate) taps: BTreeMap<&'static str, Tap>,
}

impl Place {
    /// The environment `sandbox` with these platforms, whose time runs so many times as fast as real.
    pub(crate) fn new(platforms: &[&str], scale: u32) -> Self {
        let desk = Desk::with(&[
            ("procedures/contract-end.yaml", include_str!("project/contract-end.yaml")),
            ("features/end.feature", include_str!("project/end.feature")),
        ]);
        let at = |line: &&str| {
            PLATFORMS.iter().all(|(name, ..)| {
                platforms.contains(name) || !line.contains(&format!("platform: {name},"))
            })
        };
        // What is not there takes no part, and nothing is claimed of it.
        let all = include_str!("project/acme.yaml");
        let supplier: Vec<&str> = all.lines().filter(at).collect();
        let supplier = supplier.join("\n").replace("grants:\ncredentials:", "credentials:");
        desk.write("suppliers/acme.yaml", &supplier);
        let procedure = include_str!("project/contract-end.yaml");
        let steps: Vec<&str> = procedure.lines().filter(at).collect();
        desk.write("procedures/contract-end.yaml", &steps.join("\n"));
        let there = |line: &&str| {
            let named = [("aws", "\"aws-"), ("gitlab", "\"gl-"), ("zendesk", "\"zd-")];
            named.iter().all(|(name, id)| platforms.contains(name) || !line.contains(id))
        };
        let feature = include_str!("project/end.feature").lines().filter(there);
        desk.write("features/end.feature", &feature.collect::<Vec<_>>().join("\n"));
        let scale = scale.to_string();
        let arguments = [&["--clock-scale", scale.as_str()], platforms].concat();
        let mocks = Serving::start(&desk, &arguments);
        let mut taps = BTreeMap::new();
        let mut environment = String::new();
        for (name, admin, parameters) in PLATFORMS {
            if !platforms.contains(&name) {
                continue;
            }
            let upper = name.to_uppercase();
            let url = if name == "aws" { "AWS_IAM_URL".to_owned() } else { format!("{upper}_URL") };
            let tap = Tap::before(&mocks.address(&url));
            let base = format!("http://127.0.0.1:{}", tap.port);
            environment.push_str(&format!("      {name}: {{base_url: '{base}'"));
            for parameter in parameters {
                let value = &mocks.variables[&format!("{upper}_{}", parameter.to_uppercase())];
                let value = if *parameter == "iam_url" { &base } else { value };
                environment.push_str(&format!(", {parameter}: '{value}'"));
            }
            let secret =
                |field: &&str| format!("{field}: env:{upper}_ADMIN_{}", field.to_uppercase());
            let secrets = admin.iter().map(secret).collect::<Vec<_>>().join(", ");
            for identity in ["observe", "mint", "act"] {
                environment.push_str(&format!(", {identity}: {{{secrets}}}"));
            }
            environment.push_str("}\n");
            taps.insert(name, tap);
        }
        let config = format!(
            "environments:\n  sandbox:\n    platforms:\n{environment}    safety: {{allow_hosts: \
             ['127.0.0.1']}}\nchase: {{arm_within: 2h}}\n"
        );
        desk.write("doornail.yaml", &config);
        Self { desk, mocks, taps }
    }

    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        let all = self.mocks.variables.iter();
        let given = all.filter(|(name, _)| name.contains("_ADMIN_") || *name == "DOORNAIL_CLOCK");
        let given = given.map(|(name, value)| (name.as_str(), value.as_str()));
        given.chain([("REAL_SECRET", "real-secret-1")]).collect()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.desk.run_with(arguments, &self.variables())
    }

    /// Everything that was sent to any platform.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.taps.values().flat_map(Tap::sent).collect()
    }

    /// Everything that rehearsals made and that is still at a platform, as its own administrator sees it.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for platform in self.taps.keys() {
            let upper = platform.to_uppercase();
            let lists: &[(&str, &str, &str)] = match upper.as_str() {
                "AWS" => &[],
                "GITLAB" => {
                    &[("/api/v4/projects/1/access_tokens?per_page=100&page=1", "", "/name")]
                }
                "KEYCLOAK" => &[
                    ("/admin/realms/ours/users?max=1000", "", "/username"),
                    ("/admin/realms/ours/clients?max=1000", "", "/clientId"),
                ],
                "OKTA" => &[(
                    "/api/v1/users?filter=profile.login%20eq%20%22-drill-%22",
                    "",
                    "/profile/login",
                )],
                _ => &[
                    ("/api/v2/oauth/clients.json?page[size]=100", "/clients", "/identifier"),
                    ("/api/v2/oauth/tokens.json?all=true&page[size]=100", "/tokens", "/client_id"),
                ],
            };
            for (path, items, name) in lists {
                let scheme = if upper == "OKTA" { "SSWS" } else { "Bearer" };
                let admin = &self.mocks.variables[&format!("{upper}_ADMIN_TOKEN")];
                let header = format!("Authorization: {scheme} {admin}");
                let answer = self.mocks.get(&format!("{upper}_URL"), path, &header);
                let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                assert!(head.starts_with("HTTP/1.1 200"), "{upper} {path}: {answer}");
                let body: Value =
                    serde_json::from_str(body).unwrap_or_else(|_| panic!("{path} {answer}"));
                let listed = body.pointer(items).unwrap().as_array().unwrap();
                let live = listed.iter().filter(|item| item["active"] != false);
                let named = live.map(|item| item.pointer(name).unwrap().to_string());
                // The clients of the population have the numbers below 400.
                let own = |name: &String| {
                    name.contains("-drill-") || name.parse().is_ok_and(|id: u64| id >= 1000)
                };
                left.extend(named.filter(own).map(|name| format!("{upper} {name}")));
            }
            if upper == "AWS" {
                let users = self.aws_users();
                let names =
                    users.split("<UserName>").skip(1).filter_map(|rest| rest.split('<').next());
                let own = names.filter(|name| name.contains("-drill-"));
                left.extend(own.map(|name| format!("AWS {name}")));
            }
        }
        left
    }

    /// What `ListUsers` answers our administrator; users with keys left cannot be deleted.
    fn aws_users(&self) -> String {
        let variable = |name: &str| self.mocks.variables[name].as_str();
        let (id, secret) = (variable("AWS_ADMIN_KEY_ID"), variable("AWS_ADMIN_KEY_SECRET"));
        let identity = Credentials::new(id, secret, None, None, "test").into();
        let tempo = self.mocks.variables.get("DOORNAIL_CLOCK");
        let tempo = tempo.map_or_else(Tempo::default, |text| text.parse().unwrap());
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("iam")
            .time(
                SystemTime::UNIX_EPOCH
                    + Duration::from_secs(tempo.now().as_second().cast_unsigned()),
            )
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let (url, path) =
            (variable("AWS_IAM_URL"), "/?Action=ListUsers&Version=2010-05-08&MaxItems=1000");
        let host = self.mocks.address("AWS_IAM_URL");
        let headers = [("host", host.as_str())].into_iter();
        let url = format!("{url}{path}");
        let request = SignableRequest::new("GET", url, headers, SignableBody::Bytes(b"")).unwrap();
        let (instructions, _) = sign(request, &parameters.into()).unwrap().into_parts();
        let headers = instructions.headers().map(|(name, value)| format!("{name}: {value}"));
        let header = headers.collect::<Vec<_>>().join("\r\n");
        let answer = self.mocks.get("AWS_IAM_URL", path, &header);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("<IsTruncated>false"), "{answer}");
        answer
    }

    /// The supplier's own token works as before.
    pub(crate) fn the_supplier_still_works(&self) {
        let token = &self.mocks.variables["ACME_ZENDESK_MAYA_ACCESS"];
        let header = format!("Authorization: Bearer {token}");
        let answer = self.mocks.get("ZENDESK_URL", "/api/v2/users/me.json", &header);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("maya@acme.example"), "{answer}");
    }
}

/// What names the supplier's own in what was sent, and where.
pub(crate) fn of_the_supplier(sent: &[String]) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for text in sent {
        let named = OF_THE_SUPPLIER.iter().filter(|name| text.contains(**name));
        found.extend(named.map(|name| (*name, text.clone())));
    }
    found
}
