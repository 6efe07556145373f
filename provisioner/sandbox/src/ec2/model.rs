//! What EC2 keeps.
//!
//! Owns: the records and their links by id. Must not know: the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tags::Tags;

/// Everything EC2 keeps in one region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) vpcs: BTreeMap<String, Vpc>,
    pub(crate) subnets: BTreeMap<String, Subnet>,
    pub(crate) internet_gateways: BTreeMap<String, InternetGateway>,
    pub(crate) addresses: BTreeMap<String, Address>,
    pub(crate) nat_gateways: BTreeMap<String, NatGateway>,
    pub(crate) route_tables: BTreeMap<String, RouteTable>,
    pub(crate) security_groups: BTreeMap<String, SecurityGroup>,
    pub(crate) rules: BTreeMap<String, Rule>,
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    pub(crate) interfaces: BTreeMap<String, NetworkInterface>,
    #[serde(default)]
    pub(crate) vpn_gateways: BTreeMap<String, VpnGateway>,
    #[serde(default)]
    pub(crate) network_acls: BTreeMap<String, NetworkAcl>,
    /// Client tokens seen, by `OPERATION/TOKEN`.
    pub(crate) tokens: BTreeMap<String, Token>,
    /// How many public addresses were given out.
    pub(crate) public_addresses: u32,
}

/// A virtual private cloud.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) cidr: String,
    pub(crate) dns_support: bool,
    pub(crate) dns_hostnames: bool,
    pub(crate) tags: Tags,
}

/// A subnet in one availability zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a subnet of AWS's has as many switches"
)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) cidr: String,
    pub(crate) zone: String,
    #[serde(default)]
    pub(crate) zone_id: String,
    pub(crate) public_ip_on_launch: bool,
    #[serde(default)]
    pub(crate) dns64: bool,
    /// Of the names of what starts in it: whether they are made of the resource's id, and which addresses they answer.
    #[serde(default)]
    pub(crate) resource_names: bool,
    #[serde(default)]
    pub(crate) a_record: bool,
    #[serde(default)]
    pub(crate) aaaa_record: bool,
    pub(crate) tags: Tags,
}

/// An internet gateway, attached to at most one VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub(crate) id: String,
    pub(crate) vpc: Option<String>,
    pub(crate) tags: Tags,
}

/// A virtual private gateway, attached to at most one VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VpnGateway {
    pub(crate) id: String,
    pub(crate) vpc: Option<String>,
    pub(crate) tags: Tags,
}

/// A network ACL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    pub(crate) id: String,
    pub(crate) vpc: String,
    /// Whether it came with its VPC and goes with it.
    pub(crate) default: bool,
    pub(crate) tags: Tags,
}

/// An elastic IP address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) id: String,
    pub(crate) ip: String,
    /// The association with a NAT gateway's interface.
    pub(crate) association: Option<Association>,
    pub(crate) tags: Tags,
}

/// What an elastic IP address is mapped to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Association {
    pub(crate) id: String,
    pub(crate) interface: String,
}

/// A public NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) allocation: String,
    pub(crate) association: Option<String>,
    pub(crate) interface: Option<String>,
    pub(crate) public_ip: String,
    pub(crate) private_ip: Option<String>,
    pub(crate) state: NatState,
    /// When the present state ends, if it ends by itself.
    pub(crate) due: Option<u64>,
    /// Code and message, once it failed or is bound to fail.
    pub(crate) failure: Option<(String, String)>,
    pub(crate) created: u64,
    pub(crate) deleted: Option<u64>,
    pub(crate) tags: Tags,
}

/// The life of a NAT gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NatState {
    Pending,
    Available,
    Failed,
    Deleting,
    Deleted,
}

impl NatState {
    /// As the wire has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Failed => "failed",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }
}

/// A route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub(crate) id: String,
    pub(crate) vpc: String,
    /// Routes beside the local one and the gateway endpoints', by destination block.
    pub(crate) routes: BTreeMap<String, Target>,
    /// Routes that a VPN gateway learnt and propagates, by destination block.
    #[serde(default)]
    pub(crate) propagated: BTreeMap<String, String>,
    /// Associations by their id: the subnet, or nothing for the VPC's main association.
    pub(crate) associations: BTreeMap<String, Option<String>>,
    pub(crate) tags: Tags,
}

impl RouteTable {
    /// Whether this is its VPC's main table.
    pub(crate) fn is_main(&self) -> bool {
        self.associations.values().any(Option::is_none)
    }
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    InternetGateway(String),
    NatGateway(String),
}

/// A security group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) vpc: String,
    pub(crate) tags: Tags,
}

/// One rule of a security group: one peer, as `DescribeSecurityGroupRules` lists them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) egress: bool,
    pub(crate) terms: Terms,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
}

/// What a rule lets through: two rules of a group with the same terms are duplicates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// `tcp`, `udp`, `icmp`, `-1` or a number.
    pub(crate) protocol: String,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    pub(crate) peer: Peer,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Peer {
    Ipv4(String),
    Ipv6(String),
    Group(String),
    PrefixList(String),
}

/// A gateway endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) service: String,
    pub(crate) route_tables: Vec<String>,
    pub(crate) policy: String,
    /// When a deleted endpoint is gone.
    pub(crate) deleting: Option<u64>,
    pub(crate) created: u64,
    pub(crate) tags: Tags,
}

/// A network interface. NAT gateways, load balancers and tasks hold one each; it keeps its subnet and groups alive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkInterface {
    pub(crate) id: String,
    pub(crate) subnet: String,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) private_ip: String,
    pub(crate) public_ip: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) description: String,
    /// `nat_gateway`, or `interface` for load balancers and tasks.
    pub(crate) kind: String,
    /// Who made it: `amazon-elb`, or a service's account.
    pub(crate) requester: String,
    pub(crate) mac: String,
    pub(crate) attachment: String,
    pub(crate) created: u64,
}

/// A client token's first request and what it made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) fingerprint: String,
    pub(crate) made: String,
}
