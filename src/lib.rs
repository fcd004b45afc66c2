//! doornail: offboarding drills that prove, by use, that a departed supplier's credentials have
//! stopped working.
//!
//! The way of the data: files become an [`inventory`] and [`platform`] descriptions; a [`drill`] arms and
//! terminates; the [`chase`] probes; everything that happens goes into the [`journal`]; rulings, exit codes
//! and [`report`]s are projections of it. Nothing flows back, and nothing here prints or exits.
//!
//! A verdict has no default: whatever no rule names is inconclusive.
//!
//! ```
//! use doornail::platform::Catalogue;
//! use doornail::platform::answer::Answer;
//! use doornail::platform::rules::{Place, classify};
//! use doornail::verdict::{DoubtReason, Verdict};
//!
//! let catalogue = Catalogue::built_in()?;
//! let slack = catalogue.get(&"slack".into()).expect("slack is built in");
//! let web_api = &slack.credentials["user_token"].probe["web_api"];
//! let judge = |status, body: &str| {
//!     let answer = Answer::new(status, Vec::new(), body.as_bytes());
//!     classify("slack", web_api, &answer, Place { step: 1, of: 1 }, &|_| None)
//! };
//! assert!(matches!(judge(200, r#"{"ok":false,"error":"token_revoked"}"#), Verdict::Dead(_)));
//! assert!(matches!(
//!     judge(429, r#"{"ok":false,"error":"token_revoked"}"#),
//!     Verdict::Inconclusive(doubt) if doubt.reason == DoubtReason::RateLimited
//! ));
//! # Ok::<(), doornail::error::Problems>(())
//! ```

pub mod approval;
pub mod chase;
pub mod claim;
pub mod clock;
pub mod config;
pub mod drill;
pub mod error;
pub mod id;
pub mod inert;
pub mod inventory;
pub mod journal;
pub mod platform;
pub mod probe;
pub mod report;
pub mod schemas;
pub mod secret;
pub mod span;
pub mod steps;
pub mod track;
pub mod verdict;
pub mod witness;
