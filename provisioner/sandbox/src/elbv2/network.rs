//! What a load balancer needs of EC2: subnets in two zones, security groups, an interface in each subnet.

use winterbaume_elasticloadbalancingv2::model::AvailabilityZone;

use crate::answer::AwsError;
use crate::ec2::{self, NewInterface};
use crate::world::World;

/// Where a load balancer stands: one subnet in each of two zones or more, all in one VPC.
pub(super) struct Place {
    pub(super) vpc: String,
    /// Zone and subnet, by zone.
    subnets: Vec<(String, String)>,
}

impl Place {
    pub(super) fn zones(&self) -> Vec<AvailabilityZone> {
        let zone = |(zone, subnet): &(String, String)| AvailabilityZone {
            load_balancer_addresses: Some(Vec::new().into()),
            subnet_id: Some(subnet.clone()),
            zone_name: Some(zone.clone()),
            ..Default::default()
        };
        self.subnets.iter().map(zone).collect()
    }
}

/// Checks subnets as `CreateLoadBalancer` does: `SubnetNotFound`, `InvalidSubnet` without an internet gateway,
/// `InvalidConfigurationRequest` for two subnets in a zone, `ValidationError` for fewer than two zones.
pub(super) fn place(
    world: &mut World,
    region: &str,
    subnets: &[String],
    public: bool,
) -> Result<Place, AwsError> {
    world.region(region);
    let ec2 = &world.regions[region].ec2;
    let mut found = Vec::new();
    let mut vpcs = Vec::new();
    for id in subnets {
        let missing = || {
            AwsError::new(
                "SubnetNotFound",
                format!("The subnet ID '{id}' is not valid"),
            )
        };
        let subnet = ec2.subnets.get(id).ok_or_else(missing)?;
        if found.iter().any(|(zone, _)| *zone == subnet.zone) {
            let message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
            return Err(AwsError::new("InvalidConfigurationRequest", message));
        }
        if !ec2::is_served(world, region, &subnet.zone) {
            let message = format!(
                "The following Availability Zones {} cannot be associated with a load balancer. Please try a different \
                 Availability Zone.",
                subnet.zone
            );
            return Err(AwsError::new("ValidationError", message));
        }
        found.push((subnet.zone.clone(), id.clone()));
        vpcs.push(subnet.vpc.clone());
    }
    if found.len() < 2 {
        let message = "At least two subnets in two different Availability Zones must be specified";
        return Err(AwsError::new("ValidationError", message));
    }
    vpcs.dedup();
    let [vpc] = vpcs.as_slice() else {
        return Err(AwsError::new(
            "InvalidConfigurationRequest",
            "All subnets must belong to the same VPC",
        ));
    };
    let connected = ec2
        .internet_gateways
        .values()
        .any(|gateway| gateway.vpc.as_ref() == Some(vpc));
    if public && !connected {
        return Err(AwsError::new(
            "InvalidSubnet",
            format!("VPC {vpc} has no internet gateway"),
        ));
    }
    found.sort();
    Ok(Place {
        vpc: vpc.clone(),
        subnets: found,
    })
}

/// Every group must be one of the VPC's.
pub(super) fn check_groups(
    world: &mut World,
    region: &str,
    vpc: &str,
    groups: &[String],
) -> Result<(), AwsError> {
    let known = &world.region(region).ec2.security_groups;
    for id in groups {
        if known.get(id).is_none_or(|group| group.vpc != vpc) {
            let message = format!("Security group '{id}' does not exist in VPC '{vpc}'");
            return Err(AwsError::new("InvalidSecurityGroup", message));
        }
    }
    Ok(())
}

/// The group that a load balancer gets if none is asked for.
pub(super) fn default_group(world: &mut World, region: &str, vpc: &str) -> Option<String> {
    let mut groups = world.region(region).ec2.security_groups.values();
    groups
        .find(|group| group.vpc == vpc && group.name == "default")
        .map(|group| group.id.clone())
}

/// A target group's VPC must exist.
pub(super) fn check_vpc(world: &mut World, region: &str, vpc: &str) -> Result<(), AwsError> {
    if world.region(region).ec2.vpcs.contains_key(vpc) {
        return Ok(());
    }
    Err(AwsError::new(
        "ValidationError",
        format!("The VPC ID '{vpc}' is not found"),
    ))
}

/// Takes an interface in every subnet.
pub(super) fn occupy(
    world: &mut World,
    region: &str,
    place: &Place,
    groups: &[String],
    description: &str,
    public: bool,
) -> Result<Vec<String>, AwsError> {
    let mut taken = Vec::new();
    for (_, subnet) in &place.subnets {
        let new = NewInterface {
            subnet,
            groups,
            description,
            kind: "interface",
            requester: "amazon-elb",
            public,
        };
        match ec2::create_interface(world, region, &new) {
            Ok(id) => taken.push(id),
            Err(error) => {
                leave(world, region, &taken);
                return Err(error);
            }
        }
    }
    Ok(taken)
}

/// Gives interfaces back.
pub(super) fn leave(world: &mut World, region: &str, interfaces: &[String]) {
    for id in interfaces {
        ec2::release_interface(world, region, id);
    }
}

/// Puts interfaces into other groups.
pub(super) fn regroup(world: &mut World, region: &str, interfaces: &[String], groups: &[String]) {
    let ec2 = &mut world.region(region).ec2;
    for id in interfaces {
        if let Some(interface) = ec2.interfaces.get_mut(id) {
            interface.groups = groups.to_vec();
        }
    }
}
