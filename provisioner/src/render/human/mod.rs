//! For people: one screen, in words; colour only adds.

mod aside;
mod entries;
mod faults;
mod plan;
mod report;
mod rows;

pub use faults::faults;
pub use plan::plan;
pub use report::report;

pub(super) use aside::{remarks, strangers};
pub(super) use entries::entry;
pub(super) use plan::head;
pub(super) use rows::{created, deleted, extra, missing};

/// Where entries begin below their heading.
pub(super) const INDENT: usize = 2;
/// Where what belongs to an entry begins.
pub(super) const INNER: usize = 6;
/// The widest column that kinds of resources get.
const KIND: usize = 24;
