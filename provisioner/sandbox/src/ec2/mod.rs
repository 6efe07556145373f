//! EC2: the network.
//!
//! Owns: VPCs, subnets, gateways, addresses, route tables, security groups, endpoints and the network interfaces that other
//! services hold in them. Must not know: what load balancers and tasks are; they take interfaces with [`create_interface`].

mod cidr;
mod errors;
mod interface;
mod model;

pub(crate) use interface::{NewInterface, create_interface, release_interface};
pub(crate) use model::State;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::Tagged;
use crate::world::World;

/// Answers one call.
pub(crate) fn handle(_world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    Err(call.unknown_operation())
}

/// Turns what is due.
pub(crate) fn settle(_world: &mut World, _region: &str) {}

/// This room's tagged resources.
pub(crate) fn tagged(_world: &World, _region: &str) -> Vec<Tagged> {
    Vec::new()
}

/// How many of each kind there are.
pub(crate) fn count(_world: &World) -> Vec<(&'static str, usize)> {
    Vec::new()
}

impl State {
    /// The next public address, out of the block that RFC 2544 sets aside for benches.
    fn next_public_address(&mut self) -> String {
        self.public_addresses += 1;
        let number = self.public_addresses;
        format!(
            "198.{}.{}.{}",
            18 + (number >> 16 & 1),
            number >> 8 & 255,
            number & 255
        )
    }
}
