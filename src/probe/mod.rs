//! Probes: the only code that opens sockets.

pub mod flow;
pub mod http;
pub mod prober;
pub mod stage;
pub mod wallet;

pub use prober::{HttpProber, Observation, Prober, Variant};
pub use stage::{Identity, Site, Stage};
pub use wallet::{Held, Values, Wallet};
