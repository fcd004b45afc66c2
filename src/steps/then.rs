//! `Then`: demands. Each is recorded with its ruling and never stops the scenario, so that the first
//! survivor does not hide the rest.

use std::time::Duration;

use super::effects::{Effect, rows};
use super::parameter::{classes, deadline, duration};
use super::vocabulary::{StepDef, steps};
use super::world::StepError;
use crate::claim::Expectation;
use crate::drill::Drill;
use crate::drill::claims::Deadline;
use crate::id::CredentialId;
use crate::journal::SubjectView;
use crate::journal::event::Role;
use crate::platform::schema::Attempt;

/// How long what must not come back with a re-activation is looked at.
const AFTER_REACTIVATION: Duration = Duration::from_secs(60);

pub(super) static STEPS: &[StepDef] = steps! {
    /// Every credential of a class is refused on every channel by the deadline, and its death is
    /// confirmed. "Token" stands for API keys too; "credential" for all classes.
    Then r#"every (token|key|grant|shared login|open session|session|credential) (?:of the supplier )?(?:stops working|ends) within ([^"]+)"#,
    "every token stops working within 15 minutes",
    |drill, args| {
        let word = args.get(1);
        let chosen = drill.choose(|subject| is_suspect(subject) && of_class(subject, word));
        let by = deadline(args.get(2))?;
        let class = classes(word)[0];
        Ok(drill.demand_dead(&args.text, Expectation::Dead, chosen, by, Some(class)).await?)
    };

    /// The same, and each death is seen by its use: no listing, no introspection and nobody's word will do.
    Then r#"every (token|key|grant|shared login|open session|session|credential) (?:of the supplier )?is proven dead by use within ([^"]+)"#,
    "every token is proven dead by use within 15 minutes",
    |drill, args| {
        let word = args.get(1);
        let chosen = drill.choose(|subject| is_suspect(subject) && of_class(subject, word));
        let by = deadline(args.get(2))?;
        let class = classes(word)[0];
        Ok(drill.demand_dead(&args.text, Expectation::DeadByUse, chosen, by, Some(class)).await?)
    };

    /// Every credential of one person of the supplier is refused by the deadline.
    Then r#"every credential of the user "([^"]+)" stops working within ([^"]+)"#,
    "every credential of the user \"maya\" stops working within 15 minutes",
    |drill, args| {
        let chosen = of_person(drill, args.get(1))?;
        let by = deadline(args.get(2))?;
        Ok(drill.demand_dead(&args.text, Expectation::Dead, chosen, by, None).await?)
    };

    /// One credential is refused by the deadline.
    Then r#"the (?:token|key|grant|session|login|credential) "([^"]+)" stops working within ([^"]+)"#,
    "the token \"zendesk-legacy\" stops working within 1 minute",
    |drill, args| {
        let by = deadline(args.get(2))?;
        Ok(drill.demand_dead(&args.text, Expectation::Dead, one(drill, args.get(1))?, by, None).await?)
    };

    /// Everything that was minted from the supplier's credentials during the drill is refused too, by the
    /// latest deadline demanded so far, or by one of its own.
    Then r#"nothing derived from them works(?: either)?(?: after ([^"]+))?"#,
    "nothing derived from them works either",
    |drill, args| {
        let chosen = drill.choose(|subject| matches!(subject.facts.role, Role::Derived { .. }));
        let by = match args.maybe(1) {
            Some(text) => deadline(text)?,
            None => Deadline::Within(drill.latest_deadline()?),
        };
        Ok(drill.demand_dead(&args.text, Expectation::Dead, chosen, by, None).await?)
    };

    /// Everything that was demanded dead is watched from now on, and stays dead.
    Then r#"nothing comes back for ([^"]+)"#, "nothing comes back for 24 hours",
    |drill, args| {
        let length = duration(args.get(1))?;
        Ok(drill.demand_no_return(&args.text, length).await?)
    };

    /// After a re-activation: everything that was dead stays so.
    Then r#"nothing of theirs works"#, "nothing of theirs works",
    |drill, args| Ok(drill.demand_no_return(&args.text, AFTER_REACTIVATION).await?);

    /// No platform that can be listed knows live access of the supplier that the inventory lacks.
    Then r#"no unrecorded access of the supplier remains(?: on any platform that can be listed)?"#,
    "no unrecorded access of the supplier remains on any platform that can be listed",
    |drill, args| Ok(drill.demand_nothing_unrecorded(&args.text).await?);

    /// Before the day: the procedure is documented to end every credential, but for those that are named, with
    /// commas between them. Nothing is carried out, and no death is proven.
    Then r#"the procedure "([^"]+)" is known to end every credential(?: but "([^"]+)")?"#,
    "the procedure \"contract-end\" is known to end every credential but \"oidc-jwt, okta-access\"",
    |drill, args| {
        let but = args.maybe(2).unwrap_or_default();
        let but = but.split(',').map(str::trim).filter(|name| !name.is_empty());
        let but = but.map(CredentialId::new).collect();
        Ok(drill.demand_planned(&args.text, args.get(1), &but)?)
    };

    /// Rehearsal: the platform's listing shows the backdoor made before as access that the inventory lacks.
    /// Never counts as proof of death.
    Then r#"the backdoor credential is listed as unrecorded"#,
    "the backdoor credential is listed as unrecorded",
    |drill, args| Ok(drill.demand_backdoor_found(&args.text).await?);

    /// Every bystander is used once more and is let in. What bystanders minted during the drill may have
    /// grown old since.
    Then r#"every bystander still works"#, "every bystander still works",
    |drill, args| {
        let chosen = drill.choose(|subject| {
            subject.facts.role == Role::Bystander && subject.facts.from.is_none()
        });
        Ok(drill.demand_now(&args.text, Expectation::Unharmed, chosen).await?)
    };

    /// A person of the supplier who stays was not harmed: everything of theirs is let in.
    Then r#"every credential of the user "([^"]+)" still works"#,
    "every credential of the user \"leo\" still works",
    |drill, args| {
        let chosen = of_person(drill, args.get(1))?;
        Ok(drill.demand_now(&args.text, Expectation::Unharmed, chosen).await?)
    };

    /// Everything the supplier reaches is refused by the deadline, whether or not it still authenticates.
    Then r#"every credential of the supplier is contained within ([^"]+)"#,
    "every credential of the supplier is contained within 15 minutes",
    |drill, args| {
        let chosen = drill.choose(is_suspect);
        let by = deadline(args.get(1))?;
        Ok(drill.demand_dead(&args.text, Expectation::Contained, chosen, by, None).await?)
    };

    /// Rehearsal: documents that a platform spares it. Never counts as proof of death.
    Then r#"the (?:api token|bot token|access token|token|key|grant|session|login|credential) "([^"]+)" still works"#,
    "the api token \"zendesk-api\" still works",
    |drill, args| {
        let chosen = one(drill, args.get(1))?;
        Ok(drill.demand_now(&args.text, Expectation::StillWorks, chosen).await?)
    };

    /// What the action is documented to kill, after how long, and what to spare: a claim for each row.
    /// Effects: `stops working within 5 minutes`, `is contained within 5 minutes`, `still works` (asked
    /// once all that ends has ended) and `comes back`. Only the first two prove an end.
    Then r#"it has these effects"#, "it has these effects",
    |drill, args| effects(drill, &args.table).await;

    /// Rehearsal: documents that re-activation lifts the mask. Never counts as proof of death.
    Then r#"re-activation brings (?:the (?:token|key|grant|session|login|credential) )?"([^"]+)" back"#,
    "re-activation brings the token \"okta-ssws\" back",
    |drill, args| {
        let chosen = one(drill, args.get(1))?;
        Ok(drill.demand_now(&args.text, Expectation::Returns, chosen).await?)
    };

    /// The password from before the reset is refused by the deadline.
    Then r#"its old password is refused within ([^"]+)"#, "its old password is refused within 1 minute",
    |drill, args| {
        let chosen = vec![drill.last_reset()?.old.clone()];
        let by = deadline(args.get(1))?;
        Ok(drill.demand_dead(&args.text, Expectation::Dead, chosen, by, None).await?)
    };

    /// Sessions of the login from before the reset are refused by the deadline.
    Then r#"sessions opened before the reset end within ([^"]+)"#,
    "sessions opened before the reset end within 5 minutes",
    |drill, args| {
        let reset = drill.last_reset()?.clone();
        let chosen = drill.choose(|subject| {
            is_suspect(subject)
                && subject.facts.class == "session"
                && subject.facts.platform == reset.platform
                && subject.facts.principal == reset.principal
                // What the new password opened is none of them.
                && subject.facts.from.as_ref() != Some(&reset.new)
        });
        let by = deadline(args.get(1))?;
        Ok(drill.demand_dead(&args.text, Expectation::Dead, chosen, by, None).await?)
    };

    /// The password set by the reset is let in. It is used for the first time now, once the old one's end is known: a
    /// cache that still takes the old one would be cured by it.
    Then r#"the new password works"#, "the new password works",
    |drill, args| {
        Ok(drill.demand_new_works(&args.text).await?)
    };

    /// The new value of every token, key, grant and login of the supplier is let in, but of those that are named, with
    /// commas between them: of these there is no new value. After a procedure of your own each is found where the
    /// inventory says: `renewed: {token: env:NAME}`.
    Then r#"every new value works(?: but of "([^"]+)")?"#, "every new value works but of \"zendesk-legacy\"",
    |drill, args| {
        let but = args.maybe(1).unwrap_or_default();
        let but = but.split(',').map(str::trim).filter(|name| !name.is_empty());
        let but = but.map(CredentialId::new).collect();
        Ok(drill.demand_renewed(&args.text, &but).await?)
    };

    /// A change of the password is attempted without the step-up that must guard it; what it tried to set
    /// never works. The platform's answer to the attempt is no evidence.
    Then r#"a reset without step-up verification is refused"#,
    "a reset without step-up verification is refused",
    |drill, args| Ok(drill.demand_step_up(&args.text).await?);

    /// A change beside the password is attempted with the new password of the login that was reset, without the step-up
    /// that must guard it: it is asked for, and a read-back shows that nothing was changed.
    Then r#"(a change of the mailbox|an elevation of permissions|a removal of the second factor) without step-up verification is refused"#,
    "a change of the mailbox without step-up verification is refused",
    |drill, args| {
        let what = match args.get(1) {
            "a change of the mailbox" => Attempt::Mailbox,
            "an elevation of permissions" => Attempt::Permissions,
            _ => Attempt::SecondFactor,
        };
        Ok(drill.demand_guarded(&args.text, what).await?)
    };

    /// Links and codes that set a new password, made before the reset, are refused by the deadline.
    Then r#"reset links made before the reset end within ([^"]+)"#,
    "reset links made before the reset end within 1 minute",
    |drill, args| {
        let chosen = drill.reset_links()?;
        let by = deadline(args.get(1))?;
        Ok(drill.demand_dead(&args.text, Expectation::Dead, chosen, by, None).await?)
    };

    /// The mail by which a login gets a new password goes to no address of the supplier's: none of its logins' domains,
    /// and none that the inventory names under `mailboxes:`. Read back from the platform.
    Then r#"the reset mail of "([^"]+)" does not go to a mailbox that the supplier still reads"#,
    "the reset mail of \"support-eu\" does not go to a mailbox that the supplier still reads",
    |drill, args| Ok(drill.demand_reset_mail(&args.text, args.get(1)).await?);
};

/// Makes a claim of each row, those with a deadline first: what goes on is asked for when it could have
/// ended.
async fn effects(drill: &mut Drill, table: &[Vec<String>]) -> Result<(), StepError> {
    let rows = rows(table).map_err(StepError)?;
    if let Some(undone) = drill.undone() {
        return Err(StepError(format!("{undone}: what was not done has no effects to look at")));
    }
    for row in &rows {
        if let Effect::By(expects, length) = row.effect {
            let chosen = one(drill, row.credential.as_str())?;
            drill.demand_dead(&row.text, expects, chosen, Deadline::Within(length), None).await?;
        }
    }
    for row in &rows {
        if let Effect::Now(expects) = row.effect {
            let chosen = one(drill, row.credential.as_str())?;
            drill.demand_now(&row.text, expects, chosen).await?;
        }
    }
    Ok(())
}

fn is_suspect(subject: &SubjectView) -> bool {
    match subject.facts.role {
        Role::Suspect | Role::Derived { .. } => true,
        Role::Bystander | Role::Renewed { .. } | Role::Attempted { .. } => false,
    }
}

fn of_class(subject: &SubjectView, word: &str) -> bool {
    classes(word).contains(&subject.facts.class.as_str())
}

fn of_person(drill: &Drill, name: &str) -> Result<Vec<CredentialId>, StepError> {
    let principals = drill.person(name)?;
    Ok(drill.choose(|subject| {
        is_suspect(subject)
            && subject.facts.principal.as_ref().is_some_and(|id| principals.contains(id))
            // What belongs to the account or to an app is no person's to lose.
            && subject.facts.owned_by == "principal"
    }))
}

fn one(drill: &Drill, name: &str) -> Result<Vec<CredentialId>, StepError> {
    let id = CredentialId::new(name);
    let found = drill.choose(|subject| subject.facts.credential == id);
    if found.is_empty() {
        let known = drill.choose(is_suspect);
        let known: Vec<&str> = known.iter().map(CredentialId::as_str).collect();
        return Err(crate::drill::unknown("the credential", name, known.into_iter()).into());
    }
    Ok(found)
}
