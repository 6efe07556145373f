//! Names that a service keeps short.

use sha2::{Digest, Sha256};

use super::{BOOTSTRAP_PATH, partition};
use crate::partition::Partition;

/// Load balancers and target groups: at most 32 characters.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
pub const ELB_NAME: usize = 32;

/// `prefix` + `rest` where that fits into `most` characters; otherwise as much of the prefix as leaves room for the rest
/// and four characters that keep two long names apart, such as `healthc-appointment-green-3f2a`.
///
/// The same input gives the same name for ever: it is the resource's identity.
pub fn short(prefix: &str, rest: &str, most: usize) -> String {
    let full = format!("{prefix}{rest}");
    if full.len() <= most {
        return full;
    }
    let digest = Sha256::digest(full.as_bytes());
    let mark = format!("{:02x}{:02x}", digest[0], digest[1]);
    let rest: String = rest.chars().take(most - 14).collect();
    let room = most - mark.len() - rest.len() - 2;
    let head: String = prefix.chars().take(room).collect();
    let tidy = |text: &str| text.trim_matches('-').to_owned();
    format!("{}-{}-{mark}", tidy(&head), tidy(&rest))
}

/// Whether `name` is, or may be the short form of, a name that begins with `prefix`.
pub fn may_begin(name: &str, prefix: &str) -> bool {
    let head = name.split('-').next().unwrap_or_default();
    let marked = name
        .rsplit('-')
        .next()
        .is_some_and(|mark| mark.len() == 4 && mark.chars().all(|c| c.is_ascii_hexdigit()));
    name.starts_with(prefix) || (marked && !head.is_empty() && prefix.starts_with(head))
}

/// `ACCOUNT.dkr.ecr.REGION.SUFFIX/REPOSITORY` with the partition's suffix, what an image's name begins with.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>
pub fn image_uri(account: &str, region: &str, repository: &str) -> String {
    let suffix = Partition::of(region).dns_suffix;
    format!("{account}.dkr.ecr.{region}.{suffix}/{repository}")
}

/// `https://sqs.REGION.SUFFIX/ACCOUNT/NAME`, by which calls and code name a queue.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
pub fn queue_url(account: &str, region: &str, name: &str) -> String {
    let suffix = Partition::of(region).dns_suffix;
    format!("https://sqs.{region}.{suffix}/{account}/{name}")
}

/// Whether a text fits a pattern in which `*` stands for any text.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The ARN of a permissions boundary as environment files name it: an ARN stands for itself, a bare name for the policy that
/// `bootstrap` made.
pub fn boundary_arn(account: &str, region: &str, named: &str) -> String {
    if named.starts_with("arn:") {
        return named.to_owned();
    }
    let partition = partition(region);
    format!("arn:{partition}:iam::{account}:policy{BOOTSTRAP_PATH}{named}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_stars() {
        for (pattern, text, does) in [
            ("*", "v1", true),
            ("v*", "v1", true),
            ("v*", "w1", false),
            ("*-prod", "v1-prod", true),
            ("v*-*d", "v1-prod", true),
            ("v1", "v1", true),
            ("v1", "v12", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, text), does, "{pattern} {text}");
        }
    }

    #[test]
    fn a_name_that_fits_is_left_alone() {
        assert_eq!(
            short("healthcare-app-dev-", "appointment", ELB_NAME),
            "healthcare-app-dev-appointment"
        );
    }

    #[test]
    fn a_long_name_stays_readable_distinct_and_recognisable() {
        let green = short("healthcare-app-dev-", "appointment-green", ELB_NAME);
        let blue = short("healthcare-app-dev-", "appointment-blue2", ELB_NAME);
        assert!(green.contains("appointment-green"), "{green}");
        assert!(green.len() <= ELB_NAME && green != blue, "{green} {blue}");
        assert!(may_begin(&green, "healthcare-app-dev-"));
        assert!(!may_begin("other-thing-beef", "healthcare-app-dev-"));
        let endless = short(&"p".repeat(40), &"s".repeat(60), ELB_NAME);
        assert!(endless.len() <= ELB_NAME, "{endless}");
    }
}
