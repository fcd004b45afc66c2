//! `When`: what is done to the supplier. The chase runs beside it from the first action on.

use super::parameter::duration;
use super::vocabulary::{StepDef, steps};
use crate::drill::expand::Part;

pub(super) static STEPS: &[StepDef] = steps! {
    /// Carries out a procedure on everything of the supplier. Exposure counts from its first action.
    When r#"the supplier is terminated with the procedure "([^"]+)""#,
    "the supplier is terminated with the procedure \"contract-end\"",
    |drill, args| Ok(drill.terminate(args.get(1), Part::default()).await?);

    /// Carries out a procedure on one person of the supplier, at every platform; the supplier stays.
    When r#"the user "([^"]+)" of the supplier is deactivated with the procedure "([^"]+)""#,
    "the user \"maya\" of the supplier is deactivated with the procedure \"user-leaves\"",
    |drill, args| {
        let principals = Some(drill.person(args.get(1))?);
        Ok(drill.terminate(args.get(2), Part { principals }).await?)
    };

    /// Takes one action of a platform on one credential or grant of the supplier.
    When r#"the (?:token|key|grant|app|session|login|credential) "([^"]+)" is revoked with the action "([^"]+)" of "([^"]+)""#,
    "the token \"zendesk-legacy\" is revoked with the action \"delete_oauth_token\" of \"zendesk\"",
    |drill, args| Ok(drill.take_action(args.get(2), args.get(3), Some(args.get(1))).await?);

    /// Takes one action of a platform on everything of the supplier that it fits, or on one object.
    When r#"the action "([^"]+)" of "([^"]+)" is taken(?: on "([^"]+)")?"#,
    "the action \"delete_sessions\" of \"zendesk\" is taken on \"maya\"",
    |drill, args| Ok(drill.take_action(args.get(1), args.get(2), args.maybe(3)).await?);

    /// Resets a shared login by its platform's own reset: a new password is set.
    When r#"the shared login "([^"]+)" is reset"#, "the shared login \"support-eu\" is reset",
    |drill, args| Ok(drill.reset_login(args.get(1)).await?);

    /// The password of a login is changed by its own owner, who gives the old one, as its platform lets everybody do.
    When r#"the password of "([^"]+)" is changed by its own owner"#,
    "the password of \"support-eu\" is changed by its own owner",
    |drill, args| Ok(drill.change_by_owner(args.get(1)).await?);

    /// Mocks only: everything the supplier holds gets a new value, and the old values are ended once the new ones
    /// work; sessions are ended alone. On a real environment take a procedure of your own, and say in the inventory
    /// where each new value is, with `renewed:`.
    When r#"everything the supplier holds is rotated"#, "everything the supplier holds is rotated",
    |drill, _args| Ok(drill.rotate_everything().await?);

    /// Mocks only: before the termination somebody makes a credential that the inventory does not know, the
    /// way its kind is minted. It takes part like every other one: proven to work, followed, judged.
    When r#"a backdoor credential of the kind "([^"]+)" is made for "([^"]+)" at "([^"]+)" during the notice period"#,
    "a backdoor credential of the kind \"sp_secret\" is made for \"maya\" at \"entra\" during the notice period",
    |drill, args| Ok(drill.make_backdoor(args.get(1), args.get(2), args.get(3)).await?);

    /// Nothing is done: the scenario asks how things stand before the day. What demands an end fails here.
    When r#"nothing is ended yet"#, "nothing is ended yet",
    |drill, _args| Ok(drill.nothing_ended()?);

    /// Time passes, and everything is followed meanwhile: a night, for jobs that run by night.
    When r#"([0-9]+ [a-z]+) pass"#, "18 hours pass",
    |drill, args| Ok(drill.let_pass(duration(args.get(1))?).await?);

    /// Re-activates every user of the supplier, wherever a platform has an action for it. Many platforms
    /// bring everything back with them.
    When r#"the supplier's users are re-activated"#, "the supplier's users are re-activated",
    |drill, _args| Ok(drill.reactivate().await?);
};
