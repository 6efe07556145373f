//! Who is on the other side of a task's connections, and what a role may do: destinations, groups, policies, actions.

use std::net::Ipv4Addr;

use super::rejection::{Rejection, text_type};

text_type! {
    /// Where a connection goes: an IPv4 block, a security group or a prefix list (EC2 `IpPermission`).
    Destination, pattern: "^([0-9.]+/[0-9]+|sg-[0-9a-f]{8,17}|pl-[0-9a-f]{8,17})$", length: 9..=20
}

impl Destination {
    fn check(text: &str) -> Result<(), Rejection> {
        if is_id(text, "sg-") || is_id(text, "pl-") {
            return Ok(());
        }
        let wrong = |remedy: String| {
            let reason = format!(
                "`{}` is no block of addresses, no security group and no prefix list",
                text.escape_debug()
            );
            Err(Rejection::new(reason, remedy))
        };
        let examples = "write an IPv4 block such as 10.20.0.0/16, or an id such as sg-0123456789abcdef0 or pl-0123456789abcdef0";
        let Some((address, prefix)) = text.split_once('/') else {
            let single = text.parse::<Ipv4Addr>().map(|_| format!("write {text}/32"));
            return wrong(single.unwrap_or_else(|_| examples.to_owned()));
        };
        let plain = prefix.len() <= 2 && prefix.chars().all(|c| c.is_ascii_digit());
        let prefix = prefix.parse::<u32>().ok().filter(|it| plain && *it <= 32);
        let (Ok(address), Some(prefix)) = (address.parse::<Ipv4Addr>(), prefix) else {
            return wrong(examples.to_owned());
        };
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or_default();
        let first = Ipv4Addr::from(u32::from(address) & mask);
        if first != address {
            // EC2 would take the first address instead, and answer that one.
            return Err(Rejection::new(
                format!("{text} does not begin at the first address of its block"),
                format!("write {first}/{prefix}"),
            ));
        }
        Ok(())
    }

    /// Whether it is every address.
    pub fn is_anywhere(&self) -> bool {
        self.as_str() == "0.0.0.0/0"
    }
}

/// Whether a text is an id of EC2 that begins so: 8 hexadecimal digits, or 17.
fn is_id(text: &str, start: &str) -> bool {
    let digits = text.strip_prefix(start);
    digits.is_some_and(|digits| {
        [8, 17].contains(&digits.len())
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
    })
}

text_type! {
    /// A security group, by its id.
    GroupId, pattern: "^sg-([0-9a-f]{8}|[0-9a-f]{17})$", length: 11..=20
}

impl GroupId {
    fn check(text: &str) -> Result<(), Rejection> {
        if is_id(text, "sg-") {
            return Ok(());
        }
        Err(Rejection::new(
            format!(
                "`{}` is not the id of a security group",
                text.escape_debug()
            ),
            "write an id such as sg-0123456789abcdef0",
        ))
    }
}

text_type! {
    /// What a rule is for (EC2 `IpRange`, `Description`).
    Purpose, pattern: "^[a-zA-Z0-9 ._:/()#,@\\[\\]+=&;{}!$*-]+$", length: 1..=255
}

impl Purpose {
    fn check(text: &str) -> Result<(), Rejection> {
        let fits = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
        if (1..=255).contains(&text.len()) && text.chars().all(fits) {
            return Ok(());
        }
        Err(Rejection::new(
            "EC2 does not take this as the description of a rule",
            "write up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        ))
    }
}

text_type! {
    /// A managed policy, by ARN (IAM AttachRolePolicy, `PolicyArn`).
    PolicyArn, pattern: "^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/([A-Za-z0-9_+=,.@/-]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,128}$", length: 25..=700
}

impl PolicyArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/-".contains(c);
        let good = match parts.as_slice() {
            ["arn", partition, "iam", "", account, name] => {
                let owner = *account == "aws"
                    || account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
                let name = name.strip_prefix("policy/").unwrap_or_default();
                let last = name.rsplit('/').next().unwrap_or_default();
                partition.starts_with("aws")
                    && owner
                    && name.chars().all(fits)
                    && (1..=128).contains(&last.len())
                    && text.len() <= 700
            }
            _ => false,
        };
        if good {
            return Ok(());
        }
        Err(Rejection::new(
            format!(
                "`{}` is not the ARN of a managed policy",
                text.escape_debug()
            ),
            "write an ARN such as arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess, or arn:aws:iam::123456789012:policy/NAME",
        ))
    }

    /// The account that it is in; none where it is one of AWS's own.
    pub fn account(&self) -> Option<&str> {
        self.part(4).filter(|account| *account != "aws")
    }

    /// The partition that it is in.
    pub fn partition(&self) -> &str {
        self.part(1).unwrap_or_default()
    }

    fn part(&self, index: usize) -> Option<&str> {
        self.as_str().split(':').nth(index)
    }
}

text_type! {
    /// An action of IAM, or a pattern of some.
    Action, pattern: "^(\\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$", length: 1..=128
}

impl Action {
    fn check(text: &str) -> Result<(), Rejection> {
        let good = match text.split_once(':') {
            Some((service, action)) => {
                let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                let name = |c: char| c.is_ascii_alphanumeric() || "*?".contains(c);
                !service.is_empty()
                    && service.chars().all(lower)
                    && !action.is_empty()
                    && action.chars().all(name)
                    && text.len() <= 128
            }
            None => text == "*",
        };
        if good {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not an action of IAM", text.escape_debug()),
            "write SERVICE:ACTION as IAM does, such as s3:GetObject",
        ))
    }
}

text_type! {
    /// A resource of a policy, or a pattern of some.
    Resource, pattern: "^(\\*|arn:[!-~]+)$", length: 1..=1024
}

impl Resource {
    fn check(text: &str) -> Result<(), Rejection> {
        let arn = text.starts_with("arn:")
            && text.split(':').count() >= 6
            && text
                .chars()
                .all(|c| c.is_ascii_graphic() && !"\"\\".contains(c))
            && text.len() <= 1024;
        if arn || text == "*" {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not a resource of a policy", text.escape_debug()),
            "write an ARN, such as arn:aws:s3:::bucket/*",
        ))
    }
}
