//! From text to the types, with every error on the way.
//!
//! In the order of the flow: `yaml` makes a tree with places, `reader` and `scalars` walk it and collect errors, `sections`, `service`
//! and `deployment` know the keys, `check` compares sections with one another, `within` measures what AWS limits by its size, `parse` is the whole, `error` is what a user sees.

pub(crate) mod calls;
mod check;
mod container;
pub(crate) mod deployment;
pub(crate) mod error;
pub(crate) mod parse;
mod queue;
mod reach;
pub(crate) mod reader;
pub(crate) mod scalars;
pub(crate) mod sections;
pub(crate) mod service;
mod sidecar;
pub(crate) mod suggest;
pub(crate) mod within;
pub(crate) mod yaml;
