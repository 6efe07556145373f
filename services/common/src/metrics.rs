//! What is counted, for Prometheus, on a port of its own.
//!
//! Labels are closed lists (action, status class, reason): nothing a client sends can make a new time series, or show up in one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::action::Action;
use crate::lane::{self, LANES, Own};

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const ACTIONS: usize = Action::ALL.len();
/// Upper bounds in microseconds.
const BUCKETS: [u64; 11] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 5_000_000,
];

/// Why a connection was closed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Too many connections, and this one was doing nothing.
    Crowded,
    /// Its request's head did not arrive in time, or it never sent one.
    Slow,
    /// It was idle for too long.
    Idle,
}

/// How many requests there were and how long they took, by action. Plain atomics, one set per lane, summed when Prometheus
/// asks: the library's counters are one word for all threads, and its histogram takes a lock for each observation.
#[derive(Debug, Default)]
struct Requests([Own<Lane>; LANES]);

#[derive(Debug, Default)]
struct Lane {
    classes: [[AtomicU64; CLASSES.len()]; ACTIONS],
    buckets: [[AtomicU64; BUCKETS.len() + 1]; ACTIONS],
    nanos: [AtomicU64; ACTIONS],
}

impl Requests {
    fn observe(&self, action: Action, status: StatusCode, took: Duration) {
        let lane = &self.0[lane::mine()].0;
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        // Whole nanoseconds, so that a bound belongs to its own bucket; 500 years fit.
        let nanos = took.as_nanos() as u64;
        let bucket = BUCKETS
            .iter()
            .position(|most| nanos <= most * 1_000)
            .unwrap_or(BUCKETS.len());
        lane.classes[action as usize][class].fetch_add(1, Ordering::Relaxed);
        lane.buckets[action as usize][bucket].fetch_add(1, Ordering::Relaxed);
        lane.nanos[action as usize].fetch_add(nanos, Ordering::Relaxed);
    }

    fn sum(&self, of: impl Fn(&Lane) -> &AtomicU64) -> u64 {
        self.0
            .iter()
            .map(|lane| of(&lane.0).load(Ordering::Relaxed))
            .sum()
    }
}

#[derive(Debug)]
struct Shown(Arc<Requests>);

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "requests",
            "Requests answered.",
            None,
            MetricType::Counter,
        )?;
        for action in Action::ALL {
            for (class, name) in CLASSES.into_iter().enumerate() {
                let count = self.0.sum(|lane| &lane.classes[action as usize][class]);
                family
                    .encode_family(&[("action", action.name()), ("status", name)])?
                    .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        let mut family = encoder.encode_descriptor(
            "request_duration_seconds",
            "Time from a request's head to its answer.",
            None,
            MetricType::Histogram,
        )?;
        for action in Action::ALL {
            let bounds = BUCKETS.map(|micros| micros as f64 / 1e6);
            let buckets: Vec<(f64, u64)> = bounds
                .into_iter()
                .chain([f64::INFINITY])
                .enumerate()
                .map(|(at, bound)| {
                    let count = self.0.sum(|lane| &lane.buckets[action as usize][at]);
                    (bound, count)
                })
                .collect();
            let sum = self.0.sum(|lane| &lane.nanos[action as usize]) as f64 / 1e9;
            let count = buckets.iter().map(|(_, count)| count).sum();
            family
                .encode_family(&[("action", action.name())])?
                .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

/// All counters. One per process.
pub struct Metrics {
    registry: Registry,
    requests: Arc<Requests>,
    /// Connections open now.
    pub connections: Gauge,
    closed: [Counter; 3],
}

impl Metrics {
    /// Registers everything, so that each series exists from the start.
    pub fn new(service: &'static str) -> Self {
        let mut registry = Registry::with_prefix_and_labels(
            "service",
            std::iter::once(("service".into(), service.into())),
        );
        let requests = Arc::new(Requests::default());
        let closed = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let connections = Gauge::default();
        registry.register_collector(Box::new(Shown(Arc::clone(&requests))));
        registry.register("connections", "Connections open now", connections.clone());
        registry.register(
            "connections_closed",
            "Connections closed by the service",
            closed.clone(),
        );
        Self {
            requests,
            closed: ["crowded", "slow", "idle"]
                .map(|reason| closed.get_or_create(&[("reason", reason)]).clone()),
            connections,
            registry,
        }
    }

    /// Counts one answered request.
    pub fn request(&self, action: Action, status: StatusCode, took: Duration) {
        self.requests.observe(action, status, took);
    }

    /// Counts one connection closed by us.
    pub fn closed(&self, why: Closed) {
        self.closed[why as usize].inc();
    }

    /// The page that Prometheus reads.
    pub fn page(&self) -> String {
        let mut page = String::new();
        match encode(&mut page, &self.registry) {
            Ok(()) => page,
            Err(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_action_and_class() {
        let metrics = Metrics::new("patient-service");
        metrics.request(
            Action::Read,
            StatusCode::NOT_FOUND,
            Duration::from_millis(1),
        );
        std::thread::scope(|threads| {
            // Another thread, another lane: the page shows their sum.
            threads.spawn(|| {
                metrics.request(Action::Read, StatusCode::NOT_FOUND, Duration::from_nanos(1));
            });
        });
        metrics.closed(Closed::Idle);
        let page = metrics.page();
        assert!(page.contains("service_requests_total{service=\"patient-service\",action=\"read\",status=\"4xx\"} 2"), "{page}");
        for (bound, count) in [("0.0001", 1), ("0.0005", 1), ("0.001", 2), ("+Inf", 2)] {
            let line = format!(
                "service_request_duration_seconds_bucket{{service=\"patient-service\",le=\"{bound}\",action=\"read\"}} {count}\n"
            );
            assert!(page.contains(&line), "{line}{page}");
        }
        assert!(page.contains("reason=\"idle\"} 1"), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }
}
