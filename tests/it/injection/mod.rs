//! Injection: whatever a platform, an inventory, a runbook or a file name says, it is only read. One run
//! full of texts that would act is played through the program; each format of what came of it is read
//! back by a parser that is not ours, and compared with the same record under harmless names.

mod formats;
mod live;
mod payloads;
mod project;
pub(crate) mod server;
mod terminal;
mod twin;
