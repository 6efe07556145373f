//! Failures on purpose, so that a kill, a lost reply or a busy service can be replayed exactly.
//!
//! Owns: the plan of what fails when. Must not know: what a service does. There are two kinds, which combine: a [`FaultPlan`] cuts the
//! line before or after the Nth write call, which is what a sweep over kill points needs; [`Trouble`] lets calls wait, be throttled
//! or fail with a server's error, by count or by seeded chance, and have no effect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::AwsError;
use crate::call::Service;
use crate::world::hash_hex;

/// What goes wrong, and when. Write calls are counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultPlan {
    /// Nothing.
    #[default]
    None,
    /// The Nth write call and every call after it get no answer and have no effect.
    StopBefore(u64),
    /// The Nth write call takes effect but its reply is lost, and so is everything after it.
    StopAfter(u64),
}

impl FaultPlan {
    /// Whether a call must have no effect, when `writes` write calls were let in before it.
    pub(crate) fn stops_before(self, writes: u64, is_write: bool) -> bool {
        match self {
            Self::None => false,
            Self::StopBefore(nth) => writes + u64::from(is_write) >= nth,
            Self::StopAfter(nth) => writes >= nth,
        }
    }

    /// Whether a call's reply is lost, when it was write call number `writes`.
    pub(crate) fn stops_after(self, writes: u64, is_write: bool) -> bool {
        is_write && self == Self::StopAfter(writes)
    }
}

/// How often something happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rate {
    /// Never.
    #[default]
    Never,
    /// At every Nth call.
    Every(u64),
    /// At so many calls of a hundred, the same ones for the same seed.
    Chance {
        /// Of a hundred.
        percent: u8,
        /// What chance begins with.
        seed: u64,
    },
}

impl Rate {
    /// Whether it happens at this call, counted from 1.
    fn hits(self, call: u64) -> bool {
        match self {
            Self::Never => false,
            Self::Every(nth) => nth > 0 && call.is_multiple_of(nth),
            Self::Chance { percent, seed } => number("rate", seed, call) % 100 < u64::from(percent),
        }
    }
}

/// Calls that wait, are throttled, or fail on the server's side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// How long a call waits for its answer at least, in real milliseconds: in process and over a port, but not in
    /// [`Sandbox::handle`](crate::Sandbox::handle).
    pub least_latency_ms: u64,
    /// And at most.
    pub most_latency_ms: u64,
    /// Which calls are told to slow down.
    pub throttled: Rate,
    /// Which calls fail with HTTP 5xx.
    pub failing: Rate,
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Throttled,
    Failing,
}

/// The trouble that calls are in, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct Weather {
    trouble: Trouble,
    calls: u64,
    /// What the next calls of an operation get, and how many of them.
    next: BTreeMap<String, (Refusal, u32)>,
}

impl Weather {
    pub(crate) fn new(trouble: Trouble) -> Self {
        Self {
            trouble,
            ..Self::default()
        }
    }

    pub(crate) fn throttle_next(&mut self, operation: &str, times: u32) {
        self.next
            .insert(operation.to_owned(), (Refusal::Throttled, times));
    }

    pub(crate) fn fail_next(&mut self, operation: &str, times: u32) {
        self.next
            .insert(operation.to_owned(), (Refusal::Failing, times));
    }

    /// Counts a call; the error that it gets instead of an answer.
    pub(crate) fn refuses(&mut self, service: Service, operation: &str) -> Option<AwsError> {
        self.calls += 1;
        let ordered = self.next.get_mut(operation).filter(|(_, left)| *left > 0);
        let refusal = if let Some((refusal, left)) = ordered {
            *left -= 1;
            Some(*refusal)
        } else if self.trouble.throttled.hits(self.calls) {
            Some(Refusal::Throttled)
        } else if self.trouble.failing.hits(self.calls) {
            Some(Refusal::Failing)
        } else {
            None
        };
        Some(match refusal? {
            Refusal::Throttled => throttled(service),
            Refusal::Failing => failing(service),
        })
    }

    /// How long the latest call waits for its answer.
    pub(crate) fn latency_ms(&self) -> u64 {
        let (least, most) = (self.trouble.least_latency_ms, self.trouble.most_latency_ms);
        let span = most.saturating_sub(least);
        least + number("latency", 0, self.calls) % (span + 1)
    }
}

fn number(what: &str, seed: u64, call: u64) -> u64 {
    let hex = hash_hex(&format!("{what}/{seed}/{call}"), 12);
    u64::from_str_radix(&hex, 16).unwrap_or(0)
}

/// As each service says that there were too many calls (the services' "Common errors" and throttling pages).
fn throttled(service: Service) -> AwsError {
    match service {
        Service::Ec2 => {
            AwsError::new("RequestLimitExceeded", "Request limit exceeded.").status(503)
        }
        Service::S3 => AwsError::new("SlowDown", "Please reduce your request rate.").status(503),
        Service::Elbv2 | Service::Iam | Service::Sts | Service::Cloudwatch => {
            AwsError::new("Throttling", "Rate exceeded")
        }
        Service::Sqs => AwsError::new("RequestThrottled", "Rate exceeded"),
        Service::Tagging => AwsError::new("ThrottledException", "Rate exceeded"),
        Service::Quotas => AwsError::new("TooManyRequestsException", "Rate exceeded"),
        Service::Discovery => AwsError::new("RequestLimitExceeded", "Rate exceeded"),
        Service::Acm
        | Service::Dynamodb
        | Service::Ecr
        | Service::Ecs
        | Service::Kms
        | Service::Logs
        | Service::Scaling
        | Service::Secrets
        | Service::Ssm
        | Service::Trail => AwsError::new("ThrottlingException", "Rate exceeded"),
    }
}

/// As each service says that it is its own fault.
fn failing(service: Service) -> AwsError {
    let code = match service {
        Service::Ec2 | Service::S3 => "InternalError",
        Service::Ecs | Service::Ecr => "ServerException",
        Service::Dynamodb | Service::Ssm => "InternalServerError",
        Service::Kms => "KMSInternalException",
        Service::Logs => "ServiceUnavailableException",
        Service::Scaling | Service::Tagging => "InternalServiceException",
        Service::Cloudwatch | Service::Secrets => "InternalServiceError",
        Service::Iam => "ServiceFailure",
        Service::Quotas => "ServiceException",
        Service::Acm
        | Service::Discovery
        | Service::Elbv2
        | Service::Sqs
        | Service::Sts
        | Service::Trail => "InternalFailure",
    };
    let status = if service == Service::Logs { 503 } else { 500 };
    AwsError::new(code, "An internal error occurred. Try again.").status(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nth_call_is_hit_and_chance_repeats_itself() {
        let hits = |rate: Rate| {
            (1..=200)
                .filter(|call| rate.hits(*call))
                .collect::<Vec<_>>()
        };
        assert_eq!(hits(Rate::Every(90)), [90, 180]);
        assert!(hits(Rate::Never).is_empty() && hits(Rate::Every(0)).is_empty());
        let chance = |seed| Rate::Chance { percent: 20, seed };
        assert!((20..60).contains(&hits(chance(1)).len()));
        assert_eq!(hits(chance(1)), hits(chance(1)));
        assert_ne!(hits(chance(1)), hits(chance(2)));
    }

    #[test]
    fn a_call_waits_within_its_bounds() {
        let mut weather = Weather::new(Trouble {
            least_latency_ms: 5,
            most_latency_ms: 9,
            ..Trouble::default()
        });
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            weather.refuses(Service::Ecs, "ListServices");
            seen.insert(weather.latency_ms());
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
        assert_eq!(Weather::default().latency_ms(), 0);
    }

    #[test]
    fn a_plan_cuts_where_it_says() {
        let before = FaultPlan::StopBefore(2);
        assert!(!before.stops_before(0, true));
        assert!(!before.stops_before(1, false));
        assert!(before.stops_before(1, true));
        let after = FaultPlan::StopAfter(2);
        assert!(!after.stops_before(1, true));
        assert!(after.stops_after(2, true));
        assert!(after.stops_before(2, false));
    }
}
