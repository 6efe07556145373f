//! The table. What Fargate does not take is fixed, with the reason.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>

use super::Member as M;

const FARGATE: &str = "Fargate does not take it";
const INTERFACE: &str =
    "the containers of a task share one network interface, which ECS configures";
const GPU: &str = "Fargate has no GPUs and no accelerators";

/// A definition, with the service's own container as `container`.
pub const TASK: &[M] = &[
    M::text("family")
        .key("it follows from the names of the project, the environment and the service"),
    M::text("taskRoleArn").key("hcctl makes the role; write `permissions:` at the service"),
    M::text("executionRoleArn")
        .key("hcctl makes the role, from the service's `secrets:` and images"),
    M::choice("networkMode", &["awsvpc", "bridge", "host", "none"])
        .fixed("tasks on Fargate have network interfaces of their own (awsvpc)")
        .usual("\"awsvpc\""),
    M::object("container", CONTAINER),
    M::list("volumes", &["name"], VOLUME),
    M::list(
        "placementConstraints",
        &["expression", "type"],
        &[M::text("type"), M::text("expression")],
    )
    .fixed(FARGATE),
    M::texts("requiresCompatibilities")
        .fixed("hcctl's tasks run on Fargate")
        .usual("[\"FARGATE\"]"),
    M::text("cpu").key("write `cpu:` at the service"),
    M::text("memory").key("write `memory:` at the service"),
    M::list("tags", &["key"], &[M::text("key"), M::text("value")])
        .key("write `tags:` at the top of the file"),
    M::choice("pidMode", &["task"]),
    M::choice("ipcMode", &["host", "task", "none"]).fixed(FARGATE),
    M::object(
        "proxyConfiguration",
        &[
            M::text("type"),
            M::text("containerName"),
            M::list(
                "properties",
                &["name"],
                &[M::text("name"), M::text("value")],
            ),
        ],
    )
    .fixed("it is for AWS App Mesh only, which has ended"),
    M::list(
        "inferenceAccelerators",
        &["deviceName"],
        &[M::text("deviceName"), M::text("deviceType")],
    )
    .fixed(GPU),
    M::object("ephemeralStorage", &[M::number("sizeInGiB")])
        .key("write `storage_gib:` at the service"),
    M::object(
        "runtimePlatform",
        &[
            M::choice("cpuArchitecture", &["X86_64", "ARM64"])
                .key("write `architecture:` at the service")
                .usual("\"X86_64\""),
            M::text("operatingSystemFamily")
                .fixed("hcctl's tasks run Linux")
                .usual("\"LINUX\""),
        ],
    ),
    M::switch("enableFaultInjection"),
    M::object(
        "trustedExecutionConfiguration",
        &[M::text("isolationMode"), M::text("attestationPolicy")],
    )
    .fixed("it is for tasks on instances"),
];

/// A container.
pub const CONTAINER: &[M] = &[
    M::text("name").key("it follows from the service's name"),
    M::text("image").key("write `image:` at the service, or run `hcctl deploy`"),
    M::object("repositoryCredentials", &[M::text("credentialsParameter")]),
    M::number("cpu").usual("0"),
    M::number("memory"),
    M::number("memoryReservation"),
    M::texts("links").fixed(INTERFACE),
    M::list(
        "portMappings",
        &["containerPort", "containerPortRange"],
        &[
            M::number("containerPort"),
            M::number("hostPort").fixed(
                "it is the container's port where a task has a network interface of its own",
            ),
            M::choice("protocol", &["tcp", "udp"]).usual("\"tcp\""),
            M::text("name"),
            M::choice("appProtocol", &["http", "http2", "grpc"]),
            M::text("containerPortRange"),
        ],
    ),
    M::switch("essential")
        .fixed("a service is its own container: its task ends with it")
        .usual("true"),
    M::object(
        "restartPolicy",
        &[
            M::switch("enabled"),
            M::new("ignoredExitCodes", super::Shape::Numbers),
            M::number("restartAttemptPeriod"),
        ],
    ),
    M::texts("entryPoint").key("write `entrypoint:` at the service"),
    M::texts("command").key("write `command:` at the service"),
    M::list(
        "environment",
        &["name"],
        &[M::text("name"), M::text("value")],
    )
    .key("write `env:` at the service"),
    M::list(
        "environmentFiles",
        &["value"],
        &[M::text("value"), M::choice("type", &["s3"])],
    ),
    M::list(
        "mountPoints",
        &["containerPath"],
        &[
            M::text("sourceVolume"),
            M::text("containerPath"),
            M::switch("readOnly"),
        ],
    ),
    M::list(
        "volumesFrom",
        &["sourceContainer"],
        &[M::text("sourceContainer"), M::switch("readOnly")],
    ),
    M::object(
        "linuxParameters",
        &[
            M::object(
                "capabilities",
                &[
                    M::texts("add"),
                    M::texts("drop").key("write `capabilities:` at the service"),
                ],
            ),
            M::list(
                "devices",
                &["hostPath"],
                &[
                    M::text("hostPath"),
                    M::text("containerPath"),
                    M::texts("permissions"),
                ],
            )
            .fixed(FARGATE),
            M::switch("initProcessEnabled").key("write `init:` at the service"),
            M::number("sharedMemorySize").fixed(FARGATE),
            M::list(
                "tmpfs",
                &["containerPath"],
                &[
                    M::text("containerPath"),
                    M::number("size"),
                    M::texts("mountOptions"),
                ],
            ),
            M::number("maxSwap").fixed(FARGATE),
            M::number("swappiness").fixed(FARGATE),
        ],
    ),
    M::list(
        "secrets",
        &["name"],
        &[M::text("name"), M::text("valueFrom")],
    )
    .key("write `secrets:` at the service"),
    M::list(
        "dependsOn",
        &["containerName"],
        &[
            M::text("containerName"),
            M::choice("condition", &["START", "COMPLETE", "SUCCESS", "HEALTHY"]),
        ],
    )
    .fixed("write `depends_on:` at the service"),
    M::number("startTimeout"),
    M::number("stopTimeout")
        .key("write `stop_seconds:` at the service")
        .usual("30"),
    M::choice("versionConsistency", &["enabled", "disabled"]).usual("\"enabled\""),
    M::text("hostname").fixed(INTERFACE),
    M::text("user").key("write `user:` at the service"),
    M::text("workingDirectory"),
    M::switch("disableNetworking").fixed(INTERFACE),
    M::switch("privileged").fixed(FARGATE),
    M::switch("readonlyRootFilesystem").key("write `root:` at the service"),
    M::texts("dnsServers").fixed(INTERFACE),
    M::texts("dnsSearchDomains").fixed(INTERFACE),
    M::list(
        "extraHosts",
        &["hostname"],
        &[M::text("hostname"), M::text("ipAddress")],
    )
    .fixed(INTERFACE),
    M::texts("dockerSecurityOptions").fixed(FARGATE),
    M::switch("interactive"),
    M::switch("pseudoTerminal"),
    M::map("dockerLabels"),
    M::list(
        "ulimits",
        &["name"],
        &[
            M::choice(
                "name",
                &[
                    "core",
                    "cpu",
                    "data",
                    "fsize",
                    "locks",
                    "memlock",
                    "msgqueue",
                    "nice",
                    "nofile",
                    "nproc",
                    "rss",
                    "rtprio",
                    "rttime",
                    "sigpending",
                    "stack",
                ],
            ),
            M::number("softLimit"),
            M::number("hardLimit"),
        ],
    ),
    M::object(
        "logConfiguration",
        &[
            M::choice("logDriver", &["awslogs", "splunk", "awsfirelens"]),
            M::map("options"),
            M::list(
                "secretOptions",
                &["name"],
                &[M::text("name"), M::text("valueFrom")],
            ),
        ],
    ),
    M::object(
        "healthCheck",
        &[
            M::texts("command"),
            M::number("interval").usual("30"),
            M::number("timeout").usual("5"),
            M::number("retries").usual("3"),
            M::number("startPeriod").usual("0"),
        ],
    )
    .key("write `container_health:` at the service"),
    M::list(
        "systemControls",
        &["namespace"],
        &[M::text("namespace"), M::text("value")],
    ),
    M::list(
        "resourceRequirements",
        &["type"],
        &[
            M::text("value"),
            M::text("type"),
            M::object(
                "sharingStrategy",
                &[M::object(
                    "nvidiaMps",
                    &[M::number("memory"), M::number("maxComputePercent")],
                )],
            ),
        ],
    )
    .fixed(GPU),
    M::object(
        "firelensConfiguration",
        &[
            M::choice("type", &["fluentd", "fluentbit"]),
            M::map("options"),
        ],
    )
    .fixed("a container that routes logs is a sidecar"),
    M::texts("credentialSpecs"),
];

/// A volume.
const VOLUME: &[M] = &[
    M::text("name"),
    M::object("host", &[M::text("sourcePath")]).fixed(FARGATE),
    M::object(
        "dockerVolumeConfiguration",
        &[
            M::text("scope"),
            M::switch("autoprovision"),
            M::text("driver"),
            M::map("driverOpts"),
            M::map("labels"),
        ],
    )
    .fixed(FARGATE),
    M::object(
        "efsVolumeConfiguration",
        &[
            M::text("fileSystemId"),
            M::text("rootDirectory"),
            M::choice("transitEncryption", &["ENABLED", "DISABLED"]),
            M::number("transitEncryptionPort"),
            M::object(
                "authorizationConfig",
                &[
                    M::text("accessPointId"),
                    M::choice("iam", &["ENABLED", "DISABLED"]),
                ],
            ),
        ],
    ),
    M::object(
        "s3filesVolumeConfiguration",
        &[
            M::text("fileSystemArn"),
            M::text("rootDirectory"),
            M::number("transitEncryptionPort"),
            M::text("accessPointArn"),
        ],
    ),
    M::object(
        "fsxWindowsFileServerVolumeConfiguration",
        &[
            M::text("fileSystemId"),
            M::text("rootDirectory"),
            M::object(
                "authorizationConfig",
                &[M::text("credentialsParameter"), M::text("domain")],
            ),
        ],
    )
    .fixed("hcctl's tasks run Linux"),
    M::switch("configuredAtLaunch").fixed("hcctl configures no volume at launch"),
];
