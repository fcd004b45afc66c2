//! Journals in the making: a small run for snapshots, a larger one for the eye.

use std::time::Duration;

use jiff::Timestamp;

use crate::claim::{Claim, Expectation, Subject};
use crate::clock::Moment;
use crate::journal::event::{
    ActionIntended, ActionResult, Control, ControlResult, Controlled, Enlisted, Entry, Event, Hand,
    Judged, Leftover, Listed, ListingResult, Probed, Role, RunStarted, ScenarioResult,
    ScenarioStarted, SupplierBound,
};
use crate::journal::judge::judge;
use crate::journal::{RunView, exit};
use crate::track::Confirmation;
use crate::verdict::{AliveReason, DeadReason, Death, DoubtReason, RuleName, Verdict};

/// A journal in the making; `mark` is put into everything that comes from outside.
pub(super) struct Story {
    mark: &'static str,
    pub(super) entries: Vec<Entry>,
    scenario: Option<u32>,
}

fn at(secs: u64) -> Moment {
    Moment::after_start(Duration::from_secs(secs))
}

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

impl Story {
    pub(super) fn begin(mark: &'static str, scenarios: usize) -> Self {
        let mut story = Self { mark, entries: Vec::new(), scenario: None };
        story.tell(
            0,
            Event::RunStarted(RunStarted {
                run: "20261123-120000-acme".into(),
                version: story.text("0.1.0"),
                began: noon(),
                environment: "mocks".into(),
                mocked: true,
                simulated: true,
                confirmation: Confirmation::default(),
                vantage: story.text("ci@runner-7"),
                selection: story.text("@quarterly"),
                scenarios,
                files: [(story.text("suppliers/acme.yaml"), "9f86d081884c7d65".to_owned())].into(),
                clock_scale: None,
                change: None,
                remarks: Vec::new(),
            }),
        );
        story
    }

    fn text(&self, text: &str) -> String {
        format!("{text}{}", self.mark)
    }

    pub(super) fn id(&self, id: &str) -> crate::id::CredentialId {
        crate::id::CredentialId::new(self.text(id))
    }

    pub(super) fn tell(&mut self, secs: u64, event: Event) {
        let (n, scenario) = (self.entries.len() as u64, self.scenario);
        self.entries.push(Entry { v: 1, n, scenario, at: at(secs), event });
    }

    pub(super) fn scenario(&mut self, number: u32, name: &str) {
        self.scenario = Some(number);
        self.tell(
            0,
            Event::ScenarioStarted(ScenarioStarted {
                feature: self.text("Acme's contract ends"),
                name: self.text(name),
                file: self.text("features/drills/planned-end.feature"),
                line: 9,
                tags: vec![self.text("@quarterly")],
                steps: vec![self.text("Given the supplier \"acme\"")],
                began: noon(),
            }),
        );
        self.tell(
            0,
            Event::SupplierBound(SupplierBound {
                supplier: "acme".into(),
                name: self.text("Acme Support"),
                contract: self.text("C-1042, ends 2026-12-31"),
                owners: [(self.text("business"), self.text("head-of-cx@example.com"))].into(),
                source: self.text("suppliers/acme.yaml"),
                population: 5,
                not_tested: [(self.id("partner-cert"), self.text("held by the supplier"))].into(),
                none: vec![self.text("grants")],
                rehearsal: None,
            }),
        );
    }

    pub(super) fn enlist(
        &mut self,
        id: &str,
        platform: &str,
        title: &str,
        role: Role,
        bystander: &str,
    ) {
        let bystanders = if bystander.is_empty() { vec![] } else { vec![self.id(bystander)] };
        let facts = Enlisted {
            credential: self.id(id),
            supplier: if role == Role::Bystander { "globex".into() } else { "acme".into() },
            role,
            platform: self.text(platform).as_str().into(),
            kind: self.text(&title.to_lowercase().replace(' ', "_")).as_str().into(),
            title: self.text(title),
            class: self.text("token"),
            from: None,
            owned_by: "principal".into(),
            principal: Some(self.text("sync").as_str().into()),
            channels: [(self.text("rest").as_str().into(), "use".to_owned())].into(),
            authority: "ours".into(),
            fingerprints: [(self.text("token"), serde_json::from_str("\"3f9a1c0b77de\"").unwrap())]
                .into(),
            expires: None,
            bystanders,
            accepted: None,
        };
        self.tell(0, Event::Enlisted(Box::new(facts)));
    }

    pub(super) fn probes(&mut self, id: &str, answers: &[(u64, char)]) {
        for (second, what) in answers {
            let rule = || RuleName::new(self.text("zendesk/api_token/rest dead[0]"));
            let verdict = match what {
                'a' => Verdict::alive(AliveReason::Identified, rule()),
                'd' => Verdict::Dead(Death::by_rule(DeadReason::Refused, rule())),
                'm' => Verdict::Dead(Death::by_rule(DeadReason::PrincipalDisabled, rule())),
                'x' => Verdict::Dead(Death::by_rule(DeadReason::Expired, rule())),
                '?' => Verdict::doubt(DoubtReason::RateLimited, self.text("429")),
                other => panic!("{other}"),
            };
            let probed = Probed {
                credential: self.id(id),
                channel: self.text("rest").as_str().into(),
                host: "ZENDESK_URL".into(),
                sent: at(*second),
                received: at(*second),
                verdict,
                status: Some(401),
                code: Some(self.text("token_revoked")),
                excerpt: self.text("{\"error\":\"token_revoked\"}"),
                vantage: String::new(),
            };
            self.tell(*second, Event::Probed(Box::new(probed)));
        }
    }

    fn act(&mut self, secs: u64, number: u32, title: &str, object: &str, answer: Option<&str>) {
        self.tell(
            secs,
            Event::ActionIntended(ActionIntended {
                action: number,
                platform: Some("zendesk".into()),
                name: None,
                title: self.text(title),
                object: self.text(object),
                by: Hand::Api,
                kills: Vec::new(),
                preserve: None,
            }),
        );
        if let Some(answer) = answer {
            let result = ActionResult::Accepted { answer: self.text(answer) };
            self.tell(secs + 1, Event::ActionEnded { action: number, result });
        }
    }

    fn control(&mut self, platform: &str, kind: &str, control: Control, result: ControlResult) {
        let (platform, kind) = (self.text(platform), self.text(kind));
        let channel = self.text("rest").as_str().into();
        let (platform, kind) = (platform.as_str().into(), kind.as_str().into());
        self.tell(5, Event::Controlled(Controlled { control, platform, kind, channel, result }));
    }

    /// Claims and judges at once, by everything told so far.
    fn claim(&mut self, id: u32, text: &str, expects: Expectation, who: &[&str], by: Option<u64>) {
        let number = self.scenario.unwrap();
        let made = at(60);
        let subjects = who
            .iter()
            .map(|who| Subject { credential: self.id(who), deadline: by.map(at) })
            .collect();
        let text = self.text(text);
        let claim = Claim { id, text, expects, subjects, none_declared: false, made };
        self.tell(60, Event::Claimed(claim.clone()));
        let run = RunView::of(&self.entries);
        let rulings = claim
            .subjects
            .iter()
            .map(|subject| Judged {
                subject: subject.credential.to_string(),
                ruling: judge(&claim, subject, &run.scenarios[&number]).into_ruling(),
            })
            .collect();
        self.tell(60, Event::Judged { claim: id, rulings });
    }

    pub(super) fn end(mut self) -> RunView {
        self.scenario = None;
        let exit = exit::exit_code(&RunView::of(&self.entries), None);
        self.tell(0, Event::RunEnded { exit });
        RunView::of(&self.entries)
    }
}

/// A survivor, a revenant, a dead one and their bystander; the termination begins at 30 s.
pub(super) fn small(mark: &'static str) -> RunView {
    let mut story = Story::begin(mark, 1);
    story.scenario(1, "Planned end of contract");
    story.enlist("globex-sync", "zendesk", "API token", Role::Bystander, "");
    story.enlist("ticket-sync", "zendesk", "API token", Role::Suspect, "globex-sync");
    story.enlist("support-session", "zendesk", "Session", Role::Suspect, "globex-sync");
    story.enlist(
        "night-job",
        "zendesk",
        "OAuth access token",
        Role::Derived { from: story.id("ticket-sync") },
        "globex-sync",
    );
    story.tell(
        0,
        Event::Explained {
            credential: story.id("ticket-sync"),
            why: story.text("account-wide: works with any verified user's e-mail"),
            remedy: story.text("delete the token in Admin Center"),
            source: story.text("https://support.zendesk.com/api-tokens"),
        },
    );
    story.control("zendesk", "api_token", Control::Bogus, ControlResult::Held);
    let why = story.text("could lock the account");
    story.control("zendesk", "session", Control::Bogus, ControlResult::Skipped { why });
    story.probes("globex-sync", &[(1, 'a')]);
    for id in ["ticket-sync", "support-session", "night-job"] {
        story.probes(id, &[(2, 'a')]);
    }
    story.tell(30, Event::TerminationBegan { by: story.text("contract-end") });
    story.act(30, 1, "suspend the user", "sync", Some("200"));
    story.act(32, 2, "delete the OAuth client", "wfm", None);
    story.tell(33, Event::TerminationEnded);
    story.probes("support-session", &[(36, 'a'), (42, 'd'), (50, 'd'), (55, 'd')]);
    story.probes("night-job", &[(37, 'a'), (44, 'd'), (50, 'd'), (55, 'd')]);
    story.probes("globex-sync", &[(58, 'a')]);
    story.probes("ticket-sync", &[(60, 'a'), (930, 'a')]);
    story.probes("night-job", &[(3630, 'a'), (7000, 'a')]);
    story.probes("support-session", &[(86_430, 'd')]);
    story.probes("globex-sync", &[(86_431, 'a')]);
    let all = ["ticket-sync", "support-session", "night-job"];
    story.claim(1, "every credential works first", Expectation::Proven, &all, None);
    let step = "every token stops working within 15 minutes";
    story.claim(2, step, Expectation::Dead, &all[..2], Some(930));
    let step = "nothing comes back for 24 hours";
    story.claim(3, step, Expectation::NoReturn, &all[1..], Some(86_430));
    let step = "every bystander still works";
    story.claim(4, step, Expectation::Unharmed, &["globex-sync"], None);
    story.tell(
        86_431,
        Event::Listed(Listed {
            platform: story.text("zendesk").as_str().into(),
            kind: story.text("api_token").as_str().into(),
            secret: vec![story.text("token")],
            needs: vec![story.text("region")],
            result: ListingResult::Complete {
                items: 7,
                leftovers: vec![Leftover {
                    remote_id: story.text("tok_99"),
                    owner: story.text("maya@acme.example"),
                    principal: Some(story.text("maya").as_str().into()),
                    grant: Some(story.text("bridge").as_str().into()),
                }],
            },
        }),
    );
    story.tell(86_432, Event::ScenarioEnded { result: ScenarioResult::Completed });
    story.end()
}

/// Id, platform, title, bystander, and probes by second.
type Suspect = (&'static str, &'static str, &'static str, &'static str, &'static [(u64, char)]);

/// A larger run for the eye.
pub(super) fn rich() -> RunView {
    let mut story = Story::begin("", 3);
    story.scenario(1, "Planned end of contract");
    for (id, platform, title) in [
        ("globex-sync", "zendesk", "API token"),
        ("globex-okta", "okta", "Access token"),
        ("globex-bot", "slack", "Bot token"),
    ] {
        story.enlist(id, platform, title, Role::Bystander, "");
        story.probes(id, &[(1, 'a')]);
    }
    let suspects: [Suspect; 7] = [
        (
            "ticket-sync",
            "zendesk",
            "API token",
            "globex-sync",
            &[(31, 'a'), (60, 'a'), (930, 'a'), (4000, 'a'), (86_400, 'a')],
        ),
        (
            "support-eu",
            "zendesk",
            "Password of a shared login",
            "globex-sync",
            &[(31, 'a'), (33, 'd'), (38, 'd'), (45, 'd'), (86_430, 'd')],
        ),
        (
            "support-eu-session",
            "zendesk",
            "Web session",
            "globex-sync",
            &[(40, 'a'), (300, 'a'), (330, 'd'), (340, 'd'), (350, 'd'), (86_430, 'd')],
        ),
        (
            "maya-access",
            "okta",
            "Access token",
            "globex-okta",
            &[(40, 'a'), (3500, 'a'), (3640, 'x'), (3650, 'x'), (3660, 'x'), (86_430, 'x')],
        ),
        (
            "maya-okta",
            "okta",
            "Session of a user with a very long descriptive title",
            "globex-okta",
            &[(34, 'm'), (40, 'm'), (50, 'm'), (86_430, 'm')],
        ),
        (
            "wfm-bot",
            "slack",
            "Bot token",
            "globex-bot",
            &[(36, 'a'), (44, 'd'), (50, 'd'), (55, 'd'), (2000, 'd'), (7230, 'a'), (86_400, 'a')],
        ),
        (
            "wfm-refresh",
            "slack",
            "Refresh token",
            "globex-bot",
            &[(36, 'a'), (50, 'd'), (60, '?'), (100, '?'), (86_430, '?')],
        ),
    ];
    let ids: Vec<&str> = suspects.iter().map(|(id, ..)| *id).collect();
    for (id, platform, title, bystander, _) in &suspects {
        story.enlist(id, platform, title, Role::Suspect, bystander);
        story.probes(id, &[(3, 'a')]);
    }
    for (id, why, remedy) in [
        (
            "ticket-sync",
            "account-wide: works with any verified user's e-mail",
            "delete the token in Admin Center > Apps and integrations > APIs",
        ),
        (
            "wfm-bot",
            "the nightly workforce sync re-installs the app",
            "remove the app from the workspace's approved list",
        ),
    ] {
        story.tell(
            1,
            Event::Explained {
                credential: id.into(),
                why: why.into(),
                remedy: remedy.into(),
                source: "https://developer.example.com/reference/tokens#lifecycle".into(),
            },
        );
    }
    story.control("zendesk", "api_token", Control::Bogus, ControlResult::Held);
    story.control("zendesk", "api_token", Control::Empty, ControlResult::Held);
    story.control("okta", "access_token", Control::Bogus, ControlResult::Held);
    story.control("slack", "bot_token", Control::Bogus, ControlResult::Held);
    let why = "a wrong password could lock the account".to_owned();
    story.control("zendesk", "password", Control::Bogus, ControlResult::Skipped { why });
    story.tell(30, Event::TerminationBegan { by: "contract-end".into() });
    story.act(30, 1, "Deactivate the user", "maya@acme.example", Some("200"));
    story.act(33, 2, "Reset the password of the shared login", "support-eu", Some("204"));
    story.act(41, 3, "Uninstall the app", "wfm", Some("200 {\"ok\":true}"));
    story.act(90, 4, "Remove the supplier from the telephony console", "acme", None);
    story.tell(95, Event::TerminationEnded);
    for (id, _, _, bystander, probes) in &suspects {
        for probe in *probes {
            story.probes(id, &[*probe]);
            story.probes(bystander, &[(probe.0 + 1, 'a')]);
        }
    }
    story.claim(
        1,
        "every credential of the supplier is proven to work",
        Expectation::Proven,
        &ids,
        None,
    );
    story.claim(
        2,
        "every token stops working within 15 minutes",
        Expectation::Dead,
        &["ticket-sync", "maya-access", "wfm-bot", "wfm-refresh"],
        Some(930),
    );
    let logins = ["support-eu", "maya-okta"];
    story.claim(
        3,
        "every shared login stops working within 15 minutes",
        Expectation::Dead,
        &logins,
        Some(930),
    );
    let watched = ["support-eu", "maya-okta", "wfm-bot"];
    story.claim(
        4,
        "nothing comes back for 24 hours",
        Expectation::NoReturn,
        &watched,
        Some(86_430),
    );
    let others = ["globex-sync", "globex-okta", "globex-bot"];
    story.claim(5, "every bystander still works", Expectation::Unharmed, &others, None);
    for (platform, kind, result) in [
        (
            "zendesk",
            "api_token",
            ListingResult::Complete {
                items: 12,
                leftovers: vec![Leftover {
                    remote_id: "tok_9913".into(),
                    owner: "maya@acme.example".into(),
                    principal: Some("maya".into()),
                    grant: None,
                }],
            },
        ),
        (
            "okta",
            "session",
            ListingResult::Impossible { why: "sessions can be cleared, not listed".into() },
        ),
    ] {
        let (platform, kind) = (platform.into(), kind.into());
        let (secret, needs) = (vec!["token".to_owned()], Vec::new());
        story.tell(86_432, Event::Listed(Listed { platform, kind, secret, needs, result }));
    }
    story.tell(86_440, Event::ScenarioEnded { result: ScenarioResult::Completed });
    story.scenario(2, "The shared login is reset");
    story.enlist("globex-sync", "zendesk", "API token", Role::Bystander, "");
    story.enlist(
        "support-eu",
        "zendesk",
        "Password of a shared login",
        Role::Suspect,
        "globex-sync",
    );
    story.probes("globex-sync", &[(1, 'a')]);
    story.probes("support-eu", &[(2, 'a')]);
    story.tell(10, Event::TerminationBegan { by: "reset of support-eu".into() });
    story.act(10, 1, "Reset the password", "support-eu", Some("200"));
    story.tell(11, Event::TerminationEnded);
    story.probes("support-eu", &[(12, 'a'), (17, 'd'), (22, 'd'), (27, 'd')]);
    story.probes("globex-sync", &[(62, 'a')]);
    let step = "its old password is refused within 1 minute";
    story.claim(1, step, Expectation::Dead, &["support-eu"], Some(70));
    story.tell(70, Event::ScenarioEnded { result: ScenarioResult::Completed });
    story.scenario(3, "The supplier is breached");
    let why =
        "supplier `acme` has no principal at slack\n  caused by: no such principal".to_owned();
    let step = "When every secret of the supplier is rotated".to_owned();
    story.tell(0, Event::StepFailed { step, why });
    story.tell(0, Event::ScenarioEnded { result: ScenarioResult::Broken });
    story.end()
}
