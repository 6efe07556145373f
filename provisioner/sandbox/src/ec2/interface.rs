//! Network interfaces: who holds a subnet or a security group.
//!
//! Owns: the table that NAT gateways, load balancers and tasks take interfaces from, and `DescribeNetworkInterfaces`.
//! Must not know: what the holders are.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors;
use crate::ec2::model::{NetworkInterface, State};
use crate::ec2::request::{Listed, list};
use crate::ec2::subnet::block;
use crate::tags::Tags;
use crate::time::iso;
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
    let block = block(&subnet);
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

impl Listed for NetworkInterface {
    const ID: &'static str = "NetworkInterfaceId";
    const FILTERS: &'static [&'static str] = &[
        "vpc-id",
        "subnet-id",
        "group-id",
        "network-interface-id",
        "description",
        "requester-id",
        "interface-type",
    ];

    fn absent(id: &str) -> AwsError {
        errors::no_interface(id)
    }

    fn tags(&self) -> &Tags {
        static NONE: Tags = Tags::new();
        &NONE
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let value = match filter {
            "vpc-id" => &self.vpc,
            "subnet-id" => &self.subnet,
            "network-interface-id" => &self.id,
            "description" => &self.description,
            "requester-id" => &self.requester,
            "interface-type" => &self.kind,
            _ => return self.groups.clone(),
        };
        vec![value.clone()]
    }
}

/// [DescribeNetworkInterfaces](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html): who
/// holds a subnet or a group, in the description.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let ec2 = &world.region(&call.region).ec2;
    let (interfaces, next_token) = list(call, &ec2.interfaces)?;
    let items = interfaces
        .into_iter()
        .map(|interface| shape(call, ec2, interface))
        .collect();
    let result = wire::DescribeNetworkInterfacesResult {
        network_interfaces: Some(model::NetworkInterfaceList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_network_interfaces_response(&result).into())
}

fn shape(call: &Call, ec2: &State, interface: &NetworkInterface) -> model::NetworkInterface {
    let group = |id: &String| model::GroupIdentifier {
        group_id: Some(id.clone()),
        group_name: ec2.security_groups.get(id).map(|group| group.name.clone()),
    };
    let association = interface
        .public_ip
        .as_ref()
        .map(|ip| model::NetworkInterfaceAssociation {
            public_ip: Some(ip.clone()),
            ip_owner_id: Some(interface.requester.clone()),
            ..Default::default()
        });
    let address = model::NetworkInterfacePrivateIpAddress {
        association: association.clone(),
        primary: Some(true),
        private_ip_address: Some(interface.private_ip.clone()),
        ..Default::default()
    };
    let attachment = model::NetworkInterfaceAttachment {
        attach_time: Some(iso(interface.created)),
        attachment_id: Some(interface.attachment.clone()),
        delete_on_termination: Some(false),
        device_index: Some(1),
        instance_owner_id: Some("amazon-aws".to_owned()),
        status: Some("attached".to_owned()),
        ..Default::default()
    };
    model::NetworkInterface {
        network_interface_id: Some(interface.id.clone()),
        subnet_id: Some(interface.subnet.clone()),
        vpc_id: Some(interface.vpc.clone()),
        availability_zone: Some(interface.zone.clone()),
        description: Some(interface.description.clone()),
        groups: Some(model::GroupIdentifierList {
            items: interface.groups.iter().map(group).collect(),
        }),
        interface_type: Some(interface.kind.clone()),
        mac_address: Some(interface.mac.clone()),
        owner_id: Some(call.account.clone()),
        private_ip_address: Some(interface.private_ip.clone()),
        private_ip_addresses: Some(model::NetworkInterfacePrivateIpAddressList {
            items: vec![address],
        }),
        association,
        attachment: Some(attachment),
        requester_id: Some(interface.requester.clone()),
        requester_managed: Some(true),
        source_dest_check: Some(false),
        status: Some("in-use".to_owned()),
        tag_set: Some(model::TagList::default()),
        ..Default::default()
    }
}
