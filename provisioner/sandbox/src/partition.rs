//! AWS's partitions: what of a name depends on the region that it stands in.
//!
//! Owns: the table. Must not know: services. As in
//! [the partitions that the SDKs ship](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html), a region's
//! partition follows from the first letters of its name.

/// One partition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// The second part of its ARNs.
    pub(crate) name: &'static str,
    /// With what its regions' names begin; empty for the one that has all others.
    prefix: &'static str,
    /// With what the host names of its regions' endpoints end.
    pub(crate) dns_suffix: &'static str,
    /// Where the services that have no region keep what they have per region.
    pub(crate) global_region: &'static str,
}

const PARTITIONS: [Partition; 8] = [
    Partition::new("aws-cn", "cn-", "amazonaws.com.cn", "cn-north-1"),
    Partition::new("aws-us-gov", "us-gov-", "amazonaws.com", "us-gov-west-1"),
    Partition::new("aws-eusc", "eusc-", "amazonaws.eu", "eusc-de-east-1"),
    Partition::new("aws-iso", "us-iso-", "c2s.ic.gov", "us-iso-east-1"),
    Partition::new("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "us-isob-east-1"),
    Partition::new("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1"),
    Partition::new("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "us-isof-south-1"),
    Partition::new("aws", "", "amazonaws.com", "us-east-1"),
];

impl Partition {
    const fn new(
        name: &'static str,
        prefix: &'static str,
        dns_suffix: &'static str,
        global_region: &'static str,
    ) -> Self {
        Self {
            name,
            prefix,
            dns_suffix,
            global_region,
        }
    }

    /// The partition of a region.
    pub(crate) fn of(region: &str) -> &'static Self {
        let found = PARTITIONS
            .iter()
            .find(|partition| region.starts_with(partition.prefix));
        found.expect("the last one's prefix is empty")
    }
}

/// The ARN of something in a region of the sandbox's account.
pub(crate) fn arn(region: &str, service: &str, resource: &str) -> String {
    let (partition, account) = (Partition::of(region).name, crate::ACCOUNT);
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

/// The resource part of an ARN of IAM's that is `owner`'s (an account, or `aws`); nothing for any other text.
pub(crate) fn of_iam<'a>(arn: &'a str, owner: &str) -> Option<&'a str> {
    let mut parts = arn.splitn(6, ':');
    let known = |name: &str| PARTITIONS.iter().any(|partition| partition.name == name);
    let fits = parts.next() == Some("arn")
        && parts.next().is_some_and(known)
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next() == Some(owner);
    parts.next().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_one_partition() {
        for (region, name) in [
            ("us-east-1", "aws"),
            ("eu-central-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-west-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(Partition::of(region).name, name, "{region}");
        }
        assert_eq!(
            arn("cn-north-1", "ecs", "cluster/a"),
            "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/a"
        );
    }

    #[test]
    fn an_arn_of_iam_names_its_owner() {
        assert_eq!(of_iam("arn:aws-cn:iam::1:role/a:b", "1"), Some("role/a:b"));
        for not in [
            "arn:aws-x:iam::1:role/a",
            "arn:aws:iam::2:role/a",
            "arn:aws:sts::1:role/a",
            "a",
        ] {
            assert_eq!(of_iam(not, "1"), None, "{not}");
        }
    }
}
