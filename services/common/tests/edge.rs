//! What the edge does for every handler.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use service_kit::action::Surface;
use service_kit::run::Service;
use service_kit::table::Table;
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
async fn a_handler_that_hangs_is_given_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let bench = Bench::in_directory(&SERVICE, directory.path());
    let id = service_kit::id::new();
    assert_eq!(
        bench
            .call("GET", &format!("/api/things/{id}"), &[], None)
            .await
            .status,
        503
    );
}
