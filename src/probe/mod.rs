//! Probes: the only code that opens sockets, and runs programs that do.

mod browser;
mod build;
pub mod flow;
pub mod http;
pub mod prober;
pub(crate) mod sign;
pub mod stage;
mod talk;
pub mod wallet;

pub use prober::{HttpProber, Observation, Prober, Variant};
pub use stage::{Identity, Site, Stage};
pub use talk::{Permits, Wire};
pub use wallet::{Held, Values, Wallet};
