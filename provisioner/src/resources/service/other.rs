//! What somebody set on a service that hcctl has no field for.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{
    Deployment, DeploymentController, DeploymentControllerType, DeploymentEarlySuccessCriteria,
    Service as Seen, ThresholdConfiguration, ThresholdType,
};
use hcctl_engine::Fault;

use super::connect;
use crate::resources::Others;
use crate::resources::others::Note;

/// Further load balancers.
const BALANCER: &str = "load balancer";
/// Names in Cloud Map.
const REGISTRIES: &str = "service registries";
/// A capacity provider's tasks instead of plain Fargate's.
const PROVIDERS: &str = "capacity providers";
/// Whoever but ECS deploys it.
const CONTROLLER: &str = "deployment controller";
/// When the circuit breaker gives up.
const BREAKER: &str = "circuit breaker";
/// When a deployment counts as done before it is.
const EARLY: &str = "early success criteria";
/// Names and proxies of Service Connect.
const CONNECT: &str = "service connect";
/// Volumes of EBS.
const VOLUMES: &str = "volumes";
/// Target groups of VPC Lattice.
const LATTICE: &str = "VPC lattice";

/// The type of `update_service`.
type Update = aws_sdk_ecs::operation::update_service::builders::UpdateServiceFluentBuilder;

/// What gives the circuit breaker up where nothing is said.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html>
pub(super) const USUAL_THRESHOLD: (ThresholdType, i32) = (ThresholdType::BoundedPercent, 50);

/// What else is set on it, each with its value.
pub(super) fn find(seen: &Seen) -> BTreeSet<String> {
    let mut others = Others::new();
    of_deployments(&mut others, seen);
    of_primary(&mut others, seen.deployments().first());
    let odd = connect::others(seen);
    if !odd.is_empty() {
        others.insert(CONNECT.to_owned(), odd.join(", "));
    }
    let mut found: BTreeSet<String> = others
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    for further in seen.load_balancers().iter().skip(1) {
        let target = further.target_group_arn().or(further.load_balancer_name());
        found.insert(format!("{BALANCER} {}", target.unwrap_or_default()));
    }
    if !seen.service_registries().is_empty() {
        found.insert(REGISTRIES.to_owned());
    }
    if !seen.capacity_provider_strategy().is_empty() {
        found.insert(PROVIDERS.to_owned());
    }
    found
}

fn of_deployments(others: &mut Others, seen: &Seen) {
    let controller = seen
        .deployment_controller()
        .map(DeploymentController::r#type);
    let controller = controller.map(DeploymentControllerType::as_str);
    others.unless(
        CONTROLLER,
        controller,
        DeploymentControllerType::Ecs.as_str(),
    );
    let configuration = seen.deployment_configuration();
    let breaker = configuration.and_then(|all| all.deployment_circuit_breaker());
    let stubborn = breaker.filter(|breaker| breaker.reset_on_healthy_task() == Some(false));
    let mut terms: Vec<String> = stubborn
        .iter()
        .map(|_| "failures count though a task was healthy since".to_owned())
        .collect();
    let threshold = breaker.and_then(|breaker| breaker.threshold_configuration());
    let unusual = |threshold: &&ThresholdConfiguration| {
        (threshold.r#type.clone(), threshold.value) != USUAL_THRESHOLD
    };
    terms.extend(threshold.filter(unusual).map(|threshold| {
        format!(
            "gives up at {} {}",
            threshold.r#type.as_str(),
            threshold.value
        )
    }));
    if !terms.is_empty() {
        others.insert(BREAKER.to_owned(), terms.join(", "));
    }
    let early = configuration.and_then(|all| all.early_success_criteria());
    others.some(EARLY, early.filter(|early| early.enable));
}

/// What only the deployment tells that runs.
fn of_primary(others: &mut Others, primary: Option<&Deployment>) {
    let Some(primary) = primary else { return };
    others.any(VOLUMES, primary.volume_configurations());
    others.any(LATTICE, primary.vpc_lattice_configurations());
}

/// Whether one of these was found.
fn had(before: &BTreeSet<String>, what: &str) -> bool {
    before.iter().any(|other| other.starts_with(what))
}

/// Whether there is more than one load balancer.
pub(super) fn further_balancers(before: &BTreeSet<String>) -> bool {
    had(before, BALANCER)
}

/// Whether names are to be as hcctl writes them.
pub(super) fn odd_names(before: &BTreeSet<String>) -> bool {
    had(before, CONNECT)
}

/// Whether the terms of a deployment are to be led back to the usual ones.
pub(super) fn odd_terms(before: &BTreeSet<String>) -> bool {
    had(before, BREAKER) || had(before, EARLY)
}

/// What is usual where nothing is said; [`odd_terms`] are led back with it.
pub(super) fn never_early() -> DeploymentEarlySuccessCriteria {
    DeploymentEarlySuccessCriteria::builder()
        .enable(false)
        .build()
}

/// Takes away what else was set on it, but for what goes with a load balancer, with names or with a deployment's settings.
pub(super) fn plain(call: Update, before: &BTreeSet<String>) -> Result<Update, Fault> {
    let own = |error: &dyn std::fmt::Display| Fault::own("ecs:UpdateService", error.to_string());
    let mut call = call;
    if had(before, REGISTRIES) {
        call = call.set_service_registries(Some(Vec::new()));
    }
    if had(before, PROVIDERS) {
        // Without a strategy it is the launch type's turn again.
        call = call
            .set_capacity_provider_strategy(Some(Vec::new()))
            .force_new_deployment(true);
    }
    if had(before, CONTROLLER) {
        let ecs = DeploymentController::builder().r#type(DeploymentControllerType::Ecs);
        call = call.deployment_controller(ecs.build().map_err(|error| own(&error))?);
    }
    if had(before, VOLUMES) {
        call = call.set_volume_configurations(Some(Vec::new()));
    }
    if had(before, LATTICE) {
        call = call.set_vpc_lattice_configurations(Some(Vec::new()));
    }
    Ok(call)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{
        ServiceConnectConfiguration, ServiceConnectService, ServiceVolumeConfiguration,
        VpcLatticeConfiguration,
    };

    use super::*;

    /// What no simulation plays: it has no EBS and no VPC Lattice, and of Service Connect what hcctl itself writes.
    #[test]
    fn what_only_a_deployment_tells_is_found() {
        let port = ServiceConnectService::builder().port_name("web");
        let port = port.ingress_port_override(8080);
        let connect = ServiceConnectConfiguration::builder()
            .enabled(true)
            .namespace("shop")
            .services(port.build().expect("complete"));
        let volume = ServiceVolumeConfiguration::builder().name("data");
        let lattice = VpcLatticeConfiguration::builder()
            .role_arn("r")
            .target_group_arn("t")
            .port_name("web");
        let primary = Deployment::builder()
            .service_connect_configuration(connect.build())
            .volume_configurations(volume.build().expect("complete"))
            .vpc_lattice_configurations(lattice.build().expect("complete"));
        let seen = Seen::builder().deployments(primary.build()).build();
        let found = find(&seen);
        for what in [CONNECT, VOLUMES, LATTICE] {
            assert!(had(&found, what), "{what}: {found:?}");
        }
        let off = ServiceConnectConfiguration::builder()
            .enabled(false)
            .build();
        let primary = Deployment::builder().service_connect_configuration(off);
        let seen = Seen::builder().deployments(primary.build()).build();
        assert_eq!(find(&seen), BTreeSet::new());
    }
}
