//! Secrets: none gets out of the program, in no form, to no file, stream or child process. The bundled
//! drills run at their most verbose; a project of its own plants secrets of every kind, has a platform and
//! a runbook repeat them in every encoding, and has every child write down what it can see.

mod children;
mod estate;
mod forms;
mod planted;
