//! What the edge does for every handler.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, pending};
use service_kit::action::Surface;
use service_kit::run::Service;
use service_kit::table::{Fault, Query, Refused, Row, Rows, Table, Write};
use service_kit::testing::Bench;

const SERVICE: Service = Service {
    name: "test-service",
    surface: Surface {
        resource: "things",
        by: None,
        stored: false,
    },
    routes,
    openapi: || "{}".to_owned(),
};

fn routes(_: Arc<dyn Table>) -> Router {
    async fn panics() {
        panic!("Plantedname fell over");
    }
    async fn hangs() {
        std::future::pending::<()>().await;
    }
    Router::new()
        .route("/api/things", get(panics))
        .route("/api/things/{id}", get(hangs))
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_next_request_is_served() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let answer = bench.call("GET", "/api/things", &[], None).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (500, "application/problem+json")
    );
    assert!(!String::from_utf8_lossy(&answer.body).contains("Planted"));
    assert!(bench.log.text().contains(
        "\"action\":\"things.list\",\"resource\":null,\"status\":500,\"outcome\":\"failed\""
    ));
    assert_eq!(bench.call("GET", "/ready", &[], None).await.status, 200);
}

#[tokio::test]
async fn a_handler_or_a_store_that_hangs_is_given_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let handler = Bench::in_directory(&SERVICE, directory.path());
    let store = Bench::over(&STORED, Arc::new(Failing));
    let path = format!("/api/things/{}", service_kit::id::new());
    let (one, two) = tokio::join!(
        handler.call("GET", &path, &[], None),
        store.call("GET", &path, &[], None),
    );
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (503, 503));
}

#[tokio::test]
async fn a_store_that_panics_is_a_problem_too() {
    let bench = Bench::over(&STORED, Arc::new(Failing));
    let answer = bench
        .call("GET", &format!("/api/things/{PANICS}"), &[], None)
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (500, "application/problem+json")
    );
    assert!(!String::from_utf8_lossy(&answer.body).contains("Planted"));
    assert!(bench.log.text().contains(&format!(
        "\"action\":\"things.read\",\"resource\":\"{PANICS}\",\"status\":500,\"outcome\":\"failed\""
    )));
}

/// Its documents are answered by the edge itself.
const STORED: Service = Service {
    surface: Surface {
        resource: "things",
        by: None,
        stored: true,
    },
    ..SERVICE
};

const PANICS: &str = "0192f0c1-2b3c-7d4e-8f50-0123456789ab";

/// A store that falls over one document, and never finds another.
struct Failing;

impl Table for Failing {
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>> {
        assert_eq!(pk, "things");
        assert_ne!(sk, PANICS, "Plantedname fell over");
        pending().boxed()
    }

    fn query<'a>(&'a self, _: Query<'a>) -> BoxFuture<'a, Result<Rows, Fault>> {
        pending().boxed()
    }

    fn write(&self, _: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>> {
        pending().boxed()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>> {
        pending().boxed()
    }
}
