//! Where a service's tasks are registered.

use aws_sdk_ecs::types::{AdvancedConfiguration, LoadBalancer as Seen};
use hcctl_engine::Link;
use serde::{Deserialize, Serialize};

/// A target group, and what of a task is its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// The target group; with an alternate, the one that served first. ECS goes on naming it so, whichever serves now.
    pub target_group: Link,
    /// The container that answers.
    pub container: String,
    /// The port that it answers on.
    pub port: u16,
    /// What ECS needs to shift traffic itself.
    pub alternate: Option<Alternate>,
}

/// The other half of a blue/green pair (and of canary and linear).
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternate {
    /// The target group that takes turns with the first.
    pub target_group: Link,
    /// The listener rule whose weights ECS shifts.
    pub rule: Link,
    /// The listener rule by which the new tasks can be tried before.
    pub test_rule: Option<Link>,
    /// The role with which ECS changes rules.
    pub role: Link,
}

pub(super) fn read(seen: &Seen) -> LoadBalancer {
    let link = |id: Option<&str>| Link::id(id.unwrap_or_default());
    let advanced = seen.advanced_configuration();
    LoadBalancer {
        target_group: link(seen.target_group_arn()),
        container: seen.container_name().unwrap_or_default().to_owned(),
        port: seen
            .container_port
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or_default(),
        alternate: advanced
            .filter(|advanced| advanced.alternate_target_group_arn().is_some())
            .map(|advanced| Alternate {
                target_group: link(advanced.alternate_target_group_arn()),
                rule: link(advanced.production_listener_rule()),
                test_rule: advanced.test_listener_rule().map(Link::id),
                role: link(advanced.role_arn()),
            }),
    }
}

pub(super) fn write(wanted: &LoadBalancer) -> Seen {
    let advanced = wanted.alternate.as_ref().map(|alternate| {
        let test = alternate.test_rule.as_ref().map(Link::resolved);
        AdvancedConfiguration::builder()
            .alternate_target_group_arn(alternate.target_group.resolved())
            .production_listener_rule(alternate.rule.resolved())
            .set_test_listener_rule(test.map(str::to_owned))
            .role_arn(alternate.role.resolved())
            .build()
    });
    Seen::builder()
        .target_group_arn(wanted.target_group.resolved())
        .container_name(&wanted.container)
        .container_port(wanted.port.into())
        .set_advanced_configuration(advanced)
        .build()
}
