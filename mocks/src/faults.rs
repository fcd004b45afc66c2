//! Ways to break a platform on purpose, so that a drill can be shown to notice.
//!
//! Faults of the transport are applied here, around `handle`; faults of the revocation itself live
//! in the identity kernel, which every revocation goes through. A platform supports them without
//! code of its own, save for its dead body and its listings' extra token.

use std::time::{Duration, SystemTime};

use crate::http::{Request, Response};

/// One way of being broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every request gets an empty 404, as from a wrong path or a proxy.
    Everything404,
    /// Every request gets a 200 with an empty JSON object.
    Everything200,
    /// Every request gets the platform's own dead answer, bystanders included.
    Everything401,
    /// Every request gets 429 with `Retry-After: 30`.
    RateLimited,
    /// Every request gets a firewall's 403 page.
    BlockPage,
    /// Every request gets 503.
    Unavailable,
    /// Revocations and deactivations answer success and change nothing.
    RevokeDoesNothing,
    /// Principals change their state, their credentials do not care.
    SurvivesDeactivation,
    /// Every revocation takes effect only after this long.
    SlowDeath(Duration),
    /// What was revoked works again this long after its revocation.
    ComesBack(Duration),
    /// The first revocation also revokes every credential of the same kind of the other supplier.
    KillsBystander,
    /// Successful who-am-I answers name somebody else.
    OtherIdentity,
    /// Every request gets a login page with status 200.
    HtmlWith200,
    /// Every request is redirected to a login page.
    RedirectToLogin,
    /// Status and content type are right, the body ends half-way.
    TornBody,
    /// Listings show one more active token of ACME's first principal, which nobody recorded.
    ExtraToken,
    /// The platform's clock is fast: its `Date`, what it issues, and when it takes a thing for expired.
    ClockAhead(Duration),
    /// The platform's clock is slow.
    ClockBehind(Duration),
    /// More than five wrong passwords within this long lock an account, and the right one is refused like a wrong one.
    Locks(Duration),
}

impl Fault {
    /// Finds a fault by its name; those with a duration take it in seconds: `slow-death:600`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let (name, seconds) = name.split_once(':').unwrap_or((name, "600"));
        let length = Duration::from_secs(seconds.parse().ok()?);
        Self::all(length).into_iter().find(|fault| fault.name() == name)
    }

    /// Gives the names of all faults.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        Self::all(Duration::ZERO).into_iter().map(Self::name)
    }

    fn all(length: Duration) -> [Self; 19] {
        [
            Self::Everything404,
            Self::Everything200,
            Self::Everything401,
            Self::RateLimited,
            Self::BlockPage,
            Self::Unavailable,
            Self::RevokeDoesNothing,
            Self::SurvivesDeactivation,
            Self::SlowDeath(length),
            Self::ComesBack(length),
            Self::KillsBystander,
            Self::OtherIdentity,
            Self::HtmlWith200,
            Self::RedirectToLogin,
            Self::TornBody,
            Self::ExtraToken,
            Self::ClockAhead(length),
            Self::ClockBehind(length),
            Self::Locks(length),
        ]
    }

    /// Names the fault in kebab-case, for tables and journals.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Everything404 => "everything-404",
            Self::Everything200 => "everything-200",
            Self::Everything401 => "everything-401",
            Self::RateLimited => "rate-limited",
            Self::BlockPage => "block-page",
            Self::Unavailable => "unavailable",
            Self::RevokeDoesNothing => "revoke-does-nothing",
            Self::SurvivesDeactivation => "survives-deactivation",
            Self::SlowDeath(_) => "slow-death",
            Self::ComesBack(_) => "comes-back",
            Self::KillsBystander => "kills-bystander",
            Self::OtherIdentity => "other-identity",
            Self::HtmlWith200 => "html-with-200",
            Self::RedirectToLogin => "redirect-to-login",
            Self::TornBody => "torn-body",
            Self::ExtraToken => "extra-token",
            Self::ClockAhead(_) => "clock-ahead",
            Self::ClockBehind(_) => "clock-behind",
            Self::Locks(_) => "locks",
        }
    }

    /// Answers in the platform's place, or `None` where the platform must be asked.
    ///
    /// `dead` is the platform's own refusal, only built where it is needed.
    pub(crate) fn instead(
        self,
        request: &Request,
        dead: impl FnOnce() -> Response,
    ) -> Option<Response> {
        let answer = match self {
            Self::Everything404 => Response::empty(404),
            Self::Everything200 => Response::json(200, &serde_json::json!({})),
            Self::Everything401 => dead(),
            Self::RateLimited => {
                let body = serde_json::json!({"error": "Too many requests"});
                Response::json(429, &body).with("Retry-After", "30")
            }
            Self::BlockPage => Response::html(403, BLOCK_PAGE),
            Self::Unavailable => Response::text(503, "text/plain", "upstream connect error"),
            Self::HtmlWith200 => Response::html(200, LOGIN_PAGE),
            Self::RedirectToLogin => Response::redirect(&format!("{}/login", request.base)),
            Self::RevokeDoesNothing
            | Self::SurvivesDeactivation
            | Self::SlowDeath(_)
            | Self::ComesBack(_)
            | Self::KillsBystander
            | Self::OtherIdentity
            | Self::TornBody
            | Self::ExtraToken
            | Self::ClockAhead(_)
            | Self::ClockBehind(_)
            | Self::Locks(_) => return None,
        };
        Some(answer)
    }

    /// Gives the time by the platform's own clock, or `None` where nothing is wrong with it.
    pub(crate) fn clock(self, now: SystemTime) -> Option<SystemTime> {
        match self {
            Self::ClockAhead(by) => Some(now + by),
            Self::ClockBehind(by) => Some(now - by),
            Self::Everything404
            | Self::Everything200
            | Self::Everything401
            | Self::RateLimited
            | Self::BlockPage
            | Self::Unavailable
            | Self::RevokeDoesNothing
            | Self::SurvivesDeactivation
            | Self::SlowDeath(_)
            | Self::ComesBack(_)
            | Self::KillsBystander
            | Self::OtherIdentity
            | Self::HtmlWith200
            | Self::RedirectToLogin
            | Self::TornBody
            | Self::ExtraToken
            | Self::Locks(_) => None,
        }
    }

    /// Damages an answer the platform gave.
    pub(crate) fn damage(self, mut answer: Response) -> Response {
        if self == Self::TornBody {
            answer.body.truncate(answer.body.len() / 2);
        }
        answer
    }
}

const BLOCK_PAGE: &str = "<!DOCTYPE html><html><head><title>Attention Required!</title></head>\
    <body><h1>Sorry, you have been blocked</h1><p>Ray ID: 0</p></body></html>";
const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>\
    <form method=\"post\" action=\"/login\"><input name=\"user\"><input name=\"password\" \
    type=\"password\"></form></body></html>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_body_keeps_status_and_content_type() {
        let whole = Response::json(200, &serde_json::json!({"user": {"id": 9001}}));
        let torn = Fault::TornBody.damage(whole.clone());
        assert_eq!((torn.status, &torn.headers), (whole.status, &whole.headers));
        assert_eq!(torn.body.len(), whole.body.len() / 2);
    }

    #[test]
    fn faults_of_the_revocation_leave_the_transport_alone() {
        let request = Request::new("GET", "/");
        for fault in [Fault::RevokeDoesNothing, Fault::ComesBack(Duration::ZERO)] {
            assert!(fault.instead(&request, || Response::empty(401)).is_none());
        }
    }
}
