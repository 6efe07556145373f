//! What there is to draw: boxes with their words, and what they are to one another. No places, no colours.

use hcctl_engine::Address;

use super::Mark;
use crate::price::{Cost, Costs};

/// A whole picture.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Whose environment, such as `shop dev`.
    pub title: String,
    /// Where it is.
    pub place: String,
    /// What is to be done, in a few words.
    pub outcome: String,
    /// The network's frame.
    pub network: Option<Node>,
    /// The way between the network and the internet.
    pub gateway: Option<Node>,
    /// What the internet's requests arrive at.
    pub edge: Option<Node>,
    /// Where it listens, such as `HTTP 80`.
    pub listeners: Vec<String>,
    /// The zones, by name.
    pub zones: Vec<Zone>,
    /// The frame around the services.
    pub cluster: Option<Node>,
    /// The services.
    pub services: Vec<Service>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The ways to AWS's own services that do not lead through the internet.
    pub endpoints: Vec<Endpoint>,
    /// What stands at the side: images, logs, alarms.
    pub cards: Vec<Node>,
    /// Resources by what is to be done with them.
    pub counts: Vec<(Mark, usize)>,
    /// What it costs.
    pub costs: Costs,
}

/// A box: one resource, or some that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What sort of thing it is, for its icon.
    pub sort: Sort,
    /// What it is called.
    pub title: String,
    /// What else it says, the most important first.
    pub lines: Vec<String>,
    /// The resources that it stands for.
    pub parts: Vec<(Mark, Address)>,
    /// What is to be done with it.
    pub mark: Option<Mark>,
    /// What it will cost in a month, as far as that is fixed.
    pub cost: Option<Cost>,
}

impl Node {
    /// What is to be done with it.
    pub fn mark(&self) -> Mark {
        self.mark.unwrap_or(Mark::Keep)
    }

    /// Its resources, each with its sign: what a reader sees who points at it.
    pub fn tip(&self) -> String {
        let sign = |mark: Mark| mark.sign().unwrap_or("=");
        let parts = self.parts.iter();
        let parts: Vec<String> = parts
            .map(|(mark, address)| format!("{} {address}", sign(*mark)))
            .collect();
        parts.join("\n")
    }
}

/// What sort of thing a box stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Something else.
    #[default]
    Other,
    /// The internet.
    Internet,
    /// A gateway to it.
    Gateway,
    /// A load balancer.
    Balancer,
    /// A NAT gateway.
    Nat,
    /// A service.
    Service,
    /// A table.
    Table,
    /// A registry of images.
    Images,
    /// Logs.
    Logs,
    /// Alarms.
    Alarms,
    /// A dashboard.
    Dashboard,
    /// Roles and security groups.
    Access,
}

/// A zone, which is a column.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Its name, such as `us-east-1a`.
    pub name: String,
    /// The subnet that reaches the internet.
    pub public: Option<Node>,
    /// The subnet that does not.
    pub private: Option<Node>,
    /// The NAT gateway that stands in it.
    pub nat: Option<Node>,
    /// The place in the list of the zone whose NAT gateway its private subnet uses.
    pub way_out: Option<usize>,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its box.
    pub node: Node,
    /// Its name.
    pub name: String,
    /// The paths whose requests it gets.
    pub paths: Vec<String>,
    /// What runs.
    pub image: String,
    /// How large it is.
    pub size: String,
    /// How large it was, where that changes.
    pub was: Option<String>,
    /// Tasks at least and at most.
    pub tasks: Option<(u32, u32)>,
    /// The place in the list of the table that it uses.
    pub table: Option<usize>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its box.
    pub node: Node,
    /// The name within its kind.
    pub name: String,
}

/// A gateway endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its box.
    pub node: Node,
    /// What it leads to, such as `dynamodb`.
    pub service: String,
}
