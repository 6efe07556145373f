//! Elastic IP addresses.
//!
//! Owns: addresses and their association. Must not know: what NAT gateways do with them.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{Address, State};
use crate::ec2::request::{Listed, TAG_SPEC, list, new_tags};
use crate::ec2::shape::{done, tag_list};
use crate::tags::Tags;
use crate::world::World;

impl Listed for Address {
    const ID: &'static str = "AllocationId";
    const FILTERS: &'static [&'static str] =
        &["allocation-id", "association-id", "domain", "public-ip"];
    const PAGED: bool = false;

    fn absent(id: &str) -> AwsError {
        errors::no_address(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        match filter {
            "allocation-id" => vec![self.id.clone()],
            "association-id" => self
                .association
                .iter()
                .map(|association| association.id.clone())
                .collect(),
            "public-ip" => vec![self.ip.clone()],
            _ => vec!["vpc".to_owned()],
        }
    }
}

/// [AllocateAddress](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html). There is no token: calling
/// twice makes two, and both are paid for.
pub(crate) fn allocate(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["Domain"], TAG_SPEC])?;
    if let Some(domain) = call.params.get("Domain").filter(|domain| *domain != "vpc") {
        return Err(invalid(format!(
            "Value ({domain}) for parameter domain is invalid."
        )));
    }
    let tags = new_tags(call, "elastic-ip")?;
    let quota = world.quotas.addresses;
    let id = world.id("eipalloc");
    let ec2 = &mut world.region(&call.region).ec2;
    if ec2.addresses.len() >= quota {
        return Err(AwsError::new(
            "AddressLimitExceeded",
            "The maximum number of addresses has been reached.",
        ));
    }
    let address = Address {
        id: id.clone(),
        ip: ec2.next_public_address(),
        association: None,
        tags,
    };
    let result = wire::AllocateAddressResult {
        allocation_id: Some(id.clone()),
        domain: Some("vpc".to_owned()),
        network_border_group: Some(call.region.clone()),
        public_ip: Some(address.ip.clone()),
        public_ipv4_pool: Some("amazon".to_owned()),
        ..Default::default()
    };
    ec2.addresses.insert(id, address);
    Ok(wire::serialize_allocate_address_response(&result).into())
}

/// [DescribeAddresses](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html): it has no pages.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let ec2 = &world.region(&call.region).ec2;
    let (addresses, _) = list(call, &ec2.addresses)?;
    let items = addresses
        .into_iter()
        .map(|address| shape(call, ec2, address))
        .collect();
    let result = wire::DescribeAddressesResult {
        addresses: Some(model::AddressList { items }),
    };
    Ok(wire::serialize_describe_addresses_response(&result).into())
}

/// [ReleaseAddress](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html): `InvalidIPAddress.InUse`
/// while it is associated.
pub(crate) fn release(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["AllocationId"]])?;
    let id = call.need("AllocationId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    let address = ec2
        .addresses
        .get(id)
        .ok_or_else(|| errors::no_address(id))?;
    if address.association.is_some() {
        return Err(AwsError::new(
            "InvalidIPAddress.InUse",
            format!("Address {} is in use.", address.ip),
        ));
    }
    ec2.addresses.remove(id);
    Ok(done(call))
}

fn shape(call: &Call, ec2: &State, address: &Address) -> model::Address {
    let association = address.association.as_ref();
    let interface = association.and_then(|association| ec2.interfaces.get(&association.interface));
    model::Address {
        allocation_id: Some(address.id.clone()),
        association_id: association.map(|association| association.id.clone()),
        domain: Some("vpc".to_owned()),
        network_border_group: Some(call.region.clone()),
        network_interface_id: interface.map(|interface| interface.id.clone()),
        network_interface_owner_id: interface.map(|_| call.account.clone()),
        private_ip_address: interface.map(|interface| interface.private_ip.clone()),
        public_ip: Some(address.ip.clone()),
        public_ipv4_pool: Some("amazon".to_owned()),
        tags: tag_list(&address.tags),
        ..Default::default()
    }
}
