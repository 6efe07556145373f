//! Listeners: found by load balancer and port; their default actions are a rule too.

use std::collections::BTreeMap;

use winterbaume_elasticloadbalancingv2::{model, wire};

use super::attributes::LISTENER;
use super::{Listener, State, action, bad_marker, load_balancer, rule, state, tags, target_group};
use crate::acm;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::shape;
use crate::world::World;

/// What AWS takes where no policy is sent (API reference, `CreateListener`).
const DEFAULT_SSL_POLICY: &str = "ELBSecurityPolicy-2016-08";

impl Listener {
    pub(super) fn belongs_to(&self, load_balancer: &str) -> bool {
        self.shape.load_balancer_arn.as_deref() == Some(load_balancer)
    }
}

/// `CreateListener`: the same port with the same settings answers the listener that is there, with others it is `DuplicateListener`
/// (API reference: "This operation is idempotent").
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateListenerInput = shape::form(call)?;
    shape::refuse(call, &["AlpnPolicy"])?;
    let arn = input.load_balancer_arn.clone();
    load_balancer::find(state(world, call), &arn)?;
    let actions = action::complete_actions(input.default_actions.items)?;
    check_forwards(state(world, call), &arn, &actions)?;
    let mut shape = model::Listener {
        default_actions: Some(actions.into()),
        load_balancer_arn: Some(arn.clone()),
        port: Some(
            input
                .port
                .ok_or_else(|| invalid("A port must be specified"))?,
        ),
        protocol: Some(
            input
                .protocol
                .ok_or_else(|| invalid("A protocol must be specified"))?,
        ),
        ..Default::default()
    };
    secure(
        world,
        &mut shape,
        input.certificates,
        input.ssl_policy,
        call,
    )?;
    check_actions(&shape)?;
    trust_clients(&mut shape, input.mutual_authentication)?;
    check_port(&shape)?;
    let tags = tags::given(input.tags)?;
    let there = state(world, call)
        .listeners
        .values()
        .find(|it| it.belongs_to(&arn) && it.shape.port == shape.port);
    if let Some(there) = there {
        let bare = model::Listener {
            listener_arn: None,
            ..there.shape.clone()
        };
        let same = serde_json::to_value(bare).ok() == serde_json::to_value(&shape).ok()
            && there.tags == tags;
        return if same {
            Ok(created(there.shape.clone()))
        } else {
            Err(duplicate(&arn))
        };
    }
    let own = format!(
        "{}/{}",
        arn.replacen(":loadbalancer/", ":listener/", 1),
        world.hex(16)
    );
    shape.listener_arn = Some(own.clone());
    let new = Listener {
        shape: shape.clone(),
        attributes: LISTENER.defaults(),
        tags,
    };
    state(world, call).listeners.insert(own, new);
    Ok(created(shape))
}

/// `DescribeListeners`: of one load balancer, or by ARN (`ListenerNotFound` for the whole call if one is missing).
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeListenersInput = shape::form(call)?;
    let state = state(world, call);
    let mut found: Vec<model::Listener> = match (&input.load_balancer_arn, &input.listener_arns) {
        (Some(arn), None) => {
            load_balancer::find(state, arn)?;
            state
                .listeners
                .values()
                .filter(|it| it.belongs_to(arn))
                .map(|it| it.shape.clone())
                .collect()
        }
        (None, Some(arns)) => arns
            .items
            .iter()
            .map(|arn| Ok(listener(state, arn)?.shape.clone()))
            .collect::<Result<_, AwsError>>()?,
        _ => {
            return Err(invalid(
                "You must specify either a load balancer ARN or listener ARNs, and not both",
            ));
        }
    };
    found.sort_by_key(|it| it.port);
    let size = input.page_size.unwrap_or(400).max(1) as usize;
    let (found, next_marker) =
        paging::page(found, input.marker.as_deref(), size).ok_or_else(bad_marker)?;
    let output = model::DescribeListenersOutput {
        listeners: Some(found.into()),
        next_marker,
    };
    Ok(wire::serialize_describe_listeners_response(&output).into())
}

/// `ModifyListener`: what is not sent stays; going to HTTP drops certificate and policy.
pub(super) fn modify(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ModifyListenerInput = shape::form(call)?;
    shape::refuse(call, &["AlpnPolicy"])?;
    let mut shape = listener(state(world, call), &input.listener_arn)?
        .shape
        .clone();
    let load_balancer = shape.load_balancer_arn.clone().unwrap_or_default();
    if let Some(actions) = input.default_actions {
        let actions = action::complete_actions(actions.items)?;
        check_forwards(state(world, call), &load_balancer, &actions)?;
        shape.default_actions = Some(actions.into());
    }
    shape.port = input.port.or(shape.port);
    shape.protocol = input.protocol.or(shape.protocol);
    if shape.protocol.as_deref() == Some("HTTPS") {
        let certificates = input.certificates.or_else(|| shape.certificates.take());
        let policy = input.ssl_policy.or_else(|| shape.ssl_policy.take());
        secure(world, &mut shape, certificates, policy, call)?;
    } else {
        (shape.certificates, shape.ssl_policy) = (None, None);
        shape.mutual_authentication = None;
        secure(
            world,
            &mut shape,
            input.certificates,
            input.ssl_policy,
            call,
        )?;
    }
    check_actions(&shape)?;
    trust_clients(&mut shape, input.mutual_authentication)?;
    check_port(&shape)?;
    let state = state(world, call);
    let taken = state.listeners.iter().any(|(arn, it)| {
        *arn != input.listener_arn && it.belongs_to(&load_balancer) && it.shape.port == shape.port
    });
    if taken {
        return Err(duplicate(&load_balancer));
    }
    listener_mut(state, &input.listener_arn)?.shape = shape.clone();
    let output = model::ModifyListenerOutput {
        listeners: Some(vec![shape].into()),
    };
    Ok(wire::serialize_modify_listener_response(&output).into())
}

/// `DeleteListener`: its rules go along.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteListenerInput = shape::form(call)?;
    let state = state(world, call);
    state
        .listeners
        .remove(&input.listener_arn)
        .ok_or_else(not_found)?;
    let rules: Vec<_> = rule::of_listener(state, &input.listener_arn)
        .filter_map(|it| it.shape.rule_arn.clone())
        .collect();
    state.rules.retain(|arn, _| !rules.contains(arn));
    Ok(wire::serialize_delete_listener_response(&model::DeleteListenerOutput {}).into())
}

/// `DescribeListenerAttributes`: every attribute, set or not.
pub(super) fn describe_attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeListenerAttributesInput = shape::form(call)?;
    let found = listener(state(world, call), &input.listener_arn)?;
    let output = model::DescribeListenerAttributesOutput {
        attributes: Some(attributes(&found.attributes)),
    };
    Ok(wire::serialize_describe_listener_attributes_response(&output).into())
}

/// `ModifyListenerAttributes`: what is not sent stays.
pub(super) fn modify_attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ModifyListenerAttributesInput = shape::form(call)?;
    let found = listener_mut(state(world, call), &input.listener_arn)?;
    let sent = input
        .attributes
        .items
        .into_iter()
        .map(|attribute| (attribute.key, attribute.value));
    LISTENER.modify(&mut found.attributes, sent)?;
    let output = model::ModifyListenerAttributesOutput {
        attributes: Some(attributes(&found.attributes)),
    };
    Ok(wire::serialize_modify_listener_attributes_response(&output).into())
}

/// `DescribeListenerCertificates`: the default certificate; further ones are not simulated.
pub(super) fn describe_certificates(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeListenerCertificatesInput = shape::form(call)?;
    let found = listener(state(world, call), &input.listener_arn)?;
    let mut certificates = found.shape.certificates.clone().unwrap_or_default();
    for certificate in &mut certificates.items {
        certificate.is_default = Some(true);
    }
    let output = model::DescribeListenerCertificatesOutput {
        certificates: Some(certificates),
        next_marker: None,
    };
    Ok(wire::serialize_describe_listener_certificates_response(&output).into())
}

/// The groups that actions forward to must exist, lie in the load balancer's VPC and serve no other load balancer.
pub(super) fn check_forwards(
    state: &mut State,
    load_balancer: &str,
    actions: &[model::Action],
) -> Result<(), AwsError> {
    let vpc = load_balancer::find(state, load_balancer)?
        .shape
        .vpc_id
        .clone();
    for group in action::target_groups(actions) {
        let found = state
            .target_groups
            .get(group)
            .ok_or_else(target_group::not_found)?;
        if found.shape.vpc_id != vpc {
            let message =
                format!("The target group '{group}' is not in the VPC of the load balancer");
            return Err(AwsError::new("InvalidConfigurationRequest", message));
        }
        if target_group::holders(state, group)
            .iter()
            .any(|holder| holder != load_balancer)
        {
            let message = format!(
                "The following target groups cannot be associated with more than one load balancer: {group}"
            );
            return Err(AwsError::new("TargetGroupAssociationLimit", message));
        }
    }
    Ok(())
}

pub(super) fn listener<'s>(state: &'s State, arn: &str) -> Result<&'s Listener, AwsError> {
    state.listeners.get(arn).ok_or_else(not_found)
}

fn listener_mut<'s>(state: &'s mut State, arn: &str) -> Result<&'s mut Listener, AwsError> {
    state.listeners.get_mut(arn).ok_or_else(not_found)
}

pub(super) fn not_found() -> AwsError {
    AwsError::new("ListenerNotFound", "One or more listeners not found")
}

/// Sets certificate and policy as the protocol wants them. A certificate of another region or account is not found, and one that is
/// not issued is not taken (API reference, `CreateListener`).
fn secure(
    world: &mut World,
    shape: &mut model::Listener,
    certificates: Option<model::CertificateList>,
    policy: Option<String>,
    call: &Call,
) -> Result<(), AwsError> {
    let certificates = certificates.unwrap_or_default().items;
    match shape.protocol.as_deref() {
        Some("HTTP") => {
            if !certificates.is_empty() || policy.is_some() {
                return Err(AwsError::new(
                    "InvalidConfigurationRequest",
                    "Certificates and SSL policies are only supported for HTTPS listeners",
                ));
            }
        }
        Some("HTTPS") => {
            let [certificate] = certificates.as_slice() else {
                return Err(invalid(
                    "A certificate must be specified for HTTPS listeners",
                ));
            };
            let arn = certificate.certificate_arn.clone().unwrap_or_default();
            match acm::status(world, call, &arn).as_deref() {
                None => {
                    return Err(AwsError::new(
                        "CertificateNotFound",
                        format!("Certificate '{arn}' not found"),
                    ));
                }
                // Whether one that has ended is taken is nowhere written; a listener that has it keeps it.
                Some("ISSUED" | "EXPIRED") => {}
                Some(_) => {
                    return Err(AwsError::new(
                        "UnsupportedCertificate",
                        format!(
                            "The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key size."
                        ),
                    ));
                }
            }
            let policy = policy.unwrap_or_else(|| DEFAULT_SSL_POLICY.to_owned());
            if !policy.starts_with("ELBSecurityPolicy-") {
                return Err(AwsError::new(
                    "SSLPolicyNotFound",
                    format!("SSL policy '{policy}' not found"),
                ));
            }
            shape.certificates = Some(
                vec![model::Certificate {
                    certificate_arn: Some(arn),
                    is_default: None,
                }]
                .into(),
            );
            shape.ssl_policy = Some(policy);
        }
        other => {
            let message = format!(
                "Listener protocol '{}' must be one of 'HTTP, HTTPS'",
                other.unwrap_or_default()
            );
            return Err(invalid(&message));
        }
    }
    Ok(())
}

fn check_actions(shape: &model::Listener) -> Result<(), AwsError> {
    let actions = shape.default_actions.iter().flat_map(|list| &list.items);
    let actions: Vec<_> = actions.cloned().collect();
    action::check_protocol(&actions, shape.protocol.as_deref().unwrap_or_default())
}

/// Whether clients must show a certificate (API reference, `MutualAuthenticationAttributes`); off where nothing is said.
fn trust_clients(
    shape: &mut model::Listener,
    sent: Option<model::MutualAuthenticationAttributes>,
) -> Result<(), AwsError> {
    if shape.protocol.as_deref() != Some("HTTPS") {
        return match sent {
            None => Ok(()),
            Some(_) => Err(AwsError::new(
                "InvalidConfigurationRequest",
                "Mutual authentication is only supported for HTTPS listeners",
            )),
        };
    }
    if let Some(sent) = sent {
        let mode = sent.mode.as_deref().unwrap_or_default();
        let verify = mode == "verify";
        if !["off", "passthrough", "verify"].contains(&mode) {
            return Err(invalid(
                "The mutual authentication mode must be off, passthrough or verify",
            ));
        }
        if verify != sent.trust_store_arn.is_some()
            || !verify && sent.ignore_client_certificate_expiry.is_some()
        {
            return Err(invalid(
                "A trust store belongs to the mode verify, and to it alone",
            ));
        }
        shape.mutual_authentication = Some(sent);
    }
    let off = || model::MutualAuthenticationAttributes {
        mode: Some("off".to_owned()),
        ..Default::default()
    };
    shape.mutual_authentication.get_or_insert_with(off);
    Ok(())
}

fn check_port(shape: &model::Listener) -> Result<(), AwsError> {
    match shape.port {
        Some(1..=65_535) => Ok(()),
        _ => Err(invalid("The port must be between 1 and 65535")),
    }
}

fn attributes(of: &BTreeMap<String, String>) -> model::ListenerAttributes {
    of.iter()
        .map(|(key, value)| model::ListenerAttribute {
            key: Some(key.clone()),
            value: Some(value.clone()),
        })
        .collect()
}

fn created(shape: model::Listener) -> Answer {
    let output = model::CreateListenerOutput {
        listeners: Some(vec![shape].into()),
    };
    wire::serialize_create_listener_response(&output).into()
}

fn duplicate(load_balancer: &str) -> AwsError {
    let message =
        format!("A listener already exists on this port for this load balancer '{load_balancer}'");
    AwsError::new("DuplicateListener", message)
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("ValidationError", message)
}
