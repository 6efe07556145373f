//! The page that the service serves is what the service does.

use serde_json::Value;
use service_kit::testing::process::schemathesis;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_no_failure() {
    schemathesis(env!("CARGO_BIN_EXE_appointment-service"), "appointments").await;
}

#[test]
fn the_page_names_every_endpoint() {
    let page: Value =
        serde_json::from_str(&(appointment_service::SERVICE.openapi)()).expect("JSON");
    let paths: Vec<&String> = page["paths"].as_object().expect("paths").keys().collect();
    let api = [
        "/api/appointments",
        "/api/appointments/patient/{patientId}",
        "/api/appointments/{id}",
    ];
    assert_eq!(paths, [&api[..], &["/health", "/ready"]].concat());
}
