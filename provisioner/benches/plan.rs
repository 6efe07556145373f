//! What a plan and an apply cost, published as a table: the real binary against the sandbox on loopback, behind a proxy
//! that adds 50 ms to every call. Numbers only; what must hold is held by tests/it/cost.rs.
//!
//! `cargo bench -p hcctl` runs it, in a release build.
#![allow(clippy::unwrap_used)]
#![allow(unreachable_pub, reason = "it shares modules with the tests")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hcctl_sandbox::{Delays, Quotas, Settings};

/// The tests' proxy and served sandbox.
#[path = "../tests/it/support"]
#[allow(dead_code, reason = "the tests use more of them")]
mod support {
    pub mod background;
    pub mod operation;
    pub mod place;
    pub mod proxy;
    pub mod served;
}

use support::place::Place;
use support::proxy::Proxy;
use support::served::Served;

const LATENCY: Duration = Duration::from_millis(50);
/// A wall time is the best of so many runs: everything else is this machine's other work.
const RUNS: usize = 5;
/// How often a running process's memory is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// One run of the binary.
struct Ran {
    wall: Duration,
    calls: usize,
    peak_kib: u64,
}

fn main() {
    let settings = || Settings {
        delays: Delays::none(),
        quotas: Quotas::none(),
        ..Settings::default()
    };
    let mut table =
        String::from("what | API calls | wall | peak memory\n--- | ---: | ---: | ---:\n");
    let mut row = |what: &str, ran: &Ran| {
        let (ms, mib) = (
            ran.wall.as_secs_f64() * 1000.0,
            ran.peak_kib as f64 / 1024.0,
        );
        let _ = writeln!(table, "{what} | {} | {ms:.0} ms | {mib:.1} MiB", ran.calls);
    };

    let start = best(|| {
        let mut version = Command::new(env!("CARGO_BIN_EXE_hcctl"));
        watch(version.arg("--version"))
    });
    row("`hcctl --version`", &start);

    let served = Served::start(settings());
    let proxy = Proxy::start(&served.url());
    proxy.set_latency(LATENCY);
    let place = Place::new().at(&proxy.url());
    // A first apply can be had once per world.
    let first = run(&place, &proxy, "apply dev --yes");
    row("first apply of dev", &first);
    let idle = best(|| run(&place, &proxy, "plan dev --detailed-exitcode"));
    row("plan of dev, no changes", &idle);

    let many = Served::start(settings());
    let fast = place.at(&many.url());
    fast.write("environments/many.yaml", &services(50));
    let direct = Proxy::start(&many.url());
    run(&fast, &direct, "apply many --yes");
    let proxy = Proxy::start(&many.url());
    proxy.set_latency(LATENCY);
    let slow = fast.at(&proxy.url());
    let plan = best(|| run(&slow, &proxy, "plan many --detailed-exitcode"));
    row("plan of 50 services, no changes", &plan);

    std::io::stdout().write_all(table.as_bytes()).unwrap();
}

/// An environment of so many services, each with a table.
fn services(number: usize) -> String {
    let mut text = String::from(
        "project: many\nregion: us-east-1\nnetwork: { cidr: 10.0.0.0/16 }\nservices:\n",
    );
    for n in 0..number {
        let _ = writeln!(
            text,
            "  s{n:02}: {{ paths: [\"/api/s{n:02}/*\"], table: t{n:02} }}"
        );
    }
    text
}

fn best(mut run: impl FnMut() -> Ran) -> Ran {
    let runs = (0..RUNS).map(|_| run());
    runs.min_by_key(|ran| ran.wall).unwrap()
}

/// Runs the binary in a place, which must end it with 0, and counts the calls that came by.
fn run(place: &Place, proxy: &Proxy, line: &str) -> Ran {
    proxy.reset();
    let ran = watch(&mut place.command(line));
    Ran {
        calls: proxy.calls().len(),
        ..ran
    }
}

/// Runs a command to its end beside a look at its memory; the kernel keeps the peak.
fn watch(command: &mut Command) -> Ran {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let looks = std::thread::spawn(move || {
        let mut peak = 0;
        while let Some(now) = peak_kib(&status) {
            peak = now.max(peak);
            std::thread::sleep(LOOK);
        }
        peak
    });
    let ended = child.wait().unwrap();
    let wall = began.elapsed();
    assert!(ended.success(), "{command:?} ended with {ended}");
    Ran {
        wall,
        calls: 0,
        peak_kib: looks.join().unwrap(),
    }
}

/// A living process's largest resident set so far; 0 where the system has no such file.
fn peak_kib(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
