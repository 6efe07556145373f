//! Real health checks, by the settings of the target group.
//!
//! A new target must pass one check; one that was healthy, or was not, changes when as many in a row say so as the group wants
//! (ELB User Guide, "Health checks for Application Load Balancer target groups").

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;

use crate::elbv2::{Check, Probe};

/// A target, in the world's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) region: String,
    pub(super) group: String,
    pub(super) ip: String,
    pub(super) port: i32,
}

/// The shortest interval: a paced one may round to nothing.
const SHORTEST: Duration = Duration::from_millis(100);

/// Checks a target for as long as somebody listens.
pub(super) async fn watch(
    target: Target,
    address: SocketAddr,
    check: Check,
    minute_ms: u64,
    found: mpsc::Sender<(Target, Probe)>,
) {
    let every = Duration::from_millis(check.interval * minute_ms / 60).max(SHORTEST);
    let client: Client<HttpConnector, Empty<Bytes>> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build_http();
    let mut state = Verdict::default();
    loop {
        let probe = once(&client, address, &check).await;
        if let Some(told) = state.next(probe, &check)
            && found.send((target.clone(), told)).await.is_err()
        {
            return;
        }
        tokio::time::sleep(every).await;
    }
}

/// What checks have come to.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    told: Option<Probe>,
    passed: u32,
    failed: u32,
}

impl Verdict {
    /// What is to be told after one more check, where that has changed.
    pub(super) fn next(&mut self, probe: Probe, check: &Check) -> Option<Probe> {
        let passes = probe == Probe::Passing;
        (self.passed, self.failed) = if passes {
            (self.passed + 1, 0)
        } else {
            (0, self.failed + 1)
        };
        let enough = match (self.told, passes) {
            (None, true) => true,
            (Some(Probe::Passing), true) => false,
            (_, true) => self.passed >= check.healthy,
            (_, false) => self.failed >= check.unhealthy,
        };
        if !enough || self.told == Some(probe) {
            return None;
        }
        self.told = Some(probe);
        self.told
    }
}

async fn once(
    client: &Client<HttpConnector, Empty<Bytes>>,
    address: SocketAddr,
    check: &Check,
) -> Probe {
    let request = http::Request::get(format!("http://{address}{}", check.path))
        .header("user-agent", "ELB-HealthChecker/2.0")
        .header("connection", "close")
        .body(Empty::new());
    let Ok(request) = request else {
        return Probe::Timeout;
    };
    let limit = Duration::from_secs(check.timeout.max(1));
    match tokio::time::timeout(limit, client.request(request)).await {
        Ok(Ok(response)) if matches(&check.codes, response.status().as_u16()) => Probe::Passing,
        Ok(Ok(_)) => Probe::Mismatch,
        Ok(Err(_)) | Err(_) => Probe::Timeout,
    }
}

/// Whether a matcher (`200`, `200,202`, `200-299`) has a code.
pub(super) fn matches(codes: &str, code: u16) -> bool {
    codes.split(',').any(|part| match part.split_once('-') {
        Some((from, to)) => {
            let number = |text: &str| text.trim().parse::<u16>();
            number(from).is_ok_and(|from| from <= code) && number(to).is_ok_and(|to| to >= code)
        }
        None => part.trim().parse() == Ok(code),
    })
}
