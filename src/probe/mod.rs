//! Probes: the only code that opens sockets.

mod build;
pub mod flow;
pub mod http;
pub mod prober;
pub(crate) mod sign;
pub mod stage;
pub mod wallet;

pub use prober::{HttpProber, Observation, Prober, Variant};
pub use stage::{Identity, Site, Stage};
pub use wallet::{Held, Values, Wallet};
