//! How many of a thing an account may have.
//!
//! Owns: the numbers. Must not know: the things.

/// The quotas that the sandbox enforces, per region. The defaults are AWS's for a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// VPCs; one more is `VpcLimitExceeded`.
    pub vpcs: usize,
    /// Elastic IP addresses; one more is `AddressLimitExceeded`.
    pub addresses: usize,
    /// NAT gateways per availability zone; one more is `NatGatewayLimitExceeded`.
    pub nat_gateways_per_zone: usize,
    /// Rules per direction of a security group; one more is `RulesPerSecurityGroupLimitExceeded`.
    pub rules_per_group: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            vpcs: 5,
            addresses: 5,
            nat_gateways_per_zone: 5,
            rules_per_group: 60,
        }
    }
}

impl Quotas {
    /// Nothing is limited, for tests of many environments in one account.
    pub fn none() -> Self {
        Self {
            vpcs: usize::MAX,
            addresses: usize::MAX,
            nat_gateways_per_zone: usize::MAX,
            rules_per_group: usize::MAX,
        }
    }
}
