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

type Labels = [(&'static str, &'static str); 2];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const ACTIONS: usize = Action::ALL.len();
const BUCKETS: [f64; 11] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0,
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

/// How long requests took, by action. Plain atomics: the library's histogram takes a lock for each observation, and that
/// lock would be the one place where all requests meet.
#[derive(Debug, Default)]
struct Durations {
    counts: [[AtomicU64; BUCKETS.len() + 1]; ACTIONS],
    nanos: [AtomicU64; ACTIONS],
}

impl Durations {
    fn observe(&self, action: Action, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS
            .iter()
            .position(|most| seconds <= *most)
            .unwrap_or(BUCKETS.len());
        self.counts[action as usize][bucket].fetch_add(1, Ordering::Relaxed);
        self.nanos[action as usize].fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Shown(Arc<Durations>);

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "request_duration_seconds",
            "Time from a request's head to its answer.",
            None,
            MetricType::Histogram,
        )?;
        for action in Action::ALL {
            let counts = self.0.counts[action as usize]
                .each_ref()
                .map(|count| count.load(Ordering::Relaxed));
            let sum = self.0.nanos[action as usize].load(Ordering::Relaxed) as f64 / 1e9;
            let bounds = BUCKETS.into_iter().chain([f64::MAX]);
            let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
            let labels = [("action", action.name())];
            family
                .encode_family(&labels)?
                .encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)?;
        }
        Ok(())
    }
}

/// All counters. One per process.
pub struct Metrics {
    registry: Registry,
    requests: [[Counter; 5]; ACTIONS],
    durations: Arc<Durations>,
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
        let requests = Family::<Labels, Counter>::default();
        let durations = Arc::new(Durations::default());
        let closed = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let connections = Gauge::default();
        registry.register("requests", "Requests answered", requests.clone());
        registry.register_collector(Box::new(Shown(Arc::clone(&durations))));
        registry.register("connections", "Connections open now", connections.clone());
        registry.register(
            "connections_closed",
            "Connections closed by the service",
            closed.clone(),
        );
        Self {
            requests: Action::ALL.map(|action| {
                CLASSES.map(|class| {
                    requests
                        .get_or_create(&[("action", action.name()), ("status", class)])
                        .clone()
                })
            }),
            durations,
            closed: ["crowded", "slow", "idle"]
                .map(|reason| closed.get_or_create(&[("reason", reason)]).clone()),
            connections,
            registry,
        }
    }

    /// Counts one answered request.
    pub fn request(&self, action: Action, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        self.requests[action as usize][class].inc();
        self.durations.observe(action, took);
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
        metrics.closed(Closed::Idle);
        let page = metrics.page();
        assert!(page.contains("service_requests_total{service=\"patient-service\",action=\"read\",status=\"4xx\"} 1"), "{page}");
        assert!(page.contains("reason=\"idle\"} 1"), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }
}
