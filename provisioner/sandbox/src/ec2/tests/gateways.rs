//! Internet gateways, addresses, NAT gateways, route tables and routes.

use super::{address, code, gateway, subnet, table, vpc};
use crate::bench::{Bench, text, texts};
use crate::{Delays, Settings};

fn state(bench: &Bench, nat: &str) -> String {
    text(
        &bench
            .ec2("DescribeNatGateways", &[("NatGatewayId.1", nat)])
            .unwrap(),
        "state",
    )
}

#[test]
fn a_nat_gateway_is_pending_then_available_then_lingers_as_deleted() {
    let bench = Bench::with(Settings::stepped());
    let id = vpc(&bench);
    let (part, eip) = (subnet(&bench, &id, "10.0.0.0/24"), address(&bench));
    let igw = gateway(&bench, &id);
    let params = [
        ("SubnetId", part.as_str()),
        ("AllocationId", &eip),
        ("ClientToken", "t1"),
    ];
    let xml = bench.ec2("CreateNatGateway", &params).unwrap();
    let nat = text(&xml, "natGatewayId");
    assert_eq!(
        (text(&xml, "state"), text(&xml, "clientToken")),
        ("pending".into(), "t1".into())
    );
    let again = bench.ec2("CreateNatGateway", &params).unwrap();
    assert_eq!(
        text(&again, "natGatewayId"),
        nat,
        "the same token makes no second gateway"
    );
    let other = [
        ("SubnetId", part.as_str()),
        ("AllocationId", "eipalloc-0"),
        ("ClientToken", "t1"),
    ];
    assert_eq!(
        code(&bench, "CreateNatGateway", &other),
        "IdempotentParameterMismatch"
    );
    assert_eq!(state(&bench, &nat), "available");

    let seen = bench.ec2("DescribeNetworkInterfaces", &[]).unwrap();
    assert_eq!(
        text(&seen, "description"),
        format!("Interface for NAT Gateway {nat}")
    );
    assert_eq!(
        code(&bench, "ReleaseAddress", &[("AllocationId", &eip)]),
        "InvalidIPAddress.InUse"
    );
    assert_eq!(
        code(&bench, "DeleteSubnet", &[("SubnetId", &part)]),
        "DependencyViolation"
    );
    let detach = [("InternetGatewayId", igw.as_str()), ("VpcId", &id)];
    let refusal = bench.ec2("DetachInternetGateway", &detach).unwrap_err();
    assert_eq!(refusal.code, "DependencyViolation");
    assert!(
        refusal
            .message
            .starts_with(&format!("Network {id} has some mapped public address(es)"))
    );

    bench
        .ec2("DeleteNatGateway", &[("NatGatewayId", &nat)])
        .unwrap();
    assert_eq!(state(&bench, &nat), "deleting");
    assert_eq!(
        code(&bench, "ReleaseAddress", &[("AllocationId", &eip)]),
        "InvalidIPAddress.InUse"
    );
    assert_eq!(state(&bench, &nat), "deleted");
    assert_eq!(
        code(&bench, "DeleteNatGateway", &[("NatGatewayId", &nat)]),
        "NatGatewayNotFound"
    );
    bench
        .ec2("ReleaseAddress", &[("AllocationId", &eip)])
        .unwrap();
    bench.ec2("DetachInternetGateway", &detach).unwrap();
    assert_eq!(
        code(&bench, "DetachInternetGateway", &detach),
        "Gateway.NotAttached"
    );
    bench.ec2("DeleteSubnet", &[("SubnetId", &part)]).unwrap();
    bench.sandbox.advance(Delays::default().nat_forget);
    assert_eq!(
        code(&bench, "DescribeNatGateways", &[("NatGatewayId.1", &nat)]),
        "NatGatewayNotFound"
    );
}

#[test]
fn a_nat_gateway_fails_later_and_says_why() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let (part, eip) = (subnet(&bench, &id, "10.0.0.0/24"), address(&bench));
    let params = [("SubnetId", part.as_str()), ("AllocationId", &eip)];
    let why = || {
        let nat = text(
            &bench.ec2("CreateNatGateway", &params).unwrap(),
            "natGatewayId",
        );
        let seen = bench
            .ec2("DescribeNatGateways", &[("NatGatewayId.1", &nat)])
            .unwrap();
        assert_eq!(text(&seen, "state"), "failed");
        text(&seen, "failureCode")
    };
    assert_eq!(why(), "Gateway.NotAttached");
    gateway(&bench, &id);
    let good = text(
        &bench.ec2("CreateNatGateway", &params).unwrap(),
        "natGatewayId",
    );
    assert_eq!(state(&bench, &good), "available");
    assert_eq!(why(), "Resource.AlreadyAssociated");
    assert_eq!(
        text(
            &bench.ec2("DescribeAddresses", &[]).unwrap(),
            "allocationId"
        ),
        eip
    );
}

#[test]
fn an_internet_gateway_and_a_vpc_take_one_another_once() {
    let bench = Bench::new();
    let (id, other) = (vpc(&bench), vpc(&bench));
    let igw = gateway(&bench, &id);
    let attach = |igw: &str, vpc: &str| {
        code(
            &bench,
            "AttachInternetGateway",
            &[("InternetGatewayId", igw), ("VpcId", vpc)],
        )
    };
    assert_eq!(attach(&igw, &id), "Resource.AlreadyAssociated");
    assert_eq!(attach(&igw, &other), "Resource.AlreadyAssociated");
    let second = text(
        &bench.ec2("CreateInternetGateway", &[]).unwrap(),
        "internetGatewayId",
    );
    assert_eq!(attach(&second, &id), "InvalidParameterValue");
    assert_eq!(
        code(
            &bench,
            "DeleteInternetGateway",
            &[("InternetGatewayId", &igw)]
        ),
        "DependencyViolation"
    );
    let by_vpc = [
        ("Filter.1.Name", "attachment.vpc-id"),
        ("Filter.1.Value.1", id.as_str()),
    ];
    let seen = bench.ec2("DescribeInternetGateways", &by_vpc).unwrap();
    assert_eq!(texts(&seen, "internetGatewayId"), [igw]);
}

#[test]
fn routes_are_made_once_and_turn_black_when_their_target_goes() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let (part, rtb, igw) = (
        subnet(&bench, &id, "10.0.0.0/24"),
        table(&bench, &id),
        gateway(&bench, &id),
    );
    let to_igw = [
        ("RouteTableId", rtb.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("GatewayId", &igw),
    ];
    assert_eq!(
        code(&bench, "ReplaceRoute", &to_igw),
        "InvalidParameterValue"
    );
    bench.ec2("CreateRoute", &to_igw).unwrap();
    assert_eq!(code(&bench, "CreateRoute", &to_igw), "RouteAlreadyExists");
    let associate = [("RouteTableId", rtb.as_str()), ("SubnetId", &part)];
    bench.ec2("AssociateRouteTable", &associate).unwrap();

    let nat = [
        ("SubnetId", part.as_str()),
        ("AllocationId", &address(&bench)),
    ];
    let nat = text(
        &bench.ec2("CreateNatGateway", &nat).unwrap(),
        "natGatewayId",
    );
    let to_nat = [
        ("RouteTableId", rtb.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("NatGatewayId", &nat),
    ];
    bench.ec2("ReplaceRoute", &to_nat).unwrap();
    let states = || {
        let xml = bench
            .ec2("DescribeRouteTables", &[("RouteTableId.1", &rtb)])
            .unwrap();
        let routes = text(&xml, "routeSet");
        assert_eq!(texts(&routes, "natGatewayId"), [nat.as_str()]);
        texts(&routes, "state")
    };
    assert_eq!(states(), ["active", "active"]);
    bench
        .ec2("DeleteNatGateway", &[("NatGatewayId", &nat)])
        .unwrap();
    assert_eq!(states(), ["active", "blackhole"]);
    let bare = [
        ("RouteTableId", rtb.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
    ];
    bench.ec2("DeleteRoute", &bare).unwrap();
    assert_eq!(code(&bench, "DeleteRoute", &bare), "InvalidRoute.NotFound");
    assert_eq!(
        code(&bench, "CreateRoute", &to_nat),
        "InvalidNatGatewayID.NotFound"
    );
    assert_eq!(code(&bench, "CreateRoute", &bare), "MissingParameter");
}

#[test]
fn a_subnet_has_one_route_table() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let (part, first, second) = (
        subnet(&bench, &id, "10.0.0.0/24"),
        table(&bench, &id),
        table(&bench, &id),
    );
    let associate = |table: &str| {
        bench.ec2(
            "AssociateRouteTable",
            &[("RouteTableId", table), ("SubnetId", &part)],
        )
    };
    let held = text(&associate(&first).unwrap(), "associationId");
    assert_eq!(text(&associate(&first).unwrap(), "associationId"), held);
    assert_eq!(
        associate(&second).unwrap_err().code,
        "Resource.AlreadyAssociated"
    );
    assert_eq!(
        code(&bench, "DeleteRouteTable", &[("RouteTableId", &first)]),
        "DependencyViolation"
    );
    let moved = bench
        .ec2(
            "ReplaceRouteTableAssociation",
            &[("AssociationId", &held), ("RouteTableId", &second)],
        )
        .unwrap();
    let moved = text(&moved, "newAssociationId");
    assert_ne!(moved, held);
    bench
        .ec2("DeleteRouteTable", &[("RouteTableId", &first)])
        .unwrap();
    bench
        .ec2("DisassociateRouteTable", &[("AssociationId", &moved)])
        .unwrap();
    assert_eq!(
        code(
            &bench,
            "DisassociateRouteTable",
            &[("AssociationId", &moved)]
        ),
        "InvalidAssociationID.NotFound"
    );
    associate(&second).unwrap();
    bench.ec2("DeleteSubnet", &[("SubnetId", &part)]).unwrap();
    bench
        .ec2("DeleteRouteTable", &[("RouteTableId", &second)])
        .unwrap();

    let main = bench
        .ec2(
            "DescribeRouteTables",
            &[
                ("Filter.1.Name", "association.main"),
                ("Filter.1.Value.1", "true"),
            ],
        )
        .unwrap();
    let main = text(&main, "routeTableAssociationId");
    assert_eq!(
        code(
            &bench,
            "DisassociateRouteTable",
            &[("AssociationId", &main)]
        ),
        "InvalidParameterValue"
    );
}

#[test]
fn a_route_table_s_token_makes_one_table() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let make = || {
        let xml = bench
            .ec2(
                "CreateRouteTable",
                &[("VpcId", &id), ("ClientToken", "once")],
            )
            .unwrap();
        text(&xml, "routeTableId")
    };
    assert_eq!(make(), make());
}
