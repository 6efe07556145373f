//! Subnets.
//!
//! Owns: subnets. Must not know: who holds interfaces in them.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::cidr::Cidr;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{State, Subnet};
use crate::ec2::request::{Listed, TAG_SPEC, list, new_tags};
use crate::ec2::shape::{done, tag_list};
use crate::ec2::vpc::{self, parse_block};
use crate::ec2::zone;
use crate::tags::Tags;
use crate::world::World;

impl Listed for Subnet {
    const ID: &'static str = "SubnetId";
    const FILTERS: &'static [&'static str] = &[
        "vpc-id",
        "subnet-id",
        "state",
        "availability-zone",
        "cidr-block",
    ];

    fn absent(id: &str) -> AwsError {
        errors::no_subnet(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let value = match filter {
            "vpc-id" => &self.vpc,
            "subnet-id" => &self.id,
            "availability-zone" => &self.zone,
            "cidr-block" => &self.cidr,
            _ => "available",
        };
        vec![value.to_owned()]
    }
}

/// [CreateSubnet](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html): refuses a block outside its
/// VPC's (`InvalidSubnet.Range`) and one that overlaps another subnet's (`InvalidSubnet.Conflict`).
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[
        &[
            "VpcId",
            "CidrBlock",
            "AvailabilityZone",
            "AvailabilityZoneId",
        ],
        TAG_SPEC,
    ])?;
    let tags = new_tags(call, "subnet")?;
    let text = call.need("CidrBlock")?;
    let cidr = parse_block(text)?;
    let zone = zone_of(world, call)?;
    let id = world.id("subnet");
    let ec2 = &mut world.region(&call.region).ec2;
    let vpc = vpc::find(ec2, call.need("VpcId")?)?.clone();
    let whole: Cidr = vpc.cidr.parse().expect("VPCs are kept with a valid block");
    if !(16..=28).contains(&cidr.prefix()) || !whole.contains(cidr) {
        return Err(AwsError::new(
            "InvalidSubnet.Range",
            format!("The CIDR '{text}' is invalid."),
        ));
    }
    let mut siblings = ec2.subnets.values().filter(|subnet| subnet.vpc == vpc.id);
    if siblings.any(|subnet| block(subnet).overlaps(cidr)) {
        return Err(AwsError::new(
            "InvalidSubnet.Conflict",
            format!("The CIDR '{text}' conflicts with another subnet"),
        ));
    }
    let subnet = Subnet {
        id: id.clone(),
        vpc: vpc.id,
        cidr: cidr.to_string(),
        zone: zone.name,
        zone_id: zone.id,
        public_ip_on_launch: false,
        dns64: false,
        resource_names: false,
        a_record: false,
        aaaa_record: false,
        tags,
    };
    let result = wire::CreateSubnetResult {
        subnet: Some(shape(call, ec2, &subnet)),
    };
    ec2.subnets.insert(id, subnet);
    Ok(wire::serialize_create_subnet_response(&result).into())
}

/// The zone that a call names, by name or id, or else one of AWS's choice: the first.
fn zone_of(world: &World, call: &Call) -> Result<zone::Zone, AwsError> {
    let usable = ["available", "information", "impaired"];
    let zones = zone::all(world, &call.region);
    let zones: Vec<zone::Zone> = zones
        .into_iter()
        .filter(|zone| usable.contains(&zone.state.as_str()))
        .collect();
    let (name, id) = (
        call.params.get("AvailabilityZone"),
        call.params.get("AvailabilityZoneId"),
    );
    let fits = |zone: &&zone::Zone| {
        name.is_none_or(|name| zone.name == name) && id.is_none_or(|id| zone.id == id)
    };
    zones
        .iter()
        .find(fits)
        .cloned()
        .ok_or_else(|| {
            let names: Vec<&str> = zones.iter().map(|zone| zone.name.as_str()).collect();
            invalid(format!(
                "Value ({}) for parameter availabilityZone is invalid. Subnets can currently only be created in the \
                 following availability zones: {}.",
                name.or(id).unwrap_or_default(),
                names.join(", ")
            ))
        })
}

/// [DescribeSubnets](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let ec2 = &world.region(&call.region).ec2;
    let (subnets, next_token) = list(call, &ec2.subnets)?;
    let items = subnets
        .into_iter()
        .map(|subnet| shape(call, ec2, subnet))
        .collect();
    let result = wire::DescribeSubnetsResult {
        subnets: Some(model::SubnetList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_subnets_response(&result).into())
}

/// [ModifySubnetAttribute](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html): "You can only
/// modify one attribute at a time". IPv6 addresses need a block, which no subnet here has.
pub(crate) fn modify_attribute(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    const NAMES: &str = "PrivateDnsHostnameTypeOnLaunch";
    const SWITCHES: [&str; 4] = [
        "MapPublicIpOnLaunch.Value",
        "EnableDns64.Value",
        "EnableResourceNameDnsARecordOnLaunch.Value",
        "EnableResourceNameDnsAAAARecordOnLaunch.Value",
    ];
    call.allow(&[&["SubnetId", NAMES], &SWITCHES])?;
    let subnet = find(&mut world.region(&call.region).ec2, call.need("SubnetId")?)?;
    let switches = SWITCHES.map(|name| call.params.flag(name));
    let names = call.params.get(NAMES);
    let sent = switches.iter().flatten().count() + usize::from(names.is_some());
    if sent != 1 {
        let message = "Exactly one attribute must be modified at a time";
        return Err(AwsError::new("InvalidParameterCombination", message));
    }
    match names {
        None => {}
        Some("ip-name") => subnet.resource_names = false,
        Some("resource-name") => subnet.resource_names = true,
        Some(other) => {
            return Err(invalid(format!(
                "Value ({other}) for parameter PrivateDnsHostnameTypeOnLaunch is invalid"
            )));
        }
    }
    let places = [
        &mut subnet.public_ip_on_launch,
        &mut subnet.dns64,
        &mut subnet.a_record,
        &mut subnet.aaaa_record,
    ];
    for (place, switch) in places.into_iter().zip(switches) {
        *place = switch.unwrap_or(*place);
    }
    Ok(done(call))
}

/// [DeleteSubnet](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html): refused while a network
/// interface lives in it; its route table association goes along.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["SubnetId"]])?;
    let id = call.need("SubnetId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    find(ec2, id)?;
    if ec2
        .interfaces
        .values()
        .any(|interface| interface.subnet == id)
    {
        return Err(errors::in_use(&format!("subnet '{id}'")));
    }
    for table in ec2.route_tables.values_mut() {
        table
            .associations
            .retain(|_, subnet| subnet.as_deref() != Some(id));
    }
    ec2.subnets.remove(id);
    Ok(done(call))
}

/// A subnet by id, or the refusal.
pub(crate) fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut Subnet, AwsError> {
    ec2.subnets.get_mut(id).ok_or_else(|| errors::no_subnet(id))
}

/// A subnet's block.
pub(crate) fn block(subnet: &Subnet) -> Cidr {
    subnet
        .cidr
        .parse()
        .expect("subnets are kept with a valid block")
}

fn shape(call: &Call, ec2: &State, subnet: &Subnet) -> model::Subnet {
    let taken = ec2
        .interfaces
        .values()
        .filter(|interface| interface.subnet == subnet.id)
        .count();
    // AWS keeps five addresses of every subnet to itself.
    let free = block(subnet).size() as i32 - 5 - taken as i32;
    model::Subnet {
        subnet_id: Some(subnet.id.clone()),
        subnet_arn: Some(call.arn("ec2", &format!("subnet/{}", subnet.id))),
        vpc_id: Some(subnet.vpc.clone()),
        cidr_block: Some(subnet.cidr.clone()),
        availability_zone: Some(subnet.zone.clone()),
        availability_zone_id: Some(subnet.zone_id.clone()),
        available_ip_address_count: Some(free),
        assign_ipv6_address_on_creation: Some(false),
        default_for_az: Some(false),
        enable_dns64: Some(subnet.dns64),
        private_dns_name_options_on_launch: Some(model::PrivateDnsNameOptionsOnLaunch {
            hostname_type: Some(
                if subnet.resource_names {
                    "resource-name"
                } else {
                    "ip-name"
                }
                .to_owned(),
            ),
            enable_resource_name_dns_a_record: Some(subnet.a_record),
            enable_resource_name_dns_a_a_a_a_record: Some(subnet.aaaa_record),
        }),
        ipv6_native: Some(false),
        map_customer_owned_ip_on_launch: Some(false),
        map_public_ip_on_launch: Some(subnet.public_ip_on_launch),
        owner_id: Some(call.account.clone()),
        state: Some("available".to_owned()),
        tags: tag_list(&subnet.tags),
        ..Default::default()
    }
}
