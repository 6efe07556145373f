//! A port of the load balancer.

use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, Listener as Seen, ProtocolEnum, RedirectActionConfig,
    RedirectActionStatusCodeEnum,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, load_balancer, names};
use crate::aws::{Aws, Tags, Theirs, fault};

/// A listener; its port is unique on its load balancer.
pub struct Listener;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its load balancer.
    pub load_balancer: Link,
    /// Its port.
    pub port: i32,
    /// `HTTP` or `HTTPS`.
    pub protocol: String,
    /// What happens to requests that no rule takes. A forward where rules forward: ECS refuses to shift traffic on a
    /// listener that mixes forwards with other actions.
    pub default: Default,
    /// The ACM certificate's ARN, with HTTPS.
    pub certificate: Option<String>,
    /// The TLS policy, with HTTPS (Security Hub ELB.17).
    pub ssl_policy: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// The default action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Default {
    /// To a target group.
    Forward(Link),
    /// To the same place by HTTPS on port 443, for good (301).
    RedirectToHttps,
    /// Something that hcctl never makes, by its type.
    Other(String),
}

impl Kind for Listener {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "listener";
    const RULES: Rules = &[
        ("load_balancer", Rule::Replace),
        ("port", Rule::Replace),
        ("protocol", Rule::Update),
        ("default", Rule::Update),
        ("certificate", Rule::Update),
        ("ssl_policy", Rule::Update),
        ("tags", Rule::Update),
    ];
    const DELETE_RISK: Risk = Risk::Brief;
    const BRIEF: &'static [&'static str] = &["protocol", "default"];

    fn example() -> Spec {
        Spec {
            load_balancer: Link::to("load_balancer", "main"),
            port: 443,
            protocol: "HTTPS".to_owned(),
            default: Default::Forward(Link::to("target_group", "orders")),
            certificate: Some("arn:aws:acm:us-east-1:123456789012:certificate/0d3b9f9a-0000-4000-8000-000000000000".to_owned()),
            ssl_policy: Some("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09".to_owned()),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let listeners = ours(aws).await?;
        let arns: Vec<String> = listeners
            .iter()
            .filter_map(|listener| listener.listener_arn.clone())
            .collect();
        let tags = aws.elb_tags(&arns).await?;
        let mut found = Vec::new();
        for listener in listeners.iter() {
            let arn = listener.listener_arn().unwrap_or_default();
            let port = listener.port.unwrap_or_default();
            match aws.theirs(Self::NAME, tags.get(arn).cloned().unwrap_or_default()) {
                Theirs::Ours(name, tags) => {
                    found.push(Found::ours(name, arn, read(listener, tags)));
                }
                Theirs::Lost(tags) => {
                    let name = usual(port).unwrap_or(names::UNKNOWN);
                    found.push(aws.lost(Self::NAME, name, arn, &tags));
                }
                Theirs::Not(why) => {
                    found.push(Found::Extra {
                        id: arn.to_owned(),
                        what: format!("listener on port {port} of our load balancer: {why}"),
                    });
                    // A port has one listener: nothing may be moved to one that cannot be made.
                    found.extend(usual(port).map(|name| Found::Taken {
                        name: name.to_owned(),
                        id: arn.to_owned(),
                        why,
                    }));
                }
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let call = aws
            .elb
            .create_listener()
            .load_balancer_arn(spec.load_balancer.resolved())
            .port(spec.port);
        let call = call
            .protocol(ProtocolEnum::from(spec.protocol.as_str()))
            .default_actions(action(&spec.default));
        let call = call
            .set_certificates(certificates(spec))
            .set_ssl_policy(spec.ssl_policy.clone());
        let call = call.set_tags(Some(aws.elb_tags_for(Self::NAME, name, &spec.tags)));
        let answer = call
            .send()
            .await
            .map_err(fault("elasticloadbalancing:CreateListener"));
        let answer = answer.map_err(about_certificate)?;
        let arn = answer
            .listeners
            .unwrap_or_default()
            .pop()
            .and_then(|listener| listener.listener_arn);
        arn.ok_or_else(|| incomplete("elasticloadbalancing:CreateListener", "listener"))
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let after = change.after;
        if ["protocol", "default", "certificate", "ssl_policy"]
            .iter()
            .any(|field| change.has(field))
        {
            let call = aws
                .elb
                .modify_listener()
                .listener_arn(change.id)
                .port(after.port);
            let call = call
                .protocol(ProtocolEnum::from(after.protocol.as_str()))
                .default_actions(action(&after.default));
            let call = call
                .set_certificates(certificates(after))
                .set_ssl_policy(after.ssl_policy.clone());
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:ModifyListener"))
                .map_err(about_certificate)?;
        }
        aws.retag_elb(change.id, &change.before.tags, &after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        let call = aws.elb.delete_listener().listener_arn(id);
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("elasticloadbalancing:DeleteListener")),
        )
    }
}

/// The name of the listener that ours is on this port.
fn usual(port: i32) -> Option<&'static str> {
    match port {
        80 => Some("http"),
        443 => Some("https"),
        _ => None,
    }
}

/// Every listener of our load balancer; read once.
pub(super) async fn ours(aws: &Aws) -> Result<Arc<Vec<Seen>>, Fault> {
    let read = async {
        let Some(arn) = load_balancer::ours(aws)
            .await?
            .as_ref()
            .as_ref()
            .and_then(|seen| seen.load_balancer_arn.clone())
        else {
            return Ok(Vec::new());
        };
        let pages = aws
            .elb
            .describe_listeners()
            .load_balancer_arn(arn)
            .into_paginator()
            .items()
            .send();
        pages
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(fault("elasticloadbalancing:DescribeListeners"))
    };
    aws.once("listeners", read).await
}

fn read(seen: &Seen, tags: Tags) -> Spec {
    let default = seen
        .default_actions()
        .first()
        .map_or(Default::Other("none".to_owned()), read_action);
    Spec {
        load_balancer: Link::id(seen.load_balancer_arn().unwrap_or_default()),
        port: seen.port.unwrap_or_default(),
        protocol: seen
            .protocol()
            .map(|protocol| protocol.as_str().to_owned())
            .unwrap_or_default(),
        default,
        certificate: seen
            .certificates()
            .first()
            .and_then(|one| one.certificate_arn.clone()),
        ssl_policy: seen.ssl_policy.clone().filter(|policy| !policy.is_empty()),
        tags,
    }
}

fn read_action(seen: &Action) -> Default {
    let group = seen.target_group_arn().or_else(|| {
        seen.forward_config()?
            .target_groups()
            .first()?
            .target_group_arn()
    });
    match (seen.r#type(), group, seen.redirect_config()) {
        (Some(ActionTypeEnum::Forward), Some(arn), _) => Default::Forward(Link::id(arn)),
        (Some(ActionTypeEnum::Redirect), _, Some(to))
            if to.protocol() == Some("HTTPS") && to.port() == Some("443") =>
        {
            Default::RedirectToHttps
        }
        (kind, ..) => Default::Other(
            kind.map(|kind| kind.as_str().to_owned())
                .unwrap_or_default(),
        ),
    }
}

fn action(default: &Default) -> Action {
    let action = match default {
        Default::Forward(group) => Action::builder()
            .r#type(ActionTypeEnum::Forward)
            .target_group_arn(group.resolved()),
        Default::RedirectToHttps => {
            let to = RedirectActionConfig::builder()
                .protocol("HTTPS")
                .port("443");
            let to = to
                .status_code(RedirectActionStatusCodeEnum::Http301)
                .build();
            Action::builder()
                .r#type(ActionTypeEnum::Redirect)
                .redirect_config(to)
        }
        Default::Other(kind) => Action::builder().r#type(ActionTypeEnum::from(kind.as_str())),
    };
    action.build()
}

fn certificates(spec: &Spec) -> Option<Vec<Certificate>> {
    spec.certificate
        .as_ref()
        .map(|arn| vec![Certificate::builder().certificate_arn(arn).build()])
}

fn about_certificate(fault: Fault) -> Fault {
    if fault.is("CertificateNotFound") || fault.is("UnsupportedCertificate") {
        return fault.remedy(
            "edge.certificate must be an issued ACM certificate of this account and region",
        );
    }
    fault
}
