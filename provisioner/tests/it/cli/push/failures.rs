//! What goes wrong, what is said about it, and what is left.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::engine::Bench;
use crate::support::place::{PATIENCE, Ran, interrupt};

#[test]
fn one_build_that_fails_stops_no_other_and_the_next_run_goes_on() {
    let bench = Bench::new(&["docker"]);
    bench.behave(
        r#"case "$*" in build*Dockerfile.patient*)
            echo compiling; echo 'error[E0308]: mismatched types' >&2; exit 101;; esac"#,
    );
    let ran = bench.place.expect(1, "push dev --tag v1");
    ran.says(&[
        "failed    patient       docker build ended with exit code 101",
        "error: patient: docker build ended with exit code 101\n",
        "    error[E0308]: mismatched types\n",
        "pushed    appointment",
    ]);
    assert!(ran.out.starts_with("appointment  sha256:"), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let json = bench.place.expect(1, "push dev --tag v1 --format json").out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["images"][0]["status"], "there");
    assert_eq!(json["images"][1]["status"], "failed");
    assert!(json["images"][1]["reason"].is_string(), "{json}");
    bench.calls();
    bench.behave("");
    bench.place.expect(0, "push dev --tag v1");
    assert_eq!(Bench::lines(&bench.calls(), "build").len(), 1);
    assert!(bench.left_behind().is_empty());
}

#[test]
fn a_login_that_is_refused_is_said_once_before_anything_is_built() {
    let bench = Bench::new(&["docker"]);
    bench.behave("case $1 in login) echo '401 Unauthorized' >&2; exit 1;; esac");
    let ran = bench.place.expect(1, "push dev --tag v1");
    ran.says(&[
        "error: appointment, patient: docker could not sign in to 127.0.0.1:",
        "    401 Unauthorized",
    ]);
    assert_eq!(ran.err.matches("401 Unauthorized").count(), 1);
    assert!(Bench::lines(&bench.calls(), "build").is_empty());
    assert!(bench.left_behind().is_empty());
}

#[test]
fn a_push_that_fails_is_told_and_so_is_somebody_elses() {
    let bench = Bench::new(&["docker"]);
    bench.behave("case $1 in push) echo 'EOF' >&2; exit 1;; esac");
    let ran = bench.place.expect(1, "push dev --tag v1 --service patient");
    ran.says(&["error: patient: docker push ended with exit code 1\n    EOF\n"]);
    assert_eq!(ran.out, "");
    // Another one's push of the same tag came first: the image there need not be this one.
    bench.behave(
        r#"case $1 in push)
            printf '%s' "$2" > "$here/pushes/1"
            while [ -e "$here/pushes/1" ]; do sleep 0.05; done
            echo 'tag invalid' >&2; exit 1;; esac"#,
    );
    let ran = bench.place.expect(1, "push dev --tag v2 --service patient");
    ran.says(&["meanwhile somebody else pushed v2 (sha256:", "another tag"]);
    // An engine that is wrong about its own success.
    bench.behave("case $1 in push) exit 0;; esac");
    let ran = bench.place.expect(1, "push dev --tag v3 --service patient");
    ran.says(&["docker says that it pushed v3, and ECR does not have it"]);
}

#[test]
fn without_an_engine_that_answers() {
    let bench = Bench::new(&[]);
    let ran = bench.place.expect(1, "push dev --tag v1");
    ran.says(&["neither docker nor podman is on PATH", "--sandbox"]);
    let bench = bench.with("HCCTL_ENGINE", "podman");
    let ran = bench.place.expect(1, "push dev --tag v1");
    ran.says(&["podman is not on PATH", "HCCTL_ENGINE"]);
    let bench = Bench::new(&["docker"]);
    bench.behave(
        "case $1 in version) echo 'Cannot connect to the Docker daemon' >&2; exit 1;; esac",
    );
    let ran = bench.place.expect(1, "push dev --tag v1");
    ran.says(&[
        "error: appointment, patient: docker is installed and does not answer\n    Cannot connect",
        "hint: start Docker",
    ]);
    assert!(Bench::lines(&bench.calls(), "login").is_empty());
}

#[test]
fn what_is_wrong_without_a_call_is_found_before_any() {
    let bench = Bench::before_apply(&["docker"]);
    // The environment is not made yet.
    let ran = bench.place.expect(1, "push dev --tag v1");
    ran.says(&[
        "there is no repository healthcare-app-dev-patient-service yet",
        "hcctl apply",
    ]);
    let dead = bench.with("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let place = &dead.place;
    for tag in ["a/b", "-x", ".x", "awaiting-first-deploy", "hcctl-keep-v1"] {
        let ran = place.expect(3, &format!("push dev --tag={tag}"));
        ran.says(&[tag]);
    }
    place.expect(3, "push dev").says(&["--tag <TAG>"]);
    let ran = place.expect(3, "push dev --tag v1 --service patint");
    ran.says(&["no service `patint`", "appointment, patient"]);
    std::fs::remove_file(place.path("Dockerfile.patient")).unwrap();
    let ran = place.expect(3, "push dev --tag v1");
    ran.says(&["error: Dockerfile.patient is not in /", "--service"]);
    assert!(dead.calls().is_empty());
}

#[test]
fn no_step_starts_after_the_time_limit() {
    let bench = Bench::new(&["docker"]);
    let ran = bench.place.expect(1, "push dev --tag v1 --timeout 0");
    ran.says(&["appointment, patient: not started: the time limit (--timeout)"]);
    assert!(Bench::lines(&bench.calls(), "build").is_empty());
}

/// A build with a child of its own, of which `engine/child` has the number.
fn hanging(behave: &str) -> (Bench, std::process::Child) {
    let bench = Bench::new(&["docker"]);
    bench.behave(&format!(
        r#"if [ "$1" = build ]; then {behave}
            sleep 600 & echo $! > "$here/child.part"; mv "$here/child.part" "$here/child"
            while :; do wait; sleep 0.1; done
        fi"#
    ));
    let child = bench.place.start("push dev --tag v1 --service patient");
    until("the build runs", || {
        bench.place.path("engine/child").exists()
    });
    (bench, child)
}

fn until(what: &str, mut there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !there() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn lives(pid: &str) -> bool {
    let line = format!("kill -0 {} 2>/dev/null", pid.trim());
    let mut kill = std::process::Command::new("sh");
    kill.args(["-c", &line]).status().unwrap().success()
}

#[test]
fn an_interrupt_ends_the_engine_and_what_it_started() {
    let (bench, child) = hanging("");
    assert!(!bench.left_behind().is_empty(), "the directory to sign in");
    interrupt(&child);
    let ran = Ran::end(child);
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    ran.says(&[
        "interrupted: ending what is under way",
        "error: patient: interrupted",
        "hint: go on with: hcctl push dev --tag v1",
    ]);
    let build = bench.place.read("engine/child");
    until("the build's own child is gone", || !lives(&build));
    assert!(bench.left_behind().is_empty());
}

#[test]
fn a_second_interrupt_ends_an_engine_that_does_not_listen() {
    let (bench, child) = hanging("trap '' TERM;");
    interrupt(&child);
    // Signals of one kind that come together are one.
    std::thread::sleep(Duration::from_millis(300));
    interrupt(&child);
    let ran = Ran::end(child);
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    ran.says(&["ending it at once"]);
    let build = bench.place.read("engine/child");
    until("the build's own child is gone", || !lives(&build));
    assert!(bench.left_behind().is_empty());
}
