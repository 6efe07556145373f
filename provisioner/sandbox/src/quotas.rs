//! How many of a thing an account may have, and Service Quotas, which tells it.
//!
//! Owns: the numbers. Must not know: the things.

use serde_json::{Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// The quotas that the sandbox enforces, per region. The defaults are AWS's for a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// VPCs; one more is `VpcLimitExceeded`.
    pub vpcs: usize,
    /// Internet gateways; one more is `InternetGatewayLimitExceeded`.
    pub internet_gateways: usize,
    /// Elastic IP addresses; one more is `AddressLimitExceeded`.
    pub addresses: usize,
    /// NAT gateways per availability zone; one more is `NatGatewayLimitExceeded`.
    pub nat_gateways_per_zone: usize,
    /// Rules per direction of a security group; one more is `RulesPerSecurityGroupLimitExceeded`.
    pub rules_per_group: usize,
    /// Application load balancers; one more is `TooManyLoadBalancers`.
    pub load_balancers: usize,
    /// Target groups; one more is `TooManyTargetGroups`.
    pub target_groups: usize,
    /// Rules of all listeners of a load balancer, the default ones not counted; one more is `TooManyRules`.
    pub rules_per_load_balancer: usize,
    /// Image repositories; one more is `LimitExceededException`.
    pub repositories: usize,
    /// DynamoDB tables; one more is `LimitExceededException`.
    pub tables: usize,
    /// vCPUs of Fargate tasks; a task that needs more than is left does not start, and the service's events say so.
    pub fargate_vcpus: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            vpcs: 5,
            internet_gateways: 5,
            addresses: 5,
            nat_gateways_per_zone: 5,
            rules_per_group: 60,
            load_balancers: 50,
            target_groups: 3_000,
            rules_per_load_balancer: 100,
            repositories: 100_000,
            tables: 2_500,
            fargate_vcpus: 4_000,
        }
    }
}

impl Quotas {
    /// Nothing is limited, for tests of many environments in one account.
    pub fn none() -> Self {
        Self {
            vpcs: usize::MAX,
            internet_gateways: usize::MAX,
            addresses: usize::MAX,
            nat_gateways_per_zone: usize::MAX,
            rules_per_group: usize::MAX,
            load_balancers: usize::MAX,
            target_groups: usize::MAX,
            rules_per_load_balancer: usize::MAX,
            repositories: usize::MAX,
            tables: usize::MAX,
            fargate_vcpus: usize::MAX,
        }
    }
}

/// A quota as Service Quotas knows it.
struct Known {
    service: &'static str,
    code: &'static str,
    name: &'static str,
    /// Which number it is.
    value: fn(&Quotas) -> usize,
    /// Whether an account has a value of its own before anybody raised it.
    applied: bool,
}

const fn known(
    service: &'static str,
    code: &'static str,
    name: &'static str,
    value: fn(&Quotas) -> usize,
    applied: bool,
) -> Known {
    Known {
        service,
        code,
        name,
        value,
        applied,
    }
}

/// The services' own pages "Quotas" have the codes, as links to the console of Service Quotas.
const KNOWN: [Known; 10] = [
    known("vpc", "L-F678F1CE", "VPCs per Region", |q| q.vpcs, true),
    known(
        "vpc",
        "L-A4707A72",
        "Internet gateways per Region",
        |q| q.internet_gateways,
        true,
    ),
    known(
        "vpc",
        "L-FE5A380F",
        "NAT gateways per Availability Zone",
        |q| q.nat_gateways_per_zone,
        true,
    ),
    known(
        "vpc",
        "L-0EA8095F",
        "Inbound or outbound rules per security group",
        |q| q.rules_per_group,
        true,
    ),
    known(
        "ec2",
        "L-0263D0A3",
        "EC2-VPC Elastic IPs",
        |q| q.addresses,
        true,
    ),
    known(
        "elasticloadbalancing",
        "L-53DA6B97",
        "Application Load Balancers per Region",
        |q| q.load_balancers,
        true,
    ),
    known(
        "elasticloadbalancing",
        "L-B22855CB",
        "Target Groups per Region",
        |q| q.target_groups,
        true,
    ),
    known(
        "ecr",
        "L-CFEB8E8D",
        "Registered repositories",
        |q| q.repositories,
        false,
    ),
    known(
        "dynamodb",
        "L-F98FE922",
        "Maximum number of tables",
        |q| q.tables,
        false,
    ),
    known(
        "fargate",
        "L-3032A538",
        "Fargate On-Demand vCPU resource count",
        |q| q.fargate_vcpus,
        true,
    ),
];

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "GetServiceQuota" => get(world, call),
        "GetAWSDefaultServiceQuota" => get_default(call),
        _ => Err(call.unknown_operation()),
    }
}

/// [GetServiceQuota](https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html): "For some quotas,
/// only the default values are available. If the applied quota value is not available for a quota, the quota is not retrieved."
fn get(world: &World, call: &Call) -> Result<Answer, AwsError> {
    let quota = find(call)?;
    let value = (quota.value)(&world.quotas);
    if !quota.applied && value == (quota.value)(&Quotas::default()) {
        return Err(no_such());
    }
    let arn = call.arn(
        "servicequotas",
        &format!("{}/{}", quota.service, quota.code),
    );
    Ok(answer(quota, value, &arn))
}

/// [GetAWSDefaultServiceQuota](https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetAWSDefaultServiceQuota.html).
fn get_default(call: &Call) -> Result<Answer, AwsError> {
    let quota = find(call)?;
    let arn = format!(
        "arn:{}:servicequotas:{}::{}/{}",
        call.partition().name,
        call.region,
        quota.service,
        quota.code
    );
    Ok(answer(quota, (quota.value)(&Quotas::default()), &arn))
}

fn find(call: &Call) -> Result<&'static Known, AwsError> {
    call.allow_keys(&["ServiceCode", "QuotaCode"])?;
    let need = |key: &str| {
        call.text(key).ok_or_else(|| {
            AwsError::new(
                "IllegalArgumentException",
                format!("{key} must not be empty"),
            )
        })
    };
    let (service, code) = (need("ServiceCode")?, need("QuotaCode")?);
    if !KNOWN.iter().any(|quota| quota.service == service) {
        return Err(no_such());
    }
    KNOWN
        .iter()
        .find(|quota| quota.service == service && quota.code == code)
        .ok_or_else(|| AwsError::not_simulated(format!("the quota {code} of {service}")))
}

fn no_such() -> AwsError {
    AwsError::new(
        "NoSuchResourceException",
        "The request failed because the specified service does not exist.",
    )
}

fn answer(quota: &Known, value: usize, arn: &str) -> Answer {
    let quota: Value = json!({
        "ServiceCode": quota.service,
        "QuotaArn": arn,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value as f64,
        "Unit": "None",
        "Adjustable": true,
        "GlobalQuota": false,
    });
    Answer::Json(json!({ "Quota": quota }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::bench::Bench;

    fn ask(bench: &Bench, operation: &str, service: &str, code: &str) -> Result<Value, String> {
        let body = json!({ "ServiceCode": service, "QuotaCode": code });
        let answer = bench.json("servicequotas", operation, body);
        answer
            .map(|answer| answer["Quota"].clone())
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_quota_is_told_as_it_is_enforced() {
        let quotas = Quotas {
            vpcs: 1,
            tables: 3,
            ..Quotas::default()
        };
        let bench = Bench::with(Settings {
            quotas,
            ..Settings::instant()
        });
        let vpcs = ask(&bench, "GetServiceQuota", "vpc", "L-F678F1CE").unwrap();
        assert_eq!(vpcs["Value"], 1.0);
        assert_eq!(
            vpcs["QuotaArn"],
            "arn:aws:servicequotas:us-east-1:123456789012:vpc/L-F678F1CE"
        );
        let normal = ask(&bench, "GetAWSDefaultServiceQuota", "vpc", "L-F678F1CE");
        assert_eq!(normal.unwrap()["Value"], 5.0);
        let tables = ask(&bench, "GetServiceQuota", "dynamodb", "L-F98FE922");
        assert_eq!(tables.unwrap()["Value"], 3.0);
    }

    #[test]
    fn some_quotas_have_a_default_only_and_others_are_not_there() {
        let bench = Bench::new();
        let applied = ask(&bench, "GetServiceQuota", "ecr", "L-CFEB8E8D");
        assert_eq!(applied.unwrap_err(), "NoSuchResourceException");
        let normal = ask(&bench, "GetAWSDefaultServiceQuota", "ecr", "L-CFEB8E8D");
        assert_eq!(normal.unwrap()["Value"], 100_000.0);
        let code = |service, code| ask(&bench, "GetServiceQuota", service, code).unwrap_err();
        assert_eq!(code("nothing", "L-F678F1CE"), "NoSuchResourceException");
        assert_eq!(code("vpc", "L-00000000"), "NotSimulated");
    }
}
