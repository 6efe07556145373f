//! A program that stands in for Docker and Podman: it writes down how it was called and does what a test tells it.
//!
//! What it "pushes" a thread of the test puts into the sandbox, so that the image is there as after a real push.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hcctl::aws::{Aws, Connect};
use hcctl::blueprint;
use hcctl_sandbox::{Sandbox, Settings};

use super::place::Place;
use super::served::Served;
use super::world::load;

/// Fields of a line are divided by this, which no argument contains.
const DIVIDER: char = '\u{1f}';

const SCRIPT: &str = r#"#!/bin/sh
# The stand-in: the first file in ../engine/behave decides, then the default below.
here=$(/usr/bin/dirname "$0")/../engine
PATH=/usr/bin:/bin
us=$(printf '\037')
line="$(basename "$0")${us}${PWD}${us}${DOCKER_CONFIG}${us}${REGISTRY_AUTH_FILE}"
for argument in "$@"; do line="$line${us}$argument"; done
printf '%s\n' "$line" >> "$here/calls"
if [ -f "$here/behave" ]; then . "$here/behave"; fi
case $1 in
login)
    cat > "$here/stdin"
    cp "$DOCKER_CONFIG/config.json" "$here/settings"
    printf '{"auths":{"secret":{}}}' > "$DOCKER_CONFIG/config.json" ;;
build) echo "step 1 of $1"; echo "step 2 of $1" >&2 ;;
push)
    for image in "$@"; do :; done
    printf '%s' "$image" > "$here/pushes/$$.part" && mv "$here/pushes/$$.part" "$here/pushes/$$"
    tries=0
    while [ -e "$here/pushes/$$" ]; do
        tries=$((tries + 1)); [ $tries -lt 2000 ] || exit 9
        sleep 0.05
    done ;;
esac
"#;

/// A call that the stand-in met.
#[derive(Clone, Debug)]
pub struct Called {
    /// `docker` or `podman`.
    pub program: String,
    /// Where it ran.
    pub dir: String,
    /// The variables that tell an engine where passwords are.
    pub keys: [String; 2],
    /// Its arguments.
    pub args: Vec<String>,
}

/// An environment `dev` in a served sandbox, its Dockerfiles, and the stand-in on PATH.
pub struct Bench {
    /// Where hcctl runs.
    pub place: Place,
    /// The account.
    pub served: Served,
    done: Arc<AtomicBool>,
    registry: Option<JoinHandle<()>>,
}

impl Bench {
    /// With these programs on PATH and nothing else.
    pub fn new(programs: &[&str]) -> Self {
        let bench = Self::before_apply(programs);
        bench.place.expect(0, "apply dev --yes --quiet");
        bench
    }

    /// The registry's host and port: a served sandbox is one.
    pub fn registry(&self) -> String {
        self.served.url().replace("http://", "")
    }

    /// The same before the environment is made.
    pub fn before_apply(programs: &[&str]) -> Self {
        let served = Served::start(Settings::instant());
        let place = Place::new().at(&served.url());
        for dir in ["bin", "tmp", "engine/pushes"] {
            fs::create_dir_all(place.path(dir)).unwrap();
        }
        for program in programs {
            install(&place, program, SCRIPT);
        }
        for service in ["appointment", "patient"] {
            place.write(&format!("Dockerfile.{service}"), "FROM scratch\n");
        }
        let (path, temporary) = (place.path("bin"), place.path("tmp"));
        let place = place.with("PATH", path.to_str().unwrap());
        let place = place.with("TMPDIR", temporary.to_str().unwrap());
        let done = Arc::new(AtomicBool::new(false));
        let pushes = place.path("engine/pushes");
        let (sandbox, over) = (served.sandbox.clone(), Arc::clone(&done));
        let registry = std::thread::spawn(move || take_in(&sandbox, &pushes, &over));
        Self {
            place,
            served,
            done,
            registry: Some(registry),
        }
    }

    /// The same with a variable in the environment of its runs.
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut bench = self;
        let place = std::mem::replace(&mut bench.place, Place::empty());
        bench.place = place.with(name, value);
        bench
    }

    /// What the stand-in does before its default: shell, which may `exit`.
    pub fn behave(&self, script: &str) {
        self.place.write("engine/behave", script);
    }

    /// The calls since the last time that this was asked.
    pub fn calls(&self) -> Vec<Called> {
        let path = self.place.path("engine/calls");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        let calls = text.lines().map(|line| {
            let mut fields = line.split(DIVIDER).map(str::to_owned);
            let mut next = || fields.next().unwrap();
            let (program, dir, keys) = (next(), next(), [next(), next()]);
            Called {
                program,
                dir,
                keys,
                args: fields.collect(),
            }
        });
        calls.collect()
    }

    /// The calls of one verb, as one text each, in alphabetical order.
    pub fn lines(calls: &[Called], verb: &str) -> Vec<String> {
        let of_verb = calls.iter().filter(|call| call.args[0] == verb);
        let mut lines: Vec<String> = of_verb.map(|call| call.args.join(" ")).collect();
        lines.sort();
        lines
    }

    /// What is left in the directory for temporary files.
    pub fn left_behind(&self) -> Vec<PathBuf> {
        let dir = fs::read_dir(self.place.path("tmp")).unwrap();
        dir.map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(registry) = self.registry.take() {
            let _ = registry.join();
        }
    }
}

/// Writes a program into the place's `bin`.
pub fn install(place: &Place, name: &str, script: &str) {
    place.write(&format!("bin/{name}"), script);
    let path = place.path(&format!("bin/{name}"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Puts every image that is pushed into its repository, until the test is done.
fn take_in(sandbox: &Sandbox, pushes: &Path, done: &AtomicBool) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(async {
        let connect = Connect {
            region: "us-east-1".to_owned(),
            profile: None,
            http: Some(sandbox.http_client()),
            ask: None,
        };
        let aws = Aws::connect(connect, blueprint::scope(&load("dev"))).await;
        let aws = aws.unwrap();
        while !done.load(Ordering::Relaxed) {
            for entry in fs::read_dir(pushes).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_none() {
                    put(&aws, &fs::read_to_string(&path).unwrap()).await;
                    fs::remove_file(path).unwrap();
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

async fn put(aws: &Aws, image: &str) {
    let (uri, tag) = image.rsplit_once(':').unwrap();
    let (_registry, repository) = uri.split_once('/').unwrap();
    let manifest = format!(r#"{{"schemaVersion":2,"image":"{image}"}}"#);
    aws.ecr
        .put_image()
        .repository_name(repository)
        .image_tag(tag)
        .image_manifest(manifest)
        .image_manifest_media_type("application/vnd.oci.image.manifest.v1+json")
        .send()
        .await
        .unwrap();
}
