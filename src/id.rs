//! Names of things, each its own type, so that a credential is never taken for a principal.
//!
//! Not for secrets: an id may be printed anywhere.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Names a thing.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name as it is written in files.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// A third party whose access ends.
    SupplierId;
    /// An identity the supplier has at one platform.
    PrincipalId;
    /// Anything that authenticates, as the inventory names it.
    CredentialId;
    /// A standing authorization from which tokens keep being minted.
    GrantId;
    /// A platform description.
    PlatformId;
    /// A kind of credential of one platform, such as `api_token`.
    KindId;
    /// One way of using a credential, such as `rest`.
    ChannelId;
    /// An action of one platform, such as `suspend_user`.
    ActionId;
    /// An offboarding under test.
    ProcedureId;
    /// A set of platforms to drill against, as `doornail.yaml` names it.
    EnvironmentId;
    /// One run of doornail; also the name of its folder.
    RunId;
}
