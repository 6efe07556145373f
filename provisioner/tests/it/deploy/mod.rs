//! Releases, by the real binary against a served sandbox: every strategy with everything that can happen to it.

pub mod stage;
mod strategies;
mod verbs;
