//! Load balancers, groups, listeners and rules through the dispatcher.

use crate::bench::{Bench, Refusal, text, texts};
use crate::fixtures::{Network, listener, network};
use crate::{Sandbox, Settings};

fn elb(bench: &Bench, operation: &str, params: &[(&str, &str)]) -> Result<String, Refusal> {
    bench.query("elasticloadbalancing", operation, params)
}

fn code(result: Result<String, Refusal>) -> String {
    result.unwrap_err().code
}

fn stage() -> (Bench, Network) {
    let bench = Bench::new();
    let network = network(&bench);
    (bench, network)
}

#[test]
fn a_load_balancer_takes_its_time_and_is_made_once() {
    let bench = Bench::with(Settings::stepped());
    let net = network(&bench);
    let mut create = vec![
        ("Name", "edge"),
        ("Subnets.member.1", net.subnets[0].as_str()),
        ("Subnets.member.2", net.subnets[1].as_str()),
        ("SecurityGroups.member.1", net.group.as_str()),
        ("Tags.member.1.Key", "hcctl:stack"),
        ("Tags.member.1.Value", "dev"),
    ];
    let made = elb(&bench, "CreateLoadBalancer", &create).unwrap();
    let arn = text(&made, "LoadBalancerArn");
    assert_eq!(text(&made, "Code"), "provisioning");
    assert!(text(&made, "DNSName").starts_with("edge-"));
    assert_eq!(texts(&made, "SubnetId"), net.subnets);
    let again = elb(&bench, "CreateLoadBalancer", &create).unwrap();
    assert_eq!(text(&again, "LoadBalancerArn"), arn);
    create[5].1 = "prod";
    assert_eq!(
        code(elb(&bench, "CreateLoadBalancer", &create)),
        "DuplicateLoadBalancerName"
    );

    bench.sandbox.advance(3_000);
    let seen = elb(
        &bench,
        "DescribeLoadBalancers",
        &[("Names.member.1", "edge")],
    )
    .unwrap();
    assert_eq!(
        (text(&seen, "Code"), text(&seen, "VpcId")),
        ("active".into(), net.vpc)
    );
    let one_missing = [("Names.member.1", "edge"), ("Names.member.2", "none")];
    assert_eq!(
        code(elb(&bench, "DescribeLoadBalancers", &one_missing)),
        "LoadBalancerNotFound"
    );
    let tags = elb(&bench, "DescribeTags", &[("ResourceArns.member.1", &arn)]).unwrap();
    assert_eq!(text(&tags, "Value"), "dev");
}

#[test]
fn where_a_load_balancer_may_stand_is_checked() {
    let (bench, net) = stage();
    let create = |subnets: &[&str]| {
        let names = ["Subnets.member.1", "Subnets.member.2"];
        let mut params = vec![("Name", "edge")];
        params.extend(names.into_iter().zip(subnets.iter().copied()));
        elb(&bench, "CreateLoadBalancer", &params)
    };
    assert_eq!(code(create(&[&net.subnets[0]])), "ValidationError");
    assert_eq!(
        code(create(&[&net.subnets[0], "subnet-0"])),
        "SubnetNotFound"
    );
    let detach = [
        ("VpcId", net.vpc.as_str()),
        ("InternetGatewayId", net.gateway.as_str()),
    ];
    bench.ec2("DetachInternetGateway", &detach).unwrap();
    let refused = create(&[&net.subnets[0], &net.subnets[1]]).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.message),
        (
            "InvalidSubnet",
            format!("VPC {} has no internet gateway", net.vpc)
        )
    );
    let long = "a".repeat(33);
    assert_eq!(
        code(elb(&bench, "CreateLoadBalancer", &[("Name", &long)])),
        "ValidationError"
    );
    let unknown = elb(
        &bench,
        "CreateLoadBalancer",
        &[("Name", "a"), ("Subnet.member.1", "x")],
    )
    .unwrap_err();
    assert!(unknown.message.contains("Subnet"), "{}", unknown.message);
}

#[test]
fn a_protected_load_balancer_stays_and_a_deleted_one_lets_go_later() {
    let bench = Bench::with(Settings::stepped());
    let net = network(&bench);
    let arn = net.load_balancer(&bench);
    let group = net.target_group(&bench, "patient");
    listener(&bench, &arn, &group);
    let protect = |value| {
        let params = [
            ("LoadBalancerArn", arn.as_str()),
            ("Attributes.member.1.Key", "deletion_protection.enabled"),
            ("Attributes.member.1.Value", value),
        ];
        elb(&bench, "ModifyLoadBalancerAttributes", &params)
    };
    protect("true").unwrap();
    assert_eq!(code(protect("maybe")), "InvalidConfigurationRequest");
    let attributes = elb(
        &bench,
        "DescribeLoadBalancerAttributes",
        &[("LoadBalancerArn", &arn)],
    )
    .unwrap();
    assert!(texts(&attributes, "Key").contains(&"idle_timeout.timeout_seconds".to_owned()));
    let delete = || elb(&bench, "DeleteLoadBalancer", &[("LoadBalancerArn", &arn)]);
    assert_eq!(code(delete()), "OperationNotPermitted");
    protect("false").unwrap();

    let held = || {
        texts(
            &bench.ec2("DescribeNetworkInterfaces", &[]).unwrap(),
            "networkInterfaceId",
        )
        .len()
    };
    assert_eq!(held(), 2);
    delete().unwrap();
    assert_eq!(
        bench
            .ec2("DeleteSubnet", &[("SubnetId", &net.subnets[0])])
            .unwrap_err()
            .code,
        "DependencyViolation"
    );
    bench.sandbox.advance(2_000);
    assert_eq!(held(), 0);
    delete().expect("deleting a load balancer that is gone succeeds");
    elb(&bench, "DeleteTargetGroup", &[("TargetGroupArn", &group)]).unwrap();
}

#[test]
fn a_target_group_has_awss_defaults_and_is_held_by_its_listener() {
    let (bench, net) = stage();
    let balancer = net.load_balancer(&bench);
    let arn = net.target_group(&bench, "patient");
    assert_eq!(net.target_group(&bench, "patient"), arn);
    let seen = elb(
        &bench,
        "DescribeTargetGroups",
        &[("Names.member.1", "patient")],
    )
    .unwrap();
    for (name, value) in [
        ("HealthCheckPath", "/health"),
        ("HealthCheckPort", "traffic-port"),
        ("HealthCheckTimeoutSeconds", "5"),
        ("HealthyThresholdCount", "5"),
        ("HttpCode", "200"),
        ("ProtocolVersion", "HTTP1"),
    ] {
        assert_eq!(text(&seen, name), value, "{name}");
    }
    let other = [
        ("Name", "patient"),
        ("Protocol", "HTTP"),
        ("Port", "9090"),
        ("VpcId", net.vpc.as_str()),
        ("TargetType", "ip"),
    ];
    assert_eq!(
        code(elb(&bench, "CreateTargetGroup", &other)),
        "DuplicateTargetGroupName"
    );
    let health = [
        ("TargetGroupArn", arn.as_str()),
        ("HealthCheckTimeoutSeconds", "30"),
    ];
    assert_eq!(
        code(elb(&bench, "ModifyTargetGroup", &health)),
        "ValidationError"
    );

    let own = listener(&bench, &balancer, &arn);
    let refused = elb(&bench, "DeleteTargetGroup", &[("TargetGroupArn", &arn)]).unwrap_err();
    assert_eq!(refused.code, "ResourceInUse");
    assert!(
        refused
            .message
            .contains("currently in use by a listener or a rule")
    );
    let of_it = elb(
        &bench,
        "DescribeTargetGroups",
        &[("LoadBalancerArn", &balancer)],
    )
    .unwrap();
    assert_eq!(text(&of_it, "TargetGroupArn"), arn);
    elb(&bench, "DeleteListener", &[("ListenerArn", &own)]).unwrap();
    elb(&bench, "DeleteTargetGroup", &[("TargetGroupArn", &arn)]).unwrap();
}

#[test]
fn a_listener_is_made_once_per_port_and_needs_its_certificate() {
    let (bench, net) = stage();
    let balancer = net.load_balancer(&bench);
    let group = net.target_group(&bench, "patient");
    let arn = listener(&bench, &balancer, &group);
    assert_eq!(listener(&bench, &balancer, &group), arn);
    let redirect = [
        ("LoadBalancerArn", balancer.as_str()),
        ("Protocol", "HTTP"),
        ("Port", "80"),
        ("DefaultActions.member.1.Type", "redirect"),
        ("DefaultActions.member.1.RedirectConfig.Protocol", "HTTPS"),
        ("DefaultActions.member.1.RedirectConfig.Port", "443"),
        (
            "DefaultActions.member.1.RedirectConfig.StatusCode",
            "HTTP_301",
        ),
    ];
    assert_eq!(
        code(elb(&bench, "CreateListener", &redirect)),
        "DuplicateListener"
    );
    let mut secure = redirect.to_vec();
    (secure[1].1, secure[2].1) = ("HTTPS", "443");
    assert_eq!(
        code(elb(&bench, "CreateListener", &secure)),
        "ValidationError"
    );
    secure.push((
        "Certificates.member.1.CertificateArn",
        "arn:aws:acm:eu-west-1:123456789012:certificate/a",
    ));
    assert_eq!(
        code(elb(&bench, "CreateListener", &secure)),
        "CertificateNotFound"
    );
    secure[7].1 = "arn:aws:acm:us-east-1:123456789012:certificate/a";
    let put = |status| {
        bench
            .sandbox
            .set_certificate(secure[7].1, &["a.example.com"], status, 90);
    };
    put("PENDING_VALIDATION");
    assert_eq!(
        code(elb(&bench, "CreateListener", &secure)),
        "UnsupportedCertificate"
    );
    put("ISSUED");
    let made = elb(&bench, "CreateListener", &secure).unwrap();
    assert_eq!(text(&made, "SslPolicy"), "ELBSecurityPolicy-2016-08");
    assert_eq!(
        (text(&made, "Host"), text(&made, "StatusCode")),
        ("#{host}".into(), "HTTP_301".into())
    );
    let listed = elb(
        &bench,
        "DescribeListeners",
        &[("LoadBalancerArn", &balancer)],
    )
    .unwrap();
    assert_eq!(texts(&listed, "ListenerArn").len(), 2);
}

#[test]
fn rules_have_their_priority_alone() {
    let (bench, net) = stage();
    let balancer = net.load_balancer(&bench);
    let (blue, green) = (
        net.target_group(&bench, "blue"),
        net.target_group(&bench, "green"),
    );
    let own = listener(&bench, &balancer, &blue);
    let create = |priority: &str| {
        let params = [
            ("ListenerArn", own.as_str()),
            ("Priority", priority),
            ("Conditions.member.1.Field", "path-pattern"),
            (
                "Conditions.member.1.PathPatternConfig.Values.member.1",
                "/patients*",
            ),
            ("Actions.member.1.Type", "forward"),
            (
                "Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn",
                blue.as_str(),
            ),
            (
                "Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight",
                "100",
            ),
            (
                "Actions.member.1.ForwardConfig.TargetGroups.member.2.TargetGroupArn",
                green.as_str(),
            ),
            (
                "Actions.member.1.ForwardConfig.TargetGroups.member.2.Weight",
                "0",
            ),
        ];
        elb(&bench, "CreateRule", &params)
    };
    let arn = text(&create("100").unwrap(), "RuleArn");
    assert_eq!(code(create("100")), "PriorityInUse");
    assert_eq!(code(create("0")), "ValidationError");
    let second = text(&create("5").unwrap(), "RuleArn");
    let listed = elb(&bench, "DescribeRules", &[("ListenerArn", &own)]).unwrap();
    assert_eq!(texts(&listed, "Priority"), ["5", "100", "default"]);
    assert_eq!(texts(&listed, "Weight"), ["100", "0", "100", "0", "1"]);
    let default = texts(&listed, "RuleArn").pop().unwrap();
    assert_eq!(
        code(elb(&bench, "DeleteRule", &[("RuleArn", &default)])),
        "OperationNotPermitted"
    );

    let move_to = |priority: &str| {
        let params = [
            ("RulePriorities.member.1.RuleArn", arn.as_str()),
            ("RulePriorities.member.1.Priority", priority),
        ];
        elb(&bench, "SetRulePriorities", &params)
    };
    assert_eq!(code(move_to("5")), "PriorityInUse");
    move_to("6").unwrap();
    assert_eq!(
        code(elb(
            &bench,
            "DeleteTargetGroup",
            &[("TargetGroupArn", &green)]
        )),
        "ResourceInUse"
    );
    for rule in [&arn, &second] {
        elb(&bench, "DeleteRule", &[("RuleArn", rule)]).unwrap();
    }
    assert_eq!(
        code(elb(&bench, "DeleteRule", &[("RuleArn", &arn)])),
        "RuleNotFound"
    );
    elb(&bench, "DeleteTargetGroup", &[("TargetGroupArn", &green)]).unwrap();
}

#[test]
fn an_address_that_nobody_answers_at_gets_unhealthy_and_drains() {
    let bench = Bench::with(Settings::stepped());
    let net = network(&bench);
    let balancer = net.load_balancer(&bench);
    let group = net.target_group(&bench, "patient");
    let target = [
        ("TargetGroupArn", group.as_str()),
        ("Targets.member.1.Id", "10.0.0.9"),
    ];
    elb(&bench, "RegisterTargets", &target).unwrap();
    let health = || {
        texts(
            &elb(
                &bench,
                "DescribeTargetHealth",
                &[("TargetGroupArn", &group)],
            )
            .unwrap(),
            "State",
        )
    };
    assert_eq!(health(), ["unused"]);
    listener(&bench, &balancer, &group);
    assert_eq!(health(), ["unhealthy"]);
    elb(&bench, "DeregisterTargets", &target).unwrap();
    bench.sandbox.advance(1_000);
    assert_eq!(health(), [""; 0]);
    assert_eq!(
        code(elb(&bench, "DeregisterTargets", &target)),
        "InvalidTarget"
    );
}

#[test]
fn tags_of_at_most_twenty_things_are_described() {
    let (bench, net) = stage();
    let group = net.target_group(&bench, "patient");
    let names: Vec<String> = (1..=21)
        .map(|number| format!("ResourceArns.member.{number}"))
        .collect();
    let params: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), group.as_str()))
        .collect();
    assert_eq!(
        code(elb(&bench, "DescribeTags", &params)),
        "ValidationError"
    );
    let add = [
        ("ResourceArns.member.1", group.as_str()),
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "b"),
    ];
    elb(&bench, "AddTags", &add).unwrap();
    assert_eq!(
        texts(
            &elb(&bench, "DescribeTags", &params[..20]).unwrap(),
            "Value"
        )
        .len(),
        20
    );
    elb(
        &bench,
        "RemoveTags",
        &[("ResourceArns.member.1", &group), ("TagKeys.member.1", "a")],
    )
    .unwrap();
    assert_eq!(
        texts(&elb(&bench, "DescribeTags", &params[..1]).unwrap(), "Value").len(),
        0
    );
}

#[test]
fn the_sandbox_counts_what_it_has() {
    let (bench, net) = stage();
    net.load_balancer(&bench);
    let sandbox: &Sandbox = &bench.sandbox;
    assert_eq!(sandbox.describe().get("load balancer"), Some(&1));
}
