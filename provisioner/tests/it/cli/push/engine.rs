//! What the engine is called with, how many at a time, and what is left afterwards.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::engine::{Bench, install};

#[test]
fn images_are_built_pushed_and_named_by_their_digests() {
    let bench = Bench::new(&["docker"]);
    let text = "FROM scratch\nARG VERSION=dev\nARG REVISION=unknown\n";
    bench.place.write("Dockerfile.patient", text);
    install(
        &bench.place,
        "git",
        "#!/bin/sh\ncase $1 in rev-parse) echo 67cefef;; esac\n",
    );
    let registry = bench.registry();
    let ran = bench.place.expect(0, "push dev --tag v1");
    let calls = bench.calls();
    assert!(calls.iter().all(|call| call.program == "docker"));
    assert_eq!(calls.len(), 6, "{calls:#?}");
    assert_eq!(
        Bench::lines(&calls, "login"),
        [format!("login --username AWS --password-stdin {registry}")]
    );
    let of = |service: &str| format!("{registry}/healthcare-app-dev-{service}-service:v1");
    let build = |service: &str, more: &str| {
        let image = of(service);
        format!("build --platform linux/amd64 --file Dockerfile.{service} --tag {image}{more} .")
    };
    let more = " --build-arg VERSION=v1 --build-arg REVISION=67cefef";
    let wanted = [build("appointment", ""), build("patient", more)];
    assert_eq!(Bench::lines(&calls, "build"), wanted);
    let wanted = ["appointment", "patient"].map(|service| format!("push {}", of(service)));
    assert_eq!(Bench::lines(&calls, "push"), wanted);
    // From the root of the repository.
    let root = bench.place.path("").canonicalize().unwrap();
    for call in calls.iter().filter(|call| call.args[0] == "build") {
        assert_eq!(Path::new(&call.dir).canonicalize().unwrap(), root);
    }
    // The digests to stdout, and nothing else.
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("appointment  sha256:"), "{}", ran.out);
    assert!(lines[1].starts_with("patient      sha256:"), "{}", ran.out);
    assert_eq!(lines.len(), 2, "{}", ran.out);
    ran.says(&[
        "Pushing v1 for dev: healthcare-app, us-east-1.",
        "building  patient       Dockerfile.patient for linux/amd64, by docker",
        "pushed    appointment ",
        "hint: roll it out with: hcctl deploy dev --image v1",
    ]);
    // What the engine writes is for whoever asks.
    assert!(!ran.err.contains("step 1 of build"), "{}", ran.err);
    let ran = bench
        .place
        .expect(0, "push dev --tag v2 -v --service patient");
    ran.says(&["patient | step 1 of build", "patient | step 2 of build"]);
    assert_eq!(Bench::lines(&bench.calls(), "build").len(), 1);
}

#[test]
fn the_password_goes_to_standard_input_and_nowhere_else() {
    let bench = Bench::new(&["docker"]);
    let theirs = r#"{"credsStore": "osxkeychain", "currentContext": "colima"}"#;
    bench.place.write("users/config.json", theirs);
    bench.place.write("users/contexts/meta/x", "");
    let users = bench.place.path("users").display().to_string();
    let bench = bench.with("DOCKER_CONFIG", &users);
    bench.place.expect(0, "push dev --tag v1 -vv");
    let password = bench.place.read("engine/stdin");
    assert!(password.len() > 32, "{password}");
    let calls = bench.calls();
    for call in &calls {
        for text in call.args.iter().chain(&call.keys) {
            let told = text.contains(&password);
            assert!(!told, "{call:?}");
        }
    }
    let keys = |verb: &str| -> BTreeSet<[String; 2]> {
        let of_verb = calls.iter().filter(|call| call.args[0] == verb);
        of_verb.map(|call| call.keys.clone()).collect()
    };
    // Builds see what the user has; the rest sees a directory of this run's own, without a keychain in it.
    assert_eq!(keys("build"), BTreeSet::from([[users, String::new()]]));
    assert_eq!(keys("login"), keys("push"));
    let own = keys("login").pop_first().unwrap();
    assert_eq!(own[1], format!("{}/config.json", own[0]));
    let tmp = bench.place.path("tmp");
    assert!(Path::new(&own[0]).starts_with(tmp), "{own:?}");
    let settings: Value = serde_json::from_str(&bench.place.read("engine/settings")).unwrap();
    assert_eq!(settings["currentContext"], "colima");
    assert!(settings.get("credsStore").is_none(), "{settings}");
    assert!(
        settings["auths"][bench.registry()].is_object(),
        "{settings}"
    );
    // Nothing of it is left, and what is the user's is as it was.
    assert_eq!(bench.left_behind(), Vec::<std::path::PathBuf>::new());
    assert_eq!(bench.place.read("users/config.json"), theirs);
    assert!(bench.place.path("users/contexts/meta/x").exists());
}

#[test]
fn a_tag_that_is_there_is_left_alone_and_needs_no_engine() {
    let bench = Bench::new(&["docker"]);
    let first = bench.place.expect(0, "push dev --tag v1").out;
    bench.calls();
    let again = bench.place.expect(0, "push dev --tag v1");
    again.says(&["there     patient       has this tag already; nothing is built"]);
    assert_eq!(again.out, first);
    assert!(bench.calls().is_empty());
    std::fs::remove_file(bench.place.path("bin/docker")).unwrap();
    assert_eq!(bench.place.expect(0, "push dev --tag v1").out, first);
    let json = bench.place.expect(0, "push dev --tag v1 --format json").out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["format_version"], 1);
    let image = &json["images"][1];
    assert_eq!(image["service"], "patient");
    assert_eq!(image["status"], "there");
    assert_eq!(image["platform"], "linux/amd64");
    assert!(first.contains(image["digest"].as_str().unwrap()), "{json}");
    let ran = bench.place.expect(0, "push dev --tag v1 --format markdown");
    ran.shows(&["|---|", "| patient | `v1` | `sha256:"]);
}

#[test]
fn two_builds_run_at_a_time_and_never_three() {
    let bench = Bench::before_apply(&["docker"]);
    let third = "services:\n  third:\n    paths: [\"/third*\"]\n";
    bench
        .place
        .edit("environments/dev.yaml", "services:\n", third);
    bench.place.write("Dockerfile.third", "FROM scratch\n");
    bench.place.expect(0, "apply dev --yes --quiet");
    // The first build of all waits for a second one; each counts who is there.
    bench.behave(
        r#"if [ "$1" = build ]; then
            mkdir -p "$here/now"; : > "$here/now/$$"
            tries=0
            while [ ! -e "$here/met" ] && [ "$(ls "$here/now" | wc -l)" -lt 2 ]; do
                tries=$((tries + 1)); [ $tries -lt 1200 ] || exit 8
                sleep 0.05
            done
            : > "$here/met"
            sleep 0.3
            ls "$here/now" | wc -l >> "$here/counts"
            rm "$here/now/$$"
        fi"#,
    );
    bench.place.expect(0, "push dev --tag v1");
    let counts = bench.place.read("engine/counts");
    let counts: Vec<u32> = counts.lines().map(|n| n.trim().parse().unwrap()).collect();
    assert_eq!(counts.len(), 3);
    assert!(counts.contains(&2), "{counts:?}");
    assert!(counts.iter().all(|count| *count <= 2), "{counts:?}");
}

#[test]
fn the_engine_is_docker_where_it_answers_else_podman_or_what_is_asked_for() {
    let programs = |bench: &Bench| -> BTreeSet<String> {
        let calls = bench.calls();
        let working = calls.iter().filter(|call| call.args[0] != "version");
        working.map(|call| call.program.clone()).collect()
    };
    let only = |name: &str| BTreeSet::from([name.to_owned()]);
    let bench = Bench::new(&["docker", "podman"]);
    bench.place.expect(0, "push dev --tag v1");
    assert_eq!(programs(&bench), only("docker"));
    // Its daemon is stopped.
    bench.behave("case \"$(basename \"$0\") $1\" in 'docker version') exit 1;; esac");
    bench.place.expect(0, "push dev --tag v2");
    assert_eq!(programs(&bench), only("podman"));
    let bench = bench.with("HCCTL_ENGINE", "podman");
    bench.behave("");
    bench.place.expect(0, "push dev --tag v3");
    assert_eq!(programs(&bench), only("podman"));
    let bench = bench.with("HCCTL_ENGINE", "nerdctl");
    let ran = bench.place.expect(3, "push dev --tag v4");
    ran.says(&["HCCTL_ENGINE names `nerdctl`", "docker or podman"]);
}
