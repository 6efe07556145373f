//! What a definition holds that a spec has no field for: shown as a difference, so that the next revision is without it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use aws_sdk_ecs::types::{
    Compatibility, ContainerDefinition, LogDriver, MountPoint, NetworkMode, OsFamily, PidMode,
    TaskDefinition as Seen, TaskDefinitionStatus, TransportProtocol, VersionConsistency, Volume,
};

use super::{Spec, TMP, TMP_PATH};
use crate::aws::Aws;

/// Before the name of a container beside the main one.
const FURTHER: &str = "container ";
/// Before whose processes the containers see.
const PROCESSES: &str = "pidMode";
/// Before a network mode other than a network interface per task.
const NETWORK: &str = "networkMode";
/// The main container is privileged.
const PRIVILEGED: &str = "privileged";

impl Spec {
    /// Whether its container has the host's own rights (Security Hub ECS.4).
    pub fn privileged(&self) -> bool {
        self.other.contains(PRIVILEGED)
    }

    /// Whether its containers see the host's processes (Security Hub ECS.3).
    pub fn shares_host_processes(&self) -> bool {
        self.other
            .contains(&format!("{PROCESSES}: {:?}", PidMode::Host))
    }

    /// Whether its tasks use the host's network (Security Hub ECS.17).
    pub fn shares_host_network(&self) -> bool {
        let host = format!("{NETWORK}: {:?}", Some(&NetworkMode::Host));
        self.other.contains(&host)
    }

    /// The names of containers beside its own; nothing else of them is read.
    pub fn further_containers(&self) -> Vec<&str> {
        let others = self.other.iter();
        let names = others.filter_map(|one| one.strip_prefix(FURTHER)?.split(": ").next());
        names.collect()
    }
}

/// Collects what is there and should not be.
#[derive(Default)]
struct Others(BTreeSet<String>);

impl Others {
    fn add(&mut self, what: &str, value: impl Debug) {
        self.0.insert(format!("{what}: {value:?}"));
    }

    /// A value that should not be set.
    fn some<T: Debug>(&mut self, what: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.add(what, value);
        }
    }

    /// A list that should be empty; ECS answers some of them empty, some not at all.
    fn any<T: Debug>(&mut self, what: &str, list: &[T]) {
        if !list.is_empty() {
            self.add(what, list);
        }
    }

    /// A switch that should be off.
    fn on(&mut self, what: &str, switch: Option<bool>) {
        if switch == Some(true) {
            self.0.insert(what.to_owned());
        }
    }
}

/// Everything in a definition, and in its main container, that hcctl does not set.
pub(super) fn find(aws: &Aws, seen: &Seen, main: &ContainerDefinition) -> BTreeSet<String> {
    let mut others = Others::default();
    task(&mut others, seen);
    for other in seen.container_definitions() {
        if !std::ptr::eq(other, main) {
            let name = other.name().unwrap_or_default();
            let image = other.image().unwrap_or_default();
            others.0.insert(format!("{FURTHER}{name}: {image}"));
        }
    }
    container(&mut others, main);
    plumbing(&mut others, main);
    linux(&mut others, main);
    logs(&mut others, aws, main);
    others.0
}

fn task(others: &mut Others, seen: &Seen) {
    // A service can run a definition that was deregistered, but no update of it can name that again.
    if seen.status() == Some(&TaskDefinitionStatus::Inactive) {
        others.0.insert("deregistered".to_owned());
    }
    if seen.network_mode() != Some(&NetworkMode::Awsvpc) {
        others.add(NETWORK, seen.network_mode());
    }
    if seen.requires_compatibilities() != [Compatibility::Fargate] {
        others.add("requiresCompatibilities", seen.requires_compatibilities());
    }
    let system = seen
        .runtime_platform()
        .and_then(|platform| platform.operating_system_family());
    others.some(
        "operatingSystemFamily",
        system.filter(|system| **system != OsFamily::Linux),
    );
    for volume in seen.volumes().iter().filter(|volume| !is_tmp(volume)) {
        others.add("volume", volume);
    }
    others.any("placementConstraints", seen.placement_constraints());
    others.any("inferenceAccelerators", seen.inference_accelerators());
    others.some(PROCESSES, seen.pid_mode());
    others.some("ipcMode", seen.ipc_mode());
    others.some("proxyConfiguration", seen.proxy_configuration());
    others.some("ephemeralStorage", seen.ephemeral_storage());
    others.on("enableFaultInjection", seen.enable_fault_injection);
}

fn container(others: &mut Others, main: &ContainerDefinition) {
    if main.essential == Some(false) {
        others.0.insert("not essential".to_owned());
    }
    others.some("cpu", Some(&main.cpu).filter(|cpu| **cpu != 0));
    others.some("memory", main.memory.as_ref());
    others.some("memoryReservation", main.memory_reservation.as_ref());
    others.some("repositoryCredentials", main.repository_credentials());
    others.some(
        "restartPolicy",
        main.restart_policy().filter(|policy| policy.enabled),
    );
    others.any("entryPoint", main.entry_point());
    others.any("command", main.command());
    others.any("environmentFiles", main.environment_files());
    others.any("dependsOn", main.depends_on());
    others.some("startTimeout", main.start_timeout.as_ref());
    others.some("workingDirectory", main.working_directory.as_ref());
    let inconsistent = main
        .version_consistency()
        .filter(|version| **version == VersionConsistency::Disabled);
    others.some("versionConsistency", inconsistent);
    let labels: BTreeMap<_, _> = main.docker_labels().into_iter().flatten().collect();
    others.some(
        "dockerLabels",
        Some(&labels).filter(|labels| !labels.is_empty()),
    );
    others.any("resourceRequirements", main.resource_requirements());
    others.some("firelensConfiguration", main.firelens_configuration());
    others.any("credentialSpecs", main.credential_specs());
    others.on("interactive", main.interactive);
    others.on("pseudoTerminal", main.pseudo_terminal);
    others.on(PRIVILEGED, main.privileged);
}

/// Ports, mounts and names.
fn plumbing(others: &mut Others, main: &ContainerDefinition) {
    let ports = main.port_mappings();
    if let [first, rest @ ..] = ports {
        others.any("portMappings", rest);
        let tcp = first.protocol().unwrap_or(&TransportProtocol::Tcp);
        others.some(
            "protocol",
            Some(tcp).filter(|tcp| **tcp != TransportProtocol::Tcp),
        );
        others.some("port name", first.name.as_ref());
        others.some("appProtocol", first.app_protocol());
        others.some("containerPortRange", first.container_port_range.as_ref());
    }
    for mount in main.mount_points().iter().filter(|one| !is_at_tmp(one)) {
        others.add("mountPoint", mount);
    }
    others.any("volumesFrom", main.volumes_from());
    others.any("links", main.links());
    others.some("hostname", main.hostname.as_ref());
    others.on("disableNetworking", main.disable_networking);
    others.any("dnsServers", main.dns_servers());
    others.any("dnsSearchDomains", main.dns_search_domains());
    others.any("extraHosts", main.extra_hosts());
}

fn linux(others: &mut Others, main: &ContainerDefinition) {
    others.any("dockerSecurityOptions", main.docker_security_options());
    others.any("ulimits", main.ulimits());
    others.any("systemControls", main.system_controls());
    let Some(linux) = main.linux_parameters() else {
        return;
    };
    if let Some(capabilities) = linux.capabilities() {
        others.any("capabilities added", capabilities.add());
    }
    others.any("devices", linux.devices());
    others.some("sharedMemorySize", linux.shared_memory_size.as_ref());
    others.any("tmpfs", linux.tmpfs());
    others.some("maxSwap", linux.max_swap.as_ref());
    others.some("swappiness", linux.swappiness.as_ref());
}

fn logs(others: &mut Others, aws: &Aws, main: &ContainerDefinition) {
    let Some(logs) = main.log_configuration() else {
        return;
    };
    others.any("log secretOptions", logs.secret_options());
    if logs.log_driver != LogDriver::Awslogs {
        return others.add("logDriver", logs.log_driver.as_str());
    }
    for (key, value) in logs.options().into_iter().flatten() {
        let ours = match key.as_str() {
            "awslogs-group" | "awslogs-stream-prefix" | "mode" | "max-buffer-size" => true,
            "awslogs-region" => *value == aws.scope.region,
            _ => false,
        };
        if !ours {
            others.add(key, value);
        }
    }
}

/// The volume behind `/tmp`: the task's own storage and nothing else.
pub(super) fn is_tmp(volume: &Volume) -> bool {
    let path = volume.host().and_then(|host| host.source_path());
    volume.name() == Some(TMP)
        && path.is_none()
        && volume.efs_volume_configuration().is_none()
        && volume.docker_volume_configuration().is_none()
        && volume
            .fsx_windows_file_server_volume_configuration()
            .is_none()
        && volume.s3files_volume_configuration().is_none()
        && volume.configured_at_launch != Some(true)
}

/// Its mount, writable.
pub(super) fn is_at_tmp(mount: &MountPoint) -> bool {
    mount.source_volume() == Some(TMP)
        && mount.container_path() == Some(TMP_PATH)
        && mount.read_only != Some(true)
}

#[cfg(test)]
mod tests {
    use hcctl_engine::Kind;

    use super::super::TaskDefinition;
    use super::*;

    /// A spec that holds what was found in a definition.
    fn found(seen: &Seen, main: &ContainerDefinition) -> Spec {
        let mut others = Others::default();
        task(&mut others, seen);
        container(&mut others, main);
        Spec {
            other: others.0,
            ..TaskDefinition::example()
        }
    }

    #[test]
    fn what_is_shared_with_a_host_is_told_apart() {
        let main = ContainerDefinition::builder();
        let safe = found(
            &Seen::builder()
                .network_mode(NetworkMode::Bridge)
                .pid_mode(PidMode::Task)
                .build(),
            &main.clone().privileged(false).build(),
        );
        assert!(!safe.shares_host_network() && !safe.shares_host_processes() && !safe.privileged());
        let unsafe_one = found(
            &Seen::builder()
                .network_mode(NetworkMode::Host)
                .pid_mode(PidMode::Host)
                .build(),
            &main.privileged(true).build(),
        );
        assert!(
            unsafe_one.shares_host_network()
                && unsafe_one.shares_host_processes()
                && unsafe_one.privileged()
        );
        assert!(safe.further_containers().is_empty());
    }

    #[test]
    fn further_containers_are_known_by_name() {
        let spec = Spec {
            other: BTreeSet::from([format!("{FURTHER}proxy: registry.example/proxy:1")]),
            ..TaskDefinition::example()
        };
        assert_eq!(spec.further_containers(), ["proxy"]);
    }
}
