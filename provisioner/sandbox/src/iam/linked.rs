//! Service-linked roles: one per service, made by name of the service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use winterbaume_iam::{model, wire};

use super::Role;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::Tags;
use crate::world::World;

/// Where service-linked roles live.
pub(super) const PATH: &str = "/aws-service-role/";

/// The services that the architecture uses, and their roles' names.
const SERVICES: [(&str, &str, &str); 3] = [
    (
        "ecs.amazonaws.com",
        "AWSServiceRoleForECS",
        "AmazonECSServiceRolePolicy",
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    (
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "AWSApplicationAutoscalingECSServicePolicy",
    ),
];

/// `CreateServiceLinkedRole`: `InvalidInput` "has been taken in this account" if it is there.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateServiceLinkedRoleRequest = shape::form(call)?;
    shape::refuse(call, &["CustomSuffix"])?;
    let service = input.a_w_s_service_name;
    let Some((_, name, policy)) = SERVICES.iter().find(|(known, _, _)| *known == service) else {
        return Err(AwsError::not_simulated(format!(
            "the service-linked role of {service}"
        )));
    };
    if world.iam.roles.contains_key(*name) {
        let message = format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        );
        return Err(AwsError::new("InvalidInput", message));
    }
    let path = format!("{PATH}{service}/");
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }],
    });
    let role = Role {
        name: (*name).to_owned(),
        id: format!("AROA{}", world.hex(17).to_uppercase()),
        arn: call.global_arn("iam", &format!("role{path}{name}")),
        path,
        created: world.now(),
        usable_at: world.now() + world.delays.role_usable,
        trust: trust.to_string(),
        description: input.description,
        max_session: 3600,
        boundary: None,
        inline: BTreeMap::new(),
        attached: BTreeSet::from([format!(
            "arn:{}:iam::aws:policy/aws-service-role/{policy}",
            call.partition().name
        )]),
        tags: Tags::new(),
    };
    let output = model::CreateServiceLinkedRoleResponse {
        role: Some(role.seen()),
    };
    world.iam.roles.insert(role.name.clone(), role);
    Ok(wire::serialize_create_service_linked_role_response(&output).into())
}
