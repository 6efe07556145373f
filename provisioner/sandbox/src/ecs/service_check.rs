//! Whether a service could run as asked: its network, its load balancers, its containers, its deployment strategy.
//!
//! The messages are those of the ECS API, as far as they are known.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>

use serde_json::{Map, Value};

use super::record::Stage;
use super::{invalid, reference, state};
use crate::answer::AwsError;
use crate::call::Call;
use crate::elbv2;
use crate::world::World;

pub(super) fn check(
    world: &mut World,
    call: &Call,
    shape: &Map<String, Value>,
) -> Result<(), AwsError> {
    check_launch(world, call, shape)?;
    check_configuration(&shape["deploymentConfiguration"])?;
    check_hooks(&shape["deploymentConfiguration"])?;
    let vpc = check_network(world, call, shape)?;
    super::connect::check(world, call, shape)?;
    let balancers = shape["loadBalancers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for balancer in &balancers {
        check_load_balancer(world, call, shape, balancer, &vpc)?;
    }
    let grace = shape
        .get("healthCheckGracePeriodSeconds")
        .and_then(Value::as_i64)
        .unwrap_or(0);
    if grace > 0 && balancers.is_empty() {
        return Err(invalid(
            "Health check grace period is only valid for services configured to use load balancers",
        ));
    }
    let bare = |balancer: &&Value| balancer["advancedConfiguration"].is_null();
    let without = balancers.iter().filter(bare).count();
    if without > 0 && without < balancers.len() {
        return Err(invalid(
            "Either all or none of the provided loadBalancers must have advancedConfiguration defined",
        ));
    }
    if strategy(shape) != "ROLLING" && without > 0 {
        return Err(invalid(
            "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy",
        ));
    }
    if strategy(shape) != "ROLLING" {
        for balancer in &balancers {
            check_rules(world, &call.region, balancer)?;
        }
    }
    Ok(())
}

/// Both target groups of a load balancer stand behind its rules (ECS Developer Guide, "Troubleshooting Amazon ECS blue/green
/// deployments").
fn check_rules(world: &World, region: &str, balancer: &Value) -> Result<(), AwsError> {
    let advanced = &balancer["advancedConfiguration"];
    let rule = |key: &str| advanced[key].as_str();
    let groups_of = |arn: &str| {
        let forwards = elbv2::forwards(world, region, arn).unwrap_or_default();
        forwards.into_iter().map(|(group, _)| group)
    };
    let production: Vec<String> = rule("productionListenerRule")
        .into_iter()
        .flat_map(groups_of)
        .collect();
    let both = [
        balancer["targetGroupArn"].as_str(),
        advanced["alternateTargetGroupArn"].as_str(),
    ];
    let outside = |groups: &[String]| {
        let mut both = both.iter().flatten();
        both.find(|group| !groups.iter().any(|it| it == **group))
            .map(|group| (*group).to_owned())
    };
    if outside(&production).is_none() {
        return Ok(());
    }
    let Some(test) = rule("testListenerRule") else {
        return Err(invalid(
            "For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated with both targetGroup and alternateTargetGroup",
        ));
    };
    let all: Vec<String> = production.into_iter().chain(groups_of(test)).collect();
    match outside(&all) {
        None => Ok(()),
        Some(group) => Err(invalid(format!(
            "Target group {group} is not associated with either productionListenerRule or testListenerRule."
        ))),
    }
}

/// Hooks of known kinds, at stages where they may stand (API reference, `DeploymentLifecycleHook`).
fn check_hooks(configuration: &Value) -> Result<(), AwsError> {
    let hooks = configuration["lifecycleHooks"].as_array();
    for hook in hooks.into_iter().flatten() {
        let kind = hook["targetType"].as_str().unwrap_or("AWS_LAMBDA");
        if !["AWS_LAMBDA", "PAUSE"].contains(&kind) {
            return Err(invalid(
                "Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE",
            ));
        }
        let stages = hook["lifecycleStages"].as_array();
        let stages = stages.map(Vec::as_slice).unwrap_or_default();
        if stages.is_empty() {
            return Err(invalid("lifecycleStages is required for a lifecycle hook"));
        }
        let odd = stages
            .iter()
            .filter_map(Value::as_str)
            .find(|stage| kind == "PAUSE" && !Stage::may_pause(stage));
        if let Some(stage) = odd {
            return Err(invalid(format!(
                "PAUSE hooks cannot be configured at the stage {stage}"
            )));
        }
        let timeout = &hook["timeoutConfiguration"];
        let minutes = timeout["timeoutInMinutes"].as_i64().unwrap_or(1_440);
        let action = timeout["action"].as_str().unwrap_or("ROLLBACK");
        if !(1..=20_160).contains(&minutes) || !["ROLLBACK", "CONTINUE"].contains(&action) {
            return Err(invalid(
                "timeoutConfiguration needs 1 to 20160 minutes, and ROLLBACK or CONTINUE as its action",
            ));
        }
    }
    Ok(())
}

fn strategy(shape: &Map<String, Value>) -> &str {
    shape["deploymentConfiguration"]["strategy"]
        .as_str()
        .unwrap_or_default()
}

fn check_launch(
    world: &mut World,
    call: &Call,
    shape: &Map<String, Value>,
) -> Result<(), AwsError> {
    if shape["deploymentController"]["type"] != "ECS" {
        return Err(AwsError::not_simulated(
            "deployment controllers other than ECS",
        ));
    }
    if shape["schedulingStrategy"] != "REPLICA" {
        return Err(AwsError::not_simulated(
            "scheduling strategies other than REPLICA",
        ));
    }
    let provided = reference::cluster(state(world, call), call)?
        .shape
        .get("capacityProviders")
        .cloned();
    match (
        shape.get("launchType"),
        shape.get("capacityProviderStrategy"),
    ) {
        (Some(_), Some(_)) => {
            let message = "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.";
            Err(invalid(message))
        }
        (Some(kind), None) if kind == "FARGATE" => Ok(()),
        (None, Some(strategy)) => {
            super::cluster_change::check_providers(&provided.unwrap_or_default(), strategy)
        }
        (kind, _) => Err(AwsError::not_simulated(format!(
            "launch type {}",
            kind.and_then(Value::as_str).unwrap_or("EC2")
        ))),
    }
}

/// Limits of `DeploymentConfiguration`.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
fn check_configuration(configuration: &Value) -> Result<(), AwsError> {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let strategy = configuration["strategy"].as_str().unwrap_or_default();
    if !["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"].contains(&strategy) {
        return Err(invalid(format!("Invalid deployment strategy: {strategy}")));
    }
    for (key, of) in [
        ("canaryConfiguration", "CANARY"),
        ("linearConfiguration", "LINEAR"),
    ] {
        if !configuration[key].is_null() && strategy != of {
            return Err(invalid(format!(
                "{key} is only valid for the deployment strategy {of}"
            )));
        }
    }
    let canary = &configuration["canaryConfiguration"]["canaryPercent"];
    if !canary.is_null() && !(0.1..=100.0).contains(&number(canary)) {
        return Err(invalid("canaryPercent must be between 0.1 and 100.0"));
    }
    let step = &configuration["linearConfiguration"]["stepPercent"];
    if !step.is_null() && !(3.0..=100.0).contains(&number(step)) {
        return Err(invalid("stepPercent must be between 3.0 and 100.0"));
    }
    if !(0.0..=1440.0).contains(&number(&configuration["bakeTimeInMinutes"])) {
        return Err(invalid("bakeTimeInMinutes must be between 0 and 1440"));
    }
    let (most, least) = (
        number(&configuration["maximumPercent"]),
        number(&configuration["minimumHealthyPercent"]),
    );
    if !(0.0..=100.0).contains(&least) || most < 100.0 {
        return Err(invalid(
            "minimumHealthyPercent must be between 0 and 100 and maximumPercent at least 100",
        ));
    }
    if most <= least {
        return Err(invalid(
            "maximumPercent must be greater than minimumHealthyPercent",
        ));
    }
    let breaker = &configuration["deploymentCircuitBreaker"];
    if breaker["rollback"] == true && breaker["enable"] != true {
        return Err(invalid(
            "Deployment circuit breaker rollback requires the circuit breaker to be enabled",
        ));
    }
    Ok(())
}

/// Subnets and groups exist and lie in one VPC; answers that VPC.
pub(super) fn check_network(
    world: &mut World,
    call: &Call,
    shape: &Map<String, Value>,
) -> Result<String, AwsError> {
    let network = shape
        .get("networkConfiguration")
        .map(|it| &it["awsvpcConfiguration"]);
    let Some(network) = network.filter(|it| it.is_object()) else {
        let message =
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.";
        return Err(invalid(message));
    };
    let list = |key: &str| network[key].as_array().cloned().unwrap_or_default();
    let (subnets, groups) = (list("subnets"), list("securityGroups"));
    if !(1..=16).contains(&subnets.len()) || groups.len() > 5 {
        return Err(invalid(
            "a service needs 1 to 16 subnets and at most 5 security groups",
        ));
    }
    let ec2 = &world.region(&call.region).ec2;
    let mut vpc: Option<&str> = None;
    for subnet in &subnets {
        let id = subnet.as_str().unwrap_or_default();
        let Some(found) = ec2.subnets.get(id) else {
            return Err(invalid(format!(
                "Error retrieving subnet information for [{id}]: The subnet ID '{id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            )));
        };
        if *vpc.get_or_insert(&found.vpc) != found.vpc {
            return Err(invalid("subnets must be in the same VPC."));
        }
    }
    for group in &groups {
        let id = group.as_str().unwrap_or_default();
        let Some(found) = ec2.security_groups.get(id) else {
            return Err(invalid(format!(
                "Error retrieving security group information for [{id}]: The security group '{id}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            )));
        };
        if vpc != Some(found.vpc.as_str()) {
            return Err(invalid(
                "security groups and subnets must be from the same VPC.",
            ));
        }
    }
    Ok(vpc.unwrap_or_default().to_owned())
}

/// The target groups exist, take addresses of the service's VPC and stand behind a load balancer; the container has the port.
fn check_load_balancer(
    world: &mut World,
    call: &Call,
    shape: &Map<String, Value>,
    balancer: &Value,
    vpc: &str,
) -> Result<(), AwsError> {
    let Some(group) = balancer["targetGroupArn"].as_str() else {
        return Err(AwsError::not_simulated("classic load balancers"));
    };
    let advanced = &balancer["advancedConfiguration"];
    for arn in [Some(group), advanced["alternateTargetGroupArn"].as_str()]
        .into_iter()
        .flatten()
    {
        let Some((kind, own_vpc)) = elbv2::target_group_place(world, &call.region, arn) else {
            let message = "The specified target group could not be found.";
            return Err(AwsError::new("TargetGroupNotFoundException", message));
        };
        if kind != "ip" {
            return Err(invalid(format!(
                "The provided target group {arn} has target type {kind}, which is incompatible with the awsvpc network mode specified in the task definition."
            )));
        }
        if own_vpc != vpc {
            return Err(invalid(format!(
                "The target group {arn} is not in the VPC of the service's subnets"
            )));
        }
        if elbv2::load_balancers_of(world, &call.region, arn).is_empty() {
            return Err(invalid(format!(
                "The target group with targetGroupArn {arn} does not have an associated load balancer."
            )));
        }
    }
    if advanced.is_object() {
        for key in [
            "alternateTargetGroupArn",
            "productionListenerRule",
            "roleArn",
        ] {
            if !advanced[key].is_string() {
                return Err(invalid(format!("advancedConfiguration requires {key}")));
            }
        }
        if advanced["productionListenerRule"] == advanced["testListenerRule"] {
            return Err(invalid(format!(
                "The following rules cannot be used as both production and test listener rules: {}",
                advanced["testListenerRule"].as_str().unwrap_or_default()
            )));
        }
        for key in ["productionListenerRule", "testListenerRule"] {
            let rule = advanced[key].as_str();
            if let Some(arn) = rule.filter(|arn| !elbv2::has_rule(world, &call.region, arn)) {
                return Err(invalid(format!(
                    "The listener rule {arn} of {key} could not be found."
                )));
            }
        }
    }
    check_port(world, call, shape, balancer)
}

fn check_port(
    world: &mut World,
    call: &Call,
    shape: &Map<String, Value>,
    balancer: &Value,
) -> Result<(), AwsError> {
    let definition = reference::runnable(
        state(world, call),
        shape["taskDefinition"].as_str().unwrap_or_default(),
    )?;
    let containers = definition.shape["containerDefinitions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let name = balancer["containerName"].as_str().unwrap_or_default();
    let port = &balancer["containerPort"];
    let Some(container) = containers
        .iter()
        .find(|container| container["name"] == name)
    else {
        return Err(invalid(format!(
            "The container {name} does not exist in the task definition."
        )));
    };
    let ports = container["portMappings"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if ports
        .iter()
        .any(|mapping| mapping["containerPort"] == *port)
    {
        return Ok(());
    }
    Err(invalid(format!(
        "The container {name} did not have a container port {port} defined."
    )))
}
