//! JUnit XML for CI: a suite per scenario, a case per subject of a claim.
//!
//! A failure is something that works or was harmed; an error is everything that proves nothing. An
//! accepted risk is a skipped case, because it is neither.

use quick_junit::{
    NonSuccessKind, Property, Report as Document, TestCase, TestCaseStatus, TestSuite,
};

use super::summary::{ClaimSummary, RulingSummary, Scenario, Summary};
use super::{Report, ReportError};
use crate::claim::{Finding, Severity};
use crate::journal::RunView;

/// JUnit XML.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Report for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn file_name(&self) -> &'static str {
        "junit.xml"
    }

    fn render(&self, run: &RunView) -> Result<Vec<u8>, ReportError> {
        let summary = Summary::of(run);
        let mut document = Document::new("doornail");
        for scenario in &summary.scenarios {
            document.add_test_suite(suite(&summary, scenario));
        }
        if summary.scenarios.is_empty() || summary.never_began() > 0 {
            let mut suite = TestSuite::new("doornail run");
            properties(&mut suite, &summary);
            let why = if summary.scenarios.is_empty() {
                "no scenario was played".to_owned()
            } else {
                format!("{} of its scenarios never began", summary.never_began())
            };
            suite.add_test_case(error("every scenario is played", "nothing-proven", &why));
            document.add_test_suite(suite);
        }
        let mut bytes = Vec::new();
        document.serialize(&mut bytes)?;
        Ok(bytes)
    }
}

fn properties(suite: &mut TestSuite, summary: &Summary) {
    if let Some(run) = &summary.run {
        suite.add_property(Property::new("doornail.run", run.id.as_str()));
        suite.add_property(Property::new("doornail.version", run.version.as_str()));
        suite.add_property(Property::new("doornail.began", run.began.to_string()));
        suite.add_property(Property::new("doornail.environment", run.environment.as_str()));
        suite.add_property(Property::new("doornail.mocked", run.mocked.to_string()));
        suite.add_property(Property::new("doornail.vantage", run.vantage.as_str()));
        if let Some(change) = &run.change {
            suite.add_property(Property::new("doornail.change", change.as_str()));
        }
    }
    if let Some(vantages) = summary.vantages() {
        suite.add_property(Property::new("doornail.seen-from", vantages));
    }
    suite.add_property(Property::new("doornail.proofs", summary.counts.proofs()));
    suite.add_property(Property::new("doornail.exit", summary.exit.code.to_string()));
    suite.add_property(Property::new("doornail.window", summary.window.figure()));
    if let Some(figure) = summary.window.from_first_action() {
        suite.add_property(Property::new("doornail.window-from-first-action", figure));
    }
    suite.add_property(Property::new("doornail.evidence", summary.evidence));
    if let Some(caveat) = &summary.caveat {
        suite.add_property(Property::new("doornail.caveat", caveat.as_str()));
        suite.set_system_out(caveat.as_str());
    }
}

fn suite(summary: &Summary, scenario: &Scenario) -> TestSuite {
    let mut suite = TestSuite::new(scenario.title().as_str());
    properties(&mut suite, summary);
    suite.add_property(Property::new("doornail.scenario", scenario.place.as_str()));
    for claim in &scenario.claims {
        if claim.rulings.is_empty() || !claim.judged {
            let why = "the claim was never judged";
            suite.add_test_case(error(claim.text.as_str(), "nothing-proven", why));
        }
        for ruling in &claim.rulings {
            suite.add_test_case(case(scenario, claim, ruling));
        }
    }
    for failure in &scenario.failures {
        suite.add_test_case(error(failure.step.as_str(), "step-failed", failure.why.as_str()));
    }
    if let Some(warning) = scenario.course.warning()
        && scenario.failures.is_empty()
    {
        suite.add_test_case(error("the scenario runs to its end", "nothing-proven", warning));
    }
    if scenario.claims.is_empty() {
        let why = "the scenario claims nothing, so it proves nothing";
        suite.add_test_case(error("the scenario claims something", "nothing-proven", why));
    }
    for case in &mut suite.test_cases {
        case.classname = Some(scenario.place.as_str().into());
    }
    suite
}

fn error(name: &str, code: &str, why: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(code).set_message(why);
    TestCase::new(name, status)
}

fn case(scenario: &Scenario, claim: &ClaimSummary, ruling: &RulingSummary) -> TestCase {
    let name = format!("{} [{}]", claim.text, ruling.subject);
    let status = match ruling.finding.severity() {
        Severity::Fine if ruling.finding == Finding::AcceptedRisk => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(ruling.finding.code()).set_message(ruling.why.as_str());
            status
        }
        Severity::Fine => TestCaseStatus::success(),
        Severity::StillWorks | Severity::Harmed => unmet(NonSuccessKind::Failure, scenario, ruling),
        Severity::Inconclusive | Severity::NothingProven | Severity::Unclean => {
            unmet(NonSuccessKind::Error, scenario, ruling)
        }
    };
    let mut case = TestCase::new(name, status);
    if ruling.finding == Finding::Holds {
        case.set_system_out(ruling.why.as_str());
    }
    case
}

fn unmet(kind: NonSuccessKind, scenario: &Scenario, ruling: &RulingSummary) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(ruling.finding.code()).set_message(ruling.why.as_str());
    let mut lines = vec![format!("{}: {}", ruling.finding.code(), ruling.finding.describe())];
    if let Some(outcome) = scenario.credential(&ruling.subject) {
        let (title, platform) = (&outcome.title, &outcome.platform);
        lines.push(format!("{}: {title} at {platform}", outcome.credential));
        if outcome.survives() {
            for known in &outcome.explanations {
                lines.push(format!("why it survives: {}", known.why));
                lines.push(format!("what ends it: {}", known.remedy));
                lines.push(format!("source: {}", known.source));
            }
        }
    }
    status.set_description(lines.join("\n"));
    status
}
