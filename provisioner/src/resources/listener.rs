//! A port of the load balancer.

mod members;

use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, Listener as Seen, ListenerAttribute,
    MutualAuthenticationAttributes, ProtocolEnum, RedirectActionConfig,
    RedirectActionStatusCodeEnum,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::attributes::{LISTENER, restored, unusual};
use super::others::Note;
use super::{Others, example_tags, gone_is_fine, incomplete, load_balancer, names};
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
    /// What else was set on it: attributes, mutual authentication, more than one default action. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
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
        ("port", Rule::Update),
        ("protocol", Rule::Update),
        ("default", Rule::Update),
        ("certificate", Rule::Update),
        ("ssl_policy", Rule::Update),
        ("other", Rule::Update),
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
            other: Others::from([(MUTUAL.to_owned(), "verify".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let listeners = ours(aws).await?;
        let arns: Vec<String> = listeners
            .iter()
            .filter_map(|listener| listener.listener_arn.clone())
            .collect();
        let read_attributes = |arn: String| Box::pin(async move { attributes(aws, &arn).await });
        let (tags, attributes) = tokio::try_join!(
            aws.elb_tags(&arns),
            aws.crowd(arns.clone(), read_attributes)
        )?;
        let mut found = Vec::new();
        for (listener, attributes) in listeners.iter().zip(attributes) {
            let arn = listener.listener_arn().unwrap_or_default();
            let port = listener.port.unwrap_or_default();
            match aws.theirs(Self::NAME, tags.get(arn).cloned().unwrap_or_default()) {
                Theirs::Ours(name, tags) => {
                    found.push(Found::ours(name, arn, read(listener, &attributes, tags)));
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
        let before = &change.before.other;
        if [
            "port",
            "protocol",
            "default",
            "certificate",
            "ssl_policy",
            "other",
        ]
        .iter()
        .any(|field| change.has(field))
        {
            let call = aws.elb.modify_listener().listener_arn(change.id);
            let call = call
                .port(after.port)
                .protocol(ProtocolEnum::from(after.protocol.as_str()))
                .default_actions(action(&after.default));
            let call = call
                .set_certificates(certificates(after))
                .set_ssl_policy(after.ssl_policy.clone());
            let off = MutualAuthenticationAttributes::builder().mode(OFF).build();
            // Only HTTPS knows it.
            let off = (before.contains_key(MUTUAL) && after.certificate.is_some()).then_some(off);
            call.set_mutual_authentication(off)
                .send()
                .await
                .map_err(fault("elasticloadbalancing:ModifyListener"))
                .map_err(about_certificate)?;
        }
        let usual = restored(LISTENER, before);
        if !usual.is_empty() {
            let attribute =
                |(key, value)| ListenerAttribute::builder().key(key).value(value).build();
            let usual = usual.into_iter().map(attribute).collect();
            let call = aws.elb.modify_listener_attributes().listener_arn(change.id);
            let answer = call.set_attributes(Some(usual)).send().await;
            answer.map_err(fault("elasticloadbalancing:ModifyListenerAttributes"))?;
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

async fn attributes(aws: &Aws, arn: &str) -> Result<Vec<ListenerAttribute>, Fault> {
    let call = aws.elb.describe_listener_attributes().listener_arn(arn);
    let answer = call.send().await;
    let answer = answer.map_err(fault("elasticloadbalancing:DescribeListenerAttributes"))?;
    Ok(answer.attributes.unwrap_or_default())
}

/// In the field `other`: whether clients must show a certificate.
const MUTUAL: &str = "MutualAuthentication";
/// They need not.
const OFF: &str = "off";

fn read(seen: &Seen, attributes: &[ListenerAttribute], tags: Tags) -> Spec {
    let actions = seen.default_actions();
    // What authenticates comes first, and what answers last.
    let default = actions
        .last()
        .map_or(Default::Other("none".to_owned()), read_action);
    let attributes = attributes.iter().map(|one| (one.key(), one.value()));
    let mut other = unusual(LISTENER, attributes);
    if let [first @ .., last] = actions {
        for action in first {
            let kind = action.r#type().map_or("action", ActionTypeEnum::as_str);
            other.some(kind, Some(action));
        }
        if matches!(default, Default::Other(_)) {
            other.some("default action", Some(last));
        }
        more_than_a_forward(&mut other, last);
    }
    let mutual = seen.mutual_authentication();
    other.some(MUTUAL, mutual.filter(|mutual| mutual.mode() != Some(OFF)));
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
        other,
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
        (Some(ActionTypeEnum::Redirect), _, Some(to)) if is_to_https(to) => {
            Default::RedirectToHttps
        }
        (kind, ..) => Default::Other(
            kind.map(|kind| kind.as_str().to_owned())
                .unwrap_or_default(),
        ),
    }
}

/// To the same place by HTTPS, for good; AWS fills in what was not said.
fn is_to_https(to: &RedirectActionConfig) -> bool {
    let same = |value: Option<&str>, usual| value.is_none_or(|value| value == usual);
    to.protocol() == Some("HTTPS")
        && to.port() == Some("443")
        && to.status_code() == Some(&RedirectActionStatusCodeEnum::Http301)
        && same(to.host(), "#{host}")
        && same(to.path(), "/#{path}")
        && same(to.query(), "#{query}")
}

/// Further groups of a forward, and targets that clients stick to.
fn more_than_a_forward(other: &mut Others, action: &Action) {
    let Some(forward) = action.forward_config() else {
        return;
    };
    let further = forward.target_groups().iter().skip(1);
    let further: Vec<&str> = further
        .filter_map(|group| group.target_group_arn())
        .collect();
    other.any("TargetGroups", &further);
    let sticky = forward.target_group_stickiness_config();
    let sticky = sticky.filter(|sticky| sticky.enabled == Some(true));
    other.some("TargetGroupStickinessConfig", sticky);
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
