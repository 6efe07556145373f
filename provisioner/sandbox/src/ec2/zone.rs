//! Availability zones: three in most regions, unless the settings say otherwise.
//!
//! Owns: zone names and ids. Must not know: what is placed in them.

use winterbaume_core::protocol::xml_escape;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::request::{Filters, NO_TAGS};
use crate::world::World;

/// A zone of a region. Its name is this account's, its id is the same in every account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Such as `us-east-1a`.
    pub name: String,
    /// Such as `use1-az1`.
    pub id: String,
    /// `available`, `information`, `impaired`, `unavailable` or `constrained`.
    pub state: String,
}

impl Zone {
    /// An available zone.
    pub fn new(name: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            id: id.into(),
            state: "available".to_owned(),
        }
    }
}

/// Regions that offer an account fewer or other zones than a, b and c: the letters, each with the number in its zone's id.
const LETTERS: [(&str, &[(char, u8)]); 3] = [
    ("ap-northeast-1", &[('a', 4), ('c', 1), ('d', 2)]),
    ("cn-north-1", &[('a', 1), ('b', 2)]),
    ("us-west-1", &[('a', 1), ('c', 3)]),
];

/// The regions in which load balancers and Fargate stand in some zones only, and the numbers of these.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html>
const SERVED: [(&str, &[u8]); 3] = [
    ("ap-northeast-1", &[1, 2, 4]),
    ("cn-north-1", &[1, 2]),
    ("us-west-1", &[1, 3]),
];

/// A region's zones: those of the settings, or the usual ones.
pub(crate) fn all(world: &World, region: &str) -> Vec<Zone> {
    if let Some(zones) = world.zones.get(region) {
        return zones.clone();
    }
    let usual = &[('a', 1), ('b', 2), ('c', 3)][..];
    let known = LETTERS.iter().find(|(of, _)| *of == region);
    let letters = known.map_or(usual, |(_, letters)| letters);
    let zone = |(letter, number): &(char, u8)| {
        Zone::new(
            format!("{region}{letter}"),
            format!("{}-az{number}", short(region)),
        )
    };
    letters.iter().map(zone).collect()
}

/// Whether load balancers and Fargate are to be had in a zone.
pub(crate) fn is_served(world: &World, region: &str, name: &str) -> bool {
    let Some((_, numbers)) = SERVED.iter().find(|(of, _)| *of == region) else {
        return true;
    };
    let zones = all(world, region);
    let zone = zones.iter().find(|zone| zone.name == name);
    let number = zone.and_then(|zone| zone.id.rsplit("-az").next()?.parse().ok());
    number.is_some_and(|number| numbers.contains(&number))
}

/// A region in the form that the ids of its zones have: `use1` for `us-east-1`, `usgw1` for `us-gov-west-1`.
fn short(region: &str) -> String {
    let mut short = String::new();
    for part in region.split('-') {
        match part {
            "northeast" => short.push_str("ne"),
            "northwest" => short.push_str("nw"),
            "southeast" => short.push_str("se"),
            "southwest" => short.push_str("sw"),
            "east" | "west" | "north" | "south" | "central" | "gov" => short.push_str(&part[..1]),
            other => short.push_str(other),
        }
    }
    short
}

/// [DescribeAvailabilityZones](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html).
/// The generated types for it are left out of this build, so the answer is written by hand.
pub(crate) fn describe(world: &World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["Filter.N.Name", "Filter.N.Value.N"]])?;
    let known = [
        "zone-type",
        "state",
        "region-name",
        "zone-name",
        "zone-id",
        "opt-in-status",
        NO_TAGS,
    ];
    let filters = Filters::read(call, &known)?;
    let mut items = Vec::new();
    for zone in all(world, &call.region) {
        let values = |filter: &str| {
            let value = match filter {
                "zone-type" => "availability-zone",
                "state" => &zone.state,
                "region-name" => &call.region,
                "zone-name" => &zone.name,
                "zone-id" => &zone.id,
                _ => "opt-in-not-required",
            };
            vec![value.to_owned()]
        };
        if filters.hold(values) {
            let (name, zone_id) = (xml_escape(&zone.name), xml_escape(&zone.id));
            let state = xml_escape(&zone.state);
            let region = xml_escape(&call.region);
            items.push(format!(
                "<item><zoneName>{name}</zoneName><zoneId>{zone_id}</zoneId><zoneState>{state}</zoneState>\
                 <regionName>{region}</regionName><zoneType>availability-zone</zoneType><groupName>{region}-zg-1</groupName>\
                 <networkBorderGroup>{region}</networkBorderGroup><optInStatus>opt-in-not-required</optInStatus>\
                 <messageSet/></item>"
            ));
        }
    }
    Ok(Answer::ec2(
        &call.operation,
        &format!(
            "<availabilityZoneInfo>{}</availabilityZoneInfo>",
            items.concat()
        ),
    ))
}
