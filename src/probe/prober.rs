//! One use of one credential on one channel, from the description to an observation.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rand::SeedableRng as _;
use rand::distr::Distribution as _;
use tokio::sync::Semaphore;

use super::build::Filling;
use super::flow::{self, FlowEnd, Turn};
use super::http::Http;
use super::stage::{Identity, Stage};
use super::talk::{self, Kept, Open};
use super::wallet::{Held, Values, Wallet, expiry};
use crate::clock::{Clock, Moment};
use crate::id::{ChannelId, CredentialId, KindId, PlatformId};
use crate::journal::event::Role;
use crate::platform::Catalogue;
use crate::platform::answer::Answer;
use crate::platform::rules::{Outcome, Place, before_rules, classify, matches};
use crate::platform::schema::{Auth, Channel, Corroborate, Description, Kind, Request};
use crate::secret::{Secret, without_opaque};
use crate::verdict::{AliveReason, DeadReason, Death, Doubt, DoubtReason, RuleName, Verdict};

/// What is used in the credential's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The credential itself.
    Genuine,
    /// A well-formed, never-issued one.
    Bogus,
    /// None at all.
    Empty,
}

/// What one probe showed.
#[derive(Debug)]
pub struct Observation {
    /// The server by its logical name.
    pub host: String,
    /// When it was sent.
    pub sent: Moment,
    /// When the answer was read.
    pub received: Moment,
    /// What it showed.
    pub verdict: Verdict,
    /// HTTP status of the deciding answer.
    pub status: Option<u16>,
    /// The platform's machine-readable code.
    pub code: Option<String>,
    /// The beginning of the body, scrubbed; empty for proofs of life.
    pub excerpt: String,
    /// How long the platform asks to be left alone.
    pub retry_after: Option<std::time::Duration>,
    /// Credentials that the probe yielded.
    pub minted: Vec<Held>,
}

/// Uses credentials.
#[async_trait]
pub trait Prober: Send + Sync {
    /// Uses one credential on one channel. A network failure is an observation, not an error.
    async fn probe(
        &self,
        credential: &CredentialId,
        channel: &ChannelId,
        variant: Variant,
    ) -> Observation;
}

/// Probes as the descriptions say.
#[derive(Debug)]
pub struct HttpProber {
    /// The descriptions.
    pub catalogue: Arc<Catalogue>,
    /// Where the platforms are.
    pub stage: Arc<Stage>,
    /// The credentials.
    pub wallet: Arc<Wallet>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    http: Arc<Http>,
    /// One request in flight at a time on the simulated clock, so that runs repeat to the byte.
    turn: Option<Semaphore>,
    /// How many flows were run, so that each can be marked.
    flows: AtomicU64,
    /// What administrators were given when they signed in, and when.
    signed_in: Mutex<BTreeMap<(PlatformId, Identity), (Moment, Values)>>,
    /// The live sessions.
    kept: Kept,
}

/// Shorter than any access token lives.
const SIGNED_IN_FOR: Duration = Duration::from_secs(120);

impl HttpProber {
    /// A prober on one stage.
    pub fn new(
        catalogue: Arc<Catalogue>,
        stage: Arc<Stage>,
        wallet: Arc<Wallet>,
        clock: Arc<dyn Clock>,
        http: Arc<Http>,
    ) -> Self {
        let turn = clock.is_simulated().then(|| Semaphore::new(1));
        Self {
            catalogue,
            stage,
            wallet,
            clock,
            http,
            turn,
            flows: AtomicU64::new(0),
            signed_in: Mutex::default(),
            kept: Kept::default(),
        }
    }

    fn described(&self, held: &Held) -> Option<(&Description, &Kind)> {
        let description = self.catalogue.get(&held.platform)?;
        Some((description, description.credentials.get(&held.kind)?))
    }

    /// What sends its requests.
    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    /// Runs administrative requests with one of our identities.
    pub(crate) async fn administrate(
        &self,
        description: &Description,
        identity: Identity,
        requests: &[Request],
        values: &Values,
    ) -> FlowEnd {
        let mut turn = self.take_turn().await;
        let (all, default_auth) =
            match self.as_administrator(description, identity, values, &mut turn).await {
                Ok(signed_in) => signed_in,
                Err(end) => return end,
            };
        let filling = Filling { values: &all, default_auth, strip_auth: false };
        flow::run(&self.http, &*self.clock, requests, filling, &mut turn).await
    }

    /// What fills an administrative request, and how it is authenticated; the failure where signing in
    /// failed.
    async fn as_administrator<'d>(
        &self,
        description: &'d Description,
        identity: Identity,
        values: &Values,
        turn: &mut Turn<'_>,
    ) -> Result<(Values, Option<&'d Auth>), FlowEnd> {
        let mut all = Values::default();
        if let Some(site) = self.stage.platforms.get(&description.platform) {
            all.extend(&site.parameters);
            if let Some(admin) = site.admins.get(&identity) {
                all.extend(admin);
            }
        }
        self.mark(&mut all);
        let Some(admin) = &description.admin else {
            all.extend(values);
            return Ok((all, None));
        };
        if !admin.sign_in.is_empty() {
            let given = self.sign_in(description, identity, &admin.sign_in, &all, turn).await?;
            all.extend(&given);
        }
        all.extend(values);
        Ok((all, Some(&admin.auth)))
    }

    /// What signing in gives, kept for a while: each action would need it anew.
    async fn sign_in(
        &self,
        description: &Description,
        identity: Identity,
        requests: &[Request],
        values: &Values,
        turn: &mut Turn<'_>,
    ) -> Result<Values, FlowEnd> {
        let key = (description.platform.clone(), identity);
        let now = self.clock.now();
        let known =
            self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((at, given)) = known
            && now.since(at) < SIGNED_IN_FOR
        {
            return Ok(given);
        }
        let filling = Filling { values, default_auth: None, strip_auth: false };
        let mut end = flow::run(&self.http, &*self.clock, requests, filling, turn).await;
        self.learn(&end.captures, requests);
        if !end.complete {
            let seen = match &end.answer {
                Ok(answer) => format!("answered {}", answer.status),
                Err(doubt) => doubt.reason.to_string(),
            };
            let detail = format!("the {identity} identity cannot sign in: {seen}");
            end.answer = Err(Doubt { reason: DoubtReason::FlowBroken, detail });
            return Err(end);
        }
        let mut all = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key, (now, end.captures.clone()));
        Ok(end.captures)
    }

    /// Gives a flow a mark of its own, by which what it makes can be told from everything else.
    fn mark(&self, values: &mut Values) {
        let number = self.flows.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.wall();
        values.set("nonce", format!("doornail-{:x}-{number}", now.as_microsecond()));
        values.set("now", now.as_second().to_string());
        values.set("now_iso", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }

    async fn take_turn(&self) -> Turn<'_> {
        Turn::new(self.turn.as_ref()).await
    }

    async fn observe(
        &self,
        held: &Held,
        channel_id: &ChannelId,
        variant: Variant,
        turn: &mut Turn<'_>,
    ) -> Observation {
        let Some((description, kind)) = self.described(held) else {
            return self.nothing(
                held.platform.as_str(),
                DoubtReason::HostNotAllowed,
                "the platform is not described",
            );
        };
        let Some(channel) = kind.probe.get(channel_id) else {
            return self.nothing(
                held.platform.as_str(),
                DoubtReason::HostNotAllowed,
                "the channel is not described",
            );
        };
        let Some(site) = self.stage.platforms.get(&held.platform) else {
            return self.nothing(
                held.platform.as_str(),
                DoubtReason::HostNotAllowed,
                "the environment does not name this platform",
            );
        };
        let mut values = site.parameters.clone();
        if let Some(observe) = site.admins.get(&Identity::Observe) {
            values.extend(observe);
        }
        values.extend(&held.values);
        self.mark(&mut values);
        disguise(kind, variant, &mut values);
        let requests = channel.requests();
        let sent = self.clock.now();
        let (end, open) = self.use_once(held, channel, variant, &values, turn).await;
        if variant == Variant::Genuine {
            self.keep_rotated(held, channel, &end);
        }
        let name = format!("{}/{}/{channel_id}", held.platform, held.kind);
        let verdict = judge_flow(&name, channel, &end, &values);
        let verdict = match (verdict, variant) {
            (Verdict::Alive(life), Variant::Genuine) => {
                // A data call may need what identifying gave, such as an access token.
                let mut values = values.clone();
                values.extend(&end.captures);
                self.reach(&name, channel, &values, Verdict::Alive(life), turn).await
            }
            (Verdict::Dead(death), Variant::Genuine) => {
                self.corroborate(&name, description, channel, (held, kind), death, turn).await
            }
            (verdict, _) => verdict,
        };
        let received = self.clock.now();
        let minted = match (&verdict, variant) {
            (Verdict::Alive(_), Variant::Genuine) => {
                self.minted(description, kind, held, channel_id, (&end, open))
            }
            (Verdict::Alive(_) | Verdict::Dead(_) | Verdict::Inconclusive(_), _) => Vec::new(),
        };
        self.learn(&end.captures, requests);
        let host = logical_host(&held.platform, requests);
        let answer = end.answer.as_ref().ok();
        Observation {
            host,
            sent,
            received,
            status: answer.map(|answer| answer.status).filter(|status| *status > 0),
            code: answer.and_then(Answer::code).map(|code| self.scrub(&code, 80)),
            excerpt: self.excerpt(&verdict, answer),
            retry_after: answer.and_then(|answer| retry_after(answer, &*self.clock)),
            verdict: self.scrubbed(verdict),
            minted,
        }
    }

    /// One use, whatever is spoken, and what it left open.
    async fn use_once(
        &self,
        held: &Held,
        channel: &Channel,
        variant: Variant,
        values: &Values,
        turn: &mut Turn<'_>,
    ) -> (FlowEnd, Option<Box<dyn Open>>) {
        if let Some(form) = &channel.sign_in {
            let signed_in = talk::sign_in(form, values, &self.stage.permits).await;
            return (FlowEnd::spoken(signed_in.answer), signed_in.open);
        }
        if channel.kept {
            let answer = match variant {
                Variant::Genuine => self.kept.again(&held.id, values).await,
                Variant::Bogus | Variant::Empty => Err(Doubt {
                    reason: DoubtReason::FlowBroken,
                    detail: "a connection cannot be made up".to_owned(),
                }),
            };
            return (FlowEnd::spoken(answer), None);
        }
        let strip_auth = variant == Variant::Empty;
        let filling = Filling { values, default_auth: None, strip_auth };
        let requests = channel.requests();
        (flow::run(&self.http, &*self.clock, requests, filling, turn).await, None)
    }

    /// What a use yielded. A live session is kept under its id, and is none where nothing stayed open.
    fn minted(
        &self,
        description: &Description,
        kind: &Kind,
        held: &Held,
        channel: &ChannelId,
        (end, mut open): (&FlowEnd, Option<Box<dyn Open>>),
    ) -> Vec<Held> {
        let mut all = minted(description, kind, held, channel, end);
        all.retain(|session| {
            let of = description.credentials.get(&session.kind);
            let is_kept = of.is_some_and(|kind| kind.probe.values().any(|channel| channel.kept));
            match (is_kept, open.take_if(|_| is_kept)) {
                (true, Some(open)) => {
                    self.kept.keep(session.id.clone(), open);
                    true
                }
                (is_kept, _) => !is_kept,
            }
        });
        all
    }

    /// A rotated secret is kept before anything is classified, or it would be lost for good.
    fn keep_rotated(&self, held: &Held, channel: &Channel, end: &FlowEnd) {
        for (capture, field) in &channel.rotates {
            if let Some(value) = end.captures.get(capture) {
                self.wallet.rotate(&held.id, field, Secret::new(value.text()));
            }
        }
    }

    /// Everything captured while probing is somebody's secret until proven otherwise.
    fn learn(&self, captures: &Values, requests: &[Request]) {
        for name in requests.iter().flat_map(|request| request.capture.keys()) {
            if let Some(value) = captures.get(name) {
                self.wallet.scrubber().learn(&Secret::new(value.text()));
            }
        }
    }

    async fn reach(
        &self,
        name: &str,
        channel: &Channel,
        values: &Values,
        alive: Verdict,
        turn: &mut Turn<'_>,
    ) -> Verdict {
        if channel.reach.is_empty() {
            return alive;
        }
        let mut refused = 0;
        for reach in &channel.reach {
            let filling = Filling { values, default_auth: None, strip_auth: false };
            let request = std::slice::from_ref(&reach.request);
            let end = flow::run(&self.http, &*self.clock, request, filling, turn).await;
            let Ok(answer) = &end.answer else { continue };
            let lookup = |name: &str| values.lookup(name);
            let is_refused = before_rules(answer, channel.web_form).is_none()
                && reach
                    .refused
                    .iter()
                    .any(|rule| matches(&rule.value, answer, &lookup) == Outcome::Match);
            refused += usize::from(is_refused);
        }
        if refused == channel.reach.len() {
            Verdict::alive(AliveReason::Contained, RuleName::new(format!("{name} reach")))
        } else {
            alive
        }
    }

    /// Where a refusal may also mean lock-out or policy, an administrator's read-back decides.
    async fn corroborate(
        &self,
        name: &str,
        description: &Description,
        channel: &Channel,
        (held, kind): (&Held, &Kind),
        death: Death,
        turn: &mut Turn<'_>,
    ) -> Verdict {
        let death = match &channel.corroborate {
            None => death,
            Some(readback) => {
                let (all, end) = self.read_back(readback, description, &held.values, turn).await;
                let answer = match &end.answer {
                    Ok(answer) => answer,
                    Err(doubt) => return Verdict::Inconclusive(doubt.clone()),
                };
                if let Some(doubt) = before_rules(answer, false) {
                    return doubt;
                }
                let lookup = |name: &str| all.lookup(name);
                let doubtful = readback
                    .inconclusive
                    .iter()
                    .find(|rule| matches(&rule.value, answer, &lookup) == Outcome::Match);
                let confirmed = readback
                    .dead
                    .iter()
                    .filter(|rule| confirms(&death, rule.value.reason))
                    .find(|rule| matches(&rule.value, answer, &lookup) == Outcome::Match);
                match (doubtful, confirmed) {
                    (None, Some(rule)) => Death::by_rule(
                        rule.value.reason.unwrap_or(death.reason()),
                        RuleName::new(format!("{} + {name} corroborate", death.rule())),
                    ),
                    (Some(rule), _) => {
                        let reason = rule.value.reason.unwrap_or(DoubtReason::Policy);
                        return Verdict::doubt(reason, "by the administrator's read-back");
                    }
                    (None, None) => {
                        return Verdict::doubt(
                            DoubtReason::Policy,
                            "the read-back does not say why it was refused",
                        );
                    }
                }
            }
        };
        let aged = expiry(kind, &held.values).is_some_and(|at| self.clock.wall() >= at);
        Verdict::Dead(if aged { death.of_old_age() } else { death })
    }

    /// What the `observe` identity is told, and what filled its question.
    async fn read_back(
        &self,
        readback: &Corroborate,
        description: &Description,
        values: &Values,
        turn: &mut Turn<'_>,
    ) -> (Values, FlowEnd) {
        let signed_in = self.as_administrator(description, Identity::Observe, values, turn).await;
        let (all, default_auth) = match signed_in {
            Ok(signed_in) => signed_in,
            Err(end) => return (Values::default(), end),
        };
        if let Some(form) = &readback.sign_in {
            let signed_in = talk::sign_in(form, &all, &self.stage.permits).await;
            return (all, FlowEnd::spoken(signed_in.answer));
        }
        let filling = Filling { values: &all, default_auth, strip_auth: false };
        let request = readback.request.as_slice();
        let end = flow::run(&self.http, &*self.clock, request, filling, turn).await;
        (all, end)
    }

    fn excerpt(&self, verdict: &Verdict, answer: Option<&Answer>) -> String {
        match verdict {
            Verdict::Alive(_) => String::new(),
            Verdict::Dead(_) | Verdict::Inconclusive(_) => {
                answer.map(|answer| self.scrub(&answer.excerpt(), 240)).unwrap_or_default()
            }
        }
    }

    fn scrub(&self, text: &str, longest: usize) -> String {
        let clean = without_opaque(&self.wallet.scrubber().scrub(text));
        clean.chars().take(longest).collect()
    }

    fn scrubbed(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Inconclusive(doubt) => {
                Verdict::doubt(doubt.reason, self.scrub(&doubt.detail, 200))
            }
            Verdict::Alive(_) | Verdict::Dead(_) => verdict,
        }
    }

    fn nothing(&self, host: &str, reason: DoubtReason, why: &str) -> Observation {
        let now = self.clock.now();
        Observation {
            host: host.to_owned(),
            sent: now,
            received: now,
            verdict: Verdict::doubt(reason, why),
            status: None,
            code: None,
            excerpt: String::new(),
            retry_after: None,
            minted: Vec::new(),
        }
    }
}

#[async_trait]
impl Prober for HttpProber {
    async fn probe(
        &self,
        credential: &CredentialId,
        channel: &ChannelId,
        variant: Variant,
    ) -> Observation {
        let mut turn = self.take_turn().await;
        match self.wallet.get(credential) {
            Some(held) => self.observe(&held, channel, variant, &mut turn).await,
            None => self.nothing("", DoubtReason::FlowBroken, "no such credential"),
        }
    }
}

/// Whether a read-back that gives this reason can confirm a refusal. One that claims a disabled principal
/// is confirmed by nothing else: the same answer has other causes.
fn confirms(death: &Death, reason: Option<DeadReason>) -> bool {
    death.reason() != DeadReason::PrincipalDisabled || reason == Some(DeadReason::PrincipalDisabled)
}

fn judge_flow(name: &str, channel: &Channel, end: &FlowEnd, values: &Values) -> Verdict {
    let answer = match &end.answer {
        Ok(answer) => answer,
        Err(doubt) => return Verdict::Inconclusive(doubt.clone()),
    };
    let of = channel.steps();
    // An answer in the middle that does not let the flow go on is judged where it stands; only the last
    // answer of a whole flow can prove life.
    let place = Place { step: end.step, of };
    let verdict = classify(name, channel, answer, place, &|name| values.lookup(name));
    match verdict {
        Verdict::Inconclusive(Doubt { reason: DoubtReason::Unrecognised, detail })
            if !end.complete && end.step < of =>
        {
            Verdict::doubt(DoubtReason::FlowBroken, format!("request {}: {detail}", end.step))
        }
        Verdict::Alive(_) | Verdict::Dead(_) | Verdict::Inconclusive(_) => verdict,
    }
}

/// Replaces the secret fields by made-up ones, or by nothing.
fn disguise(kind: &Kind, variant: Variant, values: &mut Values) {
    match variant {
        Variant::Genuine => {}
        Variant::Empty => {
            for field in &kind.secret {
                values.set(field.clone(), "");
            }
        }
        Variant::Bogus => {
            // A fixed seed: never-issued values need not be unpredictable, and runs must repeat.
            let mut random = rand::rngs::StdRng::seed_from_u64(0x0d00_2a11);
            for (field, pattern) in &kind.bogus {
                if let Ok(pattern) = rand_regex::Regex::compile(pattern, 64) {
                    let made_up: String = pattern.sample(&mut random);
                    values.set_secret(field.clone(), Secret::new(made_up));
                }
            }
        }
    }
}

fn minted(
    description: &Description,
    kind: &Kind,
    held: &Held,
    channel: &ChannelId,
    end: &FlowEnd,
) -> Vec<Held> {
    kind.derives
        .iter()
        .filter(|derivation| derivation.channel == *channel)
        .filter_map(|derivation| {
            let of = description.credentials.get(&derivation.kind)?;
            let mut values = held.values.clone();
            for (field, source) in &derivation.secret {
                let value = end.captures.get(source).or_else(|| held.values.get(source))?;
                values.set_secret(field.clone(), Secret::new(value.text()));
            }
            for (name, field) in &of.fields {
                if values.get(name).is_none()
                    && let Some(default) = &field.default
                {
                    let value = default.render(|name| values.lookup(name)).ok()?;
                    values.set(name.clone(), value);
                }
            }
            let kind_id: KindId = derivation.kind.clone();
            let role = match &held.role {
                Role::Bystander => Role::Bystander,
                Role::Suspect
                | Role::Derived { .. }
                | Role::Renewed { .. }
                | Role::Attempted { .. } => Role::Derived { from: held.id.clone() },
            };
            Some(Held {
                id: CredentialId::new(format!("{}/{kind_id}", held.id)),
                role,
                kind: kind_id,
                channels: of.probe.keys().cloned().collect(),
                values,
                accepted: None,
                ..held.clone()
            })
        })
        .collect()
}

/// The platform, and the parameter the address starts with where that is not its base address.
fn logical_host(platform: &PlatformId, requests: &[Request]) -> String {
    let address = requests.last().and_then(Request::address).map(|(_, address)| address);
    match address
        .and_then(|address| address.to_string().starts_with("{{").then(|| address.names().next()))
    {
        Some(Some(parameter)) => format!("{platform}/{parameter}"),
        Some(None) | None => platform.to_string(),
    }
}

/// `Retry-After` in seconds or as a date in any of the three forms of RFC 9110 section 5.6.7, bounded to an hour:
/// a longer wish is heard, but a drill must go on. Of several the longest counts.
fn retry_after(answer: &Answer, clock: &dyn Clock) -> Option<std::time::Duration> {
    const LONGEST: std::time::Duration = std::time::Duration::from_secs(3600);
    let wishes = answer.headers.iter().filter(|(name, _)| name == "retry-after");
    wishes
        .filter_map(|(_, text)| {
            let text = text.trim();
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
                // More seconds than can be counted are too many all the same.
                return Some(text.parse().map_or(LONGEST, std::time::Duration::from_secs));
            }
            let at = http_date(text)?;
            std::time::Duration::try_from(at.duration_since(clock.wall())).ok()
        })
        .max()
        .map(|wish| wish.min(LONGEST))
}

/// An HTTP date: the present form, or one of the two obsolete ones that a recipient must still take.
fn http_date(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned.timestamp());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].iter().find_map(|form| {
        let at = jiff::civil::DateTime::strptime(form, text).ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(at).ok()
    })
}

/// Values by field, as the wallet takes them.
pub(crate) fn public_values(fields: &BTreeMap<String, String>) -> Values {
    let mut values = Values::default();
    for (name, value) in fields {
        values.set(name.clone(), value.clone());
    }
    values
}
