//! The quotas that an environment meets, by the codes that Service Quotas has for them.
//!
//! Each service's own page of quotas has its codes, as links to the console of Service Quotas:
//! <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>,
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>.

/// One quota.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Quota {
    /// The check's name: what there may be so many of.
    pub(super) check: &'static str,
    /// The kind of resource that counts.
    pub(super) kind: &'static str,
    /// The service's code.
    pub(super) service: &'static str,
    /// The quota's code.
    pub(super) code: &'static str,
}

const fn quota(
    check: &'static str,
    kind: &'static str,
    service: &'static str,
    code: &'static str,
) -> Quota {
    Quota {
        check,
        kind,
        service,
        code,
    }
}

/// The quotas of what a plan makes.
pub(super) const QUOTAS: [Quota; 8] = [
    quota("quota-vpcs", "vpc", "vpc", "L-F678F1CE"),
    quota(
        "quota-internet-gateways",
        "internet_gateway",
        "vpc",
        "L-A4707A72",
    ),
    quota("quota-elastic-ips", "elastic_ip", "ec2", "L-0263D0A3"),
    // Per availability zone.
    quota("quota-nat-gateways", "nat_gateway", "vpc", "L-FE5A380F"),
    quota(
        "quota-load-balancers",
        "load_balancer",
        "elasticloadbalancing",
        "L-53DA6B97",
    ),
    quota(
        "quota-target-groups",
        "target_group",
        "elasticloadbalancing",
        "L-B22855CB",
    ),
    quota("quota-repositories", "repository", "ecr", "L-CFEB8E8D"),
    quota("quota-tables", "table", "dynamodb", "L-F98FE922"),
];

/// The quota of what tasks run on.
pub(super) const FARGATE: Quota = quota("quota-fargate-vcpus", "task", "fargate", "L-3032A538");
