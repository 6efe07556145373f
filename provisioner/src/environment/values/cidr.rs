//! IPv4 blocks: the network's, and the subnets cut from it.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::rejection::Rejection;

/// An IPv4 block between /16 and /28, the limits of a VPC and of a subnet alike (EC2 CreateVpc and CreateSubnet, `CidrBlock`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    address: Ipv4Addr,
    prefix: u8,
}

/// Bits between the network's prefix and its subnets', as in Terraform's `cidrsubnet(cidr, 8, n)`.
const SUBNET_BITS: u8 = 8;

/// A load balancer's subnets must be /27 or larger, with eight free addresses (ELBv2 CreateLoadBalancer, `Subnets`).
const SMALLEST_SUBNET: u8 = 27;

/// Blocks that no one on the internet owns: RFC 1918, RFC 6598 and RFC 2544.
const PRIVATE: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
];

impl Cidr {
    /// The first address.
    pub const fn address(self) -> Ipv4Addr {
        self.address
    }

    /// The number of leading bits all addresses share.
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// The subnet with this number, 256 of which fill the block.
    ///
    /// `None` when the block is smaller than /19, the smallest whose subnets a load balancer accepts.
    pub fn subnet(self, number: u8) -> Option<Cidr> {
        let prefix = self.prefix + SUBNET_BITS;
        let address = u32::from(self.address) | (u32::from(number) << (32 - prefix.min(32)));
        (prefix <= SMALLEST_SUBNET).then_some(Self {
            address: address.into(),
            prefix,
        })
    }

    /// The addresses of a subnet of this size, without the five that AWS keeps.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
    pub(crate) fn free_addresses(self) -> u32 {
        (1 << (32 - self.prefix)) - 5
    }

    /// The block of this size that it is in.
    pub(crate) fn widened(self, prefix: u8) -> Cidr {
        Self {
            address: network(self.address, prefix),
            prefix,
        }
    }

    /// Whether the two have an address in common.
    pub fn overlaps(self, other: Cidr) -> bool {
        let prefix = self.prefix.min(other.prefix);
        network(self.address, prefix) == network(other.address, prefix)
    }

    /// Whether the block can be an environment's network: private, and large enough for its subnets.
    pub(crate) fn as_network(self) -> Result<(), Rejection> {
        let inside = |&(address, prefix): &(Ipv4Addr, u8)| {
            prefix <= self.prefix && network(self.address, prefix) == address
        };
        if !PRIVATE.iter().any(inside) {
            return Err(Rejection::new(
                format!(
                    "{self} is not a private block: hosts on the internet that own it could not be reached"
                ),
                "write a block within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or 198.18.0.0/15, such as 10.0.0.0/16",
            ));
        }
        if self.subnet(0).is_none() {
            return Err(Rejection::new(
                format!(
                    "{self} is too small: its subnets would be /{}, and a load balancer needs /{SMALLEST_SUBNET} or larger",
                    self.prefix + SUBNET_BITS
                ),
                format!(
                    "write a block from /16 to /{}, such as {}",
                    SMALLEST_SUBNET - SUBNET_BITS,
                    Self {
                        address: network(self.address, 16),
                        prefix: 16
                    }
                ),
            ));
        }
        Ok(())
    }
}

/// The address with all bits behind the prefix cleared.
fn network(address: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    let mask = u32::MAX
        .checked_shl(32 - u32::from(prefix.min(32)))
        .unwrap_or(0);
    (u32::from(address) & mask).into()
}

impl FromStr for Cidr {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let example = "write an address and a prefix length, such as 10.0.0.0/16";
        let refused = |reason: String| Err(Rejection::new(reason, example));
        let shown = text.escape_debug();
        let Some((address, prefix)) = text.split_once('/') else {
            return refused(format!("`{shown}` has no prefix length"));
        };
        if address.contains(':') {
            return refused(format!("`{shown}` is IPv6, and the network is IPv4"));
        }
        let digits = !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_digit());
        let (Ok(address), Ok(prefix), true) =
            (address.parse::<Ipv4Addr>(), prefix.parse::<u8>(), digits)
        else {
            return refused(format!("`{shown}` is not an IPv4 block"));
        };
        if !(16..=28).contains(&prefix) {
            return Err(Rejection::new(
                format!("/{prefix} is not a size AWS offers for a network"),
                "write a block from /16 (65,536 addresses) to /19, such as 10.0.0.0/16",
            ));
        }
        let first = network(address, prefix);
        if first != address {
            return Err(Rejection::new(
                format!("{address} is not the first address of a /{prefix}"),
                format!("write {first}/{prefix}"),
            ));
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.address, self.prefix))
    }
}

impl serde::Serialize for Cidr {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl schemars::JsonSchema for Cidr {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cidr".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]{1,3}(\\.[0-9]{1,3}){3}/1[6-9]$",
        })
    }
}
