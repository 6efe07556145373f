//! The network: subnets, security groups, and what AWS gives to every VPC unasked.

use super::control::{Control, Fix, Judgement, Severity, Verdict};
use super::state::{State, passes};
use crate::resources::security_group_rule::{Direction, Peer, Spec as Rule};
use crate::resources::{default_security_group, subnet, vpc, vpc_endpoint};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "EC2.2",
        title: "VPC default security groups should not allow inbound or outbound traffic",
        severity: Severity::High,
        judge: |state| {
            state.each::<default_security_group::Spec>("default_security_group", |group| {
                let why = "the VPC's default group has rules";
                passes(group.spec.rules.is_empty(), why, Fix::Apply)
            })
        },
    },
    Control {
        id: "EC2.6",
        title: "VPC flow logging should be enabled in all VPCs",
        severity: Severity::Medium,
        judge: |state| {
            let fix = "aws ec2 create-flow-logs, some $0.50 a GB";
            state.each::<vpc::Spec>("vpc", |vpc| vpc.unmanaged("flow log", Fix::NotYet(fix)))
        },
    },
    Control {
        id: "EC2.10",
        title: "Amazon EC2 should be configured to use VPC endpoints that are created for the Amazon EC2 service",
        severity: Severity::Medium,
        judge: |state| endpoint(state, "ec2"),
    },
    Control {
        id: "EC2.13",
        title: "Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 22",
        severity: Severity::High,
        judge: |state| closed(state, &[22]),
    },
    Control {
        id: "EC2.14",
        title: "Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 3389",
        severity: Severity::High,
        judge: |state| closed(state, &[3389]),
    },
    Control {
        id: "EC2.15",
        title: "EC2 subnets should not automatically assign public IP addresses",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<subnet::Spec>("subnet", |subnet| {
                let why = "what starts in it gets a public address";
                passes(!subnet.spec.public_ip, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "EC2.18",
        title: "Security groups should only allow unrestricted incoming traffic for authorized ports",
        severity: Severity::High,
        judge: |state| rules(state, authorized),
    },
    Control {
        id: "EC2.19",
        title: "Security groups should not allow unrestricted access to ports with high risk",
        severity: Severity::Critical,
        judge: |state| closed(state, &RISKY),
    },
    Control {
        id: "EC2.21",
        title: "Network ACLs should not allow ingress from 0.0.0.0/0 to port 22 or port 3389",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<vpc::Spec>("vpc", |vpc| {
                let fix = Fix::NotYet("deny ports 22 and 3389 in the VPC's network ACL");
                // <https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html>
                if vpc.fresh {
                    let why = "a new VPC's network ACL lets everything in";
                    Verdict::Failed(why.to_owned(), fix)
                } else {
                    vpc.unmanaged("network ACL", fix)
                }
            })
        },
    },
    Control {
        id: "EC2.55",
        title: "VPCs should be configured with an interface endpoint for ECR API",
        severity: Severity::Medium,
        judge: |state| endpoint(state, "ecr.api"),
    },
    Control {
        id: "EC2.56",
        title: "VPCs should be configured with an interface endpoint for Docker Registry",
        severity: Severity::Medium,
        judge: |state| endpoint(state, "ecr.dkr"),
    },
];

/// TCP ports that a load balancer is open on, EC2.18's own default.
const AUTHORIZED: [i32; 2] = [80, 443];

/// EC2.19's ports.
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19>
const RISKY: [i32; 24] = [
    20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500,
    5601, 8080, 8088, 8888, 9200, 9300,
];

/// The file opens no port to everybody but 80, 443 and this one; whatever else is open was opened by hand.
const OPENED: Fix = Fix::File("deployment.test_port: null");

/// Judges every way in.
fn rules(state: &State<'_>, judge: fn(&Rule) -> Verdict) -> Vec<Judgement> {
    let rules = state.each::<Rule>("security_group_rule", |rule| judge(&rule.spec));
    let ways_in = |one: &Judgement| {
        let all = state.all::<Rule>("security_group_rule");
        all.iter()
            .any(|rule| *rule.address == one.address && rule.spec.direction == Direction::Ingress)
    };
    rules.into_iter().filter(ways_in).collect()
}

fn from_anywhere(rule: &Rule) -> bool {
    matches!(&rule.peer, Peer::Range(range) if range == "0.0.0.0/0" || range == "::/0")
}

/// Whether a rule is about TCP, alone or with everything else.
fn tcp(rule: &Rule) -> bool {
    ["tcp", "6", "-1"].contains(&rule.protocol.as_str())
}

fn authorized(rule: &Rule) -> Verdict {
    let one = rule.from_port == rule.to_port && AUTHORIZED.contains(&rule.from_port);
    let good = !from_anywhere(rule) || (one && ["tcp", "6"].contains(&rule.protocol.as_str()));
    let why = format!("{} is open to everybody", ports(rule));
    passes(good, &why, OPENED)
}

/// Judges whether each of these ports is closed to the world.
fn closed(state: &State<'_>, wanted: &'static [i32]) -> Vec<Judgement> {
    let mut judged = rules(state, |_| Verdict::Passed);
    let all = state.all::<Rule>("security_group_rule");
    for one in &mut judged {
        let Some(rule) = all.iter().find(|rule| *rule.address == one.address) else {
            continue;
        };
        let rule = &rule.spec;
        let within =
            |port: &&i32| rule.protocol == "-1" || (rule.from_port..=rule.to_port).contains(*port);
        if from_anywhere(rule)
            && tcp(rule)
            && let Some(port) = wanted.iter().find(within)
        {
            let why = format!("port {port} is open to everybody");
            one.verdict = Verdict::Failed(why, OPENED);
        }
    }
    judged
}

fn ports(rule: &Rule) -> String {
    match (rule.protocol.as_str(), rule.from_port, rule.to_port) {
        ("-1", ..) | (_, -1, _) => "every port".to_owned(),
        ("tcp" | "6", from, to) if from == to => format!("port {from}"),
        ("tcp" | "6", from, to) => format!("ports {from} to {to}"),
        (protocol, from, to) if from == to => format!("{protocol} port {from}"),
        (protocol, from, to) => format!("{protocol} ports {from} to {to}"),
    }
}

/// Judges whether there is an endpoint for a service. hcctl makes gateway endpoints only, and sees all that there are.
fn endpoint(state: &State<'_>, service: &'static str) -> Vec<Judgement> {
    state.each::<vpc::Spec>("vpc", |vpc| {
        let ending = format!(".{service}");
        let ours = state.all::<vpc_endpoint::Spec>("vpc_endpoint");
        let ours = ours.iter().any(|one| one.spec.service.ends_with(&ending));
        let theirs = |what: &str| what.split(' ').any(|word| word.ends_with(&ending));
        let mut strangers = state.strangers("vpc_endpoint");
        let beside = !vpc.fresh && strangers.any(|one| theirs(&one.what));
        let why = format!("no endpoint for {service}, so its calls leave by the NAT");
        let fix = "aws ec2 create-vpc-endpoint, some $7 a zone and month";
        passes(ours || beside, &why, Fix::NotYet(fix))
    })
}
