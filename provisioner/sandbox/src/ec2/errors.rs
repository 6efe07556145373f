//! EC2's refusals: [error codes](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
//!
//! Owns: code and wording. Must not know: when they apply.

use crate::answer::AwsError;

fn absent(code: &str, what: &str, id: &str) -> AwsError {
    AwsError::new(code, format!("The {what} '{id}' does not exist"))
}

pub(crate) fn no_vpc(id: &str) -> AwsError {
    absent("InvalidVpcID.NotFound", "vpc ID", id)
}

pub(crate) fn no_subnet(id: &str) -> AwsError {
    absent("InvalidSubnetID.NotFound", "subnet ID", id)
}

pub(crate) fn no_internet_gateway(id: &str) -> AwsError {
    absent(
        "InvalidInternetGatewayID.NotFound",
        "internetGateway ID",
        id,
    )
}

pub(crate) fn no_vpn_gateway(id: &str) -> AwsError {
    absent("InvalidVpnGatewayID.NotFound", "vpnGateway ID", id)
}

pub(crate) fn no_network_acl(id: &str) -> AwsError {
    absent("InvalidNetworkAclID.NotFound", "networkAcl ID", id)
}

pub(crate) fn no_address(id: &str) -> AwsError {
    absent("InvalidAllocationID.NotFound", "allocation ID", id)
}

pub(crate) fn no_nat_gateway(id: &str) -> AwsError {
    AwsError::new(
        "NatGatewayNotFound",
        format!("The Nat Gateway {id} was not found"),
    )
}

pub(crate) fn no_route_table(id: &str) -> AwsError {
    absent("InvalidRouteTableID.NotFound", "routeTable ID", id)
}

pub(crate) fn no_association(id: &str) -> AwsError {
    absent("InvalidAssociationID.NotFound", "association ID", id)
}

pub(crate) fn no_group(id: &str) -> AwsError {
    absent("InvalidGroup.NotFound", "security group", id)
}

pub(crate) fn no_rule(id: &str) -> AwsError {
    AwsError::new(
        "InvalidSecurityGroupRuleId.NotFound",
        format!("The security group rule ID '{id}' does not exist"),
    )
}

pub(crate) fn no_endpoint(id: &str) -> AwsError {
    AwsError::new(
        "InvalidVpcEndpointId.NotFound",
        format!("The Vpc Endpoint Id '{id}' does not exist"),
    )
}

/// Something still holds it. `what` reads like `subnet 'subnet-0'`.
pub(crate) fn in_use(what: &str) -> AwsError {
    AwsError::new(
        "DependencyViolation",
        format!("The {what} has dependencies and cannot be deleted."),
    )
}

pub(crate) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

pub(crate) fn no_interface(id: &str) -> AwsError {
    absent(
        "InvalidNetworkInterfaceID.NotFound",
        "networkInterface ID",
        id,
    )
}
