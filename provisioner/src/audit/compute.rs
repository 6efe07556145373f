//! Compute: the cluster, its services, and what their tasks are made of.

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
        judge: |state| {
            containers(
                state,
                |one| !one.privileged(),
                "its container is privileged",
            )
        },
    },
    Control {
        id: "ECS.5",
        title: "ECS containers should be limited to read-only access to root filesystems",
        severity: Severity::High,
        judge: |state| {
            containers(
                state,
                |one| one.read_only_root,
                "its container can write to its own files",
            )
        },
    },
    Control {
        id: "ECS.8",
        title: "Secrets should not be passed as container environment variables",
        severity: Severity::High,
        judge: |state| {
            let clean = |one: &Definition| {
                !SECRETS
                    .iter()
                    .any(|name| one.environment.contains_key(*name))
            };
            containers(state, clean, "a secret stands among its plain settings")
        },
    },
    Control {
        id: "ECS.9",
        title: "ECS task definitions should have a logging configuration",
        severity: Severity::High,
        judge: |state| {
            containers(
                state,
                |one| one.logs.is_some(),
                "what it writes goes nowhere",
            )
        },
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
            let user = |one: &Definition| {
                let name = one.user.split(':').next().unwrap_or_default();
                !["", "0", "root"].contains(&name)
            };
            containers(state, user, "its container runs as root")
        },
    },
];

/// The variables that ECS.8 looks for.
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-8>
const SECRETS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "ECS_ENGINE_AUTH_DATA",
];

/// Judges the container of each definition. Further ones, which only somebody else can have put there, were not read.
fn containers(state: &State<'_>, good: impl Fn(&Definition) -> bool, why: &str) -> Vec<Judgement> {
    state.each::<Definition>("task_definition", |one| {
        let further = one.spec.further_containers();
        match further.first() {
            _ if !good(&one.spec) => Verdict::Failed(why.to_owned(), Fix::Apply),
            Some(name) => {
                let why = format!("the further container {name}: not looked at by hcctl");
                Verdict::NotLookedAt(why, Fix::Apply)
            }
            None => Verdict::Passed,
        }
    })
}
