//! EC2 through the dispatcher: what comes back, what is refused, what waits.

mod endpoints;
mod gateways;
mod groups;
mod lists;
mod networks;

use crate::bench::{Bench, text};

/// A VPC of 10.0.0.0/16.
fn vpc(bench: &Bench) -> String {
    let xml = bench
        .ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
        .unwrap();
    text(&xml, "vpcId")
}

/// A subnet in zone a.
fn subnet(bench: &Bench, vpc: &str, cidr: &str) -> String {
    let xml = bench
        .ec2("CreateSubnet", &[("VpcId", vpc), ("CidrBlock", cidr)])
        .unwrap();
    text(&xml, "subnetId")
}

/// An internet gateway, attached.
fn gateway(bench: &Bench, vpc: &str) -> String {
    let id = text(
        &bench.ec2("CreateInternetGateway", &[]).unwrap(),
        "internetGatewayId",
    );
    bench
        .ec2(
            "AttachInternetGateway",
            &[("InternetGatewayId", &id), ("VpcId", vpc)],
        )
        .unwrap();
    id
}

/// An elastic IP address.
fn address(bench: &Bench) -> String {
    text(
        &bench.ec2("AllocateAddress", &[("Domain", "vpc")]).unwrap(),
        "allocationId",
    )
}

/// A route table.
fn table(bench: &Bench, vpc: &str) -> String {
    text(
        &bench.ec2("CreateRouteTable", &[("VpcId", vpc)]).unwrap(),
        "routeTableId",
    )
}

/// A security group.
fn group(bench: &Bench, vpc: &str, name: &str) -> String {
    let params = [
        ("GroupName", name),
        ("GroupDescription", "for the test"),
        ("VpcId", vpc),
    ];
    text(
        &bench.ec2("CreateSecurityGroup", &params).unwrap(),
        "groupId",
    )
}

/// The code of a call that must be refused.
fn code(bench: &Bench, operation: &str, params: &[(&str, &str)]) -> String {
    bench.ec2(operation, params).unwrap_err().code
}
