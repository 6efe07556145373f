//! What is counted, for Prometheus, on a port of its own.
//!
//! Labels are closed lists (action, status class, reason): nothing a client sends can make a new time series, or show up in one.

use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
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

/// All counters. One per process.
pub struct Metrics {
    registry: Registry,
    requests: [[Counter; 5]; ACTIONS],
    durations: [Histogram; ACTIONS],
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
        let durations =
            Family::<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let closed = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let connections = Gauge::default();
        registry.register("requests", "Requests answered", requests.clone());
        registry.register(
            "request_duration_seconds",
            "Time from a request's head to its answer",
            durations.clone(),
        );
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
            durations: Action::ALL.map(|action| {
                durations
                    .get_or_create(&[("action", action.name())])
                    .clone()
            }),
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
        self.durations[action as usize].observe(took.as_secs_f64());
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
