//! What survives what at AWS; names are claims.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::seed::account;
use super::sigv4::Signed;
use super::{Aws, IAM, Platform as _, REGIONAL, S3, SSO, STS};
use crate::faults::Fault;
use crate::http::{Request, Response};
use crate::platforms::Variables;
use crate::times::from_epoch;

mod centre;
mod keys;
mod rights;
mod roles;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DENY: &str = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

struct Account {
    aws: Aws,
    variables: Variables,
    now: SystemTime,
}

/// Id, secret and token.
type Keys = (String, String, Option<String>);

fn start() -> Account {
    let now = from_epoch(1_790_000_000);
    let (aws, variables) = account(now);
    Account { aws, variables, now }
}

impl Account {
    fn keys(&self, name: &str) -> Keys {
        let get = |what: &str| self.variables.get(&format!("{name}_{what}")).cloned();
        (get("ID").unwrap(), get("SECRET").unwrap(), get("TOKEN"))
    }

    fn signed(&mut self, request: Request, keys: &Keys, service: &str) -> Response {
        let keys = (keys.0.as_str(), keys.1.as_str(), keys.2.as_deref());
        let request = Signed::sign(request, keys, service, self.now);
        self.aws.handle(&request, self.now).unwrap()
    }

    fn query(&mut self, server: &'static str, keys: &Keys, fields: &[(&str, &str)]) -> Response {
        let service = if server == IAM { "iam" } else { "sts" };
        self.signed(Request::new("POST", "/").on(server).with_form(fields), keys, service)
    }

    fn iam(&mut self, action: &str, more: &[(&str, &str)]) -> Response {
        let mut fields = vec![("Action", action), ("Version", "2010-05-08")];
        fields.extend(more);
        let keys = self.keys("AWS_ADMIN_KEY");
        self.query(IAM, &keys, &fields)
    }

    fn sts(&mut self, keys: &Keys, action: &str, more: &[(&str, &str)]) -> Response {
        let mut fields = vec![("Action", action), ("Version", "2011-06-15")];
        fields.extend(more);
        self.query(STS, keys, &fields)
    }

    /// Calls a JSON service as administrator.
    fn json(&mut self, target: &str, service: &str, body: &Value) -> Response {
        let keys = self.keys("AWS_ADMIN_KEY");
        self.json_as(&keys, target, service, body)
    }

    fn json_as(&mut self, keys: &Keys, target: &str, service: &str, body: &Value) -> Response {
        let request = Request::new("POST", "/").on(REGIONAL).with("X-Amz-Target", target);
        self.signed(request.with_json(body), keys, service)
    }

    /// Gives the ARN the keys prove, or the code of the refusal.
    fn who(&mut self, keys: &Keys) -> String {
        let answer = self.sts(keys, "GetCallerIdentity", &[]);
        let text = text(&answer);
        inner(&text, "Arn").or_else(|| inner(&text, "Code")).unwrap()
    }

    fn who_is(&mut self, name: &str) -> String {
        let keys = self.keys(name);
        self.who(&keys)
    }

    /// Tells the status of reading the canary object.
    fn reach(&mut self, keys: &Keys) -> u16 {
        let request = Request::new("GET", "/ours-canary/canary.txt").on(S3);
        self.signed(request, keys, "s3").status
    }

    fn reach_of(&mut self, name: &str) -> u16 {
        let keys = self.keys(name);
        self.reach(&keys)
    }

    /// Reads the credentials out of an answer of STS.
    fn minted(&self, answer: &Response) -> Keys {
        let text = text(answer);
        let get = |name: &str| inner(&text, name).unwrap();
        (get("AccessKeyId"), get("SecretAccessKey"), Some(get("SessionToken")))
    }

    fn delete_key(&mut self, user: &str, key: &str) -> Response {
        self.iam("DeleteAccessKey", &[("UserName", user), ("AccessKeyId", key)])
    }
}

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn inner(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
}

fn code(answer: &Response) -> (u16, String) {
    (answer.status, inner(&text(answer), "Code").unwrap_or_default())
}
