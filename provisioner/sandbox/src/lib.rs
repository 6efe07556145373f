//! A deterministic simulation of the part of AWS that hcctl uses.
//!
//! The sandbox is a teaching and test bench, never a claim about AWS. It keeps one [`Sandbox`] world: VPCs, load balancers,
//! clusters, roles, log groups and the rest, each service in a room of its own. A request enters as HTTP, from the AWS SDK
//! inside the process ([`Sandbox::http_client`]) or over a loopback port ([`Sandbox::serve`]), and leaves as the HTTP answer
//! that AWS would give, refusals included.
//!
//! It is stricter than AWS where AWS is vague, never looser: an operation, parameter or filter that it does not implement is
//! an error that names itself.
//!
//! Reading order: [`world`] holds all state, [`call`] is what a room receives, [`answer`] is what it gives back, [`time`] says
//! how long things stay pending, then one room per AWS service.
//!
//! Where it is served, engines push to its [`registry`], and [`live`] really runs its tasks.
//!
//! What it must not know: hcctl's engine, plans and environments. It is a plain fake cloud and nothing more.

#![deny(missing_docs)]
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test that unwraps a failure has failed"
    )
)]

mod answer;
mod call;
mod cbor;
mod client;
mod faults;
mod live;
mod paging;
mod params;
mod partition;
mod quotas;
mod registry;
mod sandbox;
mod server;
mod shape;
mod sqs;
mod store;
mod tags;
mod time;
mod world;

mod acm;
mod cloudwatch;
mod discovery;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod elbv2;
mod iam;
mod kms;
mod logs;
mod rollout;
mod rooms;
mod s3;
mod scaling;
mod secrets;
mod ssm;
mod sts;
mod tagging;
mod trail;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod fixtures;

pub use client::served;
pub use ec2::Zone;
pub use faults::{FaultPlan, Rate, Trouble};
pub use live::{Live, forget};
pub use quotas::Quotas;
pub use rollout::Serving;
pub use sandbox::{Sandbox, Settings, Stopped};
pub use server::reset_served;
pub use store::StoreError;
pub use time::{Delays, Pace};
pub use world::ACCOUNT;
