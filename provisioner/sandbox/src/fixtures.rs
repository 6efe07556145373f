//! What the tests of several rooms stand on: a network with a load balancer in it.

use crate::bench::{Bench, text};

/// Ids of a small network: two public subnets in two zones behind an internet gateway, and one group.
pub(crate) struct Network {
    pub(crate) vpc: String,
    pub(crate) subnets: [String; 2],
    pub(crate) group: String,
    pub(crate) gateway: String,
}

/// Makes the network.
pub(crate) fn network(bench: &Bench) -> Network {
    let make = |operation: &str, params: &[(&str, &str)], id: &str| {
        text(&bench.ec2(operation, params).unwrap(), id)
    };
    let vpc = make("CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let subnet = |zone: &str, block: &str| {
        let params = [
            ("VpcId", vpc.as_str()),
            ("CidrBlock", block),
            ("AvailabilityZone", zone),
        ];
        make("CreateSubnet", &params, "subnetId")
    };
    let subnets = [
        subnet("us-east-1a", "10.0.0.0/24"),
        subnet("us-east-1b", "10.0.1.0/24"),
    ];
    let gateway = make("CreateInternetGateway", &[], "internetGatewayId");
    let attach = [
        ("VpcId", vpc.as_str()),
        ("InternetGatewayId", gateway.as_str()),
    ];
    bench.ec2("AttachInternetGateway", &attach).unwrap();
    let group = [
        ("VpcId", vpc.as_str()),
        ("GroupName", "edge"),
        ("GroupDescription", "edge"),
    ];
    let group = make("CreateSecurityGroup", &group, "groupId");
    Network {
        vpc,
        subnets,
        group,
        gateway,
    }
}

impl Network {
    /// Makes a load balancer and answers its ARN.
    pub(crate) fn load_balancer(&self, bench: &Bench) -> String {
        let params = [
            ("Name", "edge"),
            ("Subnets.member.1", self.subnets[0].as_str()),
            ("Subnets.member.2", self.subnets[1].as_str()),
            ("SecurityGroups.member.1", self.group.as_str()),
        ];
        let xml = bench
            .query("elasticloadbalancing", "CreateLoadBalancer", &params)
            .unwrap();
        text(&xml, "LoadBalancerArn")
    }

    /// Makes a target group and answers its ARN.
    pub(crate) fn target_group(&self, bench: &Bench, name: &str) -> String {
        let params = [
            ("Name", name),
            ("Protocol", "HTTP"),
            ("Port", "8080"),
            ("VpcId", self.vpc.as_str()),
            ("TargetType", "ip"),
            ("HealthCheckPath", "/health"),
        ];
        let xml = bench
            .query("elasticloadbalancing", "CreateTargetGroup", &params)
            .unwrap();
        text(&xml, "TargetGroupArn")
    }

    /// Makes a listener on port 80 that forwards to a group, and answers its ARN.
    pub(crate) fn listener(&self, bench: &Bench, load_balancer: &str, group: &str) -> String {
        let params = [
            ("LoadBalancerArn", load_balancer),
            ("Protocol", "HTTP"),
            ("Port", "80"),
            ("DefaultActions.member.1.Type", "forward"),
            ("DefaultActions.member.1.TargetGroupArn", group),
        ];
        let xml = bench
            .query("elasticloadbalancing", "CreateListener", &params)
            .unwrap();
        text(&xml, "ListenerArn")
    }
}
