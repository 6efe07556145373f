//! Desired graph, difference, order and schedule: the pure core of hcctl.
//!
//! This crate knows no AWS, no YAML, no terminal and no clock. Everything it needs from outside comes in as an
//! argument: the kinds of resource ([`kind`]), what was seen ([`snapshot`]), how to sleep ([`drive::Pace`]).
//!
//! Modules in reading order: [`address`] and [`link`] name things, [`doc`] and [`rule`] describe them, [`kind`] says
//! what a kind of resource must offer, [`blueprint`] is what is wanted, [`snapshot`] what was seen, [`diff`] and
//! [`plan`] the difference, [`steps`] its order, [`schedule`] the order as a state machine, [`event`] and [`report`]
//! what happened, [`drive`] the loop that makes it happen.
#![deny(missing_docs)]

pub mod address;
pub mod blueprint;
pub mod diff;
pub mod doc;
pub mod drive;
pub mod event;
pub mod fault;
pub mod kind;
pub mod link;
pub mod order;
pub mod plan;
pub mod report;
pub mod rule;
pub mod schedule;
pub mod snapshot;
pub mod steps;

pub use address::Address;
pub use blueprint::Blueprint;
pub use doc::Doc;
pub use event::{Event, Verb};
pub use fault::{Class, Fault};
pub use kind::{AnyKind, Change as KindChange, Erased, Facts, Found, Kind, Ours, Readiness};
pub use link::Link;
pub use plan::{Action, Change, Plan, Reason};
pub use report::Report;
pub use rule::{Replacement, Risk, Rule, Rules};
pub use snapshot::{Observed, Snapshot};
