//! From a spec to the call that registers it.

use aws_sdk_ecs::types::{
    Compatibility, ContainerDefinition, CpuArchitecture, EphemeralStorage, HealthCheck,
    KernelCapabilities, KeyValuePair, LinuxParameters, LogConfiguration, LogDriver, MountPoint,
    NetworkMode, OsFamily, PortMapping, RuntimePlatform, Secret, TransportProtocol, Volume,
};
use hcctl_engine::{Fault, Kind};

use super::{Logs, Spec, TaskDefinition, others};
use crate::aws::raw::rewrite;
use crate::aws::tag_lists::write_tags;
use crate::aws::{Aws, fault};
use crate::resources::{incomplete, log_group};

const OPERATION: &str = "ecs:RegisterTaskDefinition";

/// Registers a new revision and answers its ARN.
pub(super) async fn register(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
    let platform = RuntimePlatform::builder()
        .cpu_architecture(CpuArchitecture::from(spec.architecture.as_str()))
        .operating_system_family(OsFamily::Linux)
        .build();
    let tags = aws.tags(TaskDefinition::NAME, name, &spec.tags);
    let call = aws
        .ecs
        .register_task_definition()
        .family(&spec.family)
        .requires_compatibilities(Compatibility::Fargate)
        .network_mode(NetworkMode::Awsvpc)
        .cpu(spec.cpu.to_string())
        .memory(spec.memory.to_string())
        .runtime_platform(platform)
        .execution_role_arn(spec.execution_role.resolved())
        .task_role_arn(spec.task_role.resolved())
        .container_definitions(container(aws, spec)?)
        .set_ephemeral_storage(spec.storage.map(storage))
        .set_volumes(volumes(spec))
        .set_tags(Some(write_tags(&tags)));
    // A role made a moment ago may not be known to ECS yet.
    let passing =
        |fault: &Fault| fault.is("ClientException") && fault.message.contains("Role is not valid");
    let send = || {
        let call = call.clone();
        let spec = spec.clone();
        let call = call.customize().mutate_request(move |request| {
            if !spec.other.is_empty() || !spec.sidecars.is_empty() {
                rewrite(request, |body| others::write(body, &spec));
            }
        });
        async move { call.send().await.map_err(fault(OPERATION)) }
    };
    let answer = aws.patiently(passing, send).await?;
    answer
        .task_definition
        .and_then(|seen| seen.task_definition_arn)
        .ok_or_else(|| incomplete(OPERATION, "ARN"))
}

fn volumes(spec: &Spec) -> Option<Vec<Volume>> {
    let names = spec.volumes.keys();
    let all: Vec<_> = names
        .map(|name| Volume::builder().name(name).build())
        .collect();
    Some(all).filter(|all| !all.is_empty())
}

fn storage(size: u32) -> EphemeralStorage {
    EphemeralStorage::builder().size_in_gib(size as i32).build()
}

fn container(aws: &Aws, spec: &Spec) -> Result<ContainerDefinition, Fault> {
    let port = PortMapping::builder()
        .container_port(spec.port.into())
        .host_port(spec.port.into())
        .protocol(TransportProtocol::Tcp)
        .build();
    let environment = spec.environment.iter();
    let environment = environment
        .map(|(name, value)| KeyValuePair::builder().name(name).value(value).build())
        .collect();
    let secrets = spec.secrets.iter();
    let secrets = secrets
        .map(|(name, arn)| Secret::builder().name(name).value_from(arn).build())
        .collect::<Result<Vec<_>, _>>()
        .map_err(own)?;
    let capabilities = KernelCapabilities::builder()
        .set_drop(Some(spec.drop_capabilities.iter().cloned().collect()))
        .build();
    let linux = LinuxParameters::builder()
        .init_process_enabled(spec.init)
        .set_capabilities((!spec.drop_capabilities.is_empty()).then_some(capabilities))
        .build();
    let mounts = spec.volumes.iter().map(|(name, path)| {
        MountPoint::builder()
            .source_volume(name)
            .container_path(path)
            .read_only(false)
            .build()
    });
    let some = |words: &Vec<String>| Some(words.clone()).filter(|words| !words.is_empty());
    let logs = spec.logs.as_ref().map(|logs| driver(aws, logs));
    let check = spec.health_check.as_ref().map(health).transpose()?;
    let container = ContainerDefinition::builder()
        .name(&spec.container)
        .image(&spec.image)
        .essential(true)
        .port_mappings(port)
        .set_environment(Some(environment))
        .set_secrets(Some(secrets).filter(|secrets| !secrets.is_empty()))
        .set_user(Some(spec.user.clone()).filter(|user| !user.is_empty()))
        .readonly_root_filesystem(spec.read_only_root)
        .linux_parameters(linux)
        .set_log_configuration(logs.transpose()?)
        .stop_timeout(spec.stop_timeout as i32)
        .set_entry_point(some(&spec.entrypoint))
        .set_command(some(&spec.command))
        .set_mount_points(Some(mounts.collect::<Vec<_>>()).filter(|mounts| !mounts.is_empty()))
        .set_health_check(check);
    Ok(container.build())
}

fn driver(aws: &Aws, logs: &Logs) -> Result<LogConfiguration, Fault> {
    let options = [
        ("awslogs-group", log_group::name_of(logs.group.resolved())),
        ("awslogs-region", &aws.scope.region),
        ("awslogs-stream-prefix", &logs.stream_prefix),
        ("mode", &logs.mode),
        ("max-buffer-size", &logs.max_buffer),
    ];
    let options = options.into_iter().filter(|(_, value)| !value.is_empty());
    let options = options.map(|(key, value)| (key.to_owned(), value.to_owned()));
    LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .set_options(Some(options.collect()))
        .build()
        .map_err(own)
}

fn health(check: &super::HealthCheck) -> Result<HealthCheck, Fault> {
    HealthCheck::builder()
        .set_command(Some(check.command.clone()))
        .interval(check.interval as i32)
        .timeout(check.timeout as i32)
        .retries(check.retries as i32)
        // 0 is the service's own default, and means that failures count at once.
        .set_start_period((check.start_period > 0).then_some(check.start_period as i32))
        .build()
        .map_err(own)
}

/// A request that lacks what the model requires.
fn own(error: impl std::fmt::Display) -> Fault {
    Fault::own(OPERATION, error.to_string())
}
