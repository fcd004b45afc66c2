//! Resets of passwords: never more wrong passwords than an account takes, no account locked, and every flaw of a
//! reset is found.

mod cap;
mod console;
mod flaws;
