//! What is pending until when: the virtual clock and the table of delays.
//!
//! Owns: how the clock moves and how long each kind of thing takes. Must not know: what those things are; a room stores
//! "ready at" times and turns what is due in its `settle` step, which runs before every call.

use serde::{Deserialize, Serialize};

/// Where a stepped clock starts: 2026-01-01T00:00:00Z, so that answers of two test runs are equal.
const STEPPED_START_MS: u64 = 1_767_225_600_000;

/// How the world's clock moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// For a person: the clock follows the wall clock, `scale` times as fast.
    Real {
        /// Virtual milliseconds per real millisecond.
        scale: f64,
    },
    /// For tests: the clock stands still but for a fixed step at every call.
    Stepped {
        /// Virtual milliseconds per call.
        ms_per_call: u64,
    },
}

/// How long things stay pending, in virtual milliseconds.
///
/// The defaults are for a person who watches: long enough to be seen, far shorter than AWS's minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delays {
    /// A NAT gateway from `pending` to `available` (or `failed`).
    pub nat_create: u64,
    /// A NAT gateway from `deleting` to `deleted`.
    pub nat_delete: u64,
    /// How long a `deleted` NAT gateway is still listed. AWS: about an hour.
    pub nat_forget: u64,
    /// A gateway endpoint from `deleting` to gone.
    pub endpoint_delete: u64,
    /// A load balancer from `provisioning` to `active`.
    pub load_balancer_create: u64,
    /// A deleted load balancer's network interfaces until they are released.
    pub load_balancer_release: u64,
    /// A DynamoDB table from `CREATING` to `ACTIVE`.
    pub table_create: u64,
    /// A DynamoDB table or index while `UPDATING`.
    pub table_update: u64,
    /// A DynamoDB table from `DELETING` to gone.
    pub table_delete: u64,
    /// An ECS task from `PROVISIONING` over `PENDING` to `RUNNING`.
    pub task_start: u64,
    /// An ECS task from its stop order to `STOPPED`.
    pub task_stop: u64,
    /// A registered target from `initial` to `healthy`.
    pub target_healthy: u64,
    /// A deregistered target from `draining` to gone.
    pub target_drain: u64,
    /// A deleted ECS service from `DRAINING` to `INACTIVE`, and how long its last tasks hold their interfaces.
    pub service_drain: u64,
    /// A new IAM role until other services may assume it.
    pub role_usable: u64,
    /// A container that is told to fail, from its start to its exit.
    pub task_crash: u64,
    /// A stage of a service deployment that has nothing to wait for, and a stop order until it is followed.
    pub stage: u64,
    /// From a bad image's first production traffic to the alarms that it sets off.
    pub alarm: u64,
    /// What passes for one of AWS's minutes where the caller sets the time: bake times, health check grace periods, and how
    /// long a hook waits for somebody's word. A bake of 10 minutes takes ten seconds of a person's time.
    pub minute: u64,
    /// A Cloud Map namespace while it is made or deleted.
    pub namespace: u64,
    /// From a call to its event in CloudTrail. AWS: up to 15 minutes.
    pub trail: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            nat_create: 3_000,
            nat_delete: 3_000,
            nat_forget: 3_600_000,
            endpoint_delete: 500,
            load_balancer_create: 3_000,
            load_balancer_release: 2_000,
            table_create: 1_000,
            table_update: 500,
            table_delete: 1_000,
            task_start: 2_000,
            task_stop: 1_000,
            target_healthy: 1_000,
            target_drain: 1_000,
            service_drain: 2_000,
            role_usable: 0,
            task_crash: 500,
            stage: 500,
            alarm: 1_000,
            minute: 1_000,
            namespace: 1_000,
            trail: 0,
        }
    }
}

impl Delays {
    /// Everything is ready at once. Only the record of a deleted NAT gateway still lingers: that is no wait.
    pub fn none() -> Self {
        Self {
            nat_create: 0,
            nat_delete: 0,
            nat_forget: 3_600_000,
            endpoint_delete: 0,
            load_balancer_create: 0,
            load_balancer_release: 0,
            table_create: 0,
            table_update: 0,
            table_delete: 0,
            task_start: 0,
            task_stop: 0,
            target_healthy: 0,
            target_drain: 0,
            service_drain: 0,
            role_usable: 0,
            task_crash: 0,
            stage: 0,
            alarm: 0,
            minute: 0,
            namespace: 0,
            trail: 0,
        }
    }
}

/// The world's own time.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Clock {
    now_ms: u64,
    /// The wall clock when this one was last read; absent while the clock is stepped.
    wall_ms: Option<u64>,
}

impl Clock {
    /// Milliseconds since 1970, virtual.
    pub(crate) fn now(&self) -> u64 {
        self.now_ms
    }

    /// Moves the clock for one call that arrives when the wall clock says `wall_ms`. Never backwards.
    pub(crate) fn tick(&mut self, pace: Pace, wall_ms: u64) {
        match pace {
            Pace::Real { scale } => {
                if self.now_ms == 0 {
                    self.now_ms = wall_ms;
                }
                let since = self.wall_ms.unwrap_or(wall_ms);
                let step = (wall_ms.saturating_sub(since) as f64 * scale.max(0.0)) as u64;
                self.now_ms += step;
                // A step that rounds to nothing is not lost: the next one is counted from the same moment.
                if step > 0 || wall_ms < since || self.wall_ms.is_none() {
                    self.wall_ms = Some(wall_ms);
                }
            }
            Pace::Stepped { ms_per_call } => {
                if self.now_ms == 0 {
                    self.now_ms = STEPPED_START_MS;
                }
                self.now_ms += ms_per_call;
                self.wall_ms = None;
            }
        }
    }

    /// Stands at this moment, while what was due on the way to the present happens.
    pub(crate) fn stand_at(&mut self, ms: u64) {
        self.now_ms = ms;
    }

    /// Moves the clock on by hand.
    pub(crate) fn advance(&mut self, ms: u64) {
        self.now_ms += ms;
    }
}

/// A time as AWS's XML and REST answers write it: `2026-01-01T00:00:00.000Z`.
pub(crate) fn iso(ms: u64) -> String {
    let (year, month, day) = civil(ms / 86_400_000);
    let rest = ms % 86_400_000;
    let (hour, minute, second, milli) = (
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1_000 % 60,
        rest % 1_000,
    );
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// A time as an HTTP header writes it: `Thu, 01 Jan 2026 00:00:00 GMT`.
pub(crate) fn http_date(ms: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = ms / 86_400_000;
    let (year, month, day) = civil(days);
    let seconds = ms % 86_400_000 / 1_000;
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        DAYS[(days % 7) as usize],
        MONTHS[month as usize - 1],
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// A time as AWS's JSON answers write it: seconds since 1970 with a fraction.
pub(crate) fn epoch(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

/// The Gregorian date of a day counted from 1970-01-01, walking years and months: the span is short and clarity wins.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_aws_writes_them() {
        assert_eq!(iso(STEPPED_START_MS), "2026-01-01T00:00:00.000Z");
        assert_eq!(iso(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
        assert_eq!(
            http_date(1_709_210_096_789),
            "Thu, 29 Feb 2024 12:34:56 GMT"
        );
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn a_slow_clock_moves_however_often_it_is_asked() {
        let mut clock = Clock::default();
        for wall in 1_000..=1_100 {
            clock.tick(Pace::Real { scale: 0.1 }, wall);
        }
        assert_eq!(clock.now(), 1_010);
    }

    #[test]
    fn a_real_clock_scales_and_survives_a_restart() {
        let mut clock = Clock::default();
        clock.tick(Pace::Real { scale: 10.0 }, 1_000_000);
        clock.tick(Pace::Real { scale: 10.0 }, 1_000_100);
        assert_eq!(clock.now(), 1_001_000);
        clock.tick(Pace::Real { scale: 10.0 }, 999_000);
        assert_eq!(
            clock.now(),
            1_001_000,
            "a wall clock that jumps back does not move it"
        );
    }
}
