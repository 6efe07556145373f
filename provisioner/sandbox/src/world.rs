//! All state of the simulated AWS.
//!
//! Owns: every room's state, the clock and the source of ids; nothing else in the crate has state. Must not know: HTTP, files,
//! the wall clock. A world is a value: serialise it, read it back, and it goes on as if nothing had happened.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ec2::Zone;
use crate::live::Observed;
use crate::quotas::Quotas;
use crate::time::{Clock, Delays};
use crate::{
    acm, cloudwatch, discovery, dynamodb, ec2, ecr, ecs, elbv2, iam, kms, logs, s3, scaling,
    secrets, sqs, ssm, trail,
};

/// The account that everything in the sandbox belongs to.
pub const ACCOUNT: &str = "123456789012";

/// The simulated AWS account.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    seed: u64,
    /// How many ids were made.
    made: u64,
    /// How many calls came in.
    calls: u64,
    pub(crate) clock: Clock,
    /// Up to when everything that was due has happened.
    #[serde(default)]
    pub(crate) settled: u64,
    /// The fewest healthy tasks behind production traffic per service, since somebody last asked for a new count.
    #[serde(skip)]
    pub(crate) lowest: BTreeMap<String, u32>,
    /// How long things take: a setting, not state.
    #[serde(skip)]
    pub(crate) delays: Delays,
    /// How many of a thing there may be: a setting, not state.
    #[serde(skip)]
    pub(crate) quotas: Quotas,
    /// By region, the zones that differ from the usual ones: a setting, not state.
    #[serde(skip)]
    pub(crate) zones: BTreeMap<String, Vec<Zone>>,
    /// The ARN of whoever calls, where it is not a user by the name of the key: a setting, not state.
    #[serde(skip)]
    pub(crate) caller: Option<String>,
    /// Where it is served (`http://127.0.0.1:4566`), while it is: a setting, not state.
    #[serde(skip)]
    pub(crate) endpoint: Option<String>,
    /// What was seen of the tasks that really run, while any do: a setting, not state.
    #[serde(skip)]
    pub(crate) live: Option<Observed>,
    /// IAM is global.
    pub(crate) iam: iam::State,
    /// Bucket names are global.
    pub(crate) s3: s3::State,
    pub(crate) regions: BTreeMap<String, Region>,
}

/// What AWS keeps per region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Region {
    #[serde(default)]
    pub(crate) acm: acm::State,
    pub(crate) cloudwatch: cloudwatch::State,
    #[serde(default)]
    pub(crate) discovery: discovery::State,
    pub(crate) dynamodb: dynamodb::State,
    pub(crate) ec2: ec2::State,
    pub(crate) ecr: ecr::State,
    pub(crate) ecs: ecs::State,
    pub(crate) elbv2: elbv2::State,
    #[serde(default)]
    pub(crate) kms: kms::State,
    pub(crate) logs: logs::State,
    pub(crate) scaling: scaling::State,
    #[serde(default)]
    pub(crate) secrets: secrets::State,
    #[serde(default)]
    pub(crate) ssm: ssm::State,
    #[serde(default)]
    pub(crate) sqs: sqs::State,
    #[serde(default)]
    pub(crate) trail: trail::State,
}

impl World {
    /// An empty account. Equal seeds and equal calls make equal ids.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// The virtual time, in milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// One region's state, made on first use.
    pub(crate) fn region(&mut self, name: &str) -> &mut Region {
        if !self.regions.contains_key(name) {
            self.regions.insert(name.to_owned(), Region::default());
        }
        self.regions
            .get_mut(name)
            .expect("inserted above if absent")
    }

    /// A new id in AWS's form: `world.id("vpc")` is `vpc-0` and sixteen hexadecimal digits.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.hex(16))
    }

    /// Up to 64 fresh hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        self.made += 1;
        digits_of("id", self.seed, self.made, digits)
    }

    /// A fresh UUID in form.
    pub(crate) fn uuid(&mut self) -> String {
        self.made += 1;
        uuid_of("id", self.seed, self.made)
    }

    /// The next call's request id.
    pub(crate) fn request_id(&mut self) -> String {
        self.calls += 1;
        uuid_of("request", self.seed, self.calls)
    }
}

fn uuid_of(kind: &str, seed: u64, count: u64) -> String {
    let hex = digits_of(kind, seed, count, 32);
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

fn digits_of(kind: &str, seed: u64, count: u64, digits: usize) -> String {
    hash_hex(&format!("{kind}/{seed}/{count}"), digits)
}

/// Up to 64 hexadecimal digits of a text's SHA-256.
pub(crate) fn hash_hex(text: &str, digits: usize) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(digits);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_aws_and_repeat_with_the_seed() {
        let make = |seed| {
            let mut world = World::new(seed);
            (world.id("vpc"), world.id("vpc"), world.uuid())
        };
        let (first, second, uuid) = make(7);
        assert_eq!(first.len(), "vpc-0123456789abcdef0".len());
        assert_ne!(first, second);
        assert_eq!(uuid.len(), 36);
        assert_eq!(make(7), (first.clone(), second, uuid));
        assert_ne!(make(8).0, first);
    }

    #[test]
    fn a_world_read_back_goes_on_with_new_ids() {
        let mut world = World::new(1);
        let before = world.id("vpc");
        let text = serde_json::to_string(&world).unwrap();
        let mut again: World = serde_json::from_str(&text).unwrap();
        assert_ne!(again.id("vpc"), before);
        assert_eq!(serde_json::to_string(&world).unwrap(), text);
    }
}
