//! What holds a procedure back: harm to a bystander, something that was to be kept and was not, the end of the
//! change's window. Nothing of it holds clean-up back.

use std::future::Future;

use super::Actor;
use crate::approval::Window;
use crate::chase::{Progress, Stop};
use crate::drill::person::Reply;
use crate::drill::{Drill, Ground};
use crate::id::{ChannelId, CredentialId};
use crate::inventory::Procedure;
use crate::inventory::procedure::{Occasion, OnHarm};
use crate::journal::ScenarioView;
use crate::journal::event::{Event, Harm, HarmCourse, Role};
use crate::verdict::Verdict;

/// How a procedure is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    on_harm: OnHarm,
    occasion: Occasion,
}

impl Manner {
    /// By what is said, and by what is run: a rehearsal never goes on harming, an adverse end is never held up.
    fn of(procedure: Option<&Procedure>, rehearses: bool, mocked: bool) -> Self {
        let occasion = procedure.map(|form| form.end).unwrap_or_default();
        let on_harm = match (procedure.and_then(|form| form.on_harm), rehearses) {
            (Some(OnHarm::Stop | OnHarm::Continue) | None, true) => OnHarm::Stop,
            (Some(OnHarm::Ask), true) => OnHarm::Ask,
            (Some(said), false) => said,
            // Nobody is harmed on mocks.
            (None, false) if mocked => OnHarm::Continue,
            (None, false) => match occasion {
                Occasion::Planned => OnHarm::Ask,
                Occasion::Adverse => OnHarm::Continue,
            },
        };
        Self { on_harm, occasion }
    }

    /// Whether each step waits for the bystanders' answers.
    pub(super) fn waits(self) -> bool {
        match self.on_harm {
            OnHarm::Stop | OnHarm::Ask => true,
            OnHarm::Continue => false,
        }
    }
}

/// A bystander's channel that is refused.
type Refused = (CredentialId, ChannelId, u32);

impl Drill {
    /// How a procedure, or a single action, is carried out here.
    pub(crate) fn manner(&self, procedure: Option<&Procedure>) -> Manner {
        let mocked = matches!(self.shared.ground, Ground::Mocks { .. });
        Manner::of(procedure, self.bounds().is_some(), mocked)
    }

    /// Does something while everything is followed.
    pub(super) async fn beside_the_chase<T>(&mut self, work: impl Future<Output = T>) -> T {
        let halt = Stop::default();
        let parts = (self.clock.clone().take_part(), self.clock.clone().take_part());
        let work = async {
            let _part = parts.0;
            let done = work.await;
            halt.stop();
            done
        };
        let chase = async {
            let _part = parts.1;
            self.chase.drive(|_, _| Progress::Open { until: None }, Some(&halt)).await;
        };
        tokio::join!(work, chase).0
    }

    /// Has every bystander answer before the next step. Says why the rest of the procedure is not carried out, if it
    /// is not.
    pub(super) async fn look_after_bystanders(&mut self, actor: &mut Actor) -> Option<String> {
        let asked = self.clock.now();
        let watched = self.ledger.view(watched);
        self.chase.probe_at(&watched, asked);
        let until = asked + self.shared.arm_within;
        let spared = actor.spared.clone();
        self.chase
            .drive(
                |view, _| {
                    let answered = all_answered_since(view, asked);
                    match answered || refused(view, &spared).next().is_some() {
                        true => Progress::Answered,
                        false => Progress::Open { until: Some(until) },
                    }
                },
                None,
            )
            .await;
        let first = self.ledger.view(|view| refused(view, &actor.spared).next())?;
        self.tell(&first, HarmCourse::Paused);
        let seen = self.wait_for_bystander(&first, &actor.spared).await;
        if self.shared.stop.is_stopped() {
            return None;
        }
        let stopped = match seen {
            None => {
                self.tell(&(first.0, first.1, 0), HarmCourse::Resumed);
                return None;
            }
            Some(still) => still,
        };
        if actor.manner.on_harm == OnHarm::Ask && self.is_allowed(&stopped).await {
            self.tell(&stopped, HarmCourse::Allowed);
            actor.spared.push(stopped.0);
            return None;
        }
        let harm = self.tell(&stopped, HarmCourse::Stopped);
        Some(format!("the procedure was stopped: {harm}"))
    }

    /// Waits until a bystander that was refused is let in again, and gives none then; or is refused often enough, or
    /// never says.
    async fn wait_for_bystander(
        &mut self,
        first: &Refused,
        spared: &[CredentialId],
    ) -> Option<Refused> {
        let paused = self.clock.now();
        let until = paused + self.shared.patience;
        let enough = self.ledger.view(ScenarioView::confirmation).refusals.max(1);
        let worst = |view: &ScenarioView| refused(view, spared).max_by_key(|(.., count)| *count);
        let let_in = |view: &ScenarioView| {
            let last = view.subject(&first.0).and_then(|subject| subject.last.get(&first.1));
            worst(view).is_none()
                && last.is_some_and(|probed| {
                    probed.sent >= paused && matches!(probed.verdict, Verdict::Alive(_))
                })
        };
        loop {
            let asked = self.clock.now();
            let watched = self.ledger.view(watched);
            self.chase.probe_at(&watched, asked);
            self.chase
                .drive(
                    |view, _| {
                        let many = worst(view).is_some_and(|(.., count)| count >= enough);
                        match many || let_in(view) || all_answered_since(view, asked) {
                            true => Progress::Answered,
                            false => Progress::Open { until: Some(until) },
                        }
                    },
                    None,
                )
                .await;
            let (is_in, now) = self.ledger.view(|view| (let_in(view), worst(view)));
            let many = now.as_ref().is_some_and(|(.., count)| *count >= enough);
            if is_in {
                return None;
            }
            if many || self.clock.now() >= until || self.shared.stop.is_stopped() {
                return Some(now.unwrap_or_else(|| first.clone()));
            }
        }
    }

    /// A procedure of which something was held back is never a green one.
    pub(super) fn say_what_was_held_back(&self, actor: &Actor) {
        if let Some(kept) = &actor.not_kept {
            self.step_failed(
                &format!("preserve {kept}"),
                match actor.manner.occasion {
                    Occasion::Planned => "it was not preserved, so nothing was deleted after it",
                    Occasion::Adverse => {
                        "it was not preserved; an adverse end goes on all the same"
                    }
                },
            );
        }
        if actor.late {
            let why = "the window of the change closed: what was left of it was not carried out";
            self.step_failed("the procedure", why);
        }
    }

    async fn is_allowed(&mut self, harmed: &Refused) -> bool {
        let (id, channel, count) = harmed;
        let question = format!(
            "the bystander {id} was refused {count} times in a row on {channel} while the procedure was at work. \
             Shall it go on all the same?"
        );
        let person = self.shared.person.clone();
        let clock = self.clock.clone();
        let asked = async move {
            let _real = clock.follow_real_time();
            person.agree(&question).await
        };
        self.beside_the_chase(asked).await == Reply::Done
    }

    fn tell(&self, refused: &Refused, course: HarmCourse) -> Harm {
        let (bystander, channel, refusals) = refused.clone();
        let harm = Harm { bystander, channel, refusals, course };
        self.ledger.record(Event::Harm(harm.clone()));
        harm
    }
}

impl Actor {
    /// Why a step is not carried out, if it is not.
    pub(super) fn held_back(&self, deletes: bool) -> Option<String> {
        if self.shared.stop.is_stopped() {
            return Some("the drill was stopped".to_owned());
        }
        if let Some(why) = &self.halted {
            return Some(why.clone());
        }
        if let Some(window) = self.closed_window() {
            return Some(format!("the window of the change is closed: {window}"));
        }
        match (&self.not_kept, self.manner.occasion) {
            (Some(kept), Occasion::Planned) if deletes => {
                Some(format!("nothing is deleted: `{kept}` was not preserved"))
            }
            (Some(_) | None, Occasion::Planned | Occasion::Adverse) => None,
        }
    }

    pub(super) fn closed_window(&self) -> Option<Window> {
        self.shared.window.filter(|window| !window.is_open(self.clock.wall()))
    }

    /// Says that a bystander is harmed where nothing is held up by it, once.
    pub(super) fn alert(&mut self) {
        let enough = self.ledger.view(ScenarioView::confirmation).refusals.max(1);
        let harmed = self.ledger.view(|view| refused(view, &self.spared).collect::<Vec<_>>());
        for (bystander, channel, refusals) in harmed {
            if refusals >= enough && !self.spared.contains(&bystander) {
                self.spared.push(bystander.clone());
                let course = HarmCourse::Continued;
                self.ledger.record(Event::Harm(Harm { bystander, channel, refusals, course }));
            }
        }
    }
}

/// The bystanders that must go on working, and did.
fn watched(view: &ScenarioView) -> Vec<CredentialId> {
    let own = view.subjects.iter().filter(|subject| {
        subject.facts.role == Role::Bystander
            && subject.facts.from.is_none()
            && subject.tracks.values().any(|track| track.first_alive().is_some())
    });
    own.map(|subject| subject.facts.credential.clone()).collect()
}

fn all_answered_since(view: &ScenarioView, asked: crate::clock::Moment) -> bool {
    watched(view).iter().filter_map(|id| view.subject(id)).all(|subject| {
        let proven = subject.tracks.iter().filter(|(_, track)| track.first_alive().is_some());
        let last = |(channel, _)| subject.last.get(channel);
        proven.map(last).all(|last| last.is_some_and(|probed| probed.sent >= asked))
    })
}

fn refused(view: &ScenarioView, spared: &[CredentialId]) -> impl Iterator<Item = Refused> {
    let all = view.refused_bystanders().filter(|(id, ..)| !spared.contains(id));
    all.map(|(id, channel, count)| (id.clone(), channel.clone(), count))
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_harm(said: &str, rehearses: bool, mocked: bool) -> OnHarm {
        let text = format!("procedure: end\n{said}\nsteps: [{{wait: 1s}}]");
        let form: Procedure = serde_saphyr::from_str(&text).unwrap();
        Manner::of(Some(&form), rehearses, mocked).on_harm
    }

    #[test]
    fn a_rehearsal_stops_a_planned_end_asks_and_an_adverse_end_goes_on() {
        let (stop, ask, on) = (OnHarm::Stop, OnHarm::Ask, OnHarm::Continue);
        for (said, rehearsed, real) in [
            ("", stop, ask),
            ("end: planned", stop, ask),
            ("end: adverse", stop, on),
            ("on_harm: stop", stop, stop),
            ("on_harm: ask", ask, ask),
            ("on_harm: continue", stop, on),
            ("{end: adverse, on_harm: stop}", stop, stop),
        ] {
            let said = said.trim_matches(['{', '}']).replace(", ", "\n");
            assert_eq!(on_harm(&said, true, false), rehearsed, "{said} in a rehearsal");
            assert_eq!(on_harm(&said, false, false), real, "{said} in a real end");
        }
        assert_eq!(on_harm("", false, true), on, "nobody is harmed on mocks");
        assert_eq!(on_harm("on_harm: stop", false, true), stop);
    }
}
