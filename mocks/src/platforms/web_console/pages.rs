//! The pages: the form with its own token, the second factor, the profile, the links that were mailed.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{
    LINK, LOCKED_FOR, MOST_WRONG, PASSWORD, REMEMBER, SESSION, SIGNED, TOKEN, USER, WebConsole,
};
use crate::http::{Request, Response};
use crate::identity::{Cause, Standing};
use crate::times::epoch;

pub(super) const WRONG: &str = "Wrong user name or password.";
const PRE: &str = "console_pre";
const PENDING: &str = "console_pending";

/// What a script of the page knows, and what no reader of its text may take for an answer.
const SCRIPT: &str = "<script>const texts = {wrong: 'Wrong user name or password.', locked: 'Too many attempts.'}</script>";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html><head><title>{title}</title>{SCRIPT}</head><body><main>{body}</main></body></html>"
    )
}

/// The form again, with what is wrong.
pub(super) fn sign_in(token: &str, told: Option<&str>) -> Response {
    let told = told.map(|text| format!("<p class=\"error\">{text}</p>")).unwrap_or_default();
    let form = format!(
        "{told}<form method=\"post\" action=\"/sign-in\"><input type=\"hidden\" name=\"authenticity_token\" \
         value=\"{token}\"><input name=\"username\"><input type=\"password\" name=\"password\">\
         <input type=\"checkbox\" name=\"remember\"><button>Sign in</button></form>"
    );
    Response::html(200, &page("Sign in", &form))
}

fn one_time(token: &str, told: &str) -> Response {
    let form = format!(
        "<p>{told}</p><form method=\"post\" action=\"/one-time-code\"><input type=\"hidden\" \
         name=\"authenticity_token\" value=\"{token}\"><input name=\"code\" inputmode=\"numeric\"></form>"
    );
    Response::html(200, &page("One-time code", &form))
}

fn expired_form() -> Response {
    Response::html(
        403,
        &page("Forbidden", "<h1>Your form has expired</h1><p>Load the page again.</p>"),
    )
}

fn to_sign_in() -> Response {
    Response::redirect("/sign-in?next=/profile")
}

fn mac(key: &str, text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes any key");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// The token of a form goes with the cookie of the same browser.
fn token_for(pre: &str) -> String {
    mac("web-console/forms", pre.as_bytes()).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// A one-time code of RFC 6238 with SHA-256, six digits and thirty seconds.
pub(super) fn code(seed: &str, second: u64) -> Option<String> {
    let mut bits = 0_u64;
    let mut held = 0;
    let mut key = Vec::new();
    for letter in seed.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(&(second / 30).to_be_bytes());
    let made = mac.finalize().into_bytes().to_vec();
    let at = usize::from(made.last()? & 0xf);
    let four: [u8; 4] = made.get(at..at + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

impl WebConsole {
    pub(super) fn page(
        &mut self,
        method: &str,
        segments: &[&str],
        request: &Request,
        now: SystemTime,
    ) -> Option<Response> {
        if method == "POST" && !matches!(segments, ["sign-out"] | ["reset", _]) {
            let pre = request.cookie(PRE).unwrap_or_default();
            let sent = request.form("authenticity_token").unwrap_or_default();
            if pre.is_empty() || sent != token_for(pre) {
                return Some(expired_form());
            }
        }
        let pre = request.cookie(PRE).unwrap_or_default().to_owned();
        Some(match (method, segments) {
            ("GET", ["sign-in"]) => {
                let pre = self.kernel.fresh("", 32, crate::population::ALNUM);
                sign_in(&token_for(&pre), None)
                    .with("Set-Cookie", &format!("{PRE}={pre}; Path=/; HttpOnly"))
                    .with("Cache-Control", "no-store")
            }
            ("POST", ["sign-in"]) => self.signs_in(request, &token_for(&pre), now),
            ("GET", ["one-time-code"]) => one_time(&token_for(&pre), "Enter the code of your app."),
            ("POST", ["one-time-code"]) => self.second_factor(request, &token_for(&pre), now),
            ("GET", ["profile"]) => self.profile(request, now),
            ("POST", ["profile", "password"]) => self.own_password(request, now),
            ("POST", ["sign-out"]) => {
                let sent = request.cookie("console_session").unwrap_or_default();
                if let Ok(key) = self.kernel.authenticate(SESSION, sent, now) {
                    self.kernel.revoke(key, Cause::Action, now);
                }
                Response::redirect("/sign-in")
            }
            ("GET", ["reset", link]) => self.link_page(link, now),
            ("POST", ["reset", link]) => self.redeem(link, request, now),
            _ => return None,
        })
    }

    fn signs_in(&mut self, request: &Request, token: &str, now: SystemTime) -> Response {
        let name = request.form("username").unwrap_or_default();
        let sent = request.form("password").unwrap_or_default();
        let Some(user) = self.kernel.by_login(USER, &name).map(|user| user.id.clone()) else {
            return sign_in(token, Some(WRONG));
        };
        let (wrong, last) = self.wrong.get(&user).copied().unwrap_or_default();
        if wrong >= MOST_WRONG && epoch(now) < last + LOCKED_FOR {
            return sign_in(token, Some("Too many attempts. Try again in 15 minutes."));
        }
        match self.kernel.authenticate_as(PASSWORD, &user, &sent, now) {
            Ok(_) => {}
            Err(standing) => {
                // A masked or dead password was right once; only guesses are counted.
                if standing == Standing::Unknown {
                    let again = if epoch(now) < last + LOCKED_FOR { wrong + 1 } else { 1 };
                    self.wrong.insert(user, (again, epoch(now)));
                }
                return sign_in(token, Some(WRONG));
            }
        }
        self.wrong.remove(&user);
        let remembered = request.form("remember").is_some();
        let Some(known) = self.kernel.principal(&user) else { return sign_in(token, Some(WRONG)) };
        if known.data.get("must_change").and_then(serde_json::Value::as_bool) == Some(true) {
            return Response::redirect("/password-expired");
        }
        if !known.text("seed").is_empty() {
            let pending = format!("{user}.{}", token_for(&format!("pending {user}")));
            let cookie = format!("{PENDING}={pending}; Path=/; HttpOnly");
            return Response::redirect("/one-time-code").with("Set-Cookie", &cookie);
        }
        self.let_in(&user, remembered, now)
    }

    fn let_in(&mut self, user: &str, remembered: bool, now: SystemTime) -> Response {
        let cookies = self.start_session(user, remembered, now);
        let answer = Response::redirect("/profile");
        cookies.iter().fold(answer, |answer, cookie| answer.with("Set-Cookie", cookie))
    }

    fn second_factor(&mut self, request: &Request, token: &str, now: SystemTime) -> Response {
        let pending = request.cookie(PENDING).unwrap_or_default();
        let user = pending.split('.').next().unwrap_or_default().to_owned();
        let known = self
            .kernel
            .principal(&user)
            .filter(|_| pending.ends_with(&format!(".{}", token_for(&format!("pending {user}")))));
        let Some(known) = known else { return to_sign_in() };
        let sent = request.form("code").unwrap_or_default();
        if code(known.text("seed"), epoch(now)).is_some_and(|code| code == sent) {
            self.let_in(&user, false, now)
        } else {
            one_time(token, "Wrong code. Try again.")
        }
    }

    /// Whose the cookies are: of the server's session, of the signed one, or of remember-me, which makes new ones.
    fn who(&self, request: &Request, now: SystemTime) -> Option<(&'static str, String)> {
        [SESSION, SIGNED, REMEMBER].into_iter().find_map(|kind| {
            let sent = request.cookie(&format!("console_{kind}"))?;
            let key = self.kernel.authenticate(kind, sent, now).ok()?;
            Some((kind, self.kernel.credential(key).principal.clone()?))
        })
    }

    fn profile(&mut self, request: &Request, now: SystemTime) -> Response {
        let Some((by, user)) = self.who(request, now) else { return to_sign_in() };
        let Some(shown) = self.kernel.presented(&user) else { return to_sign_in() };
        let (id, login) = (shown.id.clone(), shown.login.clone());
        let mine = |c: &crate::identity::Credential| c.kind == TOKEN && c.is_of(&id);
        let token = self.kernel.kept_where(now, mine).first().copied();
        let token = token.map(|key| self.kernel.credential(key).secret.clone()).unwrap_or_default();
        let body = format!(
            "<p>Signed in as <b id=\"me\">{login}</b>.</p><p>API token: <code id=\"api-token\">{token}</code></p>\
             <form method=\"post\" action=\"/sign-out\"><button>Sign out</button></form>"
        );
        let mut answer = Response::html(200, &page("Profile", &body));
        if by == REMEMBER {
            for cookie in self.start_session(&user, false, now) {
                answer = answer.with("Set-Cookie", &cookie);
            }
        }
        answer
    }

    fn own_password(&mut self, request: &Request, now: SystemTime) -> Response {
        let Some((_, user)) = self.who(request, now) else { return to_sign_in() };
        let old = request.form("password").unwrap_or_default();
        if self.kernel.authenticate_as(PASSWORD, &user, &old, now).is_err() {
            return Response::html(200, &page("Profile", &format!("<p>{WRONG}</p>")));
        }
        self.set_password(&user, &request.form("new_password").unwrap_or_default(), now);
        Response::redirect("/profile")
    }

    fn link_page(&self, link: &str, now: SystemTime) -> Response {
        let owner = self.kernel.authenticate(LINK, link, now).ok().and_then(|key| {
            let owner = self.kernel.credential(key).principal.clone()?;
            self.kernel.presented(&owner)
        });
        match owner {
            Some(owner) => {
                let form = format!(
                    "<p>New password for <b id=\"me\">{}</b>.</p><form method=\"post\"><input type=\"password\" \
                     name=\"new_password\"></form>",
                    owner.login
                );
                Response::html(200, &page("New password", &form))
            }
            None => Response::html(
                200,
                &page("New password", "<p id=\"told\">This link is not valid any more.</p>"),
            ),
        }
    }

    fn redeem(&mut self, link: &str, request: &Request, now: SystemTime) -> Response {
        let owner = self.kernel.authenticate(LINK, link, now).ok();
        let Some(user) = owner.and_then(|key| self.kernel.credential(key).principal.clone()) else {
            return self.link_page(link, now);
        };
        self.set_password(&user, &request.form("new_password").unwrap_or_default(), now);
        Response::redirect("/sign-in")
    }
}
