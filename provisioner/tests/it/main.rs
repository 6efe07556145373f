//! Every test that needs the binary or the AWS SDK, in one test program: linking the SDK is the dear part.
//!
//! - `audit`: what an audit says of dev and of prod.
//! - `bootstrap`: the account's set-up, and environments that live with it.
//! - `cli`: the real binary: exit codes, streams, bad input, signals.
//! - `cost`: how many calls a plan and an apply make, and in how many rounds.
//! - `coverage`: every member that AWS's answers can hold, and every one that hcctl owns changed behind its back.
//! - `crash`: the real binary is killed between calls, and a second run converges.
//! - `daily`: audit, costs, drift, logs and history by the real binary.
//! - `deploy`: releases with every strategy, and everything that can happen to one.
//! - `differential`: the same calls on the sandbox and on moto, and every difference with its reason.
//! - `drift`: every field of every kind, changed behind hcctl's back.
//! - `examples`: every example, from nothing to nothing.
//! - `fields`: changing any one field of the environment file gives exactly the change that it should.
//! - `json`: what is written with `--format json` against its schemas.
//! - `kinds`: loops over every kind: round trip, disappears, extra.
//! - `limits`: every limit that AWS's published models put on what a value of the file reaches.
//! - `strangers`: what somebody else made beside ours is told of and left alone.
//! - `places`: every partition, and zones that cannot be used.
//! - `picture`: what pictures and pages show.
//! - `rights`: what roles may really do, by IAM's simulation.
//! - `sizes`: how large documents become, as the check of a file reckons and as they are made.
//! - `tags`: what happens when somebody takes tags away.
//! - `topology`: what dev and prod consist of.
//! - `waits`: what has to wait until AWS lets go of something.
//! - `wire`: dev, prod and the account's set-up on moto's server, an independent opinion.
//! - `workflows`: the variables that the workflows read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
#![allow(
    unreachable_pub,
    reason = "the benchmark shares modules with this program"
)]

mod audit;
mod bootstrap;
mod cli;
mod cost;
mod coverage;
mod crash;
mod daily;
mod deploy;
mod differential;
mod drift;
mod examples;
mod fields;
mod json;
mod kinds;
mod limits;
mod picture;
mod places;
mod rights;
mod sizes;
mod strangers;
mod support;
mod tags;
mod topology;
mod waits;
mod wire;
mod workflows;
