//! Network interfaces: who holds a subnet or a security group.
//!
//! Owns: the table that NAT gateways, load balancers and tasks take interfaces from, and `DescribeNetworkInterfaces`.
//! Must not know: what the holders are.

use crate::answer::AwsError;
use crate::ec2::cidr::Cidr;
use crate::ec2::errors;
use crate::ec2::model::NetworkInterface;
use crate::world::World;

/// What a new interface is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewInterface<'a> {
    pub(crate) subnet: &'a str,
    pub(crate) groups: &'a [String],
    /// As AWS words it: `ELB app/NAME/ID`, `arn:aws:ecs:REGION:ACCOUNT:attachment/ID`, `Interface for NAT Gateway nat-...`.
    pub(crate) description: &'a str,
    /// `nat_gateway` or `interface`.
    pub(crate) kind: &'a str,
    /// `amazon-elb` for load balancers, an account id for others.
    pub(crate) requester: &'a str,
    /// A public address of its own (a load balancer's, a task's with `assignPublicIp`), as opposed to none.
    pub(crate) public: bool,
}

/// Makes an interface in a subnet, with the next free private address, and answers its id.
///
/// Refuses `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound` and `InsufficientFreeAddressesInSubnet`.
pub(crate) fn create_interface(
    world: &mut World,
    region: &str,
    new: &NewInterface,
) -> Result<String, AwsError> {
    let (id, attachment, mac) = (world.id("eni"), world.id("eni-attach"), world.hex(10));
    let created = world.now();
    let ec2 = &mut world.region(region).ec2;
    let subnet = ec2
        .subnets
        .get(new.subnet)
        .ok_or_else(|| errors::no_subnet(new.subnet))?
        .clone();
    if let Some(missing) = new
        .groups
        .iter()
        .find(|group| !ec2.security_groups.contains_key(*group))
    {
        return Err(errors::no_group(missing));
    }
    let taken = |ip: &str| {
        ec2.interfaces
            .values()
            .any(|held| held.subnet == subnet.id && held.private_ip == ip)
    };
    let block: Cidr = subnet
        .cidr
        .parse()
        .expect("subnets are kept with a valid block");
    // AWS keeps the first four addresses and the last of every subnet to itself.
    let private_ip = (4..block.size().saturating_sub(1))
        .filter_map(|offset| Some(block.address(offset)?.to_string()))
        .find(|ip| !taken(ip))
        .ok_or_else(|| {
            AwsError::new(
                "InsufficientFreeAddressesInSubnet",
                format!("The specified subnet '{}' does not have enough free addresses to satisfy the request.", subnet.id),
            )
        })?;
    let public_ip = new.public.then(|| ec2.next_public_address());
    let mac = [
        "02",
        &mac[0..2],
        &mac[2..4],
        &mac[4..6],
        &mac[6..8],
        &mac[8..10],
    ]
    .join(":");
    ec2.interfaces.insert(
        id.clone(),
        NetworkInterface {
            id: id.clone(),
            subnet: subnet.id,
            vpc: subnet.vpc,
            zone: subnet.zone,
            private_ip,
            public_ip,
            groups: new.groups.to_vec(),
            description: new.description.to_owned(),
            kind: new.kind.to_owned(),
            requester: new.requester.to_owned(),
            mac,
            attachment,
            created,
        },
    );
    Ok(id)
}

/// Gives an interface back; one that is gone already is no error.
pub(crate) fn release_interface(world: &mut World, region: &str, id: &str) {
    world.region(region).ec2.interfaces.remove(id);
}
