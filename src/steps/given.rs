//! `Given`: the supplier, its bystanders, and the proof that everything works before anything is done.

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

    /// The positive control: every credential of the supplier is used on every channel and must be let
    /// in. Also makes the bogus and the empty control. What is not proven to work is never called dead.
    Given r#"every credential of the supplier is proven to work"#,
    "every credential of the supplier is proven to work",
    |drill, args| Ok(drill.arm(&args.text).await?);
};
