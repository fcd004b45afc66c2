//! The SOAP login: the one call that turns a password into a session without a browser.

use std::time::SystemTime;

use super::logins::Login;
use super::{ORG, Salesforce};
use crate::http::{Request, Response};
use crate::identity::Cause;

/// Refuses; locked, inactive, frozen and wrong are one code.
pub(super) fn invalid_login() -> Response {
    let why = "Invalid username, password, security token; or user locked out.";
    fault("INVALID_LOGIN", why)
}

fn fault(code: &str, message: &str) -> Response {
    let body = format!(
        "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}\
         </faultstring><detail><sf:LoginFault xsi:type=\"sf:LoginFault\"><sf:exceptionCode>{code}\
         </sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage></sf:LoginFault>\
         </detail></soapenv:Fault>"
    );
    envelope(500, &body)
}

fn envelope(status: u16, body: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"urn:partner.soap.sforce.com\" \
         xmlns:sf=\"urn:fault.partner.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{body}\
         </soapenv:Body></soapenv:Envelope>"
    );
    Response::text(status, "text/xml; charset=utf-8", text)
}

impl Salesforce {
    /// `login` and `logout`; anything else is a fault.
    pub(super) fn soap(&mut self, request: &Request, now: SystemTime) -> Response {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if opening(&body, "logout").is_some() {
            return self.soap_logout(&body, now);
        }
        if opening(&body, "login").is_none() {
            return fault("UNSUPPORTED_API_VERSION", "No operation available for this request");
        }
        let username = element(&body, "username").unwrap_or_default();
        let sent = element(&body, "password").unwrap_or_default();
        if self.is_foreign(&username, &body) {
            return invalid_login();
        }
        match self.api_login(&username, &sent, now) {
            Login::User(user) => self.logged_in(&user, request, now),
            Login::NeedsToken => {
                let why = "Invalid username, password, security token; or user locked out. \
                    A security token is required for this address.";
                fault("LOGIN_MUST_USE_SECURITY_TOKEN", why)
            }
            Login::Refused => invalid_login(),
        }
    }

    /// External users log in only to an org that is named; naming another one helps nobody.
    fn is_foreign(&self, username: &str, body: &str) -> bool {
        let org = element(body, "organizationId");
        let named = org.as_deref().and_then(|org| org.get(..15)) == ORG.get(..15);
        let user = self.user_named(username);
        let external = user.is_some_and(|user| user.text("type") == "PowerPartner");
        (external || org.is_some()) && !named
    }

    fn logged_in(&mut self, user: &str, request: &Request, now: SystemTime) -> Response {
        let session = self.open_session(user, "API", now);
        let presented = self.kernel.presented(user);
        let (id, login) = presented.map_or_else(Default::default, |p| (p.id.clone(), &*p.login));
        let version = request.path.rsplit('/').next().unwrap_or("60.0");
        let server = format!("{}/services/Soap/u/{version}/{ORG}", self.home);
        let body = format!(
            "<loginResponse><result><metadataServerUrl>{}/services/Soap/m/{version}/{ORG}\
             </metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>true</sandbox>\
             <serverUrl>{server}</serverUrl><sessionId>{session}</sessionId><userId>{id}</userId>\
             <userInfo><organizationId>{ORG}</organizationId><sessionSecondsValid>86400\
             </sessionSecondsValid><userEmail>{login}</userEmail><userId>{id}</userId>\
             <userName>{login}</userName></userInfo></result></loginResponse>",
            self.home
        );
        envelope(200, &body)
    }

    fn soap_logout(&mut self, body: &str, now: SystemTime) -> Response {
        let sent = element(body, "sessionId").unwrap_or_default();
        match self.kernel.authenticate(super::SESSION, &sent, now) {
            Ok(key) => {
                self.kernel.revoke(key, Cause::Action, now);
                envelope(200, "<logoutResponse/>")
            }
            Err(_) => fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader"),
        }
    }
}

/// Finds where the content of an element begins, whatever its namespace prefix.
fn opening(text: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find('<') {
        let start = from + at + 1;
        let end = start + text[start..].find('>')?;
        let tag = text[start..end].trim_end_matches('/');
        let tag = tag.split_whitespace().next().unwrap_or_default();
        if tag.rsplit(':').next() == Some(name) && !tag.starts_with('/') {
            return Some(end + 1);
        }
        from = end;
    }
    None
}

fn element(text: &str, name: &str) -> Option<String> {
    let start = opening(text, name)?;
    let end = start + text[start..].find("</")?;
    let plain = text[start..end].replace("&lt;", "<").replace("&gt;", ">");
    let plain = plain.replace("&quot;", "\"").replace("&apos;", "'").replace("&#x27;", "'");
    Some(plain.replace("&amp;", "&"))
}
