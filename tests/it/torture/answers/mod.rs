//! The table of answers, by theme.

mod bodies;

mod connections;
mod flows;
mod forms;
mod framing;
mod headers;
mod identities;
mod json;
mod limits;
mod oauth;
mod okta;
mod pages;
mod secure;
mod slack;
mod statuses;
mod zendesk;

use super::case::Case;

/// Every case, each in its group.
pub(super) fn all() -> Vec<Case> {
    let groups: [(&'static str, Vec<Case>); 16] = [
        ("status codes", statuses::cases()),
        ("who answers", identities::cases()),
        ("JSON", json::cases()),
        ("bodies", bodies::cases()),
        ("pages and walls", pages::cases()),
        ("forms", forms::cases()),
        ("headers", headers::cases()),
        ("limits and Retry-After", limits::cases()),
        ("HTTP/1.1 framing", framing::cases()),
        ("connections", connections::cases()),
        ("TLS, DNS, HTTP/2", secure::cases()),
        ("flows and sequences", flows::cases()),
        ("slack", slack::cases()),
        ("zendesk", zendesk::cases()),
        ("okta", okta::cases()),
        ("oauth-oidc", oauth::cases()),
    ];
    let named = |(group, cases): (&'static str, Vec<Case>)| {
        cases.into_iter().map(move |case| Case { group, ..case })
    };
    groups.into_iter().flat_map(named).collect()
}
