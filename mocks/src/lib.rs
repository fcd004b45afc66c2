//! Stateful mocks of the platforms a supplier holds credentials at.
//!
//! Every mock is written from the vendors' documentation alone and shares no code, fixture or text
//! with `doornail`: a drill that agreed with its own assumptions would prove nothing. Documented
//! survivors (credentials that outlive a revocation) are switched on, because the real platforms
//! behave that way; [`Fault`] then breaks a platform on purpose, to see that the drill notices.
//!
//! The state of a platform is a pure value behind `Platform::handle`; wiremock is only the socket
//! in front of it, so every rule is tested without a network.

mod estate;
mod faults;
mod http;
mod identity;
mod jwt;
mod lines;
mod links;
mod platforms;
mod population;
mod server;
mod times;

pub use estate::Estate;
pub use faults::Fault;
pub use platforms::oauth_oidc::OidcKnobs;
pub use server::Served;

/// The injected clock: the only source of time in a mock.
///
/// A drill that jumps 24 hours ahead moves the mocks with it, and the same run gives the same bytes.
pub type Now = std::sync::Arc<dyn Fn() -> std::time::SystemTime + Send + Sync>;
