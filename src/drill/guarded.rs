//! Ways back in: changes that must not go through without a step-up, and mails that reset a password.

use std::collections::BTreeSet;

use serde_saphyr::Spanned;

use super::expand::{Object, PlannedAction, Purpose};
use super::{Drill, DrillError};
use crate::claim::{Expectation, Finding, Ruling, Subject};
use crate::id::{ActionId, CredentialId};
use crate::inventory::Supplier;
use crate::journal::event::{ActionIntended, ActionResult, Event, Hand, Judged};
use crate::platform::answer::{Answer, Body};
use crate::platform::rules::{Outcome, before_rules, matches};
use crate::platform::schema::{Attempt, Effect, Never, Request, Rule};
use crate::probe::{Identity, Values};

/// How often the effect of an attempt is looked for.
const LOOKS: u32 = 3;

impl Drill {
    /// Attempts a change without step-up verification with the login that was reset last, and demands that it had no
    /// effect.
    ///
    /// # Errors
    /// If no login was reset before, or its platform describes no such attempt.
    pub async fn demand_guarded(&mut self, step: &str, what: Attempt) -> Result<(), DrillError> {
        self.check_stop()?;
        let reset = self.last_reset()?.clone();
        self.let_in_new(&[(reset.old.clone(), reset.new.clone())]).await;
        let held = self.prober.wallet.get(&reset.new).ok_or(DrillError::OutOfOrder("no reset"))?;
        let catalogue = self.shared.catalogue.clone();
        let found = catalogue.get(&held.platform).and_then(|description| {
            let mut all = description.actions.iter();
            let fits = |name: &ActionId, effect: &Option<Effect>| {
                effect.clone().map(|effect| (name.clone(), effect))
            };
            all.find_map(|(name, action)| {
                let is_it = action.attempts == Some(what) && action.of.contains(&held.kind);
                fits(name, &action.effect).filter(|_| is_it)
            })
        });
        let Some((name, effect)) = found else {
            return Err(DrillError::Nothing(format!(
                "{} describes no such attempt with a {}",
                held.platform, held.kind
            )));
        };
        let mut planned = self.plan_reset(&held, &name)?;
        let mut values = held.values.clone();
        values.extend(&planned.values);
        planned.values = values;
        if let Some(account) = self.account_of(&held) {
            self.leave_to_try(&account).await?;
        }
        let claim = self.record_guarded(step, &reset.old);
        let ruling = self.attempt(&name, (&planned, &held.id), &effect).await;
        self.rule_guarded(claim, &reset.old, ruling);
        self.check_stop()
    }

    async fn attempt(
        &mut self,
        name: &ActionId,
        (planned, held): (&PlannedAction, &CredentialId),
        effect: &Effect,
    ) -> Ruling {
        let ruled = |finding, why: &str| Ruling { finding, why: why.to_owned() };
        let catalogue = self.shared.catalogue.clone();
        let Some((description, action)) = catalogue
            .get(&planned.platform)
            .and_then(|known| known.actions.get(name).map(|action| (known, action)))
        else {
            return ruled(Finding::NotConfirmed, "its platform is not described any more");
        };
        if let Some(bounds) = self.bounds()
            && let Err(why) = bounds.allow(action, planned)
        {
            return Ruling { finding: Finding::NotConfirmed, why: format!("not attempted: {why}") };
        }
        self.actions += 1;
        let number = self.actions;
        self.ledger.record(Event::ActionIntended(ActionIntended {
            action: number,
            platform: Some(planned.platform.clone()),
            name: Some(name.clone()),
            title: action.title.clone(),
            object: planned.object.to_string(),
            by: Hand::Api,
            kills: Vec::new(),
            preserve: None,
        }));
        let budget = description.polite.budget;
        self.budgets.wait_for(&planned.platform, budget).await;
        let end = self
            .prober
            .administrate(description, Identity::Act, &action.flow, &planned.values)
            .await;
        end.captures.each_secret(|secret| self.prober.wallet.scrubber().learn(secret));
        let is_refused =
            end.answer.as_ref().is_ok_and(|answer| fits(&effect.refused, answer, &planned.values));
        let result = match &end.answer {
            Ok(answer) if end.complete && !is_refused => {
                ActionResult::Accepted { answer: answer.status.to_string() }
            }
            Ok(answer) => ActionResult::Refused { why: answer.status.to_string() },
            Err(doubt) => ActionResult::Refused { why: doubt.reason.to_string() },
        };
        self.ledger.record(Event::ActionEnded { action: number, result });
        // A step-up is asked only of whoever is signed in.
        if let Some(account) = self.prober.wallet.get(held).and_then(|held| self.account_of(&held))
        {
            let wrong = !(is_refused || end.complete);
            self.budgets.passwords.sent(&account, wrong, self.clock.wall());
        }
        let spread = self.spread() / (LOOKS - 1);
        for look in 0..LOOKS {
            if look > 0 {
                self.clock.wait_until(self.clock.now() + spread).await;
            }
            self.budgets.wait_for(&planned.platform, budget).await;
            let Some(answer) = self.read_back(planned, &effect.request).await else {
                return ruled(
                    Finding::NotConfirmed,
                    "what came of the attempt cannot be read back",
                );
            };
            if fits(&effect.done, &answer, &planned.values) {
                return ruled(
                    Finding::StepUpMissing,
                    "it was done, though nobody was asked for a step-up",
                );
            }
            if !fits(&effect.not_done, &answer, &planned.values) {
                let why = "the read-back does not say what came of the attempt";
                return ruled(Finding::NotConfirmed, why);
            }
        }
        if is_refused {
            ruled(Finding::Holds, "a step-up was asked for, and nothing was changed")
        } else {
            ruled(
                Finding::NotConfirmed,
                "nothing was changed, but nobody asked for a step-up either: the attempt may have failed for reasons \
                 of its own",
            )
        }
    }

    async fn read_back(&self, planned: &PlannedAction, request: &Request) -> Option<Answer> {
        let catalogue = self.shared.catalogue.clone();
        let description = catalogue.get(&planned.platform)?;
        let requests = std::slice::from_ref(request);
        let end = self
            .prober
            .administrate(description, Identity::Observe, requests, &planned.values)
            .await;
        end.answer.ok()
    }

    /// Demands that the mail by which a login gets a new password goes to no mailbox of the supplier.
    ///
    /// # Errors
    /// If there is no such login, or its platform does not say where such mails go.
    pub async fn demand_reset_mail(&mut self, step: &str, name: &str) -> Result<(), DrillError> {
        self.check_stop()?;
        let held = self.login(name)?;
        let catalogue = self.shared.catalogue.clone();
        let described = catalogue.get(&held.platform).and_then(|known| known.reset_mail.as_ref());
        let Some(described) = described else {
            return Err(DrillError::Nothing(format!(
                "the description of {} does not say where reset mails go\n  hint: `reset_mail:`",
                held.platform
            )));
        };
        let mailboxes = mailboxes(self.supplier()?);
        let claim = self.record_guarded(step, &held.id);
        let object = Object::Credential(held.id.clone());
        let planned = PlannedAction {
            platform: held.platform.clone(),
            name: ActionId::new("read_reset_mail"),
            object,
            values: held.values.clone(),
            purpose: Purpose::default(),
        };
        let answer = self.read_back(&planned, &described.request).await;
        let answer = answer.filter(|answer| fits(&described.about, answer, &held.values));
        let to: Option<Vec<String>> = answer.as_ref().and_then(|answer| {
            let body = match &answer.body {
                Body::Json(body) => body,
                Body::Empty
                | Body::Xml(_)
                | Body::Html(_)
                | Body::Text(_)
                | Body::TooLarge
                | Body::Unreadable(_) => return None,
            };
            let all = described.to.iter().filter_map(|pointer| body.pointer(pointer)?.as_str());
            Some(all.filter(|text| text.contains('@')).map(str::to_lowercase).collect())
        });
        self.rule_guarded(claim, &held.id, goes_to(to.as_deref(), &mailboxes));
        Ok(())
    }

    fn record_guarded(&mut self, step: &str, credential: &CredentialId) -> u32 {
        let subjects = vec![Subject { credential: credential.clone(), deadline: None }];
        let claim = self.claim(step, Expectation::Guarded, subjects, false);
        let id = claim.id;
        self.ledger.record(Event::Claimed(claim));
        id
    }

    fn rule_guarded(&self, claim: u32, credential: &CredentialId, ruling: Ruling) {
        let rulings = vec![Judged { subject: credential.to_string(), ruling }];
        self.ledger.record(Event::Judged { claim, rulings });
    }
}

fn fits(rules: &[Spanned<Rule<Never>>], answer: &Answer, values: &Values) -> bool {
    let lookup = |name: &str| values.lookup(name);
    before_rules(answer, false).is_none()
        && rules.iter().any(|rule| matches(&rule.value, answer, &lookup) == Outcome::Match)
}

/// The addresses and domains whose mail the supplier reads: those of its logins, and those the inventory names.
fn mailboxes(supplier: &Supplier) -> BTreeSet<String> {
    let logins = supplier.principals.iter().map(|item| item.value.login.as_str());
    let domains = logins.filter_map(|login| login.rsplit_once('@').map(|(_, domain)| domain));
    let named = supplier.mailboxes.iter().map(|name| name.trim_start_matches('@'));
    domains.chain(named).map(str::to_lowercase).collect()
}

/// What is ruled where mails go to these addresses; none if that cannot be read.
fn goes_to(to: Option<&[String]>, mailboxes: &BTreeSet<String>) -> Ruling {
    let ruled = |finding, why: String| Ruling { finding, why };
    let to = match to {
        Some(to) if !to.is_empty() => to,
        Some(_) | None => {
            let why = "where its reset mail goes cannot be read back".to_owned();
            return ruled(Finding::NotConfirmed, why);
        }
    };
    if mailboxes.is_empty() {
        let why = "nobody says which mailboxes the supplier reads: name them with `mailboxes:`";
        return ruled(Finding::NotConfirmed, why.to_owned());
    }
    let is_theirs = |address: &&String| {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        mailboxes.contains(*address)
            || mailboxes.iter().any(|known| {
                domain == known
                    || domain.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
            })
    };
    match to.iter().find(is_theirs) {
        Some(address) => ruled(
            Finding::WayBack,
            format!("its reset mail goes to {address}, which the supplier reads"),
        ),
        None => ruled(Finding::Holds, format!("its reset mail goes to {}", to.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_to_any_mailbox_of_the_suppliers_is_a_way_back() {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let ruling = |to: &[&str], mailboxes: &[&str]| {
            let to: Vec<String> = own(to);
            let mailboxes: Vec<String> = own(mailboxes);
            goes_to(Some(&to), &mailboxes.into_iter().collect()).finding
        };
        let domain = ["acme.example"];
        assert_eq!(ruling(&["maya@acme.example"], &domain), Finding::WayBack);
        assert_eq!(ruling(&["maya@eu.acme.example"], &domain), Finding::WayBack);
        assert_eq!(ruling(&["a@ours.example", "b@acme.example"], &domain), Finding::WayBack);
        assert_eq!(ruling(&["support@ours.example"], &["support@ours.example"]), Finding::WayBack);
        assert_eq!(ruling(&["maya@notacme.example"], &domain), Finding::Holds);
        assert_eq!(ruling(&["support@ours.example"], &domain), Finding::Holds);
        assert_eq!(ruling(&[], &domain), Finding::NotConfirmed);
        assert_eq!(ruling(&["support@ours.example"], &[]), Finding::NotConfirmed);
        assert_eq!(goes_to(None, &BTreeSet::new()).finding, Finding::NotConfirmed);
    }
}
