//! Releases, by the real binary against a served sandbox: every strategy with everything that can happen to it.

mod idle;
mod images;
mod moto;
mod outages;
mod requests;
pub mod stage;
mod strategies;
mod verbs;
