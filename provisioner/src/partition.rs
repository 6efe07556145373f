//! AWS's partitions: what of an ARN, an endpoint or a registry's host follows from the region. A table and nothing else, for
//! the rooms that check a file and for those that call AWS.
//!
//! The SDK ships the same table, but every service's crate keeps it to itself; `tests/it/places.rs` holds this one against
//! the published `partitions.json`.

/// A partition: a group of regions with accounts, ARNs and host names of their own.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second part of its ARNs, such as `aws-cn`.
    pub name: &'static str,
    /// With what its regions' names begin; empty for `aws`, which has all that no other has.
    pub prefix: &'static str,
    /// With what its endpoints' and registries' host names end, such as `amazonaws.com.cn`.
    pub dns_suffix: &'static str,
    /// The region that requests to services without regions, such as IAM, are signed for, and where CloudTrail tells of them.
    /// No account has to enable it.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>
    pub global_region: &'static str,
}

/// Every partition; `aws` last, because its prefix fits every region.
pub static PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws-cn",
        prefix: "cn-",
        dns_suffix: "amazonaws.com.cn",
        global_region: "cn-north-1",
    },
    Partition {
        name: "aws-us-gov",
        prefix: "us-gov-",
        dns_suffix: "amazonaws.com",
        global_region: "us-gov-west-1",
    },
    Partition {
        name: "aws-eusc",
        prefix: "eusc-",
        dns_suffix: "amazonaws.eu",
        global_region: "eusc-de-east-1",
    },
    Partition {
        name: "aws-iso",
        prefix: "us-iso-",
        dns_suffix: "c2s.ic.gov",
        global_region: "us-iso-east-1",
    },
    Partition {
        name: "aws-iso-b",
        prefix: "us-isob-",
        dns_suffix: "sc2s.sgov.gov",
        global_region: "us-isob-east-1",
    },
    Partition {
        name: "aws-iso-e",
        prefix: "eu-isoe-",
        dns_suffix: "cloud.adc-e.uk",
        global_region: "eu-isoe-west-1",
    },
    Partition {
        name: "aws-iso-f",
        prefix: "us-isof-",
        dns_suffix: "csp.hci.ic.gov",
        global_region: "us-isof-south-1",
    },
    Partition {
        name: "aws",
        prefix: "",
        dns_suffix: "amazonaws.com",
        global_region: "us-east-1",
    },
];

impl Partition {
    /// The partition of a region, by the first letters of its name, as the SDKs tell it for regions that they do not know.
    pub fn of(region: &str) -> &'static Self {
        let found = PARTITIONS
            .iter()
            .find(|partition| region.starts_with(partition.prefix));
        // The last one fits every region.
        found.unwrap_or(&PARTITIONS[PARTITIONS.len() - 1])
    }

    /// The principal, event source or log-delivery name of a service without its suffix: `ecs` of `ecs.amazonaws.com` and of
    /// `ecs.amazonaws.com.cn`.
    pub fn service_of(host: &str) -> &str {
        let suffixes = PARTITIONS.iter().map(|partition| partition.dns_suffix);
        let bare = suffixes
            .filter_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))
            .min_by_key(|bare| bare.len());
        bare.unwrap_or(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_one_partition() {
        for (region, name) in [
            ("us-east-1", "aws"),
            ("mx-central-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-east-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(Partition::of(region).name, name, "{region}");
        }
    }

    #[test]
    fn a_service_is_known_in_every_partition() {
        for host in [
            "ecs.amazonaws.com",
            "ecs.amazonaws.com.cn",
            "ecs.c2s.ic.gov",
            "ecs",
        ] {
            assert_eq!(Partition::service_of(host), "ecs", "{host}");
        }
        assert_eq!(
            Partition::service_of("ecs.application-autoscaling.amazonaws.com"),
            "ecs.application-autoscaling"
        );
    }
}
