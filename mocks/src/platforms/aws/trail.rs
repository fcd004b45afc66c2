//! CloudTrail: who called what with which key, minutes later.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::access::Caller;
use super::answers::{json_body, stamp};
use super::{Aws, param};
use crate::http::{Request, Response};
use crate::times::epoch;

const LIMIT: usize = 10_000;
/// How long an event takes to show up; "minutes" is all that is known.
const LAG: Duration = Duration::from_secs(120);

impl Aws {
    /// Writes an event.
    pub(super) fn record(
        &mut self,
        action: &str,
        source: &str,
        caller: &Caller,
        request: &Request,
        now: SystemTime,
    ) {
        let number = self.kernel.next_number();
        let (account, arn, id) = self.identity(caller);
        let user = self.kernel.principal(&caller.principal).map(|p| p.login.clone());
        let names = ["UserName", "AccessKeyId", "RoleName", "PolicyName", "RoleArn"];
        let parameters = names.iter().filter_map(|name| Some((*name, param(request, name)?)));
        let resources: Vec<Value> = parameters
            .map(|(name, value)| json!({"ResourceType": name, "ResourceName": value}))
            .collect();
        let detail = json!({
            "eventTime": stamp(now),
            "eventName": action,
            "eventSource": source,
            "userIdentity": {
                "arn": arn, "principalId": id, "accountId": account,
                "accessKeyId": caller.key_id,
            },
        });
        self.events.push(json!({
            "EventId": format!("event-{number}"),
            "EventName": action,
            "EventSource": source,
            "EventTime": epoch(now),
            "AccessKeyId": caller.key_id,
            "Username": user,
            "Resources": resources,
            "CloudTrailEvent": detail.to_string(),
        }));
        if self.events.len() > LIMIT {
            self.events.remove(0);
        }
    }

    /// Looks events up, newest first; a token is the number of the last one given.
    pub(super) fn lookup_events(&self, request: &Request, now: SystemTime) -> Response {
        let asked = request.json();
        let before = asked["NextToken"].as_str().and_then(|token| token.parse::<u64>().ok());
        let size = asked["MaxResults"].as_u64().unwrap_or(50).clamp(1, 50);
        let delivered =
            |event: &&Value| event["EventTime"].as_u64().unwrap_or(0) + LAG.as_secs() <= epoch(now);
        let fits = |event: &&Value| {
            let filters = asked["LookupAttributes"].as_array();
            filters.into_iter().flatten().all(|filter| {
                let wanted = &filter["AttributeValue"];
                match filter["AttributeKey"].as_str().unwrap_or_default() {
                    "ResourceName" => {
                        let resources = event["Resources"].as_array();
                        resources
                            .is_some_and(|all| all.iter().any(|r| r["ResourceName"] == *wanted))
                    }
                    name => event[name] == *wanted,
                }
            })
        };
        let older = |event: &&Value| before.is_none_or(|before| number(event) < before);
        let found = self.events.iter().rev().filter(delivered).filter(fits).filter(older);
        let found: Vec<&Value> = found.collect();
        let size = usize::try_from(size).unwrap_or(50);
        let shown: Vec<&Value> = found.iter().copied().take(size).collect();
        let more = found.len() > shown.len();
        let next = shown.last().filter(|_| more).map(|event| number(event).to_string());
        let mut body = json!({"Events": shown});
        if let Some(next) = next {
            body["NextToken"] = next.into();
        }
        json_body(&body)
    }
}

fn number(event: &Value) -> u64 {
    let id = event["EventId"].as_str().unwrap_or_default();
    id.trim_start_matches("event-").parse().unwrap_or(0)
}
