//! Availability zones: three in every region.
//!
//! Owns: zone names and ids. Must not know: what is placed in them.

use winterbaume_core::protocol::xml_escape;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::request::{Filters, NO_TAGS};

/// A region's zones: `us-east-1a`, `us-east-1b`, `us-east-1c`.
pub(crate) fn names(region: &str) -> Vec<String> {
    ["a", "b", "c"]
        .iter()
        .map(|letter| format!("{region}{letter}"))
        .collect()
}

/// A zone's id in AWS's form: `us-east-1b` is `use1-az2`.
pub(crate) fn id(region: &str, zone: &str) -> String {
    let mut short = String::new();
    for part in region.split('-') {
        match part {
            "northeast" => short.push_str("ne"),
            "northwest" => short.push_str("nw"),
            "southeast" => short.push_str("se"),
            "southwest" => short.push_str("sw"),
            "east" | "west" | "north" | "south" | "central" => short.push_str(&part[..1]),
            other => short.push_str(other),
        }
    }
    let number = zone
        .bytes()
        .last()
        .unwrap_or(b'a')
        .wrapping_sub(b'a')
        .wrapping_add(1);
    format!("{short}-az{number}")
}

/// [DescribeAvailabilityZones](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html).
/// The generated types for it are left out of this build, so the answer is written by hand.
pub(crate) fn describe(call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["Filter.N.Name", "Filter.N.Value.N"]])?;
    let known = [
        "zone-type",
        "state",
        "region-name",
        "zone-name",
        "opt-in-status",
        NO_TAGS,
    ];
    let filters = Filters::read(call, &known)?;
    let mut items = Vec::new();
    for zone in names(&call.region) {
        let values = |filter: &str| {
            let value = match filter {
                "zone-type" => "availability-zone",
                "state" => "available",
                "region-name" => &call.region,
                "zone-name" => &zone,
                _ => "opt-in-not-required",
            };
            vec![value.to_owned()]
        };
        if filters.hold(values) {
            let (name, zone_id) = (xml_escape(&zone), xml_escape(&id(&call.region, &zone)));
            let region = xml_escape(&call.region);
            items.push(format!(
                "<item><zoneName>{name}</zoneName><zoneId>{zone_id}</zoneId><zoneState>available</zoneState>\
                 <regionName>{region}</regionName><zoneType>availability-zone</zoneType><groupName>{region}</groupName>\
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
