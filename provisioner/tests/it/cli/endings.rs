//! Ctrl-C once and twice, and readers that leave.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use hcctl_sandbox::Settings;

use crate::support::place::{PATIENCE, Place, Ran, interrupt, wait};
use crate::support::proxy::{Hold, Proxy};
use crate::support::served::Served;

/// An apply of dev that stands still at a write call and has been interrupted once.
struct Interrupted {
    served: Served,
    proxy: Proxy,
    place: Place,
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

/// The first Ctrl-C comes at this write call of an apply.
fn interrupted(nth: u64, hold: Hold) -> Interrupted {
    interrupted_at("apply dev --yes", nth, hold)
}

/// The same of another verb.
fn interrupted_at(line: &str, nth: u64, hold: Hold) -> Interrupted {
    let served = Served::start(Settings::instant());
    let proxy = Proxy::start(&served.url());
    let place = Place::new().at(&proxy.url());
    let reached = proxy.hold_write(nth, hold);
    let mut child = place.command(line);
    child.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    reached.recv_timeout(PATIENCE).unwrap();
    interrupt(&child);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("interrupted: ") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended");
    }
    assert!(line.contains("again to leave at once"), "{line}");
    Interrupted {
        served,
        proxy,
        place,
        child,
        stderr,
    }
}

impl Interrupted {
    /// Ends with 130; what it said meanwhile.
    fn end(mut self) -> (String, Rest) {
        wait(&mut self.child);
        let mut text = String::new();
        self.stderr.read_to_string(&mut text).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(130), "{text}");
        assert!(!text.contains("panicked"), "{text}");
        (
            text,
            Rest {
                served: self.served,
                proxy: self.proxy,
                place: self.place,
            },
        )
    }
}

/// What is left of an interrupted run.
struct Rest {
    served: Served,
    proxy: Proxy,
    place: Place,
}

impl Rest {
    /// The next run makes the rest, and nothing twice.
    fn goes_on(&self) {
        self.place.expect(0, "apply dev --yes");
        self.place.expect(0, "plan dev --detailed-exitcode");
        let counts = self.served.counts();
        assert_eq!(
            (counts["vpc"], counts["subnet"], counts["service"]),
            (1, 4, 2)
        );
    }
}

#[test]
fn ctrl_c_lets_running_steps_end_and_starts_no_other() {
    let run = interrupted(20, Hold::Before);
    run.proxy.resume();
    let (said, rest) = run.end();
    assert!(!said.contains("leaving"), "{said}");
    let counts = rest.served.counts();
    assert_eq!(counts.get("service"), None, "{counts:?}");
    // The lease was given back.
    rest.place.expect(0, "unlock dev").shows(&["Nobody holds"]);
    rest.goes_on();
}

/// Roles wait for the provider that they trust: whether one has begun when the first Ctrl-C comes is a matter of moments.
#[test]
fn ctrl_c_once_lets_a_set_up_end_its_steps_and_twice_leaves_it() {
    const BOOTSTRAP: &str = "bootstrap --github acme/shop --yes";
    // The bucket, its two settings, the lease and the journal come before.
    let mut run = interrupted_at(BOOTSTRAP, 8, Hold::Before);
    run.proxy.resume();
    wait(&mut run.child);
    let code = run.child.wait().unwrap().code();
    let whole = |counts: &std::collections::BTreeMap<&'static str, usize>| {
        counts.get("role") == Some(&4) && counts.get("policy") == Some(&2)
    };
    // A run that has done all of it was not interrupted.
    let wanted = if whole(&run.served.counts()) { 0 } else { 130 };
    assert_eq!(code, Some(wanted));
    run.place.expect(0, BOOTSTRAP);
    assert!(whole(&run.served.counts()));
    run.place
        .expect(0, BOOTSTRAP)
        .shows(&["No changes. bootstrap is as"]);

    let run = interrupted_at(BOOTSTRAP, 8, Hold::After);
    interrupt(&run.child);
    let (said, rest) = run.end();
    assert!(said.contains("leaving; run the same command"), "{said}");
    rest.proxy.thaw();
    // The lease of the run that left stands until it ends; see crash.rs for what then comes.
    rest.place.expect(4, BOOTSTRAP).says(&[
        "the account's set-up is being worked on by bootstrap of",
        "hint: wait: unless it is renewed, its lease ends in",
    ]);
}

#[test]
fn ctrl_c_twice_leaves_at_once() {
    let run = interrupted(20, Hold::After);
    interrupt(&run.child);
    let (said, rest) = run.end();
    assert!(
        said.contains("leaving; run the same command again"),
        "{said}"
    );
    rest.proxy.thaw();
    // The lease of the run that left stands until it ends or is broken.
    rest.place
        .expect(4, "apply dev --yes")
        .says(&["hcctl unlock dev"]);
    rest.place.expect(0, "unlock dev --yes");
    rest.goes_on();
}

#[test]
fn ctrl_c_twice_leaves_also_when_the_steps_are_done() {
    let served = Served::start(Settings::instant());
    let proxy = Proxy::start(&served.url());
    Place::new().at(&proxy.url()).expect(0, "apply dev --yes");
    // The last two are the journal's end and the lease's.
    let run = interrupted(proxy.writes() - 1, Hold::Before);
    interrupt(&run.child);
    let (said, rest) = run.end();
    assert!(said.contains("leaving"), "{said}");
    rest.proxy.thaw();
    rest.place.expect(0, "unlock dev --yes");
    rest.goes_on();
}

#[test]
fn a_run_that_stopped_tells_once_how_to_go_on() {
    let (_served, place) = Served::with_place();
    let ran = place.expect(1, "apply dev --yes --timeout 0");
    ran.shows(&["apply dev was stopped (the time limit of 0 s"]);
    let ways = "Run hcctl apply dev again: it continues where this run stopped.";
    let said = format!("{}{}", ran.out, ran.err);
    assert_eq!(said.matches(ways).count(), 1, "{said}");
    assert_eq!(said.matches("again").count(), 1, "{said}");
}

#[test]
fn ctrl_c_ends_a_plan_with_130_and_one_line() {
    for flags in ["", " --format json", " --quiet"] {
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let place = Place::new().at(&url);
        let child = place.start(&format!("plan dev{flags}"));
        // It has called, so it listens; nobody answers.
        let (_call, _) = silent.accept().unwrap();
        interrupt(&child);
        let ran = Ran::end(child);
        assert_eq!(ran.code, Some(130), "{}", ran.err);
        assert_eq!(ran.err, "error: interrupted; nothing was changed\n");
        assert_eq!(ran.out, "");
    }
}

/// Runs with readers that have left before anything was written.
fn unread(place: &Place, line: &str, stderr_too: bool) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.command(line);
    if stderr_too {
        command.stderr(writer.try_clone().unwrap());
    } else {
        command.stderr(Stdio::piped());
    }
    command.stdin(Stdio::null()).stdout(writer);
    let child = command.spawn().unwrap();
    // What holds the pipe's other ends is gone.
    drop(command);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !said.contains("panicked") && !said.contains("error"),
        "{line}: {said}"
    );
    output.status.code()
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let place = Place::new();
    for line in [
        "--help",
        "--version",
        "man",
        "completions bash",
        "validate",
        "validate --format json",
        "sandbox status",
        "sandbox reset",
        "--sandbox plan dev",
        "--sandbox plan dev --format json",
        "--sandbox plan dev --format markdown",
        "--sandbox drift dev",
        "--sandbox history dev",
        "--sandbox logs dev",
        "--sandbox unlock dev",
        "init shop",
    ] {
        for stderr_too in [false, true] {
            if line == "init shop" {
                let _ = std::fs::remove_file(place.path("environments/shop.yaml"));
            }
            assert_eq!(unread(&place, line, stderr_too), Some(0), "{line}");
        }
    }
}

#[test]
fn a_reader_that_leaves_stops_no_apply_and_no_destroy() {
    for (flags, stderr_too) in [
        ("", false),
        ("", true),
        (" --format json", false),
        (" -v", true),
    ] {
        let (_served, place) = Served::with_place();
        let line = format!("apply dev --yes{flags}");
        assert_eq!(unread(&place, &line, stderr_too), Some(0), "{line}");
        place.expect(0, "plan dev --detailed-exitcode");
        let line = format!("destroy dev --yes{flags}");
        assert_eq!(unread(&place, &line, stderr_too), Some(0), "{line}");
        let ran = place.expect(0, "destroy dev");
        ran.says(&["Nothing of healthcare-app dev is in"]);
    }
}

/// A program that follows a run finds its end, also where there was nothing to do.
#[test]
fn an_apply_with_nothing_to_do_ends_like_any_other() {
    let (_served, place) = Served::with_place();
    let last = |ran: &Ran| -> serde_json::Value {
        serde_json::from_str(ran.out.lines().last().unwrap()).unwrap()
    };
    let first = last(&place.expect(0, "apply dev --yes --format json"));
    let ran = place.expect(0, "apply dev --yes --format json");
    assert_eq!(ran.err, "");
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let second = last(&ran);
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&second), keys(&first));
    assert_eq!(second["urls"], first["urls"]);
    assert_ne!(first["done"], serde_json::json!([]));
    for list in ["done", "failed", "skipped", "not_started"] {
        assert_eq!(second[list], serde_json::json!([]), "{list}");
    }
}

#[test]
fn a_form_that_validate_has_not_is_refused() {
    let ran = Place::new().expect(3, "validate --format markdown");
    ran.says(&[
        "validate has no form markdown",
        "hint: human, json and sarif",
    ]);
    assert_eq!(ran.out, "");
}
