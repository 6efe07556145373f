//! A service's life: settings, log, store, port, serving, draining, exit.
//!
//! Must not know which service it runs.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http::{HeaderValue, header};
use tokio::signal::unix::{SignalKind, signal};

use crate::action::Surface;
use crate::auth::Door;
use crate::edge::{self, Edge, Shared};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::problem::{Kind, Problem};
use crate::server::{self, Server};
use crate::settings::{Settings, Storage};
use crate::table::{Fault, Table, sqlite::Sqlite};
use crate::{health, probe};

/// What makes a service this service.
#[derive(Clone, Copy)]
pub struct Service {
    /// Its name: `patient-service`.
    pub name: &'static str,
    /// What it serves.
    pub surface: Surface,
    /// Its handlers, over a store.
    pub routes: fn(Arc<dyn Table>) -> Router,
    /// Its OpenAPI page.
    pub openapi: fn() -> String,
}

impl Service {
    /// Everything a request passes, over this store, once for each of `count` threads.
    pub fn edges(
        &self,
        count: usize,
        table: &Arc<dyn Table>,
        limits: edge::Limits,
        shared: &Shared,
    ) -> Vec<Arc<Edge>> {
        let openapi = Bytes::from((self.openapi)());
        let edge = |_| {
            let table: Arc<dyn Table> = Arc::new(Arc::clone(table));
            let routes = (self.routes)(Arc::clone(&table))
                .method_not_allowed_fallback(|| async { Problem::new(Kind::MethodNotAllowed) })
                .merge(health::routes(Arc::clone(&table), openapi.clone()));
            let shared = shared.clone();
            Arc::new(Edge::new(
                self.name,
                self.surface,
                table,
                routes,
                limits,
                shared,
            ))
        };
        (0..count).map(edge).collect()
    }

    /// The whole program: reads arguments and environment, and serves until told to stop.
    pub fn main(self) -> ExitCode {
        let mut arguments = std::env::args().skip(1);
        let argument = arguments.next();
        let settings = match Settings::from_process(self.name) {
            Ok(settings) => settings,
            Err(wrong) => {
                return complain(&format!("{}: the settings are wrong:\n{wrong}", self.name));
            }
        };
        match (argument.as_deref(), arguments.next()) {
            (None, _) => {}
            (Some("--health"), None) => {
                return match probe::alive(settings.listen) {
                    Ok(true) => ExitCode::SUCCESS,
                    _ => ExitCode::FAILURE,
                };
            }
            (Some("--openapi"), None) => return say(&(self.openapi)()),
            _ => {
                return complain(&format!(
                    "usage: {} [--health | --openapi]; all else is set by environment variables (services/README.md)",
                    self.name
                ));
            }
        }
        // For accepting, signals and metrics; requests are served by threads of the listener's.
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => {
                return complain(&format!("{}: cannot start threads: {error}", self.name));
            }
        };
        let (log, flush) = Log::start(std::io::stdout());
        log.collect_events(&settings.log, self.name);
        // The default hook would print the panic's text, which may hold data.
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "a thread panicked");
        }));
        let done = runtime.block_on(self.serve(settings, log));
        runtime.shutdown_background();
        drop(flush);
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => complain(&format!("{}: {why}", self.name)),
        }
    }

    async fn serve(self, settings: Settings, log: Log) -> Result<(), String> {
        // Before anything slow: a signal during the start must not be lost.
        let mut terminate = signal(SignalKind::terminate())
            .map_err(|error| format!("cannot listen for signals: {error}"))?;
        let mut interrupt = signal(SignalKind::interrupt())
            .map_err(|error| format!("cannot listen for signals: {error}"))?;
        let table = open(&settings.storage).map_err(|fault| fault.to_string())?;
        let door = if let Some(issuer) = &settings.issuer {
            Door::guarded(self.surface.resource, issuer)
        } else {
            tracing::warn!(
                "OPEN: no AUTH_ISSUER is set, so everybody who reaches this port may read and change everything"
            );
            Door::open()
        };
        let limits = edge::Limits {
            body: settings.body,
            arrival: settings.arrival,
        };
        let shared = Shared {
            door: Arc::new(door),
            metrics: Arc::new(Metrics::new(self.name)),
            log,
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let edges = self.edges(threads, &table, limits, &shared);
        let limits = server::Limits {
            connections: settings.connections,
            arrival: settings.arrival,
            idle: settings.idle,
            stop: settings.stop,
        };
        let server = Server::bind(settings.listen, limits)
            .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
        let address = server.address().map_err(|error| error.to_string())?;
        if let Some(address) = settings.metrics {
            let listener = tokio::net::TcpListener::bind(address)
                .await
                .map_err(|error| {
                    format!("cannot listen on {address} for metrics (METRICS_PORT): {error}")
                })?;
            let metrics_address = listener.local_addr().map_err(|error| error.to_string())?;
            tracing::info!(address = %metrics_address, "metrics");
            tokio::spawn(serve_metrics(listener, shared.metrics));
        }
        tracing::info!(%address, environment = settings.environment, "listening");
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let finished = server
            .serve(edges, stop)
            .await
            .map_err(|error| format!("cannot start threads: {error}"))?;
        if finished {
            tracing::info!("stopped");
        } else {
            tracing::warn!("stopped with requests unfinished");
        }
        Ok(())
    }
}

fn open(storage: &Storage) -> Result<Arc<dyn Table>, Fault> {
    match storage {
        Storage::File(path) => {
            tracing::info!(file = %path.display(), "embedded store");
            Ok(Arc::new(Sqlite::open(path)?))
        }
        #[cfg(feature = "dynamodb")]
        Storage::DynamoDb(table) => {
            tracing::info!(table, "dynamodb store");
            Ok(Arc::new(crate::table::dynamodb::DynamoDb::connect(table)))
        }
        #[cfg(not(feature = "dynamodb"))]
        Storage::DynamoDb(_) => Err(Fault::Broken(
            "TABLE is set, but this binary was built without DynamoDB".to_owned(),
        )),
    }
}

/// On a port of its own: the load balancer never leads here.
async fn serve_metrics(listener: tokio::net::TcpListener, metrics: Arc<Metrics>) {
    let routes = Router::new().route(
        "/metrics",
        axum::routing::get(move || async move {
            let kind = HeaderValue::from_static(
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            );
            ([(header::CONTENT_TYPE, kind)], metrics.page()).into_response()
        }),
    );
    if axum::serve(listener, routes).await.is_err() {
        tracing::error!("the metrics port failed");
    }
}

fn say(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str) -> ExitCode {
    // Where even this fails, the exit code still tells.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}
