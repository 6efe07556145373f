//! Releases: every strategy with everything that can happen to it in this process, on a clock that is stepped, and with
//! what only a process has (words, signals, exit codes) by the real binary against a served sandbox.

mod before;
mod events;
mod idle;
mod images;
mod moto;
mod outages;
mod rehearsal;
mod requests;
pub mod stage;
mod strategies;
mod verbs;
