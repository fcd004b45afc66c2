//! Steps that others carry out: a command, a webhook, a person. Each is told the supplier's name, and given no
//! more than it was granted.

use std::borrow::Cow;
use std::ffi::OsString;

use super::{Actor, command};
use crate::drill::expand::Purpose;
use crate::drill::person::Reply;
use crate::id::PlatformId;
use crate::inventory::secret_ref::SecretRef;
use crate::journal::event::{ActionIntended, ActionResult, Hand};
use crate::platform::schema::SignatureStyle;
use crate::platform::template::Template;
use crate::probe::Identity;
use crate::probe::http::Outgoing;
use crate::probe::sign;
use crate::secret::{Scrubber, Secret, without_opaque};
use crate::span::Span;

impl Actor {
    pub(super) async fn put_question(&self, text: &str) -> ActionResult {
        let _real = self.clock.clone().follow_real_time();
        match self.shared.person.ask(text).await {
            Reply::Done => ActionResult::Accepted { answer: "done by a person".to_owned() },
            Reply::NotDone => ActionResult::NotDone { why: "the person said no".to_owned() },
            Reply::Nobody => ActionResult::NotDone { why: "nobody was there to ask".to_owned() },
        }
    }

    /// Asks a person to do it.
    pub(super) async fn ask(
        &mut self,
        text: &Template,
        purpose: Purpose,
        held_back: Option<String>,
    ) {
        let text = self.filled(text);
        let number = self.intend_outside(text.clone(), Hand::Person, &purpose);
        let result = if let Some(why) = held_back {
            ActionResult::NotDone { why }
        } else {
            self.put_question(&text).await
        };
        self.ended(number, result);
    }

    /// A text with the supplier's name in it.
    fn filled(&self, text: &Template) -> String {
        let supplier = |name: &str| (name == "supplier").then(|| Cow::Borrowed(&*self.supplier));
        text.render(supplier).unwrap_or_else(|_| text.to_string())
    }

    fn intend_outside(&mut self, title: String, by: Hand, purpose: &Purpose) -> u32 {
        let action = self.number();
        self.intend(ActionIntended {
            action,
            platform: None,
            name: None,
            title,
            object: self.supplier.clone(),
            by,
            kills: purpose.kills.iter().map(ToString::to_string).collect(),
            preserve: purpose.preserve.clone(),
        })
    }

    /// Tells an address whom to offboard. That it says yes is evidence of nothing.
    pub(super) async fn webhook(
        &mut self,
        url: &Template,
        sign: Option<&SecretRef>,
        purpose: Purpose,
        held_back: Option<String>,
    ) {
        let url = self.filled(url);
        let number = self.intend_outside(format!("tell {}", origin(&url)), Hand::Webhook, &purpose);
        let result = match held_back {
            Some(why) => ActionResult::NotDone { why },
            None => self.tell(&url, sign).await,
        };
        self.ended(number, result);
    }

    async fn tell(&self, url: &str, sign: Option<&SecretRef>) -> ActionResult {
        let refused = |why: String| ActionResult::Refused { why };
        let Ok(url) = url.parse::<url::Url>() else {
            return refused("its address is no address".to_owned());
        };
        let scrubber = self.prober.wallet.scrubber();
        let body = serde_json::json!({"supplier": self.supplier}).to_string();
        let mut headers = vec![("accept".to_owned(), "*/*".to_owned())];
        if let Some(reference) = sign {
            match self.secrets.find(reference).await {
                Ok(secret) => {
                    scrubber.learn(&secret);
                    let style = SignatureStyle::Github;
                    headers.extend(sign::body(style, secret.expose(), &body, self.clock.wall()));
                }
                Err(error) => return refused(error.to_string()),
            }
        }
        let body = Some(("application/json", body));
        let method = reqwest::Method::POST;
        match self.prober.http().send(Outgoing { method, url, headers, body, shows: None }).await {
            Ok(answer) if (200..=299).contains(&answer.status) => {
                ActionResult::Accepted { answer: answer.status.to_string() }
            }
            Ok(answer) => {
                let said = without_opaque(&scrubber.scrub(&answer.excerpt()));
                refused(format!("{} {said}", answer.status).chars().take(240).collect())
            }
            Err(doubt) => refused(scrubber.scrub(&format!("{}: {}", doubt.reason, doubt.detail))),
        }
    }

    /// Runs a command.
    pub(super) async fn command(
        &mut self,
        words: &[Template],
        (timeout, secrets): (Span, &[PlatformId]),
        purpose: Purpose,
        held_back: Option<String>,
    ) {
        let words: Vec<String> = words.iter().map(|word| self.filled(word)).collect();
        let title = format!("run {}", words.first().map_or("", String::as_str));
        let number = self.intend_outside(title, Hand::Command, &purpose);
        let result = if let Some(why) = held_back {
            ActionResult::NotDone { why }
        } else {
            let _real = self.clock.clone().follow_real_time();
            let environment = self.command_environment(secrets);
            let scrubber = self.prober.wallet.scrubber();
            self.shared.key.teach(scrubber);
            let withheld = self.withheld(&environment);
            command::run(&words, &environment, &withheld, timeout.0, &self.shared.stop)
                .await
                .result(|said| without_opaque(&scrubber.scrub(said)))
        };
        self.ended(number, result);
    }

    /// Base addresses of every platform, and the `act` secrets of those it is granted, by name; a runbook works
    /// with these.
    fn command_environment(&self, granted: &[PlatformId]) -> Vec<(String, Secret)> {
        let mut environment =
            vec![("DOORNAIL_SUPPLIER".to_owned(), Secret::new(self.supplier.clone()))];
        for (platform, site) in &self.prober.stage.platforms {
            let prefix = platform.as_str().replace('-', "_").to_uppercase();
            if let Some(url) = site.parameters.lookup("base_url") {
                environment.push((format!("{prefix}_URL"), Secret::new(url)));
            }
            let known = self.shared.catalogue.get(platform).filter(|_| granted.contains(platform));
            let admin = known.and_then(|known| known.admin.as_ref());
            for field in admin.iter().flat_map(|admin| &admin.secret) {
                let name = format!("admin.{field}");
                let value = site.admins.get(&Identity::Act).and_then(|act| act.lookup(&name));
                if let Some(value) = value {
                    let variable = format!("{prefix}_ADMIN_{}", field.to_uppercase());
                    environment.push((variable, Secret::new(value)));
                }
            }
        }
        environment
    }

    /// The variables of our own environment that hold a secret which the command was not given: those that
    /// the inventory and the configuration name, whether this run loaded them or not, and any other with
    /// the value of one of them, of a credential in use, of our other identities or of the fingerprint key.
    fn withheld(&self, granted: &[(String, Secret)]) -> Vec<OsString> {
        let given =
            |secret: &Secret| granted.iter().any(|(_, one)| one.expose() == secret.expose());
        let others = Scrubber::new();
        let mut values = Vec::new();
        let mut keep = |secret: &Secret| {
            if !given(secret) {
                values.push(secret.clone());
                if secret.expose().len() >= TELLING {
                    others.learn(secret);
                }
            }
        };
        self.prober.wallet.all().iter().for_each(|held| held.values.each_secret(&mut keep));
        for admins in self.prober.stage.platforms.values().map(|site| &site.admins) {
            admins.values().for_each(|values| values.each_secret(&mut keep));
        }
        self.shared.key.teach(&others);
        let named = &self.shared.secrets.withheld;
        let unread = named.iter().filter_map(|name| std::env::var(name).ok());
        unread.for_each(|value| keep(&Secret::new(value)));
        std::env::vars_os()
            .filter(|(name, value)| {
                let value = value.to_string_lossy();
                let is_given = granted.iter().any(|(_, one)| one.expose() == value);
                let is_named = name.to_str().is_some_and(|name| named.contains(name));
                let holds =
                    || values.iter().any(|one| one.expose() == value) || others.finds(&value);
                !is_given && !PLAIN.iter().any(|plain| name == plain) && (is_named || holds())
            })
            .map(|(name, _)| name)
            .collect()
    }
}

/// An address without its path, which may be a secret.
fn origin(url: &str) -> String {
    url.parse::<url::Url>()
        .map_or_else(|_| "an address".to_owned(), |url| url.origin().ascii_serialization())
}

/// A shorter secret is looked for in other variables only as the whole of their value.
const TELLING: usize = 8;

/// Variables that every program needs, and everybody may see.
const PLAIN: [&str; 9] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "LANG", "TERM"];
