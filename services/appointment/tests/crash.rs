//! Two processes on one store, under load, killed in turn: what was acknowledged stays, and nobody is double-booked.
#![expect(clippy::print_stderr, reason = "figures for whoever runs this by hand")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use service_kit::testing::client::{Client, End};
use service_kit::testing::process::Process;
use tokio::sync::Mutex;

const PROGRAM: &str = env!("CARGO_BIN_EXE_appointment-service");
const CLIENTS: usize = 8;

#[derive(Default)]
struct Acknowledged {
    booked: HashMap<String, (String, String, String)>,
    deleted: HashSet<String>,
    unknown: HashSet<String>,
}

fn seconds() -> u64 {
    std::env::var("HCCTL_LOAD_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(6)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("a text").to_owned()
}

fn slot(number: usize) -> Value {
    // Few practitioners and days, so that the clients meet often.
    let (practitioner, day, minute) = (number % 3, number / 3 % 2, number * 7 % 1400);
    let at = |minute: usize| {
        format!(
            "2031-03-{:02}T{:02}:{:02}:00Z",
            1 + day,
            minute / 60,
            minute % 60
        )
    };
    json!({
        "patientId": "0192f0c1-2b3c-7d4e-8f50-0123456789ab",
        "practitionerId": format!("7d444840-9dc0-11d1-b245-5ffd{practitioner:08x}"),
        "start": at(minute), "end": at(minute + 10),
    })
}

async fn load(
    mine: usize,
    places: [std::net::SocketAddr; 2],
    stop: Arc<AtomicBool>,
    said: Arc<Mutex<Acknowledged>>,
    failures: Arc<AtomicUsize>,
) -> usize {
    let mut client = Client::new(places[mine % 2]);
    let (mut random, mut turn, mut done) = (mine * 7919, mine, 0);
    let mut own: Vec<String> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let choice = (random >> 33) % 10;
        let (method, place, body) = match choice {
            0..=4 => (
                "POST",
                "/api/appointments".to_owned(),
                Some(slot(random >> 40)),
            ),
            5 | 6 if !own.is_empty() => {
                ("DELETE", own.swap_remove((random >> 40) % own.len()), None)
            }
            7 if !own.is_empty() => ("GET", own[(random >> 40) % own.len()].clone(), None),
            _ => ("GET", "/api/appointments?limit=20".to_owned(), None),
        };
        match client
            .call(method, &place, &[("if-match", "*")], body.as_ref())
            .await
        {
            End::Answered(answer) => {
                done += 1;
                let mut said = said.lock().await;
                match (method, answer.status.as_u16()) {
                    ("POST", 201) => {
                        let made = answer.json();
                        own.push(answer.header("location").to_owned());
                        let when = (
                            text(&made, "practitionerId"),
                            text(&made, "start"),
                            text(&made, "end"),
                        );
                        said.booked.insert(text(&made, "id"), when);
                    }
                    ("DELETE", 204) => {
                        said.deleted
                            .insert(place.rsplit('/').next().expect("an id").to_owned());
                    }
                    (_, 500..) => {
                        failures.fetch_add(1, Ordering::Relaxed);
                    }
                    _ => {}
                }
            }
            End::Broken => {
                if method == "DELETE" {
                    said.lock()
                        .await
                        .unknown
                        .insert(place.rsplit('/').next().expect("an id").to_owned());
                }
                turn += 1;
                client.turn_to(places[turn % 2]);
            }
            End::Refused => {
                if method == "DELETE" {
                    own.push(place);
                }
                turn += 1;
                client.turn_to(places[turn % 2]);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_turn_under_load_nothing_acknowledged_is_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let ports = [
        service_kit::testing::process::free_port().to_string(),
        service_kit::testing::process::free_port().to_string(),
    ];
    let start = |at: usize| Process::start(PROGRAM, directory.path(), &[("PORT", &ports[at])]);
    let mut processes = [start(0), start(1)];
    let places = [processes[0].address, processes[1].address];
    let (stop, said, failures) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(Mutex::default()),
        Arc::new(AtomicUsize::new(0)),
    );
    let clients: Vec<_> = (0..CLIENTS)
        .map(|mine| {
            tokio::spawn(load(
                mine,
                places,
                Arc::clone(&stop),
                Arc::clone(&said),
                Arc::clone(&failures),
            ))
        })
        .collect();
    let (begin, mut kills) = (Instant::now(), 0);
    while begin.elapsed() < Duration::from_secs(seconds()) {
        tokio::time::sleep(Duration::from_millis(400)).await;
        processes[kills % 2].kill();
        tokio::time::sleep(Duration::from_millis(100)).await;
        processes[kills % 2] = start(kills % 2);
        kills += 1;
    }
    stop.store(true, Ordering::Relaxed);
    let mut requests = 0;
    for client in clients {
        requests += client.await.expect("no panic");
    }
    let said = said.lock().await;
    let found = everything(places[0]).await;
    let lost: Vec<&String> = said
        .booked
        .keys()
        .filter(|id| {
            !found.contains_key(*id) && !said.deleted.contains(*id) && !said.unknown.contains(*id)
        })
        .collect();
    let risen: Vec<&String> = said
        .deleted
        .iter()
        .filter(|id| found.contains_key(*id))
        .collect();
    let doubles = doubles(&found);
    eprintln!(
        "{requests} answers, {} booked, {} deleted, {kills} kills, {} left",
        said.booked.len(),
        said.deleted.len(),
        found.len()
    );
    assert!(said.booked.len() > 20 && kills >= 4, "the load was a load");
    assert_eq!(
        (
            lost.len(),
            risen.len(),
            doubles,
            failures.load(Ordering::Relaxed)
        ),
        (0, 0, 0, 0),
        "lost {lost:?}, risen {risen:?}"
    );
    for (id, when) in said.booked.iter().filter(|(id, _)| found.contains_key(*id)) {
        assert_eq!(&found[id], when);
    }
}

async fn everything(place: std::net::SocketAddr) -> HashMap<String, (String, String, String)> {
    let mut client = Client::new(place);
    let (mut found, mut path) = (HashMap::new(), "/api/appointments?limit=100".to_owned());
    loop {
        let page = client.expect(200, "GET", &path, None).await.json();
        for item in page["items"].as_array().expect("a list") {
            found.insert(
                text(item, "id"),
                (
                    text(item, "practitionerId"),
                    text(item, "start"),
                    text(item, "end"),
                ),
            );
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/api/appointments?limit=100&cursor={next}"),
            None => return found,
        }
    }
}

fn doubles(found: &HashMap<String, (String, String, String)>) -> usize {
    let mut all: Vec<_> = found.values().collect();
    all.sort_unstable();
    all.windows(2)
        .filter(|pair| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].2)
        .count()
}
