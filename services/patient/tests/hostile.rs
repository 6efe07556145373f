//! Hostile clients, bounded and on loopback: refused, memory flat, everybody else served.
#![expect(clippy::print_stderr, reason = "figures for whoever runs this by hand")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use service_kit::testing::client::{Client, End};
use service_kit::testing::issuer::{AUDIENCE, Issuer};
use service_kit::testing::process::Process;

const PROGRAM: &str = env!("CARGO_BIN_EXE_patient-service");
const SHORT: Duration = Duration::from_secs(5);

fn post(body: &str) -> Vec<u8> {
    format!("POST /api/patients HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("closed")
}

#[test]
fn what_is_malformed_is_refused_and_costs_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let process = Process::start(PROGRAM, directory.path(), &[("ARRIVAL_TIMEOUT", "1")]);
    let ask = |bytes: &[u8]| status(&process.raw(bytes, SHORT)).to_owned();
    let get = |path: &str| {
        ask(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
    };
    let before = process.memory();
    for _ in 0..20 {
        assert_eq!(ask(&post(&"[".repeat(50_000))), "400", "deep JSON");
        assert_eq!(
            ask(&post(&format!(
                "{}1{}",
                "{\"a\":".repeat(9000),
                "}".repeat(9000)
            ))),
            "400",
            "deep objects"
        );
        assert_eq!(ask(&post(&"x".repeat(70_000))), "413", "a large body");
    }
    assert_eq!(ask(b"POST /api/patients HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n"), "413");
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, "y".repeat(60_000));
    let endless = format!(
        "POST /api/patients HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}"
    );
    assert_eq!(ask(endless.as_bytes()), "413", "a large body in chunks");
    let mut utf8 = post("{\"name\":\"..\"}");
    let at = utf8.len() - 4;
    utf8[at] = 0xff;
    assert_eq!(ask(&utf8), "400", "invalid UTF-8");
    assert_eq!(
        ask(b"GET /api/patients/\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        "400",
        "invalid UTF-8 in the path"
    );
    for path in [
        "/../../etc/passwd",
        "/api/patients/..%2f..%2fetc",
        "/api/patients/%00",
        "//api//patients",
        "/api/patients/\\..\\x",
        "/api/patients;/x",
    ] {
        assert_eq!(get(path), "404", "{path}");
    }
    assert_eq!(get(&format!("/{}", "a".repeat(10_000))), "414");
    let many = format!(
        "GET /health HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "x-a: b\r\n".repeat(500)
    );
    assert_eq!(ask(many.as_bytes()), "431", "many headers");
    let heavy = format!(
        "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-a: {}\r\n\r\n",
        "b".repeat(30_000)
    );
    assert_eq!(ask(heavy.as_bytes()), "431", "heavy headers");
    let huge = format!(
        "GET /health HTTP/1.1\r\nhost: x\r\nx-a: {}",
        "b".repeat(200_000)
    );
    assert!(
        matches!(ask(huge.as_bytes()).as_str(), "431" | "400" | "closed"),
        "headers without end"
    );
    let smuggled = b"POST /api/patients HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = process.raw(smuggled, Duration::from_millis(1500));
    assert!(
        !answer.contains("{\"status\":\"ok\"}") || answer.matches("HTTP/1.1").count() <= 2,
        "{answer}"
    );
    assert_eq!(
        ask(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        "400",
        "TLS on a plain port"
    );
    assert_eq!(get("/health"), "200");
    let grown = process.memory().saturating_sub(before);
    assert!(grown < 8 * 1024, "memory grew by {grown} KiB");
}

#[test]
fn the_slow_are_closed_and_others_served() {
    let directory = tempfile::tempdir().expect("a directory");
    let process = Process::start(
        PROGRAM,
        directory.path(),
        &[("ARRIVAL_TIMEOUT", "1"), ("MAX_CONNECTIONS", "64")],
    );
    let drip = |start: &[u8], each: &[u8]| {
        let mut stream = TcpStream::connect(process.address).expect("connected");
        stream
            .set_read_timeout(Some(Duration::from_millis(100)))
            .expect("set");
        stream.write_all(start).expect("sent");
        let begin = Instant::now();
        let mut answer = Vec::new();
        while begin.elapsed() < Duration::from_secs(8) {
            let sent = stream.write_all(each);
            let mut buffer = [0; 1024];
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => answer.extend_from_slice(&buffer[..count]),
                Err(_) if sent.is_err() => break,
                Err(_) => {}
            }
        }
        (
            begin.elapsed(),
            String::from_utf8_lossy(&answer).into_owned(),
        )
    };
    let (lasted, _) = drip(b"GET /health HTTP/1.1\r\n", b"x-a: b\r\n");
    assert!(
        lasted < Duration::from_secs(5),
        "a slow head lasted {lasted:?}"
    );
    let body = b"POST /api/patients HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{";
    let (lasted, answer) = drip(body, b" ");
    assert!(
        lasted < Duration::from_secs(5),
        "a slow body lasted {lasted:?}"
    );
    assert_eq!(status(&answer), "408");
    // More slow ones than there are places: the honest client gets one all the same.
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(process.address).expect("connected");
            let _ = stream.write_all(b"GET /health HTTP/1.1\r\nx-a");
            stream
        })
        .collect();
    assert_eq!(
        status(&process.raw(
            b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            SHORT
        )),
        "200"
    );
    drop(slow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_push_nobody_out_who_works() {
    let directory = tempfile::tempdir().expect("a directory");
    let process = Process::start(PROGRAM, directory.path(), &[]);
    let mut client = Client::new(process.address);
    client.expect(200, "GET", "/api/patients", None).await;
    let before = process.memory();
    // Both ends are open files: as many as this process may have, up to ten thousand.
    let most = open_files().saturating_sub(200).min(10_000);
    let mut idle = Vec::with_capacity(most);
    let (mut slowest, mut made) = (Duration::ZERO, 0);
    while made < 10_000 {
        for _ in 0..100 {
            if idle.len() >= most {
                idle.remove(0);
            }
            idle.push(
                tokio::net::TcpStream::connect(process.address)
                    .await
                    .expect("connected"),
            );
            made += 1;
        }
        let begin = Instant::now();
        client.expect(200, "GET", "/api/patients", None).await;
        slowest = slowest.max(begin.elapsed());
    }
    let grown = process.memory().saturating_sub(before);
    eprintln!(
        "{made} idle connections: memory grew by {grown} KiB, the slowest answer took {slowest:?}"
    );
    assert!(grown < 48 * 1024, "memory grew by {grown} KiB");
    assert!(
        slowest < Duration::from_secs(2),
        "an answer took {slowest:?}"
    );
}

fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("the kernel says");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .expect("the kernel says");
    line.split_whitespace()
        .nth(3)
        .and_then(|number| number.parse().ok())
        .unwrap_or(1024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_tokens_are_refused_over_the_wire() {
    let directory = tempfile::tempdir().expect("a directory");
    let issuer = Issuer::start(0).await;
    let url = issuer.url();
    let settings = [
        ("APP_ENV", "prod"),
        ("HOST", "127.0.0.1"),
        ("AUTH_ISSUER", &*url),
        ("AUTH_AUDIENCE", AUDIENCE),
        ("AUTH_ALGORITHM", "ES256"),
    ];
    let process = Process::start(PROGRAM, directory.path(), &settings);
    let mut client = Client::new(process.address);
    let good = issuer.token("nurse-7", "patients:read");
    let forged = Issuer::start(0).await.token("nurse-7", "patients:read");
    let none = format!(
        "eyJhbGciOiJub25lIn0.{}.",
        good.split('.').nth(1).expect("three parts")
    );
    for (token, expected) in [
        (&good, 200),
        (&forged, 401),
        (&none, 401),
        (&String::new(), 401),
    ] {
        let End::Answered(answer) = client
            .call(
                "GET",
                "/api/patients",
                &[("authorization", &format!("Bearer {token}"))],
                None,
            )
            .await
        else {
            panic!("answered")
        };
        assert_eq!(answer.status, expected);
        assert_eq!(
            answer.header("www-authenticate").is_empty(),
            expected == 200
        );
    }
    let End::Answered(answer) = client
        .call(
            "POST",
            "/api/patients",
            &[("authorization", &format!("Bearer {good}"))],
            None,
        )
        .await
    else {
        panic!("answered")
    };
    assert_eq!(answer.status, 403);
    client.expect(200, "GET", "/health", None).await;
    std::thread::sleep(Duration::from_millis(100));
    let log = process.text();
    assert!(
        log.contains("\"subject\":\"nurse-7\",\"action\":\"patients.list\""),
        "{log}"
    );
    assert!(
        log.contains("\"status\":403,\"outcome\":\"denied\""),
        "{log}"
    );
    assert!(!log.contains(&good), "no token in the log");
}
