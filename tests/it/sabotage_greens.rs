//! The cells of the sabotage table that may be green, and why. Every line was argued; a cell that is green
//! without one fails the test, and so does a line of one platform whose cell is not green.

const CLOCK: &str = "what ends is refused on use; no verdict rests on the platform's clock";
const NOT_DEACTIVATED: &str = "nothing in its drill ends by a deactivation";
const UNCLAIMED: &str = "no refusal is documented, so no end is claimed; the report says so";
const NAMELESS_LOGIN: &str = "its protocols name nobody but whom they were told";
const NAMELESS: &str = "its keys name nobody";
const ITS_OWN_NAME: &str = "the protocol names nobody: what is let in is the name that was sent";

/// Faults that do not touch what is demanded, on any platform.
pub(crate) const EVERYWHERE: &[(&str, &str)] = &[
    ("clock-ahead:3600", CLOCK),
    ("clock-behind:3600", CLOCK),
    ("clock-ahead:3600 later", CLOCK),
    ("clock-behind:3600 later", CLOCK),
];

/// Platform, fault, and why nothing is to be seen there.
pub(crate) const GREENS: &[(&str, &str, &str)] = &[
    ("aws", "survives-deactivation", NOT_DEACTIVATED),
    ("front", "survives-deactivation", NOT_DEACTIVATED),
    ("gorgias", "revoke-does-nothing", UNCLAIMED),
    ("gorgias", "survives-deactivation", UNCLAIMED),
    ("gorgias", "slow-death:7200", UNCLAIMED),
    ("gorgias", "comes-back:600", UNCLAIMED),
    ("hubspot", "survives-deactivation", NOT_DEACTIVATED),
    ("intercom", "survives-deactivation", NOT_DEACTIVATED),
    ("mailbox", "other-identity", NAMELESS_LOGIN),
    ("mailbox", "other-identity later", NAMELESS_LOGIN),
    ("scim", "survives-deactivation", NOT_DEACTIVATED),
    ("sendgrid", "other-identity", NAMELESS),
    ("sendgrid", "other-identity later", NAMELESS),
    ("shopify", "survives-deactivation", NOT_DEACTIVATED),
    ("ssh", "other-identity", ITS_OWN_NAME),
    ("ssh", "other-identity later", ITS_OWN_NAME),
    ("stripe", "survives-deactivation", NOT_DEACTIVATED),
    ("webhook-inbound", "survives-deactivation", NOT_DEACTIVATED),
];
