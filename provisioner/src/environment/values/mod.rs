//! The values of the file as types: whoever holds one holds a value that AWS accepts.
//!
//! `rejection` is what they share; each other file owns the values of one subject, with the rule of each and where it comes from.

pub(crate) mod auth;
pub(crate) mod cidr;
pub(crate) mod container;
pub(crate) mod control;
pub(crate) mod host;
pub(crate) mod name;
pub(crate) mod number;
pub(crate) mod path;
pub(crate) mod place;
pub(crate) mod queue;
pub(crate) mod reach;
pub(crate) mod rejection;
pub(crate) mod secret;
pub(crate) mod size;
pub(crate) mod tag;
pub(crate) mod variable;
mod wildcard;
pub(crate) mod zone;
