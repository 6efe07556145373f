//! Every default of the file, in one place. Together they make a small development environment.
//!
//! The parser and the schema both read them here, so an editor shows what is used. A default that follows from other fields takes
//! them as arguments.

use super::container::{Architecture, Capabilities, Health, Root};
use super::deployment::{Deployment, Strategy, StrategyName};
use super::model::{Alarms, Audit, Edge, Logs, Nat, Registry, Scale};
use super::queue::Queue;
use super::reach::Protocol;
use super::values::container::{
    CheckInterval, CheckRetries, CheckStart, CheckTimeout, HealthInterval, HealthTimeout,
    StatusCodes, StopSeconds, Threshold, User,
};
use super::values::number::{
    Count, GraceSeconds, ImageCount, Minutes, Percent, Port, Priority, RetentionDays,
    TrafficPercent, ZoneCount,
};
use super::values::path::HealthPath;
use super::values::queue::{Backlog, MessageDays, Receives, VisibilitySeconds};
use super::values::size::{Cpu, Memory};
use super::values::zone::Zones;

/// Two, the least a load balancer accepts.
pub(crate) fn zones() -> Zones {
    Zones::Number(ZoneCount::of(2))
}

/// One NAT gateway, the cheapest.
pub(crate) fn nat() -> Nat {
    Nat::Single
}

/// No certificate, so HTTP only.
pub(crate) fn edge() -> Edge {
    Edge { certificate: None }
}

/// What the services in `services/` listen on.
pub(crate) fn port() -> Port {
    Port::of(3000)
}

/// The smallest task.
pub(crate) fn cpu() -> Cpu {
    Cpu::of(256)
}

/// The least memory that Fargate offers with the CPU.
pub(crate) fn memory(cpu: Cpu) -> Memory {
    cpu.least_memory()
}

/// What databases and most else speak.
pub(crate) fn protocol() -> Protocol {
    Protocol::Tcp
}

/// One task.
pub(crate) fn count() -> Count {
    Count::of(1)
}

/// From the count to twice the smallest, or to the count where that is more.
pub(crate) fn queue() -> Queue {
    Queue {
        visibility_seconds: visibility_seconds(),
        retention_days: message_days(),
        dead_letter_after: receives(),
        fifo: fifo(),
    }
}

/// SQS's own.
pub(crate) fn visibility_seconds() -> VisibilitySeconds {
    VisibilitySeconds::of(30)
}

/// SQS's own.
pub(crate) fn message_days() -> MessageDays {
    MessageDays::of(4)
}

/// Enough for what fails by chance.
pub(crate) fn receives() -> Receives {
    Receives::of(5)
}

pub(crate) fn fifo() -> bool {
    false
}

/// Messages that wait for one task of a service with a queue.
pub(crate) fn backlog() -> Backlog {
    Backlog::of(10)
}

pub(crate) fn scale(count: Count) -> Scale {
    Scale {
        min: scale_min(count),
        max: scale_max(count),
        cpu_percent: scale_cpu_percent(),
        messages_per_task: None,
    }
}

/// The count: scaling never goes below what was asked for.
pub(crate) fn scale_min(count: Count) -> Count {
    count
}

/// Two, or the count where that is more.
pub(crate) fn scale_max(count: Count) -> Count {
    count.max(Count::of(2))
}

/// Leaves time for a new task to start before the present ones are full.
pub(crate) fn scale_cpu_percent() -> Percent {
    Percent::of(70)
}

/// Two good answers within some twenty seconds.
pub(crate) fn health() -> Health {
    Health {
        path: health_path(),
        codes: health_codes(),
        interval_seconds: health_interval(),
        timeout_seconds: health_timeout(),
        healthy: healthy(),
        unhealthy: unhealthy(),
        port: None,
    }
}

/// What `service-kit` answers on.
pub(crate) fn health_path() -> HealthPath {
    HealthPath::of("/health")
}

/// The one code that says nothing but "well".
pub(crate) fn health_codes() -> StatusCodes {
    StatusCodes::of("200")
}

pub(crate) fn health_interval() -> HealthInterval {
    HealthInterval::of(10)
}

pub(crate) fn health_timeout() -> HealthTimeout {
    HealthTimeout::of(5)
}

pub(crate) fn healthy() -> Threshold {
    Threshold::of(2)
}

pub(crate) fn unhealthy() -> Threshold {
    Threshold::of(3)
}

/// ECS's own default, as the three after it.
pub(crate) fn check_interval() -> CheckInterval {
    CheckInterval::of(30)
}

pub(crate) fn check_timeout() -> CheckTimeout {
    CheckTimeout::of(5)
}

pub(crate) fn check_retries() -> CheckRetries {
    CheckRetries::of(3)
}

pub(crate) fn check_start() -> CheckStart {
    CheckStart::of(0)
}

/// Nobody on the host: Security Hub ECS.20 wants a user that is not root.
pub(crate) fn user() -> User {
    User::of("65532:65532")
}

pub(crate) fn root() -> Root {
    Root::ReadOnly
}

pub(crate) fn capabilities() -> Capabilities {
    Capabilities::None
}

pub(crate) fn architecture() -> Architecture {
    Architecture::X86
}

pub(crate) fn init() -> bool {
    true
}

/// A service does not end with what only helps it.
pub(crate) fn essential() -> bool {
    false
}

pub(crate) fn restart() -> bool {
    false
}

/// ECS's own default.
pub(crate) fn stop_seconds() -> StopSeconds {
    StopSeconds::of(30)
}

/// Twice what a target group of hcctl's needs to call a fresh task healthy.
pub(crate) fn grace_seconds() -> GraceSeconds {
    GraceSeconds::of(60)
}

/// The tags that well-known taggers write on everything in an account, as their documents name them: GorillaStack's
/// auto-tag, AWS's application registry, migration programme and GuardDuty, Cloud Custodian, Yor, and controllers of
/// Kubernetes, which tag subnets and groups that they use.
pub(crate) const IGNORED_TAGS: [&str; 11] = [
    "AutoTag_*",
    "GuardDutyManaged",
    "aws-migration-project-id",
    "awsApplication",
    "c7n:*",
    "git_*",
    "karpenter.sh/*",
    "kubernetes.io/*",
    "maid_status",
    "map-migrated",
    "yor_*",
];

/// Rules are numbered 100, 200, 300 in the file's order, which leaves room between them.
pub(crate) fn priority(position: usize) -> Priority {
    let number = u32::try_from(position + 1).unwrap_or(u32::MAX);
    Priority::of(number.saturating_mul(100).min(*Priority::RANGE.end()))
}

/// Rolling: no second set of tasks to pay for.
pub(crate) fn deployment() -> Deployment {
    Deployment {
        strategy: Strategy::Rolling,
        approve: approve(),
        test_port: None,
    }
}

pub(crate) fn strategy() -> StrategyName {
    StrategyName::Rolling
}

/// Long enough for an alarm of two five-minute periods to ring.
pub(crate) fn bake_minutes() -> Minutes {
    Minutes::of(10)
}

/// ECS's own default is 5 %; one request in ten shows an error sooner where traffic is thin.
pub(crate) fn canary_percent() -> TrafficPercent {
    TrafficPercent::of(100)
}

/// ECS's own default.
pub(crate) fn canary_minutes() -> Minutes {
    Minutes::of(10)
}

/// ECS's own default.
pub(crate) fn step_percent() -> TrafficPercent {
    TrafficPercent::of(100)
}

/// ECS's own default.
pub(crate) fn step_minutes() -> Minutes {
    Minutes::of(6)
}

pub(crate) fn approve() -> bool {
    false
}

pub(crate) fn logs() -> Logs {
    Logs {
        retention_days: retention_days(),
    }
}

/// A week: enough to look into yesterday's failure.
pub(crate) fn retention_days() -> RetentionDays {
    RetentionDays::of(7)
}

pub(crate) fn alarms() -> Alarms {
    Alarms {
        cpu_percent: alarm_cpu_percent(),
        memory_percent: None,
        notify: Vec::new(),
    }
}

/// Above what scaling aims at, so it rings when scaling no longer helps.
pub(crate) fn alarm_cpu_percent() -> Percent {
    Percent::of(80)
}

pub(crate) fn registry() -> Registry {
    Registry {
        keep_images: keep_images(),
    }
}

/// Five releases to go back to.
pub(crate) fn keep_images() -> ImageCount {
    ImageCount::of(5)
}

pub(crate) fn protect() -> bool {
    false
}

/// Nothing is accepted.
pub(crate) fn audit() -> Audit {
    Audit::default()
}
