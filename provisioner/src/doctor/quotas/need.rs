//! What a plan makes that has a quota.

use std::collections::BTreeMap;

use hcctl_engine::plan::Order;
use hcctl_engine::{Action, Address, Change, Link, Plan};

use super::table::{QUOTAS, Quota};

/// How many more of something come to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) quota: &'static Quota,
    pub(super) more: usize,
    /// The zone, where the quota is a zone's.
    pub(super) zone: Option<String>,
}

/// What a plan makes, in the table's order. A new one that takes an old one's place is there beside it for a while.
pub(super) fn needs(plan: &Plan) -> Vec<Need> {
    let mut needs = Vec::new();
    for quota in &QUOTAS {
        let mut places: BTreeMap<Option<String>, usize> = BTreeMap::new();
        let made = plan.changes.iter().filter(|change| {
            let comes = matches!(
                change.action,
                Action::Create | Action::Replace(Order::MakeFirst)
            );
            comes && change.address.kind == quota.kind
        });
        for change in made {
            let zone = match quota.kind {
                "nat_gateway" => zone(plan, change),
                _ => None,
            };
            *places.entry(zone).or_default() += 1;
        }
        needs.extend(
            places
                .into_iter()
                .map(|(zone, more)| Need { quota, more, zone }),
        );
    }
    needs
}

/// The zone of the subnet that a NAT gateway is to stand in.
fn zone(plan: &Plan, gateway: &Change) -> Option<String> {
    let wanted = gateway.after.as_ref()?;
    let mut links = wanted.links().into_iter();
    let subnet: Address = links.find_map(|(field, link)| match link {
        Link::To(address) if field == "subnet" => Some(address),
        _ => None,
    })?;
    let mut changes = plan.changes.iter();
    let subnet = changes.find(|change| change.address == subnet)?;
    let zone = subnet.after.as_ref()?.field("zone")?.as_str()?;
    Some(zone.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::tests::{plan, want};
    use super::*;

    fn numbers(plan: &Plan) -> Vec<(&'static str, usize, Option<String>)> {
        let needs = needs(plan).into_iter();
        needs
            .map(|need| (need.quota.kind, need.more, need.zone))
            .collect()
    }

    #[test]
    fn what_is_made_is_counted_by_kind() {
        let plan = plan(&[
            ("vpc", "main", Action::Create),
            ("target_group", "a", Action::Create),
            ("target_group", "b", Action::Create),
            ("table", "a", Action::Keep),
            ("repository", "a", Action::Replace(Order::MakeFirst)),
            ("load_balancer", "a", Action::Replace(Order::DeleteFirst)),
            ("subnet", "a", Action::Create),
        ]);
        assert_eq!(
            numbers(&plan),
            [
                ("vpc", 1, None),
                ("target_group", 2, None),
                ("repository", 1, None)
            ]
        );
        assert!(needs(&Plan::default()).is_empty());
    }

    #[test]
    fn nat_gateways_are_counted_by_zone() {
        let mut plan = plan(&[
            ("subnet", "a", Action::Keep),
            ("subnet", "b", Action::Create),
            ("nat_gateway", "a", Action::Create),
            ("nat_gateway", "b", Action::Create),
        ]);
        for letter in ["a", "b"] {
            let zone = format!("us-east-1{letter}");
            want(&mut plan, "subnet", letter, &json!({ "zone": zone }));
            let subnet = Link::to("subnet", letter);
            want(
                &mut plan,
                "nat_gateway",
                letter,
                &json!({ "subnet": subnet }),
            );
        }
        let zone = |letter: &str| Some(format!("us-east-1{letter}"));
        assert_eq!(
            numbers(&plan),
            [("nat_gateway", 1, zone("a")), ("nat_gateway", 1, zone("b"))]
        );
    }
}
