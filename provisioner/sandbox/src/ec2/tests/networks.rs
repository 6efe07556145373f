//! VPCs, subnets, zones, interfaces.

use super::{code, gateway, group, subnet, table, vpc};
use crate::bench::{Bench, text, texts};
use crate::ec2::{NewInterface, create_interface, release_interface};
use crate::{Quotas, Settings};

#[test]
fn a_vpc_comes_with_its_group_its_table_and_its_dns_settings() {
    let bench = Bench::new();
    let tagged = [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "hcctl:stack"),
        ("TagSpecification.1.Tag.1.Value", "a<b>&c"),
    ];
    let xml = bench.ec2("CreateVpc", &tagged).unwrap();
    let id = text(&xml, "vpcId");
    let seen = bench
        .ec2(
            "DescribeVpcs",
            &[
                ("Filter.1.Name", "tag:hcctl:stack"),
                ("Filter.1.Value.1", "a<b>&c"),
            ],
        )
        .unwrap();
    assert_eq!(text(&seen, "vpcId"), id);
    assert_eq!(text(&seen, "state"), "associated");
    assert_eq!(text(&seen, "value"), "a&lt;b&gt;&amp;c");

    let of_vpc = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", id.as_str()),
    ];
    let groups = bench.ec2("DescribeSecurityGroups", &of_vpc).unwrap();
    assert_eq!(text(&groups, "groupName"), "default");
    assert_eq!(text(&groups, "cidrIp"), "0.0.0.0/0");
    let tables = bench.ec2("DescribeRouteTables", &of_vpc).unwrap();
    assert_eq!(text(&tables, "main"), "true");
    assert_eq!(text(&tables, "gatewayId"), "local");

    let attribute = |name: &str| {
        let xml = bench
            .ec2(
                "DescribeVpcAttribute",
                &[("VpcId", &id), ("Attribute", name)],
            )
            .unwrap();
        text(&xml, "value")
    };
    assert_eq!(
        (
            attribute("enableDnsSupport"),
            attribute("enableDnsHostnames")
        ),
        ("true".into(), "false".into())
    );
    bench
        .ec2(
            "ModifyVpcAttribute",
            &[("VpcId", &id), ("EnableDnsHostnames.Value", "true")],
        )
        .unwrap();
    assert_eq!(attribute("enableDnsHostnames"), "true");
    let both = [
        ("VpcId", id.as_str()),
        ("EnableDnsHostnames.Value", "true"),
        ("EnableDnsSupport.Value", "true"),
    ];
    assert_eq!(
        code(&bench, "ModifyVpcAttribute", &both),
        "InvalidParameterCombination"
    );
}

#[test]
fn a_vpc_goes_only_when_it_is_empty() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let delete = |bench: &Bench| bench.ec2("DeleteVpc", &[("VpcId", &id)]);
    let part = subnet(&bench, &id, "10.0.0.0/24");
    assert_eq!(delete(&bench).unwrap_err().code, "DependencyViolation");
    bench.ec2("DeleteSubnet", &[("SubnetId", &part)]).unwrap();
    let part = gateway(&bench, &id);
    assert_eq!(delete(&bench).unwrap_err().code, "DependencyViolation");
    bench
        .ec2(
            "DetachInternetGateway",
            &[("InternetGatewayId", &part), ("VpcId", &id)],
        )
        .unwrap();
    let part = table(&bench, &id);
    assert_eq!(delete(&bench).unwrap_err().code, "DependencyViolation");
    bench
        .ec2("DeleteRouteTable", &[("RouteTableId", &part)])
        .unwrap();
    let part = text(
        &bench
            .ec2("CreateVpnGateway", &[("Type", "ipsec.1")])
            .unwrap(),
        "vpnGatewayId",
    );
    let attached = [("VpnGatewayId", part.as_str()), ("VpcId", id.as_str())];
    bench.ec2("AttachVpnGateway", &attached).unwrap();
    assert_eq!(delete(&bench).unwrap_err().code, "DependencyViolation");
    let found = bench.ec2(
        "DescribeVpnGateways",
        &[
            ("Filter.1.Name", "attachment.vpc-id"),
            ("Filter.1.Value.1", &id),
        ],
    );
    assert_eq!(
        texts(&found.unwrap(), "vpnGatewayId"),
        std::slice::from_ref(&part)
    );
    bench.ec2("DetachVpnGateway", &attached).unwrap();
    bench
        .ec2("DeleteVpnGateway", &[("VpnGatewayId", &part)])
        .unwrap();
    let part = text(
        &bench.ec2("CreateNetworkAcl", &[("VpcId", &id)]).unwrap(),
        "networkAclId",
    );
    assert_eq!(delete(&bench).unwrap_err().code, "DependencyViolation");
    bench
        .ec2("DeleteNetworkAcl", &[("NetworkAclId", &part)])
        .unwrap();
    let own = bench.ec2(
        "DescribeNetworkAcls",
        &[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", &id)],
    );
    let own = texts(&own.unwrap(), "networkAclId");
    assert_eq!(
        code(&bench, "DeleteNetworkAcl", &[("NetworkAclId", &own[0])]),
        "InvalidParameterValue"
    );
    let part = group(&bench, &id, "web");
    assert_eq!(delete(&bench).unwrap_err().code, "DependencyViolation");
    bench
        .ec2("DeleteSecurityGroup", &[("GroupId", &part)])
        .unwrap();
    delete(&bench).unwrap();
    assert_eq!(delete(&bench).unwrap_err().code, "InvalidVpcID.NotFound");
    let left = bench.ec2("DescribeSecurityGroupRules", &[]).unwrap();
    assert_eq!(texts(&left, "securityGroupRuleId"), [""; 0]);
}

#[test]
fn subnets_keep_their_blocks_apart() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let create = |cidr: &str, zone: &str| {
        let params = [
            ("VpcId", id.as_str()),
            ("CidrBlock", cidr),
            ("AvailabilityZone", zone),
        ];
        bench.ec2("CreateSubnet", &params)
    };
    let xml = create("10.0.1.0/24", "us-east-1b").unwrap();
    assert_eq!(text(&xml, "availabilityZone"), "us-east-1b");
    assert_eq!(text(&xml, "availabilityZoneId"), "use1-az2");
    assert_eq!(text(&xml, "availableIpAddressCount"), "251");
    assert_eq!(
        create("10.0.1.128/25", "us-east-1a").unwrap_err().code,
        "InvalidSubnet.Conflict"
    );
    assert_eq!(
        create("10.1.0.0/24", "us-east-1a").unwrap_err().code,
        "InvalidSubnet.Range"
    );
    assert_eq!(
        create("10.0.2.0/29", "us-east-1a").unwrap_err().code,
        "InvalidSubnet.Range"
    );
    assert_eq!(
        create("10.0.2.1/24", "us-east-1a").unwrap_err().code,
        "InvalidParameterValue"
    );
    assert_eq!(
        create("10.0.2.0/24", "us-west-2a").unwrap_err().code,
        "InvalidParameterValue"
    );

    let part = text(&xml, "subnetId");
    bench
        .ec2(
            "ModifySubnetAttribute",
            &[("SubnetId", &part), ("MapPublicIpOnLaunch.Value", "true")],
        )
        .unwrap();
    let seen = bench
        .ec2("DescribeSubnets", &[("SubnetId.1", &part)])
        .unwrap();
    assert_eq!(text(&seen, "mapPublicIpOnLaunch"), "true");
}

#[test]
fn an_interface_holds_its_subnet_and_its_group() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let (part, web) = (
        subnet(&bench, &id, "10.0.0.0/28"),
        group(&bench, &id, "web"),
    );
    let new = NewInterface {
        subnet: &part,
        groups: std::slice::from_ref(&web),
        description: "ELB app/main/0123456789abcdef",
        kind: "interface",
        requester: "amazon-elb",
        public: true,
    };
    let taken: Vec<String> = bench.world(|world| {
        let made = (0..11)
            .map(|_| create_interface(world, "us-east-1", &new).unwrap())
            .collect();
        let full = create_interface(world, "us-east-1", &new).unwrap_err();
        assert_eq!(full.code, "InsufficientFreeAddressesInSubnet");
        made
    });
    let by_group = [
        ("Filter.1.Name", "group-id"),
        ("Filter.1.Value.1", web.as_str()),
    ];
    let seen = bench.ec2("DescribeNetworkInterfaces", &by_group).unwrap();
    assert_eq!(texts(&seen, "networkInterfaceId").len(), 11);
    assert_eq!(text(&seen, "description"), "ELB app/main/0123456789abcdef");
    assert_eq!(text(&seen, "requesterId"), "amazon-elb");
    assert_eq!(
        code(&bench, "DeleteSubnet", &[("SubnetId", &part)]),
        "DependencyViolation"
    );
    assert_eq!(
        code(&bench, "DeleteSecurityGroup", &[("GroupId", &web)]),
        "DependencyViolation"
    );
    bench.world(|world| {
        for id in &taken {
            release_interface(world, "us-east-1", id);
        }
    });
    bench.ec2("DeleteSubnet", &[("SubnetId", &part)]).unwrap();
    bench
        .ec2("DeleteSecurityGroup", &[("GroupId", &web)])
        .unwrap();
}

#[test]
fn quotas_are_aws_s_unless_lifted() {
    let bench = Bench::new();
    (0..5).for_each(|_| drop(vpc(&bench)));
    assert_eq!(
        code(&bench, "CreateVpc", &[("CidrBlock", "10.0.0.0/16")]),
        "VpcLimitExceeded"
    );
    (0..5).for_each(|_| drop(super::address(&bench)));
    assert_eq!(code(&bench, "AllocateAddress", &[]), "AddressLimitExceeded");
    (0..5).for_each(|_| drop(bench.ec2("CreateInternetGateway", &[]).unwrap()));
    assert_eq!(
        code(&bench, "CreateInternetGateway", &[]),
        "InternetGatewayLimitExceeded"
    );
    let lifted = Bench::with(Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    });
    (0..6).for_each(|_| drop(vpc(&lifted)));
}

#[test]
fn regions_are_apart() {
    let mut bench = Bench::new();
    let id = vpc(&bench);
    bench.region = "eu-west-1";
    assert_eq!(
        code(&bench, "DescribeVpcs", &[("VpcId.1", &id)]),
        "InvalidVpcID.NotFound"
    );
    let zones = bench.ec2("DescribeAvailabilityZones", &[]).unwrap();
    assert_eq!(
        texts(&zones, "zoneName"),
        ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    );
    assert_eq!(texts(&zones, "zoneId")[0], "euw1-az1");
}
