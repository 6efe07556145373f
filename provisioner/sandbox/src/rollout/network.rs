//! Whether a task reaches the registry: a route out of its subnet, and a security group that lets it through.
//!
//! A Fargate task pulls its image over its own interface. Without a public address it needs a NAT gateway that is available; with one,
//! an internet gateway (ECS Developer Guide, "Task networking for Fargate"). Interface endpoints are not simulated.

use crate::ec2::{NatState, Peer, Route};
use crate::ecs::Task;
use crate::world::World;

/// Why a task cannot reach the registry.
pub(super) fn trouble(world: &mut World, region: &str, task: &Task) -> Option<String> {
    let place = task.place.as_ref()?;
    let ec2 = &world.region(region).ec2;
    let interface = ec2.interfaces.get(&place.interface)?;
    let of_subnet = ec2.route_tables.values().find(|table| {
        table
            .associations
            .values()
            .any(|subnet| subnet.as_ref() == Some(&place.subnet))
    });
    let main = || {
        ec2.route_tables
            .values()
            .find(|table| table.vpc == interface.vpc && table.is_main())
    };
    let route = of_subnet
        .or_else(main)
        .and_then(|table| table.routes.get("0.0.0.0/0"));
    let way_out = match route {
        Some(Route::NatGateway(id)) => ec2
            .nat_gateways
            .get(id)
            .is_some_and(|gateway| gateway.state == NatState::Available),
        Some(Route::InternetGateway(id)) => {
            let attached = ec2
                .internet_gateways
                .get(id)
                .and_then(|gateway| gateway.vpc.as_ref());
            attached == Some(&interface.vpc) && interface.public_ip.is_some()
        }
        None => false,
    };
    let let_through = ec2.rules.values().any(|rule| {
        let terms = &rule.terms;
        let https = match terms.protocol.as_str() {
            "-1" => true,
            "tcp" => {
                terms.from_port.is_some_and(|from| from <= 443)
                    && terms.to_port.is_some_and(|to| to >= 443)
            }
            _ => false,
        };
        rule.egress
            && https
            && interface.groups.contains(&rule.group)
            && terms.peer == Peer::Ipv4("0.0.0.0/0".to_owned())
    });
    if way_out && let_through {
        return None;
    }
    Some(
        "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon \
         ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration."
            .to_owned(),
    )
}

/// The group of an interface for which none was asked.
pub(super) fn default_group(world: &mut World, region: &str, subnet: &str) -> Option<String> {
    let ec2 = &world.region(region).ec2;
    let vpc = &ec2.subnets.get(subnet)?.vpc;
    let group = ec2
        .security_groups
        .values()
        .find(|group| group.vpc == *vpc && group.name == "default")?;
    Some(group.id.clone())
}
