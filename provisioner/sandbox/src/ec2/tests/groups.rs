//! Security groups and their rules.

use super::{code, group, vpc};
use crate::bench::{Bench, text, texts};

fn rules(bench: &Bench, group: &str) -> String {
    let params = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", group)];
    bench.ec2("DescribeSecurityGroupRules", &params).unwrap()
}

#[test]
fn a_group_s_name_is_taken_once_per_vpc() {
    let bench = Bench::new();
    let (id, other) = (vpc(&bench), vpc(&bench));
    group(&bench, &id, "web");
    group(&bench, &other, "web");
    let create = |name: &str, description: &str| {
        let params = [
            ("GroupName", name),
            ("GroupDescription", description),
            ("VpcId", id.as_str()),
        ];
        code(&bench, "CreateSecurityGroup", &params)
    };
    assert_eq!(create("web", "again"), "InvalidGroup.Duplicate");
    assert_eq!(create("default", "mine"), "InvalidParameterValue");
    assert_eq!(create("api", "traffic — in"), "InvalidParameterValue");
}

#[test]
fn rules_come_back_as_they_were_given() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let (web, app) = (group(&bench, &id, "web"), group(&bench, &id, "app"));
    let params = [
        ("GroupId", app.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "8080"),
        ("IpPermissions.1.ToPort", "8080"),
        ("IpPermissions.1.Groups.1.GroupId", &web),
        (
            "IpPermissions.1.Groups.1.Description",
            "from the load balancer",
        ),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "security-group-rule"),
        ("TagSpecification.1.Tag.1.Key", "k"),
        ("TagSpecification.1.Tag.1.Value", "v"),
    ];
    let made = bench.ec2("AuthorizeSecurityGroupIngress", &params).unwrap();
    assert_eq!(texts(&made, "securityGroupRuleId").len(), 2);
    assert_eq!(texts(&made, "key"), ["k", "k"]);
    let refusal = bench
        .ec2("AuthorizeSecurityGroupIngress", &params)
        .unwrap_err();
    assert_eq!(refusal.code, "InvalidPermission.Duplicate");
    assert!(
        refusal
            .message
            .contains("TCP, from port: 8080, to port: 8080, ALLOW"),
        "{}",
        refusal.message
    );

    let seen = bench
        .ec2("DescribeSecurityGroups", &[("GroupId.1", &app)])
        .unwrap();
    let permissions = text(&seen, "ipPermissions");
    assert_eq!(
        texts(&permissions, "fromPort"),
        ["8080"],
        "peers of the same ports are one permission"
    );
    assert_eq!(text(&permissions, "cidrIp"), "10.0.0.0/16");
    assert_eq!(text(&permissions, "description"), "from the load balancer");
    assert_eq!(text(&permissions, "groupId"), web);

    assert_eq!(
        code(&bench, "DeleteSecurityGroup", &[("GroupId", &web)]),
        "DependencyViolation"
    );
    let listed = rules(&bench, &app);
    assert_eq!(texts(&listed, "securityGroupRuleId").len(), 3);
    for id in texts(&made, "securityGroupRuleId") {
        let one = [("GroupId", app.as_str()), ("SecurityGroupRuleId.1", &id)];
        assert_eq!(
            code(&bench, "RevokeSecurityGroupEgress", &one),
            "InvalidParameterValue"
        );
        bench.ec2("RevokeSecurityGroupIngress", &one).unwrap();
        assert_eq!(
            code(&bench, "RevokeSecurityGroupIngress", &one),
            "InvalidSecurityGroupRuleId.NotFound"
        );
    }
    bench
        .ec2("DeleteSecurityGroup", &[("GroupId", &web)])
        .unwrap();
    assert_eq!(
        code(&bench, "DeleteSecurityGroup", &[("GroupId", &web)]),
        "InvalidGroup.NotFound"
    );
}

#[test]
fn the_first_egress_rule_can_be_revoked_by_its_terms() {
    let bench = Bench::new();
    let web = group(&bench, &vpc(&bench), "web");
    let all = [
        ("GroupId", web.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    bench.ec2("RevokeSecurityGroupEgress", &all).unwrap();
    assert_eq!(texts(&rules(&bench, &web), "securityGroupRuleId"), [""; 0]);
    assert_eq!(
        code(&bench, "RevokeSecurityGroupEgress", &all),
        "InvalidPermission.NotFound"
    );
    bench.ec2("AuthorizeSecurityGroupEgress", &all).unwrap();
}

#[test]
fn a_rule_is_modified_whole_and_its_description_alone() {
    let bench = Bench::new();
    let web = group(&bench, &vpc(&bench), "web");
    let params = [
        ("GroupId", web.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "80"),
        ("IpPermissions.1.ToPort", "80"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
        ("IpPermissions.1.IpRanges.1.Description", "first"),
    ];
    let made = bench.ec2("AuthorizeSecurityGroupIngress", &params).unwrap();
    let id = text(&made, "securityGroupRuleId");
    let change = |port: &'static str| {
        bench.ec2(
            "ModifySecurityGroupRules",
            &[
                ("GroupId", web.as_str()),
                ("SecurityGroupRule.1.SecurityGroupRuleId", &id),
                ("SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "tcp"),
                ("SecurityGroupRule.1.SecurityGroupRule.FromPort", port),
                ("SecurityGroupRule.1.SecurityGroupRule.ToPort", "443"),
                (
                    "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4",
                    "0.0.0.0/0",
                ),
                (
                    "SecurityGroupRule.1.SecurityGroupRule.Description",
                    "second",
                ),
            ],
        )
    };
    change("443").unwrap();
    assert_eq!(change("444").unwrap_err().code, "InvalidParameterValue");
    let one = |bench: &Bench| {
        bench
            .ec2(
                "DescribeSecurityGroupRules",
                &[("SecurityGroupRuleId.1", &id)],
            )
            .unwrap()
    };
    assert_eq!(
        (
            text(&one(&bench), "fromPort"),
            text(&one(&bench), "description")
        ),
        ("443".into(), "second".into())
    );
    let describe = [
        ("GroupId", web.as_str()),
        ("SecurityGroupRuleDescription.1.SecurityGroupRuleId", &id),
        ("SecurityGroupRuleDescription.1.Description", "third"),
    ];
    bench
        .ec2("UpdateSecurityGroupRuleDescriptionsIngress", &describe)
        .unwrap();
    assert_eq!(text(&one(&bench), "description"), "third");
}

#[test]
fn malformed_rules_are_refused() {
    let bench = Bench::new();
    let web = group(&bench, &vpc(&bench), "web");
    let try_with = |protocol: &str, from: &str, cidr: &str| {
        let params = [
            ("GroupId", web.as_str()),
            ("IpPermissions.1.IpProtocol", protocol),
            ("IpPermissions.1.FromPort", from),
            ("IpPermissions.1.ToPort", "80"),
            ("IpPermissions.1.IpRanges.1.CidrIp", cidr),
        ];
        code(&bench, "AuthorizeSecurityGroupIngress", &params)
    };
    assert_eq!(try_with("tcp", "81", "0.0.0.0/0"), "InvalidParameterValue");
    assert_eq!(
        try_with("tcp", "80", "10.0.0.0/99"),
        "InvalidParameterValue"
    );
    assert_eq!(try_with("http", "80", "0.0.0.0/0"), "InvalidParameterValue");
    let no_peer = [
        ("GroupId", web.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
    ];
    assert_eq!(
        code(&bench, "AuthorizeSecurityGroupIngress", &no_peer),
        "InvalidParameterValue"
    );
    let none = [("GroupId", web.as_str())];
    assert_eq!(
        code(&bench, "AuthorizeSecurityGroupIngress", &none),
        "MissingParameter"
    );
}

#[test]
fn a_default_group_stays() {
    let bench = Bench::new();
    vpc(&bench);
    let id = text(
        &bench.ec2("DescribeSecurityGroups", &[]).unwrap(),
        "groupId",
    );
    assert_eq!(
        code(&bench, "DeleteSecurityGroup", &[("GroupId", &id)]),
        "CannotDelete"
    );
}
