//! The environment's front door.

mod members;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::{
    IpAddressType, LoadBalancer as Seen, LoadBalancerAttribute, LoadBalancerSchemeEnum,
    LoadBalancerStateEnum, LoadBalancerTypeEnum,
};
use hcctl_engine::kind::Wait;
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::attributes::{LOAD_BALANCER, restored, unusual};
use super::others::Note;
use super::{Others, example_tags, gone_is_fine, ids, incomplete};
use crate::aws::names::{ELB_NAME, short};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Scope, Tags, Theirs, fault};

/// An application load balancer; its name is unique in the region.
pub struct LoadBalancer;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its VPC: it cannot move to another one.
    pub vpc: Link,
    /// Its name.
    pub name: String,
    /// `internet-facing` or `internal`.
    pub scheme: String,
    /// The public subnets that it stands in; at least two zones.
    pub subnets: BTreeSet<Link>,
    /// Its security groups.
    pub security_groups: BTreeSet<Link>,
    /// Whether it drops headers that are not valid (Security Hub ELB.4).
    pub drop_invalid_headers: bool,
    /// What it does with requests that could desynchronise it from a task: `monitor`, `defensive` or `strictest` (Security
    /// Hub ELB.12).
    pub desync_mitigation: String,
    /// Whether AWS refuses to delete it (Security Hub ELB.6).
    pub deletion_protection: bool,
    /// Other attributes that are not as AWS gives them to a new one, and addresses of another kind than IPv4. Wanted
    /// empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

const DROP: &str = "routing.http.drop_invalid_header_fields.enabled";
const DESYNC: &str = "routing.http.desync_mitigation_mode";
const PROTECT: &str = "deletion_protection.enabled";

/// In the field `other`: dual-stack.
const ADDRESSES: &str = "IpAddressType";

/// The name of the environment's load balancer.
pub fn name(scope: &Scope) -> String {
    short(&scope.prefix(), "alb", ELB_NAME)
}

impl Kind for LoadBalancer {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "load_balancer";
    const RULES: Rules = &[
        ("vpc", Rule::Replace),
        ("name", Rule::Replace),
        ("scheme", Rule::Replace),
        ("subnets", Rule::Update),
        ("security_groups", Rule::Update),
        ("drop_invalid_headers", Rule::Update),
        ("desync_mitigation", Rule::Update),
        ("deletion_protection", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    const AFTER: &'static [&'static str] = &["internet_gateway"];
    const DELETE_RISK: Risk = Risk::Brief;
    const WAIT: Wait = Wait::of(500, 5_000, 900, 150);

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            name: "shop-dev-alb".to_owned(),
            scheme: "internet-facing".to_owned(),
            subnets: BTreeSet::from([
                Link::to("subnet", "public-a"),
                Link::to("subnet", "public-b"),
            ]),
            security_groups: BTreeSet::from([Link::to("security_group", "alb")]),
            drop_invalid_headers: true,
            desync_mitigation: "strictest".to_owned(),
            deletion_protection: true,
            other: Others::from([("idle_timeout.timeout_seconds".to_owned(), "4000".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let Some(seen) = ours(aws).await?.as_ref().clone() else {
            return Ok(Vec::new());
        };
        let arn = seen.load_balancer_arn.clone().unwrap_or_default();
        let arns = [arn.clone()];
        let (attributes, tags) = tokio::try_join!(attributes(aws, &arn), aws.elb_tags(&arns))?;
        let value = |key: &str| {
            let one = attributes.iter().find(|one| one.key() == Some(key));
            one.and_then(|one| one.value())
        };
        let on = |key: &str| value(key) == Some("true");
        Ok(vec![
            match aws.theirs(Self::NAME, tags.get(&arn).cloned().unwrap_or_default()) {
                Theirs::Lost(tags) => aws.lost(Self::NAME, "main", arn, &tags),
                Theirs::Not(why) => Found::Taken {
                    name: "main".to_owned(),
                    id: arn,
                    why,
                },
                Theirs::Ours(name, tags) => {
                    let zones = seen.availability_zones().iter();
                    let spec = Spec {
                        vpc: Link::id(seen.vpc_id().unwrap_or_default()),
                        name: seen.load_balancer_name().unwrap_or_default().to_owned(),
                        scheme: seen
                            .scheme()
                            .map(|scheme| scheme.as_str().to_owned())
                            .unwrap_or_default(),
                        subnets: zones
                            .filter_map(|zone| zone.subnet_id())
                            .map(Link::id)
                            .collect(),
                        security_groups: seen.security_groups().iter().map(Link::id).collect(),
                        drop_invalid_headers: on(DROP),
                        desync_mitigation: value(DESYNC).unwrap_or_default().to_owned(),
                        deletion_protection: on(PROTECT),
                        other: others(&seen, &attributes),
                        tags,
                    };
                    let pending = match state(&seen) {
                        Readiness::NotYet(why) => Some(why),
                        _ => None,
                    };
                    Found::ours(name, arn, spec).pending(pending)
                }
            },
        ])
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let create = || async {
            let call = aws
                .elb
                .create_load_balancer()
                .name(&spec.name)
                .r#type(LoadBalancerTypeEnum::Application);
            let call = call.scheme(LoadBalancerSchemeEnum::from(spec.scheme.as_str()));
            let call = call
                .set_subnets(Some(ids(&spec.subnets)))
                .set_security_groups(Some(ids(&spec.security_groups)));
            let call = call.set_tags(Some(aws.elb_tags_for(Self::NAME, name, &spec.tags)));
            let answer = call
                .send()
                .await
                .map_err(fault("elasticloadbalancing:CreateLoadBalancer"))?;
            let arn = answer
                .load_balancers
                .unwrap_or_default()
                .pop()
                .and_then(|one| one.load_balancer_arn);
            arn.ok_or_else(|| {
                incomplete("elasticloadbalancing:CreateLoadBalancer", "load balancer")
            })
        };
        // SubnetNotFound and InvalidSecurityGroup right after these were made.
        let settling = |fault: &Fault| {
            unknown_id(fault) || fault.is("SubnetNotFound") || fault.is("InvalidSecurityGroup")
        };
        let arn = aws.patiently(settling, create).await?;
        set_attributes(aws, &arn, spec, &Others::new()).await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (arn, after) = (change.id, change.after);
        if change.has("subnets") {
            let call = aws
                .elb
                .set_subnets()
                .load_balancer_arn(arn)
                .set_subnets(Some(ids(&after.subnets)));
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:SetSubnets"))?;
        }
        if change.has("security_groups") {
            let call = aws.elb.set_security_groups().load_balancer_arn(arn);
            let call = call.set_security_groups(Some(ids(&after.security_groups)));
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:SetSecurityGroups"))?;
        }
        let attributes = [
            "drop_invalid_headers",
            "desync_mitigation",
            "deletion_protection",
            "other",
        ];
        if attributes.iter().any(|field| change.has(field)) {
            set_attributes(aws, arn, after, &change.before.other).await?;
        }
        Box::pin(plain_addresses(aws, arn, &change.before.other)).await?;
        aws.retag_elb(arn, &change.before.tags, &after.tags).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, seen: &Spec) -> Result<(), Fault> {
        let call = aws.elb.delete_load_balancer().load_balancer_arn(id);
        let outcome = call
            .send()
            .await
            .map(drop)
            .map_err(fault("elasticloadbalancing:DeleteLoadBalancer"));
        gone_is_fine(outcome).map_err(|fault| match fault.code.as_deref() {
            Some("OperationNotPermitted") if seen.deletion_protection => {
                fault.remedy("it is protected: set protect: false in the environment file, apply, then try again")
            }
            _ => fault,
        })
    }

    async fn ready(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let call = aws.elb.describe_load_balancers().load_balancer_arns(id);
        let answer = call
            .send()
            .await
            .map_err(fault("elasticloadbalancing:DescribeLoadBalancers"))?;
        let seen = answer.load_balancers.unwrap_or_default().pop();
        Ok(seen.map_or_else(
            || Readiness::NotYet("not listed yet".to_owned()),
            |seen| state(&seen),
        ))
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let call = aws.elb.describe_load_balancers().load_balancer_arns(id);
        match call
            .send()
            .await
            .map_err(fault("elasticloadbalancing:DescribeLoadBalancers"))
        {
            Err(fault) if fault.class == Class::NotFound => Ok(Readiness::Ready),
            Err(fault) => Err(fault),
            Ok(answer) if answer.load_balancers().is_empty() => Ok(Readiness::Ready),
            Ok(_) => Ok(Readiness::NotYet("being deleted".to_owned())),
        }
    }
}

/// The load balancer under the environment's name, whoever made it; read once.
pub(super) async fn ours(aws: &Aws) -> Result<Arc<Option<Seen>>, Fault> {
    let read = async {
        let call = aws.elb.describe_load_balancers().names(name(&aws.scope));
        match call
            .send()
            .await
            .map_err(fault("elasticloadbalancing:DescribeLoadBalancers"))
        {
            Err(fault) if fault.class == Class::NotFound => Ok(None),
            Err(fault) => Err(fault),
            Ok(answer) => Ok(answer.load_balancers.unwrap_or_default().pop()),
        }
    };
    aws.once("load balancer", read).await
}

/// The address at which the environment answers, once its load balancer is there.
pub async fn dns_name(aws: &Aws) -> Result<Option<String>, Fault> {
    Ok(ours(aws)
        .await?
        .as_ref()
        .as_ref()
        .and_then(|seen| seen.dns_name.clone()))
}

fn state(seen: &Seen) -> Readiness {
    let code = seen.state().and_then(|state| state.code());
    let reason = seen
        .state()
        .and_then(|state| state.reason())
        .unwrap_or("no reason given");
    match code {
        // Impaired: it serves, though not everywhere.
        Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) | None => {
            Readiness::Ready
        }
        Some(LoadBalancerStateEnum::Failed) => Readiness::Never(format!("failed: {reason}")),
        Some(state) => Readiness::NotYet(state.as_str().to_owned()),
    }
}

async fn attributes(aws: &Aws, arn: &str) -> Result<Vec<LoadBalancerAttribute>, Fault> {
    let call = aws
        .elb
        .describe_load_balancer_attributes()
        .load_balancer_arn(arn);
    let answer = call
        .send()
        .await
        .map_err(fault("elasticloadbalancing:DescribeLoadBalancerAttributes"))?;
    Ok(answer.attributes.unwrap_or_default())
}

/// What else is set on it.
fn others(seen: &Seen, attributes: &[LoadBalancerAttribute]) -> Others {
    let attributes = attributes.iter().map(|one| (one.key(), one.value()));
    let mut others = unusual(LOAD_BALANCER, attributes);
    let kind = seen.ip_address_type().map(IpAddressType::as_str);
    others.unless(ADDRESSES, kind, IpAddressType::Ipv4.as_str());
    others
}

/// IPv4 addresses again, and no others.
async fn plain_addresses(aws: &Aws, arn: &str, before: &Others) -> Result<(), Fault> {
    if before.contains_key(ADDRESSES) {
        let call = aws.elb.set_ip_address_type().load_balancer_arn(arn);
        let answer = call.ip_address_type(IpAddressType::Ipv4).send().await;
        answer.map_err(fault("elasticloadbalancing:SetIpAddressType"))?;
    }
    Ok(())
}

/// Sets the attributes that are fields, and leads back those that `before` tells not to be as usual.
async fn set_attributes(aws: &Aws, arn: &str, spec: &Spec, before: &Others) -> Result<(), Fault> {
    let attribute = |key: &str, value: String| {
        LoadBalancerAttribute::builder()
            .key(key)
            .value(value)
            .build()
    };
    let call = aws
        .elb
        .modify_load_balancer_attributes()
        .load_balancer_arn(arn);
    let call = call.attributes(attribute(DROP, spec.drop_invalid_headers.to_string()));
    let call = call.attributes(attribute(DESYNC, spec.desync_mitigation.clone()));
    let mut call = call.attributes(attribute(PROTECT, spec.deletion_protection.to_string()));
    for (key, value) in restored(LOAD_BALANCER, before) {
        call = call.attributes(attribute(key, value.to_owned()));
    }
    call.send()
        .await
        .map(drop)
        .map_err(fault("elasticloadbalancing:ModifyLoadBalancerAttributes"))
}
