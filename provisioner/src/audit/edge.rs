//! The edge: the load balancer, its listeners and its target groups.

use super::control::{Control, Fix, Severity, Verdict};
use super::state::passes;
use crate::resources::listener::{Default, Spec as Listener};
use crate::resources::load_balancer::Spec as LoadBalancer;
use crate::resources::target_group;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ELB.1",
        title: "Application Load Balancer should be configured to redirect all HTTP requests to HTTPS",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Listener>("listener", |listener| {
                let listener = &listener.spec;
                let good =
                    listener.protocol != "HTTP" || listener.default == Default::RedirectToHttps;
                let why = format!("port {} sends nobody to HTTPS", listener.port);
                passes(good, &why, CERTIFICATE)
            })
        },
    },
    Control {
        id: "ELB.4",
        title: "Application Load Balancer should be configured to drop http headers",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<LoadBalancer>("load_balancer", |balancer| {
                let why = "headers that are not valid reach the tasks";
                passes(balancer.spec.drop_invalid_headers, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ELB.5",
        title: "Application and Classic Load Balancers logging should be enabled",
        severity: Severity::Medium,
        judge: |state| {
            let fix = "access_logs.s3 with a bucket that takes them";
            state.each::<LoadBalancer>("load_balancer", |balancer| {
                balancer.unmanaged("access log", Fix::NotYet(fix))
            })
        },
    },
    Control {
        id: "ELB.6",
        title: "Application, Gateway, and Network Load Balancers should have deletion protection enabled",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<LoadBalancer>("load_balancer", |balancer| {
                let why = "it can be deleted by mistake";
                passes(balancer.spec.deletion_protection, why, super::data::PROTECT)
            })
        },
    },
    Control {
        id: "ELB.12",
        title: "Application Load Balancer should be configured with defensive or strictest desync mitigation mode",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<LoadBalancer>("load_balancer", |balancer| {
                let mode = balancer.spec.desync_mitigation.as_str();
                let why = format!("requests that desynchronise are let through (mode {mode})");
                passes(["defensive", "strictest"].contains(&mode), &why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ELB.13",
        title: "Application, Network and Gateway Load Balancers should span multiple Availability Zones",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<LoadBalancer>("load_balancer", |balancer| {
                // A load balancer takes one subnet of a zone.
                let why = "it stands in one zone";
                passes(
                    balancer.spec.subnets.len() > 1,
                    why,
                    Fix::File("network.zones: 2"),
                )
            })
        },
    },
    Control {
        id: "ELB.16",
        title: "Application Load Balancers should be associated with an AWS WAF web ACL",
        severity: Severity::Medium,
        judge: |state| {
            let fix = "aws wafv2 associate-web-acl, $5 a month and $1 a rule";
            state.each::<LoadBalancer>("load_balancer", |balancer| {
                balancer.unmanaged("web ACL", Fix::NotYet(fix))
            })
        },
    },
    Control {
        id: "ELB.17",
        title: "Application and Network Load Balancers with listeners should use recommended security policies",
        severity: Severity::Medium,
        judge: |state| {
            let mut judged = state.each::<Listener>("listener", |listener| {
                let policy = listener.spec.ssl_policy.as_deref().unwrap_or_default();
                let why = format!("TLS policy {policy} is not on the list of the strict ones");
                passes(RECOMMENDED.contains(&policy), &why, Fix::Apply)
            });
            // One without TLS has no policy: ELB.18 is about that.
            let all = state.all::<Listener>("listener");
            let secure = all.iter().filter(|one| one.spec.protocol == "HTTPS");
            let secure: Vec<_> = secure.map(|one| one.address).collect();
            judged.retain(|one| secure.contains(&&one.address));
            judged
        },
    },
    Control {
        id: "ELB.18",
        title: "Application and Network Load Balancer listeners should use secure protocols to encrypt data in transit",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Listener>("listener", |listener| match &listener.spec {
                spec if spec.protocol == "HTTPS" => Verdict::Passed,
                spec if spec.default == Default::RedirectToHttps => {
                    let why = format!("port {} speaks HTTP, if only to redirect", spec.port);
                    Verdict::Failed(
                        why,
                        Fix::NotYet("an edge without port 80; accept it until then"),
                    )
                }
                spec => {
                    let why = format!("port {} speaks HTTP, which anybody can read", spec.port);
                    Verdict::Failed(why, CERTIFICATE)
                }
            })
        },
    },
    Control {
        id: "ELB.21",
        title: "Application and Network Load Balancer target groups should use encrypted health check protocols",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<target_group::Spec>("target_group", |group| {
                group.unmanaged("health check by HTTPS", TLS)
            })
        },
    },
    Control {
        id: "ELB.22",
        title: "ELB target groups should use encrypted transport protocols",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<target_group::Spec>("target_group", |group| {
                group.unmanaged("target group by HTTPS", TLS)
            })
        },
    },
];

const CERTIFICATE: Fix = Fix::File("edge.certificate: arn:aws:acm:...");
const TLS: Fix = Fix::NotYet("containers that speak TLS");

/// <https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-17>
const RECOMMENDED: [&str; 8] = [
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
];
