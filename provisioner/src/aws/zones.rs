//! Which availability zones an environment stands in: pure, given what EC2 says of the region's zones.
//!
//! A zone is known by its id across accounts (`use1-az1`); names such as `us-east-1a` mean another zone in each account.
//! <https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html>

use std::collections::BTreeSet;

/// An availability zone, as `DescribeAvailabilityZones` shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone {
    /// Its name in this account, such as `us-east-1a`.
    pub name: String,
    /// Its id, the same in every account: `use1-az1`.
    pub id: String,
    /// `available`, `information`, `impaired`, `unavailable` or `constrained`.
    pub state: String,
}

/// The regions in which Fargate runs Linux tasks in some zones only, and these zones' ids. The other zones there are also
/// those that a load balancer cannot stand in.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html>
const FARGATE: [(&str, &[&str]); 3] = [
    ("us-west-1", &["usw1-az1", "usw1-az3"]),
    ("ap-northeast-1", &["apne1-az1", "apne1-az2", "apne1-az4"]),
    ("cn-north-1", &["cnn1-az1", "cnn1-az2"]),
];

/// What was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// By number from 1, the names of the zones. The number gives a zone's subnets their ranges.
    pub zones: Vec<(u8, String)>,
    /// What a reader should know of zones that were passed over, or of one that is kept though a new one would not be.
    pub remarks: Vec<String>,
}

/// Why no zones could be chosen, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NoZones {
    /// As a sentence without its end.
    pub reason: String,
    /// As a fragment.
    pub remedy: String,
}

impl Zone {
    /// Why no subnet for tasks and a load balancer is made here.
    fn obstacle(&self, region: &str) -> Option<String> {
        let served = FARGATE.iter().find(|(of, _)| *of == region);
        if served.is_some_and(|(_, ids)| !ids.contains(&self.id.as_str())) {
            return Some("Fargate runs no tasks there".to_owned());
        }
        let usable = ["available", "information", "impaired"].contains(&self.state.as_str());
        (!usable).then(|| format!("AWS says that it is {}", self.state))
    }

    fn shown(&self) -> String {
        format!("{} ({})", self.name, self.id)
    }
}

/// Chooses zones: those that subnets stand in already keep their number, for a zone that comes or goes must not move the
/// others; then come those that are `listed`, by name or id, or where none is, others of the region, `count` in all.
pub fn choose(
    region: &str,
    offered: &[Zone],
    (count, listed): (usize, &[String]),
    standing: &[(u8, String)],
) -> Result<Chosen, NoZones> {
    let mut remarks = Vec::new();
    let stands = |zone: &str| standing.iter().find(|(_, name)| name == zone);
    let mut candidates: Vec<String> = listed
        .iter()
        .map(|text| named(region, offered, text, |zone| stands(zone).is_some()))
        .collect::<Result<_, _>>()?;
    let twice = |(place, zone): (usize, &String)| candidates[..place].contains(zone);
    if let Some(place) = candidates.iter().enumerate().position(twice) {
        return Err(NoZones {
            reason: format!(
                "network.zones lists {} twice, the second time as {}",
                candidates[place], listed[place]
            ),
            remedy: "list each zone once, by its name or its id".to_owned(),
        });
    }
    if listed.is_empty() {
        candidates.extend(standing.iter().map(|(_, name)| name.clone()).take(count));
        for zone in offered {
            if candidates.len() >= count {
                break;
            }
            match zone.obstacle(region) {
                _ if candidates.contains(&zone.name) => {}
                Some(why) => remarks.push(format!("passes over {}, because {why}", zone.shown())),
                None => candidates.push(zone.name.clone()),
            }
        }
    }
    if candidates.len() < count {
        let passed = remarks.iter().map(|remark| format!("; it {remark}"));
        return Err(NoZones {
            reason: format!(
                "region {region} offers this account {} availability zones, not {}{}",
                candidates.len(),
                count,
                passed.collect::<String>()
            ),
            remedy: "lower network.zones, or use another region".to_owned(),
        });
    }
    for zone in offered
        .iter()
        .filter(|zone| candidates.contains(&zone.name))
    {
        if let (Some(_), Some(why)) = (stands(&zone.name), zone.obstacle(region)) {
            remarks.push(format!("stays in {}, though {why}", zone.shown()));
        }
    }
    let used: BTreeSet<u8> = standing.iter().map(|(number, _)| *number).collect();
    let mut free = (1..=u8::MAX).filter(|number| !used.contains(number));
    let number = |name: String| match stands(&name) {
        Some((number, _)) => (*number, name),
        None => (free.next().unwrap_or(u8::MAX), name),
    };
    let mut zones: Vec<(u8, String)> = candidates.into_iter().map(number).collect();
    zones.sort();
    Ok(Chosen { zones, remarks })
}

/// The name of a zone that the file lists.
fn named(
    region: &str,
    offered: &[Zone],
    text: &str,
    stands: impl Fn(&str) -> bool,
) -> Result<String, NoZones> {
    let zone = offered
        .iter()
        .find(|zone| zone.name == text || zone.id == text);
    let others = || {
        let usable = offered
            .iter()
            .filter(|zone| zone.obstacle(region).is_none());
        let usable: Vec<String> = usable.map(Zone::shown).collect();
        format!("list others under network.zones: {}", usable.join(", "))
    };
    let Some(zone) = zone else {
        return Err(NoZones {
            reason: format!("region {region} has no availability zone {text} for this account"),
            remedy: others(),
        });
    };
    match zone.obstacle(region) {
        Some(why) if !stands(&zone.name) => Err(NoZones {
            reason: format!(
                "availability zone {} cannot be used, because {why}",
                zone.shown()
            ),
            remedy: others(),
        }),
        _ => Ok(zone.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(region: &str, states: &[(char, &str, &str)]) -> Vec<Zone> {
        let zone = |(letter, id, state): &(char, &str, &str)| Zone {
            name: format!("{region}{letter}"),
            id: (*id).to_owned(),
            state: (*state).to_owned(),
        };
        states.iter().map(zone).collect()
    }

    fn virginia() -> Vec<Zone> {
        zones(
            "us-east-1",
            &[
                ('a', "use1-az4", "unavailable"),
                ('b', "use1-az6", "available"),
                ('c', "use1-az1", "impaired"),
                ('d', "use1-az2", "available"),
            ],
        )
    }

    fn chosen(
        offered: &[Zone],
        count: usize,
        listed: &[&str],
        standing: &[(u8, &str)],
    ) -> Result<Chosen, NoZones> {
        let standing: Vec<(u8, String)> = standing
            .iter()
            .map(|(number, name)| (*number, (*name).to_owned()))
            .collect();
        let region = offered[0]
            .name
            .trim_end_matches(|c: char| c.is_ascii_lowercase());
        let listed: Vec<String> = listed.iter().map(ToString::to_string).collect();
        choose(region, offered, (count, &listed), &standing)
    }

    fn pairs(chosen: &Chosen) -> Vec<(u8, &str)> {
        let zones = chosen.zones.iter();
        zones
            .map(|(number, name)| (*number, name.as_str()))
            .collect()
    }

    #[test]
    fn a_zone_that_is_unavailable_is_passed_over_with_a_remark() {
        let found = chosen(&virginia(), 2, &[], &[]).unwrap();
        assert_eq!(pairs(&found), [(1, "us-east-1b"), (2, "us-east-1c")]);
        assert_eq!(
            found.remarks,
            ["passes over us-east-1a (use1-az4), because AWS says that it is unavailable"]
        );
    }

    #[test]
    fn a_zone_without_fargate_is_passed_over_by_its_id() {
        let tokyo = zones(
            "ap-northeast-1",
            &[
                ('a', "apne1-az3", "available"),
                ('c', "apne1-az1", "available"),
                ('d', "apne1-az2", "available"),
            ],
        );
        let found = chosen(&tokyo, 2, &[], &[]).unwrap();
        assert_eq!(
            pairs(&found),
            [(1, "ap-northeast-1c"), (2, "ap-northeast-1d")]
        );
        assert_eq!(
            found.remarks,
            ["passes over ap-northeast-1a (apne1-az3), because Fargate runs no tasks there"]
        );
        let error = chosen(&tokyo, 3, &[], &[]).unwrap_err();
        assert!(
            error
                .reason
                .contains("2 availability zones, not 3; it passes over ap-northeast-1a"),
            "{error}"
        );
        let listed = ["apne1-az3", "ap-northeast-1d"];
        let error = chosen(&tokyo, 2, &listed, &[]).unwrap_err();
        assert_eq!(
            error.reason,
            "availability zone ap-northeast-1a (apne1-az3) cannot be used, because Fargate runs no tasks there"
        );
        assert!(
            error
                .remedy
                .ends_with("ap-northeast-1c (apne1-az1), ap-northeast-1d (apne1-az2)")
        );
    }

    #[test]
    fn what_stands_is_never_moved() {
        let standing = [(1, "us-east-1a"), (2, "us-east-1d")];
        let found = chosen(&virginia(), 2, &[], &standing).unwrap();
        assert_eq!(pairs(&found), standing);
        assert_eq!(
            found.remarks,
            ["stays in us-east-1a (use1-az4), though AWS says that it is unavailable"]
        );
        // Another one more gets the first number that nobody has.
        let found = chosen(&virginia(), 3, &[], &standing).unwrap();
        assert_eq!(
            pairs(&found),
            [(1, "us-east-1a"), (2, "us-east-1d"), (3, "us-east-1b")]
        );
        // One that goes keeps its range until it is gone.
        let listed = ["us-east-1c", "use1-az2"];
        let found = chosen(&virginia(), 2, &listed, &standing).unwrap();
        assert_eq!(pairs(&found), [(2, "us-east-1d"), (3, "us-east-1c")]);
    }

    #[test]
    fn a_list_says_which_and_in_which_order() {
        let listed = ["us-east-1d", "use1-az6"];
        let found = chosen(&virginia(), 2, &listed, &[]).unwrap();
        assert_eq!(pairs(&found), [(1, "us-east-1d"), (2, "us-east-1b")]);
        let twice = ["us-east-1b", "use1-az6"];
        let error = chosen(&virginia(), 2, &twice, &[]).unwrap_err();
        assert_eq!(
            error.reason,
            "network.zones lists us-east-1b twice, the second time as use1-az6"
        );
        let odd = ["us-east-1z", "us-east-1b"];
        let error = chosen(&virginia(), 2, &odd, &[]).unwrap_err();
        assert_eq!(
            error.reason,
            "region us-east-1 has no availability zone us-east-1z for this account"
        );
    }
}
