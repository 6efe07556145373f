//! The real binary, with nothing in its environment, in a directory of the test's own: exit codes, streams, and bad input
//! as a new user would give it. No run may panic or show a backtrace: `Place` looks at each.

mod codes;
mod complete;
mod connections;
mod credentials;
mod doctor;
mod endings;
mod files;
mod help;
mod hints;
pub mod leases;
mod live;
mod plans;
mod proxies;
mod push;
mod refusals;
mod sandbox;
mod terminal;
mod texts;
