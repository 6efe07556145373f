//! Compute: the cluster, its services, and what their tasks are made of.

use serde_json::Value;

use super::control::{Control, Fix, Judgement, Severity, Verdict};
use super::state::{State, passes};
use crate::resources::task_definition::Spec as Definition;
use crate::resources::{cluster, service};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ECS.2",
        title: "ECS services should not have public IP addresses assigned to them automatically",
        severity: Severity::High,
        judge: |state| {
            state.each::<service::Spec>("service", |service| {
                let why = "its tasks get public addresses";
                passes(!service.spec.public_ip, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECS.3",
        title: "ECS task definitions should not share the host's process namespace",
        severity: Severity::High,
        judge: |state| {
            state.each::<Definition>("task_definition", |one| {
                let why = "its containers see the host's processes";
                passes(!one.spec.shares_host_processes(), why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECS.4",
        title: "ECS containers should run as non-privileged",
        severity: Severity::High,
        judge: |state| containers(state, |one| !one.privileged, "is privileged", Fix::Apply),
    },
    Control {
        id: "ECS.5",
        title: "ECS containers should be limited to read-only access to root filesystems",
        severity: Severity::High,
        judge: |state| {
            let why = "can write to its own files";
            containers(state, |one| one.read_only_root, why, ROOT)
        },
    },
    Control {
        id: "ECS.8",
        title: "Secrets should not be passed as container environment variables",
        severity: Severity::High,
        judge: |state| {
            let clean =
                |one: &Container<'_>| !SECRETS.iter().any(|name| one.settings.contains(name));
            let why = "has a secret among its plain settings";
            containers(state, clean, why, Fix::Apply)
        },
    },
    Control {
        id: "ECS.9",
        title: "ECS task definitions should have a logging configuration",
        severity: Severity::High,
        judge: |state| containers(state, |one| one.logs, "writes to nowhere", Fix::Apply),
    },
    Control {
        id: "ECS.10",
        title: "ECS Fargate services should run on the latest Fargate platform version",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<service::Spec>("service", |service| {
                let version = service.spec.platform_version.as_str();
                let why = format!("it runs on Fargate's platform {version}");
                passes(["LATEST", "1.4.0"].contains(&version), &why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECS.12",
        title: "ECS clusters should use Container Insights",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<cluster::Spec>("cluster", |cluster| {
                let on =
                    ["enabled", "enhanced"].contains(&cluster.spec.container_insights.as_str());
                passes(on, "Container Insights is off", Fix::Apply)
            })
        },
    },
    Control {
        id: "ECS.16",
        title: "ECS task sets should not automatically assign public IP addresses",
        severity: Severity::High,
        judge: |state| {
            // A service's own deployments start every set of tasks in the service's network.
            state.each::<service::Spec>("service", |service| {
                let why = "each set of tasks that it starts gets public addresses";
                passes(!service.spec.public_ip, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECS.17",
        title: "ECS task definitions should not use host network mode",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Definition>("task_definition", |one| {
                let why = "its tasks use the host's network";
                passes(!one.spec.shares_host_network(), why, Fix::Apply)
            })
        },
    },
    Control {
        id: "ECS.20",
        title: "ECS Task Definitions should configure non-root users in Linux container definitions",
        severity: Severity::Medium,
        judge: |state| {
            let user = |one: &Container<'_>| {
                let name = one.user.split(':').next().unwrap_or_default();
                !["", "0", "root"].contains(&name)
            };
            containers(
                state,
                user,
                "runs as root, or as the user of its image",
                USER,
            )
        },
    },
    Control {
        id: "HCCTL.1",
        title: "Services should be told whose tokens they are to accept",
        severity: Severity::Low,
        judge: |state| {
            state.each::<Definition>("task_definition", |one| {
                let why = "hcctl knows of nothing that tells its callers apart";
                let told = one.spec.environment.contains_key("AUTH_ISSUER");
                passes(told, why, Fix::File("auth.issuer: https://..."))
            })
        },
    },
];

const ROOT: Fix = Fix::File("services.NAME.root: read_only");
const USER: Fix = Fix::File("services.NAME.user: \"65532:65532\"");

/// The variables that ECS.8 looks for.
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-8>
const SECRETS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "ECS_ENGINE_AUTH_DATA",
];

/// What the controls look at of a container.
struct Container<'a> {
    /// None of the service's own.
    name: Option<&'a str>,
    privileged: bool,
    read_only_root: bool,
    /// The names of its plain settings.
    settings: Vec<&'a str>,
    logs: bool,
    user: &'a str,
}

impl<'a> Container<'a> {
    /// All of a definition, the service's own first.
    fn all(definition: &'a Definition) -> Vec<Self> {
        let own = Self {
            name: None,
            privileged: definition.privileged(),
            read_only_root: definition.read_only_root,
            settings: definition.environment.keys().map(String::as_str).collect(),
            logs: definition.logs.is_some() || definition.log_driver().is_some(),
            user: &definition.user,
        };
        let sidecars = definition.sidecars.iter();
        let sidecars = sidecars.map(|(name, members)| {
            let settings = members.get("environment").and_then(Value::as_object);
            let is = |member: &str| members.get(member) == Some(&Value::Bool(true));
            let user = members.get("user").and_then(Value::as_str);
            Self {
                name: Some(name),
                privileged: is("privileged"),
                read_only_root: is("readonlyRootFilesystem"),
                settings: settings
                    .into_iter()
                    .flat_map(|all| all.keys().map(String::as_str))
                    .collect(),
                logs: members.get("logConfiguration").is_some(),
                user: user.unwrap_or_default(),
            }
        });
        [own].into_iter().chain(sidecars).collect()
    }
}

/// Judges the containers of each definition.
fn containers(
    state: &State<'_>,
    good: impl Fn(&Container<'_>) -> bool,
    why: &str,
    fix: Fix,
) -> Vec<Judgement> {
    state.each::<Definition>("task_definition", |one| {
        let all = Container::all(&one.spec);
        match all.iter().find(|container| !good(container)) {
            None => Verdict::Passed,
            Some(Container { name: None, .. }) => {
                Verdict::Failed(format!("its container {why}"), fix)
            }
            Some(Container {
                name: Some(name), ..
            }) => Verdict::Failed(format!("its sidecar {name} {why}"), fix),
        }
    })
}
