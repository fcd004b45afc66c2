//! `Given`: the supplier, its bystanders, and the proof that everything works before anything is done.

use super::parameter::{duration, time_of_day};
use super::vocabulary::{StepDef, steps};

pub(super) static STEPS: &[StepDef] = steps! {
    /// Binds the supplier under drill by its id in the inventory. Without a name it is the one of
    /// `--supplier`, or the only one of the project. With `at "zendesk"` only what it has there takes part.
    Given r#"the supplier(?: "([^"]+)")?(?: at "([^"]+)")?"#, "the supplier \"acme\"",
    |drill, args| Ok(drill.bind_supplier(args.maybe(1), args.maybe(2))?);

    /// Bystanders stand by on every platform of the supplier: credentials of others, of the same kind and
    /// channel, that must go on working. Without one nothing there can be proven dead.
    Given r#"a bystander on every platform"#, "a bystander on every platform",
    |drill, _args| Ok(drill.with_bystanders()?);

    /// The identity provider switches accounts elsewhere off, and on, so long after its own. On mocks the
    /// platforms are wired so; on a real environment it is a statement of fact, and nothing is done.
    Given r#"users of "([^"]+)" are provisioned to ("[^"]+"(?:(?:, | and )"[^"]+")*) within (.+)"#,
    "users of \"okta\" are provisioned to \"zendesk\" and \"slack\" within 5 minutes",
    |drill, args| {
        let downstream: Vec<&str> = args.get(2).split('"').skip(1).step_by(2).collect();
        Ok(drill.provisioned(args.get(1), &downstream, duration(args.get(3))?)?)
    };

    /// Mocks only: what is provisioned to a platform is answered with 200, and nothing happens there.
    Given r#"the provisioning to "([^"]+)" answers 200 and does nothing"#,
    "the provisioning to \"slack\" answers 200 and does nothing",
    |drill, args| Ok(drill.provisioning_does_nothing(args.get(1))?);

    /// A nightly job (UTC) switches on, or makes anew, every account that its old list names. On a real
    /// environment it is a statement of fact, and nothing is done.
    Given r#"a nightly sync re-creates accounts at "([^"]+)" at ([0-9]{2}:[0-9]{2})"#,
    "a nightly sync re-creates accounts at \"zendesk\" at 02:00",
    |drill, args| Ok(drill.nightly_sync(args.get(1), time_of_day(args.get(2))?)?);

    /// The positive control: every credential of the supplier is used on every channel and must be let
    /// in. Also makes the bogus and the empty control. What is not proven to work is never called dead.
    Given r#"every credential of the supplier is proven to work"#,
    "every credential of the supplier is proven to work",
    |drill, args| Ok(drill.arm(&args.text).await?);
};
