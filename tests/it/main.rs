//! What the program does as a whole: every test runs the binary in a folder of its own, with an empty
//! environment, and reads what it wrote. Not for rules that a unit test can reach.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod architecture;
mod audit;
mod bundled;
mod cascade;
mod cells;
mod cli_files;
mod cli_look;
mod cli_mock;
mod cli_real;
mod connection;
mod demo;
mod desk;
mod determinism;
mod estate;
mod false_green;
mod fuzz;
mod injection;
mod leftovers;
mod live;
mod own_platform;
mod own_program;
mod readme;
mod recheck;
mod recovery;
mod rehearsal;
mod resets;
mod resume;
mod rotation;
mod sabotage;
mod sabotage_drills;
mod sabotage_greens;
mod sabotage_platforms;
mod schemas;
mod sdk;
mod secrets;
mod serving;
mod tenant;
mod torture;
mod verify;
