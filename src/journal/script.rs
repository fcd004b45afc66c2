//! Scenarios in a few characters, for the tests of what is made of a journal.

use std::time::Duration;

use super::RunView;
use super::event::{Control, ControlResult, Controlled, Enlisted, Entry, Event, Judged, Probed};
use super::event::{Role, RunStarted, ScenarioResult};
use crate::claim::{Claim, Expectation, Finding, Ruling, Subject};
use crate::clock::Moment;
use crate::id::{EnvironmentId, RunId};
use crate::track::Confirmation;
use crate::verdict::{AliveReason, DeadReason, Death, DoubtReason, RuleName, Verdict};

pub(crate) fn at(secs: u64) -> Moment {
    Moment::after_start(Duration::from_secs(secs))
}

/// `a`live, `c`ontained, `d`ead, `m`asked, e`x`pired, `?` rate limited, `k` client refused, `i` somebody else.
pub(crate) fn verdict(what: char) -> Verdict {
    let dead = |reason| Verdict::Dead(Death::by_rule(reason, RuleName::new("r")));
    match what {
        'a' => Verdict::alive(AliveReason::Identified, RuleName::new("r")),
        'n' => Verdict::alive(AliveReason::NotPermitted, RuleName::new("r")),
        'c' => Verdict::alive(AliveReason::Contained, RuleName::new("r")),
        'd' => dead(DeadReason::Refused),
        'm' => dead(DeadReason::PrincipalDisabled),
        'x' => dead(DeadReason::Expired),
        '?' => Verdict::doubt(DoubtReason::RateLimited, ""),
        'k' => Verdict::doubt(DoubtReason::ClientRefused, ""),
        'i' => Verdict::doubt(DoubtReason::IdentityDrift, ""),
        other => panic!("{other}"),
    }
}

/// The facts of a token on one channel, controlled by nobody.
pub(crate) fn facts(id: &str, role: Role) -> Enlisted {
    Enlisted {
        credential: id.into(),
        role,
        supplier: "acme".into(),
        platform: "x".into(),
        kind: "token".into(),
        title: "Token".into(),
        class: "token".into(),
        from: None,
        owned_by: "principal".into(),
        principal: None,
        channels: [("rest".into(), "use".to_owned())].into(),
        authority: "ours".into(),
        fingerprints: [].into(),
        expires: None,
        bystanders: Vec::new(),
        accepted: None,
    }
}

/// The facts of a run with one scenario.
pub(crate) fn started() -> RunStarted {
    RunStarted {
        run: RunId::new("run"),
        version: String::new(),
        began: jiff::Timestamp::UNIX_EPOCH,
        environment: EnvironmentId::new("mocks"),
        mocked: true,
        simulated: true,
        confirmation: Confirmation::default(),
        vantage: String::new(),
        selection: String::new(),
        scenarios: 1,
        files: [].into(),
        clock_scale: None,
        change: None,
        remarks: Vec::new(),
    }
}

/// The events of one scenario.
#[derive(Clone, Default)]
pub(crate) struct Script(Vec<(Moment, Event)>);

impl Script {
    pub(crate) fn event(mut self, second: u64, event: Event) -> Self {
        self.0.push((at(second), event));
        self
    }

    pub(crate) fn enlist(self, id: &str, role: Role, bystanders: &[&str]) -> Self {
        self.enlist_on(id, role, bystanders, &["rest"])
    }

    pub(crate) fn enlist_on(
        self,
        id: &str,
        role: Role,
        bystanders: &[&str],
        channels: &[&str],
    ) -> Self {
        let mut facts = facts(id, role);
        facts.channels = channels.iter().map(|id| ((*id).into(), "use".to_owned())).collect();
        facts.bystanders = bystanders.iter().map(|id| (*id).into()).collect();
        self.event(0, Event::Enlisted(Box::new(facts)))
    }

    pub(crate) fn enlist_minted(self, id: &str, role: Role, from: &str) -> Self {
        let facts = Enlisted { from: Some(from.into()), ..facts(id, role) };
        self.event(0, Event::Enlisted(Box::new(facts)))
    }

    /// A bystander `b` and a suspect `s` that it controls.
    pub(crate) fn pair() -> Self {
        Self::default().enlist("b", Role::Bystander, &[]).enlist("s", Role::Suspect, &["b"])
    }

    pub(crate) fn terminated(self, second: u64) -> Self {
        self.event(second, Event::TerminationBegan { by: "p".into() })
    }

    pub(crate) fn probe(self, who: &str, second: u64, what: char) -> Self {
        self.probe_on(who, "rest", second, what)
    }

    pub(crate) fn probe_on(self, who: &str, channel: &str, second: u64, what: char) -> Self {
        self.probe_from("", who, channel, second, what)
    }

    pub(crate) fn probe_from(
        self,
        vantage: &str,
        who: &str,
        channel: &str,
        second: u64,
        what: char,
    ) -> Self {
        let probed = Probed {
            credential: who.into(),
            channel: channel.into(),
            host: "x".into(),
            sent: at(second),
            received: at(second),
            verdict: verdict(what),
            status: None,
            code: None,
            excerpt: String::new(),
            vantage: vantage.to_owned(),
        };
        self.event(second, Event::Probed(Box::new(probed)))
    }

    pub(crate) fn probes(self, probes: &[(&str, u64, char)]) -> Self {
        probes.iter().fold(self, |script, (who, second, what)| script.probe(who, *second, *what))
    }

    pub(crate) fn control(self, control: Control, result: ControlResult) -> Self {
        let controlled = Controlled {
            control,
            platform: "x".into(),
            kind: "token".into(),
            channel: "rest".into(),
            result,
        };
        self.event(0, Event::Controlled(controlled))
    }

    pub(crate) fn claimed(self, claim: &Claim) -> Self {
        self.event(claim.made.since_start().as_secs(), Event::Claimed(claim.clone()))
    }

    pub(crate) fn judged(self, claim: u32, findings: &[Finding]) -> Self {
        let rulings = findings
            .iter()
            .map(|finding| Judged {
                subject: "s".into(),
                ruling: Ruling { finding: *finding, why: String::new() },
            })
            .collect();
        self.event(1_000, Event::Judged { claim, rulings })
    }

    pub(crate) fn ended(self, result: ScenarioResult) -> Self {
        self.event(1_000, Event::ScenarioEnded { result })
    }

    /// The run with this as its first scenario.
    pub(crate) fn run(self) -> RunView {
        let numbered = self.0.into_iter().enumerate();
        let entries: Vec<Entry> = numbered
            .map(|(n, (at, event))| Entry { v: 1, n: n as u64, scenario: Some(1), at, event })
            .collect();
        RunView::of(&entries)
    }
}

/// A claim about `s`, made after a minute.
pub(crate) fn claim(id: u32, expects: Expectation, deadline: Option<u64>) -> Claim {
    let subjects = vec![Subject { credential: "s".into(), deadline: deadline.map(at) }];
    Claim { id, text: String::new(), expects, subjects, none_declared: false, made: at(60) }
}
