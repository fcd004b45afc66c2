//! The services a canary is read from, each with its own words for a dead key.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::answers::{ec2, ec2_error, json_body, json_error, refuse, s3_error};
use super::{ACCOUNT, Answer, Aws, SERVICE, param};
use crate::http::{Request, Response};

impl Aws {
    /// Reads the canary object, signed in headers or in the address.
    pub(super) fn s3(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        let (method, segments) = request.route();
        if method != "GET" && method != "HEAD" {
            return None;
        }
        let key = match segments.as_slice() {
            ["ours-canary", key] => (*key).to_owned(),
            _ => return None,
        };
        Some(self.object(&key, request, now))
    }

    fn object(&mut self, key: &str, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now).map_err(|refusal| refuse(request, refusal))?;
        self.record("GetObject", "s3.amazonaws.com", &caller, request, now);
        if !self.permitted(&caller, now) {
            return Err(s3_error(403, "AccessDenied", "Access Denied", &json!({})));
        }
        if key != "canary.txt" {
            let why = "The specified key does not exist.";
            return Err(s3_error(404, "NoSuchKey", why, &json!({"Key": key})));
        }
        let body = if request.method == "HEAD" { String::new() } else { "canary\n".to_owned() };
        Ok(Response::text(200, "text/plain", body).with("ETag", "\"canary\""))
    }

    /// Every other service: told by its target header, else by its action or path.
    pub(super) fn regional(&mut self, request: &Request, now: SystemTime) -> Option<Answer> {
        if let Some(target) = request.header("x-amz-target") {
            let (service, action) = target.rsplit_once('.')?;
            return self.json_service(service, action, request, now);
        }
        let (method, segments) = request.route();
        if let ("GET", ["v1", "repos", repository, "info", "refs"]) = (method, segments.as_slice())
        {
            return Some(self.repository(repository, request, now));
        }
        match param(request, "Action").as_deref() {
            Some("DescribeRegions") => Some(self.describe_regions(request, now)),
            Some(_) | None => None,
        }
    }

    fn json_service(
        &mut self,
        service: &str,
        action: &str,
        request: &Request,
        now: SystemTime,
    ) -> Option<Answer> {
        let caller = match self.caller(request, now) {
            Ok(caller) => caller,
            Err(refusal) => return Some(Err(refuse(request, refusal))),
        };
        let source = service.rsplit('.').next().unwrap_or(service).to_owned();
        self.record(action, &source, &caller, request, now);
        let admin = || self.demand_admin(&caller, now);
        match (source.as_str(), action) {
            ("AmazonSSM", "GetParameter") => Some(self.parameter(&caller, request, now)),
            ("Logs_20140328", "DescribeLogGroups") => {
                let may = self.demand_rights(&caller, now);
                Some(may.map(|()| json_body(&json!({"logGroups": []}))))
            }
            ("CloudTrail_20131101", "LookupEvents") => {
                Some(admin().map(|()| self.lookup_events(request, now)))
            }
            ("AWSOrganizationsV20161128", _) => match admin() {
                Ok(()) => self.organization(action, request, now),
                Err(refusal) => Some(Err(refusal)),
            },
            ("AWSIdentityStore", _) => match admin() {
                Ok(()) => self.directory(action, request, now),
                Err(refusal) => Some(Err(refusal)),
            },
            ("SWBExternalService", _) => match admin() {
                Ok(()) => self.assignments(action, request, now),
                Err(refusal) => Some(Err(refusal)),
            },
            _ => None,
        }
    }

    fn demand_rights(&self, caller: &Caller, now: SystemTime) -> Result<(), Response> {
        if self.permitted(caller, now) {
            return Ok(());
        }
        let (_, arn, _) = self.identity(caller);
        let why = format!("User: {arn} is not authorized to perform this action");
        Err(json_error(400, "AccessDeniedException", &why))
    }

    fn demand_admin(&self, caller: &Caller, now: SystemTime) -> Result<(), Response> {
        if self.is_admin(caller, now) {
            return Ok(());
        }
        let (_, arn, _) = self.identity(caller);
        let why = format!("User: {arn} is not authorized to perform this action");
        Err(json_error(400, "AccessDeniedException", &why))
    }

    fn parameter(&self, caller: &Caller, request: &Request, now: SystemTime) -> Answer {
        self.demand_rights(caller, now)?;
        let name = request.json()["Name"].as_str().unwrap_or_default().to_owned();
        if name != "/ours/canary" {
            return Err(json_error(400, "ParameterNotFound", ""));
        }
        let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/ours/canary");
        let parameter = json!({
            "Name": name, "Type": "String", "Value": "canary", "Version": 1, "ARN": arn,
        });
        Ok(json_body(&json!({"Parameter": parameter})))
    }

    fn describe_regions(&mut self, request: &Request, now: SystemTime) -> Answer {
        let caller = self.caller(request, now).map_err(|refusal| refuse(request, refusal))?;
        self.record("DescribeRegions", "ec2.amazonaws.com", &caller, request, now);
        if !self.permitted(&caller, now) {
            let why = "You are not authorized to perform this operation.";
            return Err(ec2_error(403, "UnauthorizedOperation", why));
        }
        let item = "<item><regionName>us-east-1</regionName>\
                    <regionEndpoint>ec2.us-east-1.amazonaws.com</regionEndpoint></item>";
        Ok(ec2("DescribeRegions", &format!("<regionInfo>{item}</regionInfo>")))
    }

    /// Lets a service-specific credential clone over HTTPS. That a dead one gets a bare 403 is
    /// unconfirmed.
    fn repository(&mut self, repository: &str, request: &Request, now: SystemTime) -> Answer {
        let found = request.basic().and_then(|(name, password)| {
            let key = self.kernel.authenticate(SERVICE, &password, now).ok()?;
            (self.kernel.credential(key).text("user_name") == name).then_some(key)
        });
        if found.is_none() || repository != "ours-canary" {
            return Err(Response::empty(403));
        }
        let body = "001e# service=git-upload-pack\n00000000";
        Ok(Response::text(200, "application/x-git-upload-pack-advertisement", body))
    }
}

/// Gives a text field of a JSON request, empty where there is none.
pub(super) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}
