//! Numbers, each with the range AWS gives it and the unit in its name.

use super::rejection::{Rejection, number_type};

number_type! {
    /// A TCP port.
    Port(u16), 1..=65535, "a port"
}

number_type! {
    /// A percentage of use, for alarms and scaling. Zero would always be exceeded.
    Percent(u8), 1..=100, "a percentage of use"
}

number_type! {
    /// A number of tasks. The upper end is ECS's quota of tasks per service.
    Count(u32), 1..=5000, "a number of tasks"
}

number_type! {
    /// A listener rule's priority; the lowest number is tried first (ELBv2 CreateRule, `Priority`).
    Priority(u32), 1..=50_000, "a rule priority"
}

number_type! {
    /// Minutes of a deployment, a day at most (ECS `DeploymentConfiguration`, all three bake times).
    Minutes(u32), 0..=1440, "a number of minutes within a day"
}

number_type! {
    /// Seconds in which a starting task's failing health checks are ignored (ECS `healthCheckGracePeriodSeconds`).
    ///
    /// ECS would take 68 years; more than an hour would only hide a task that never comes up.
    GraceSeconds(u32), 0..=3600, "a number of seconds within an hour"
}

/// The priority of a service's rule, and whose choice it is. Written out it is the number that is in force, so that two
/// with the same number are equal.
#[derive(Clone, Copy, Debug)]
pub enum RulePriority {
    /// The file's.
    Given(Priority),
    /// The first of a hundred among which hcctl chooses one that no other rule of the listener has.
    Automatic(Priority),
}

impl RulePriority {
    /// The number that the rule has where nothing is in its way.
    pub fn get(self) -> u32 {
        match self {
            Self::Given(priority) | Self::Automatic(priority) => priority.get(),
        }
    }

    /// Whether hcctl chooses.
    pub fn is_automatic(&self) -> bool {
        matches!(self, Self::Automatic(_))
    }
}

impl PartialEq for RulePriority {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RulePriority {}

impl serde::Serialize for RulePriority {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(to)
    }
}

number_type! {
    /// Images kept per repository. Two at least: the one that runs and the one to roll back to.
    ImageCount(u32), 2..=1000, "a number of images to keep"
}

number_type! {
    /// A number of availability zones. Two at least, because a load balancer needs subnets in two (ELBv2 CreateLoadBalancer,
    /// `Subnets`); three at most, because that many every region has.
    ZoneCount(u8), 2..=3, "a number of zones that works: a load balancer needs subnets in at least two, and not every region has more than three"
}

/// Days that CloudWatch Logs keeps events: only these are offered (PutRetentionPolicy, `retentionInDays`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RetentionDays(u32);

impl RetentionDays {
    /// All that are offered, in ascending order.
    pub const OFFERED: [u32; 22] = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ];

    /// The number of days.
    pub const fn get(self) -> u32 {
        self.0
    }

    pub(crate) const fn of(days: u32) -> Self {
        Self(days)
    }
}

impl TryFrom<i128> for RetentionDays {
    type Error = Rejection;

    fn try_from(days: i128) -> Result<Self, Rejection> {
        let offered = Self::OFFERED;
        if let Some(&found) = offered.iter().find(|&&d| i128::from(d) == days) {
            return Ok(Self(found));
        }
        let below = offered.iter().rev().find(|&&d| i128::from(d) < days);
        let above = offered.iter().find(|&&d| i128::from(d) > days);
        let nearest = match (below, above) {
            (Some(below), Some(above)) => format!("{below} or {above}"),
            (Some(one), None) | (None, Some(one)) => one.to_string(),
            (None, None) => String::new(),
        };
        Err(Rejection::new(
            format!("{days} is not a retention that CloudWatch Logs offers"),
            format!(
                "write {nearest}; all that are offered: {}",
                listed(&offered)
            ),
        ))
    }
}

impl schemars::JsonSchema for RetentionDays {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RetentionDays".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "enum": Self::OFFERED })
    }
}

/// A share of the traffic in steps of 0.1 % (ECS `canaryPercent` and `stepPercent`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrafficPercent {
    tenths: u16,
}

impl TrafficPercent {
    /// The share in percent, as the ECS API takes it.
    pub fn get(self) -> f64 {
        f64::from(self.tenths) / 10.0
    }

    /// The share in tenths of a percent, which compare exactly.
    pub const fn tenths(self) -> u16 {
        self.tenths
    }

    pub(crate) const fn of(tenths: u16) -> Self {
        Self { tenths }
    }
}

impl serde::Serialize for TrafficPercent {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.tenths.is_multiple_of(10) {
            to.serialize_u16(self.tenths / 10)
        } else {
            to.serialize_f64(self.get())
        }
    }
}

impl std::fmt::Display for TrafficPercent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.get())
    }
}

impl schemars::JsonSchema for TrafficPercent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TrafficPercent".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0.1, "maximum": 100 })
    }
}

fn listed(numbers: &[u32]) -> String {
    let words: Vec<String> = numbers.iter().map(u32::to_string).collect();
    words.join(", ")
}
