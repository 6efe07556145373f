//! What a security group rule lets through, read from a request.
//!
//! Owns: the two spellings (`IpPermissions` and `SecurityGroupRule`), their checks, their order and their words.
//! Must not know: groups' contents beyond whether a group exists.

use crate::answer::AwsError;
use crate::call::Call;
use crate::ec2::cidr::Cidr;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{Peer, State, Terms};
use crate::ec2::prefix_list;
use crate::params::Params;

/// The parameters of `IpPermissions`.
pub(crate) const PERMISSIONS: &[&str] = &[
    "IpPermissions.N.IpProtocol",
    "IpPermissions.N.FromPort",
    "IpPermissions.N.ToPort",
    "IpPermissions.N.IpRanges.N.CidrIp",
    "IpPermissions.N.IpRanges.N.Description",
    "IpPermissions.N.Ipv6Ranges.N.CidrIpv6",
    "IpPermissions.N.Ipv6Ranges.N.Description",
    "IpPermissions.N.Groups.N.GroupId",
    "IpPermissions.N.Groups.N.UserId",
    "IpPermissions.N.Groups.N.Description",
    "IpPermissions.N.PrefixListIds.N.PrefixListId",
    "IpPermissions.N.PrefixListIds.N.Description",
];

type MakePeer = fn(String) -> Peer;

/// Terms with their description, as one request names them.
pub(crate) type Described = (Terms, Option<String>);

/// Reads `IpPermissions`: each peer of each permission is a rule of its own
/// ([IpPermission](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html)).
pub(crate) fn read_permissions(ec2: &State, call: &Call) -> Result<Vec<Described>, AwsError> {
    let mut all = Vec::new();
    for permission in call.params.rows("IpPermissions") {
        let before = all.len();
        let kinds: [(&str, &str, MakePeer); 4] = [
            ("IpRanges", "CidrIp", Peer::Ipv4),
            ("Ipv6Ranges", "CidrIpv6", Peer::Ipv6),
            ("Groups", "GroupId", Peer::Group),
            ("PrefixListIds", "PrefixListId", Peer::PrefixList),
        ];
        for (list, key, peer) in kinds {
            for row in permission.rows(list) {
                let value = row.get(key).unwrap_or_default().to_owned();
                let terms = terms(ec2, call, &permission, peer(value))?;
                all.push((terms, description(&row)?));
            }
        }
        if all.len() == before {
            return Err(invalid(
                "A permission names no source or destination: give a CIDR block, a group or a prefix list.",
            ));
        }
    }
    if all.is_empty() {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain the parameter ipPermissions",
        ));
    }
    Ok(all)
}

/// Reads one `SecurityGroupRule`, the spelling of `ModifySecurityGroupRules`
/// ([SecurityGroupRuleRequest](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRuleRequest.html)).
pub(crate) fn read_rule(ec2: &State, call: &Call, params: &Params) -> Result<Described, AwsError> {
    let kinds: [(&str, MakePeer); 4] = [
        ("CidrIpv4", Peer::Ipv4),
        ("CidrIpv6", Peer::Ipv6),
        ("ReferencedGroupId", Peer::Group),
        ("PrefixListId", Peer::PrefixList),
    ];
    let mut peers = kinds
        .iter()
        .filter_map(|(key, peer)| Some(peer(params.get(key)?.to_owned())));
    let peer = peers.next();
    match (peer, peers.next()) {
        (Some(peer), None) => Ok((terms(ec2, call, params, peer)?, description(params)?)),
        _ => Err(invalid(
            "A rule needs exactly one of CidrIpv4, CidrIpv6, ReferencedGroupId and PrefixListId.",
        )),
    }
}

fn terms(ec2: &State, call: &Call, params: &Params, peer: Peer) -> Result<Terms, AwsError> {
    check_peer(ec2, call, &peer)?;
    let given = params.get("IpProtocol").ok_or_else(|| {
        AwsError::new(
            "MissingParameter",
            "The request must contain the parameter ipProtocol",
        )
    })?;
    let protocol = match given {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "all" => "-1",
        other => other,
    };
    let (mut from_port, mut to_port) = (port(params, "FromPort")?, port(params, "ToPort")?);
    match protocol {
        "tcp" | "udp" => {
            let in_order =
                |from: i32, to: i32| (0..=65_535).contains(&from) && (from..=65_535).contains(&to);
            if !from_port
                .zip(to_port)
                .is_some_and(|(from, to)| in_order(from, to))
            {
                let upper = protocol.to_uppercase();
                return Err(invalid(format!(
                    "Invalid value for portRange. Must specify a valid {upper} port range."
                )));
            }
        }
        "-1" => (from_port, to_port) = (None, None),
        "icmp" | "icmpv6" => {}
        number if number.parse::<u8>().is_ok() => {}
        unknown => {
            return Err(invalid(format!(
                "Invalid value '{unknown}' for IP protocol. Unknown protocol."
            )));
        }
    }
    Ok(Terms {
        protocol: protocol.to_owned(),
        from_port,
        to_port,
        peer,
    })
}

fn port(params: &Params, name: &str) -> Result<Option<i32>, AwsError> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| invalid(format!("Value ({text}) for parameter {name} is invalid.")))
    };
    params.get(name).map(parse).transpose()
}

fn check_peer(ec2: &State, call: &Call, peer: &Peer) -> Result<(), AwsError> {
    match peer {
        Peer::Ipv4(block) if block.parse::<Cidr>().is_err() => {
            Err(invalid(format!("CIDR block {block} is malformed")))
        }
        Peer::Ipv6(block) if !is_ipv6_block(block) => {
            Err(invalid(format!("CIDR block {block} is malformed")))
        }
        Peer::Group(id) if !ec2.security_groups.contains_key(id) => Err(errors::no_group(id)),
        Peer::PrefixList(id) if !prefix_list::exists(&call.region, id) => Err(AwsError::new(
            "InvalidPrefixListID.NotFound",
            format!("The prefix list ID '{id}' does not exist"),
        )),
        Peer::Ipv4(_) | Peer::Ipv6(_) | Peer::Group(_) | Peer::PrefixList(_) => Ok(()),
    }
}

fn is_ipv6_block(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, prefix)| {
        address.parse::<std::net::Ipv6Addr>().is_ok()
            && prefix.parse::<u8>().is_ok_and(|prefix| prefix <= 128)
    })
}

fn description(params: &Params) -> Result<Option<String>, AwsError> {
    let Some(text) = params.get("Description").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if is_plain(text) {
        return Ok(Some(text.to_owned()));
    }
    Err(invalid(
        "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: \
         a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    ))
}

/// The characters that EC2 takes in names and descriptions of groups and rules.
pub(crate) fn is_plain(text: &str) -> bool {
    text.len() <= 255
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ". _-:/()#,@[]+=&;{}!$*".contains(c))
}

impl Terms {
    /// As the refusal of a duplicate words it.
    pub(crate) fn words(&self) -> String {
        let peer = match &self.peer {
            Peer::Ipv4(text) | Peer::Ipv6(text) | Peer::Group(text) | Peer::PrefixList(text) => {
                text
            }
        };
        let protocol = match self.protocol.as_str() {
            "-1" => "ALL".to_owned(),
            other => other.to_uppercase(),
        };
        match (self.from_port, self.to_port) {
            (Some(from), Some(to)) => {
                format!("peer: {peer}, {protocol}, from port: {from}, to port: {to}, ALLOW")
            }
            _ => format!("peer: {peer}, {protocol}, ALLOW"),
        }
    }
}
