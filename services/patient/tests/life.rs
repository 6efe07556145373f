//! A service's life as its operator sees it: start, health check, draining, exit.
#![expect(clippy::print_stderr, reason = "figures for whoever runs this by hand")]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use service_kit::testing::client::{Client, End};
use service_kit::testing::process::Process;

const PROGRAM: &str = env!("CARGO_BIN_EXE_patient-service");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draining_under_load_loses_no_request() {
    let directory = tempfile::tempdir().expect("a directory");
    for round in 0..3 {
        let mut process = Process::start(PROGRAM, directory.path(), &[]);
        let (answered, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let clients: Vec<_> = (0..16)
            .map(|mine| {
                let (address, answered, broken) = (process.address, Arc::clone(&answered), Arc::clone(&broken));
                tokio::spawn(async move {
                    let mut client = Client::new(address);
                    for step in 0.. {
                        let number = format!("R{round}-C{mine}-{step}");
                        let body = serde_json::json!({
                            "name": { "family": "Doe" }, "birthDate": "1990-01-01", "gender": "other", "medicalRecordNumber": number,
                        });
                        match client.call("POST", "/api/patients", &[], Some(&body)).await {
                            End::Answered(answer) if answer.status == 201 => answered.fetch_add(1, Ordering::Relaxed),
                            End::Refused => return,
                            other => {
                                eprintln!("lost: {other:?}");
                                broken.fetch_add(1, Ordering::Relaxed)
                            }
                        };
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(400)).await;
        let begin = Instant::now();
        process.terminate();
        for client in clients {
            client.await.expect("no panic");
        }
        let status = process.wait();
        assert!(status.success(), "{status}");
        assert!(begin.elapsed() < Duration::from_secs(10));
        assert!(answered.load(Ordering::Relaxed) > 30, "the load was a load");
        assert_eq!(broken.load(Ordering::Relaxed), 0);
        assert!(
            process.text().contains("\"message\":\"stopped\""),
            "{}",
            process.text()
        );
    }
}

#[test]
fn an_idle_service_stops_at_once_and_a_health_check_needs_no_shell() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut process = Process::start(PROGRAM, directory.path(), &[]);
    let check = |port: u16| {
        Command::new(PROGRAM)
            .arg("--health")
            .env_clear()
            .env("PORT", port.to_string())
            .status()
            .expect("runs")
    };
    assert!(check(process.address.port()).success());
    eprintln!(
        "ready after {:?}, {} KiB",
        process.ready_after,
        process.memory()
    );
    let begin = Instant::now();
    process.terminate();
    assert!(process.wait().success());
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?}",
        begin.elapsed()
    );
    assert!(!check(process.address.port()).success());
}

#[test]
fn wrong_settings_end_the_start_with_a_reason() {
    let output = Command::new(PROGRAM)
        .env_clear()
        .env("APP_ENV", "prod")
        .env("PORT", "x")
        .output()
        .expect("runs");
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("PORT must be") && text.contains("AUTH_ISSUER is needed"),
        "{text}"
    );
    let output = Command::new(PROGRAM)
        .env_clear()
        .arg("--nonsense")
        .output()
        .expect("runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
}

#[tokio::test]
async fn metrics_have_a_port_of_their_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let process = Process::start(PROGRAM, directory.path(), &[]);
    Client::new(process.address)
        .expect(404, "GET", "/metrics", None)
        .await;
    let page = Client::new(process.metrics)
        .expect(200, "GET", "/metrics", None)
        .await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(
        text.contains(
            "service_requests_total{service=\"patient-service\",action=\"other\",status=\"4xx\"} 1"
        ),
        "{text}"
    );
    assert!(
        text.contains("service_connections{service=\"patient-service\"} "),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_no_failure() {
    service_kit::testing::process::schemathesis(PROGRAM, "patients").await;
}
