//! The keys of what tasks may reach, and of what their code may do.

use std::collections::BTreeSet;

use super::reader::{At, Decode, Section};
use crate::environment::defaults;
use crate::environment::reach::{Egress, Permissions, Protocol, Statement};
use crate::environment::values::reach::{
    Action, Destination, GroupId, PolicyArn, Purpose, Resource,
};
use crate::environment::values::rejection::Rejection;

macro_rules! decode_text {
    ($($name:ty),+ $(,)?) => {
        $(impl Decode for $name {
            fn decode(at: &At<'_>) -> Option<Self> {
                at.text()
            }
        })+
    };
}

decode_text!(Destination, Purpose, GroupId, PolicyArn, Action, Resource);

impl Decode for Protocol {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[("tcp", Self::Tcp), ("udp", Self::Udp)])
    }
}

impl Decode for Egress {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let port = map.required("port", "5432");
            let protocol = map.or("protocol", defaults::protocol);
            let to = map.required("to", "10.20.0.0/16");
            let why = map.required("why", "the orders database");
            Some(Self {
                port: port?,
                protocol: protocol?,
                to: to?,
                why: why?,
            })
        })
    }
}

/// A group takes 60 rules in one direction, of which hcctl makes one (Amazon VPC quotas, "Inbound or outbound rules per security
/// group").
const MOST_RULES: usize = 59;

/// Reads `egress:`.
pub(super) fn egress(map: &Section<'_, '_>) -> Option<Vec<Egress>> {
    let all: Vec<Egress> = map.or("egress", Vec::new)?;
    let mut names = BTreeSet::new();
    for one in &all {
        let rejection = if one.to.is_anywhere() && one.name() == "443-0.0.0.0-0" {
            let reason = "tasks reach port 443 everywhere already";
            Rejection::new(reason, "remove this entry")
        } else if !names.insert(one.name()) {
            let reason = format!("port {} to {} is listed twice", one.port, one.to);
            Rejection::new(reason, "list each way out once")
        } else {
            continue;
        };
        map.refuse("egress", rejection);
        return None;
    }
    if all.len() > MOST_RULES {
        let reason = format!(
            "{} ways out, and a security group takes {MOST_RULES}",
            all.len()
        );
        map.refuse(
            "egress",
            Rejection::new(reason, "combine some in a prefix list"),
        );
        return None;
    }
    Some(all)
}

/// A network interface takes five groups (Amazon VPC quotas, "Security groups per network interface"); ECS takes no more.
const MOST_GROUPS: usize = 5;

/// Reads `security_groups:`, beside the tasks' group and that of the service's own ways out.
pub(super) fn security_groups(map: &Section<'_, '_>, own: bool) -> Option<Vec<GroupId>> {
    let all: Vec<GroupId> = map.or("security_groups", Vec::new)?;
    let most = MOST_GROUPS - 1 - usize::from(own);
    let distinct: BTreeSet<&GroupId> = all.iter().collect();
    let rejection = if distinct.len() < all.len() {
        Rejection::new("a group is listed twice", "list each group once")
    } else if all.len() > most {
        let reason = format!(
            "{} groups, and a task takes five, of which {} are hcctl's",
            all.len(),
            MOST_GROUPS - most
        );
        Rejection::new(reason, format!("write {most} at most"))
    } else {
        return Some(all);
    };
    map.refuse("security_groups", rejection);
    None
}

/// A role takes ten managed policies unless the account's quota is another (IAM quotas, "Managed policies attached to an IAM role").
const MOST_POLICIES: usize = 10;

impl Decode for Permissions {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let policies: Option<Vec<PolicyArn>> = map.or("policies", Vec::new);
            let allow = map.or("allow", Vec::new);
            let policies = policies?;
            let distinct: BTreeSet<&PolicyArn> = policies.iter().collect();
            let rejection = if distinct.len() < policies.len() {
                Rejection::new("a policy is listed twice", "list each policy once")
            } else if policies.len() > MOST_POLICIES {
                let reason = format!("{} policies, and a role takes ten", policies.len());
                Rejection::new(reason, "write what they allow under `allow:`")
            } else {
                return Some(Self {
                    policies,
                    allow: allow?,
                });
            };
            map.refuse("policies", rejection);
            None
        })
    }
}

impl Decode for Statement {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let actions: Option<Vec<Action>> = map.required("actions", "[\"s3:GetObject\"]");
            let resources: Option<Vec<Resource>> =
                map.required("resources", "[\"arn:aws:s3:::bucket/*\"]");
            let (actions, resources) = (actions?, resources?);
            for (key, empty) in [
                ("actions", actions.is_empty()),
                ("resources", resources.is_empty()),
            ] {
                if empty {
                    let reason = "this list is empty, and a statement needs one at least";
                    map.refuse(
                        key,
                        Rejection::new(reason, "add one, or remove the statement"),
                    );
                    return None;
                }
            }
            Some(Self { actions, resources })
        })
    }
}
