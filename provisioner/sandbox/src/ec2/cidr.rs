//! IPv4 blocks.
//!
//! Owns: parsing, containment, overlap, counting addresses. Must not know: VPCs.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// An IPv4 block such as `10.0.0.0/16`, with no bits set outside its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    base: u32,
    prefix: u8,
}

impl Cidr {
    pub(crate) fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses the block has.
    pub(crate) fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// Whether the other block lies wholly inside this one.
    pub(crate) fn contains(self, other: Cidr) -> bool {
        other.prefix >= self.prefix && other.base & mask(self.prefix) == self.base
    }

    /// Whether the blocks share an address.
    pub(crate) fn overlaps(self, other: Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The address at an offset from the block's start, if it lies inside.
    pub(crate) fn address(self, offset: u64) -> Option<Ipv4Addr> {
        (offset < self.size()).then(|| Ipv4Addr::from(self.base + offset as u32))
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0)
}

impl FromStr for Cidr {
    type Err = ();

    /// Refuses host bits below the mask: EC2 would round some of them down, the sandbox is stricter.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = text.split_once('/').ok_or(())?;
        let base = u32::from(address.parse::<Ipv4Addr>().map_err(|_| ())?);
        let prefix = prefix
            .parse::<u8>()
            .ok()
            .filter(|prefix| *prefix <= 32)
            .ok_or(())?;
        if base & !mask(prefix) == 0 {
            Ok(Self { base, prefix })
        } else {
            Err(())
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_know_each_other() {
        assert!(cidr("10.0.0.0/16").contains(cidr("10.0.255.0/24")));
        assert!(!cidr("10.0.0.0/16").contains(cidr("10.1.0.0/24")));
        assert!(cidr("10.0.1.0/24").overlaps(cidr("10.0.0.0/16")));
        assert!(!cidr("10.0.1.0/24").overlaps(cidr("10.0.2.0/24")));
        assert!(cidr("0.0.0.0/0").contains(cidr("192.168.0.0/24")));
        assert_eq!(
            cidr("10.0.1.0/24").address(255).unwrap().to_string(),
            "10.0.1.255"
        );
        assert_eq!(cidr("10.0.1.0/24").address(256), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["10.0.0.1/16", "10.0.0.0", "10.0.0/16", "10.0.0.0/33", "x/8"] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }
}
