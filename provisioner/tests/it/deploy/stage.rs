//! A world per strategy in which version v1 runs, made once and copied for each case; and a case's own run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Mutex, OnceLock};

use hcctl::aws::Aws;
use hcctl_sandbox::{Delays, Pace, Settings};
use tempfile::TempDir;

use crate::support::place::{Place, Ran};
use crate::support::served::Served;
use crate::support::world::{World, load, text};

/// The strategies, each with the `deployment:` section that asks for it.
pub const STRATEGIES: &[(&str, &str)] = &[
    ("rolling", "deployment:\n  strategy: rolling"),
    (
        "blue_green",
        "deployment:\n  strategy: blue_green\n  bake_minutes: 8",
    ),
    (
        "canary",
        "deployment:\n  strategy: canary\n  percent: 10\n  canary_minutes: 2\n  bake_minutes: 8",
    ),
    (
        "linear",
        "deployment:\n  strategy: linear\n  step_percent: 50\n  step_minutes: 1\n  bake_minutes: 8",
    ),
];

/// What every world's repositories hold.
const IMAGES: &[&str] = &["v1", "v2", "fails-health", "fails-pull", "fails-start"];

/// Fast, but not at once: so that there is a middle in which to do something.
pub fn settings() -> Settings {
    Settings {
        pace: Pace::Real { scale: 1.0 },
        delays: Delays {
            task_start: 200,
            task_stop: 100,
            target_healthy: 200,
            target_drain: 100,
            task_crash: 100,
            stage: 100,
            alarm: 100,
            minute: 300,
            ..Delays::none()
        },
        ..Settings::default()
    }
}

/// The file of dev with this strategy and two tasks per service.
pub fn dev(strategy: &str) -> String {
    let (_, section) = STRATEGIES
        .iter()
        .find(|(name, _)| *name == strategy)
        .unwrap();
    let dev = text("dev");
    let old = dev
        .lines()
        .skip_while(|line| !line.starts_with("deployment:"))
        .take_while(|line| line.starts_with("deployment:") || line.starts_with(' '))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!old.is_empty());
    let dev = dev.replacen(&old, section, 1);
    dev.replace("count: 1", "count: 2")
        .replace("max: 2", "max: 4")
}

/// A place with that file.
pub fn place(strategy: &str) -> Place {
    let place = Place::new();
    place.write("environments/dev.yaml", &dev(strategy));
    place
}

/// A file with a world in which v1 runs.
pub fn base(strategy: &'static str) -> PathBuf {
    static BASES: OnceLock<Mutex<BTreeMap<&'static str, (TempDir, PathBuf)>>> = OnceLock::new();
    let mut bases = BASES.get_or_init(Mutex::default).lock().unwrap();
    let (_, path) = bases.entry(strategy).or_insert_with(|| {
        let dir = TempDir::with_prefix("hcctl-base-").unwrap();
        let path = dir.path().join("world.json");
        let served = Served::open(Some(path.clone()), Settings::instant());
        let place = place(strategy).at(&served.url());
        place.expect(0, "apply dev --yes");
        images(&served);
        place.expect(0, "deploy --image v1");
        served.sandbox.flush().unwrap();
        drop(served);
        (dir, path)
    });
    path.clone()
}

/// Publishes the images as `push --sandbox` does: over a served world there is no Docker to build with.
fn images(served: &Served) {
    for service in ["patient", "appointment"] {
        for tag in IMAGES {
            publish(served, service, tag);
        }
    }
}

/// One image of dev's.
pub fn publish(served: &Served, service: &str, tag: &str) {
    aside(served, async |aws| put_image(&aws, service, tag).await);
}

/// The same with these clients.
pub async fn put_image(aws: &Aws, service: &str, tag: &str) {
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{:064x}", fingerprint(&format!("{service} {tag}"))),
            "size": 1000,
            "platform": { "os": "linux", "architecture": "amd64" },
        }],
    });
    aws.ecr
        .put_image()
        .repository_name(aws.scope.name(&format!("{service}-service")))
        .image_manifest(manifest.to_string())
        .image_manifest_media_type("application/vnd.oci.image.index.v1+json")
        .image_tag(tag)
        .send()
        .await
        .unwrap();
}

/// Calls AWS beside hcctl, as somebody else would, in the scope of dev.
pub fn aside<T>(served: &Served, call: impl AsyncFnOnce(Aws) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World {
            sandbox: served.sandbox.clone(),
        };
        call(world.aws(&load("dev")).await).await
    })
}

fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(14_695_981_039_346_656_037, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    })
}

/// A world of a case's own, served.
pub struct Stage {
    /// The world.
    pub served: Served,
    /// Where its commands run.
    pub place: Place,
    _dir: TempDir,
}

impl Stage {
    /// A copy of the strategy's world.
    pub fn new(strategy: &'static str) -> Self {
        Self::with(strategy, settings())
    }

    /// The same, where new tasks run for long before they are healthy: time enough, on a slow machine too, for somebody
    /// to do something in the middle of a deployment.
    pub fn slow(strategy: &'static str) -> Self {
        let mut settings = settings();
        settings.delays.target_healthy = 10_000;
        Self::with(strategy, settings)
    }

    /// The same, where a bake takes long.
    pub fn baking(strategy: &'static str) -> Self {
        let mut settings = settings();
        settings.delays.minute = 2_000;
        Self::with(strategy, settings)
    }

    /// A world with nothing in it.
    pub fn bare(strategy: &str) -> Self {
        let served = Served::start(settings());
        let place = place(strategy).at(&served.url());
        let dir = TempDir::with_prefix("hcctl-case-").unwrap();
        Self {
            served,
            place,
            _dir: dir,
        }
    }

    fn with(strategy: &'static str, settings: Settings) -> Self {
        let dir = TempDir::with_prefix("hcctl-case-").unwrap();
        let path = dir.path().join("world.json");
        std::fs::copy(base(strategy), &path).unwrap();
        let served = Served::open(Some(path), settings);
        let place = place(strategy).at(&served.url());
        served.sandbox.reset_lowest();
        Self {
            served,
            place,
            _dir: dir,
        }
    }

    /// Runs to its end, while `meddle` does something once stderr has said `word`.
    pub fn run_until(&self, line: &str, word: &str, meddle: impl FnOnce(&Self, &Child)) -> Ran {
        let mut command = self.place.command(line);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut err = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                stderr.read_line(&mut line).unwrap(),
                0,
                "no {word} in {err}"
            );
            err += &line;
            if line.contains(word) {
                break;
            }
        }
        meddle(self, &child);
        stderr.read_to_string(&mut err).unwrap();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err,
        }
    }

    /// Nothing is left to do, no more than the wanted number of tasks ever failed to serve, and nothing is locked.
    pub fn is_sound(&self) {
        let wanted = 2;
        for (service, lowest) in self.served.sandbox.lowest_serving() {
            assert!(
                lowest >= wanted,
                "{service} was down to {lowest} healthy tasks"
            );
        }
        for (service, serving) in self.served.sandbox.serving() {
            assert!(
                serving.healthy_under_traffic >= wanted,
                "{service}: {serving:?}"
            );
        }
        self.place.expect(0, "plan dev --detailed-exitcode");
        self.place.expect(0, "unlock dev").shows(&["Nobody holds"]);
    }

    /// The tag of the image that runs, as `status` tells it.
    pub fn image(&self, service: &str) -> String {
        let status = self.place.expect(0, "status dev --format json");
        let status: serde_json::Value = serde_json::from_str(&status.out).unwrap();
        let services = status["services"].as_array().unwrap();
        let one = services
            .iter()
            .find(|one| one["service"] == service)
            .unwrap();
        one["tags"][0].as_str().unwrap_or_default().to_owned()
    }
}
