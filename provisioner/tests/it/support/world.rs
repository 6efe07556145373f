//! A simulated account in the process, and what hcctl does in it: look, apply.
//!
//! It must not know what any test expects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hcctl::aws::zones::choose;
use hcctl::aws::{Aws, Connect, Scope};
use hcctl::blueprint::{self, Inputs};
use hcctl::environment::{self, Environment, SecretSource};
use hcctl::resources::{KINDS, rule_priority, subnet, task_definition};
use hcctl_engine::drive::{self, Pace, catalog, observe};
use hcctl_engine::plan::{PlanError, plan};
use hcctl_engine::{Action, Blueprint, Change, Plan, Report, Snapshot};
use hcctl_sandbox::{ACCOUNT, Sandbox, Settings};

/// Steps at a time, as the binary does it.
const AT_ONCE: usize = 32;

/// The directory with dev.yaml and prod.yaml.
pub fn environments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments")
}

/// The text of an environment file.
pub fn text(name: &str) -> String {
    std::fs::read_to_string(environments().join(format!("{name}.yaml"))).unwrap()
}

/// An environment from a text; the name is the file's stem.
pub fn parse(name: &str, text: &str) -> Environment {
    environment::parse(name, Path::new("test.yaml"), text)
        .unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

/// An environment of this repository.
pub fn load(name: &str) -> Environment {
    parse(name, &text(name))
}

/// dev with what few environments have: every kind is in it.
pub fn wide() -> Environment {
    parse("dev", &wide_text())
}

/// Its file.
pub fn wide_text() -> String {
    let dev = text("dev");
    let (head, tail) = dev.split_once("    paths: [\"/api/patients*\"]\n").unwrap();
    let text = format!("{head}    paths: [\"/api/patients*\"]\n    calls: [ledger]\n{tail}");
    let (head, tail) = text.split_once("\nauth:").unwrap();
    format!("{head}{WIDE}\nauth:{tail}")
}

/// The services that it has and dev has not.
const WIDE: &str = "  ledger: { port: 4000, sends_to: [mailer] }\n  mailer: { queue: true }\n";

/// What the topology needs to know, with zones that every region has and no images.
pub fn inputs(environment: &Environment) -> Inputs {
    let letters = ('a'..='z').take(environment.network.zones.count());
    Inputs {
        account: ACCOUNT.to_owned(),
        zones: letters
            .zip(1..)
            .map(|(letter, number)| (number, format!("{}{letter}", environment.region)))
            .collect(),
        ..Inputs::default()
    }
}

/// A simulated account.
pub struct World {
    /// The account.
    pub sandbox: Sandbox,
}

impl World {
    /// An empty account.
    pub fn new(settings: Settings) -> Self {
        Self {
            sandbox: Sandbox::open(None, settings).unwrap(),
        }
    }

    /// An account in which these environments stand and are settled.
    pub async fn settled(settings: Settings, environment: &Environment) -> Self {
        let world = Self::new(settings);
        world.converge(environment).await;
        world
    }

    /// Clients in the scope of an environment.
    pub async fn aws(&self, environment: &Environment) -> Aws {
        self.aws_over(self.sandbox.http_client(), environment).await
    }

    /// The same over another client.
    pub async fn aws_over(&self, http: SharedHttpClient, environment: &Environment) -> Aws {
        connected(http, blueprint::scope(environment)).await
    }

    /// Clients in another scope.
    pub async fn aws_in(&self, scope: Scope) -> Aws {
        connected(self.sandbox.http_client(), scope).await
    }

    /// Has every secret that an environment names be there, as somebody made it.
    pub fn keep_secrets(&self, environment: &Environment) {
        let services = environment.services.values();
        for source in services.flat_map(hcctl::environment::Service::all_secrets) {
            let arn = source.resource(environment.region.as_ref(), ACCOUNT);
            self.sandbox
                .set_secret(&arn.replace("??????", "AbCdEf"), "hush");
        }
    }

    /// What an apply would do.
    pub async fn plan(&self, environment: &Environment) -> Plan {
        self.keep_secrets(environment);
        let aws = self.aws(environment).await;
        look(&aws, environment).await.unwrap()
    }

    /// What a destroy would do.
    pub async fn end(&self, environment: &Environment) -> Plan {
        let aws = self.aws(environment).await;
        let snapshot = seen(&aws).await;
        plan(&catalog(KINDS), &Blueprint::empty(), &snapshot).unwrap()
    }

    /// Makes a plan true.
    pub async fn apply(&self, environment: &Environment, plan: &Plan) -> Report {
        self.apply_with(&self.aws(environment).await, plan).await
    }

    /// The same with these clients.
    pub async fn apply_with(&self, aws: &Aws, plan: &Plan) -> Report {
        self.apply_kinds(KINDS, aws, plan).await
    }

    /// The same of other kinds.
    pub async fn apply_kinds(&self, kinds: &drive::Kinds<Aws>, aws: &Aws, plan: &Plan) -> Report {
        let pace = Steps {
            sandbox: self.sandbox.clone(),
            slept: AtomicU64::new(0),
        };
        // As the binary does it: what the look remembered may have changed.
        Box::pin(drive::apply(
            kinds,
            &aws.fresh(),
            plan,
            AT_ONCE,
            &pace,
            &|_| {},
        ))
        .await
    }

    /// Lets a service run an image of its own repository, as a first deploy does; answers the image.
    pub async fn deploy(&self, environment: &Environment, service: &str) -> String {
        let aws = self.aws(environment).await;
        let repository = aws.scope.name(&format!("{service}-service"));
        let manifest = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":1},"layers":[]}"#;
        let call = aws.ecr.put_image().repository_name(&repository);
        let call = call.image_manifest(manifest).image_tag("v1");
        Box::pin(call.send()).await.unwrap();
        let image = format!(
            "{}:v1",
            hcctl::aws::names::image_uri(ACCOUNT, &aws.scope.region, &repository)
        );
        let snapshot = seen(&aws).await;
        let one = |kind| of_kind(&snapshot, kind).find(|seen| seen.address.name == service);
        let (definition, live) = (one("task_definition").unwrap(), one("service").unwrap());
        let mut spec: task_definition::Spec = definition.raw.read().unwrap();
        spec.image.clone_from(&image);
        let revision = Box::pin(task_definition::register(&aws, service, &spec))
            .await
            .unwrap();
        let call = aws.ecs.update_service().service(&live.id);
        let call = call.cluster(live.raw.field("cluster").unwrap()["$id"].as_str().unwrap());
        let call = call.task_definition(revision).desired_count(1);
        Box::pin(call.send()).await.unwrap();
        self.converge(environment).await;
        image
    }

    /// The definition of a service's tasks, with links by id.
    pub async fn definition(
        &self,
        environment: &Environment,
        service: &str,
    ) -> task_definition::Spec {
        let snapshot = seen(&self.aws(environment).await).await;
        let mut definitions = of_kind(&snapshot, "task_definition");
        let one = definitions.find(|seen| seen.address.name == service);
        one.unwrap().raw.read().unwrap()
    }

    /// The image that a service runs.
    pub async fn image(&self, environment: &Environment, service: &str) -> String {
        let snapshot = seen(&self.aws(environment).await).await;
        let mut definitions = of_kind(&snapshot, "task_definition");
        let one = definitions.find(|seen| seen.address.name == service);
        let image = one.unwrap().raw.field("image").unwrap();
        image.as_str().unwrap().to_owned()
    }

    /// Plans and applies, and demands that nothing fails and nothing is left to do; answers what was planned.
    pub async fn converge(&self, environment: &Environment) -> Plan {
        let plan = self.plan(environment).await;
        let report = self.apply(environment, &plan).await;
        assert!(
            report.complete(),
            "{:#?}\nskipped: {:?}",
            report.failed,
            report.skipped
        );
        let left = lines(&self.plan(environment).await);
        assert!(
            left.is_empty(),
            "left after an apply of {:#?}:\n{left:#?}",
            lines(&plan)
        );
        plan
    }
}

async fn connected(http: SharedHttpClient, scope: Scope) -> Aws {
    let connect = Connect {
        region: scope.region.clone(),
        profile: None,
        http: Some(http),
        ask: None,
    };
    // Boxed, as what follows: a test's future lies on a thread's small stack as a whole.
    Box::pin(Aws::connect(connect, scope)).await.unwrap()
}

/// Everything that is seen, or a panic with the faults.
pub async fn seen(aws: &Aws) -> Snapshot {
    Box::pin(observe(KINDS, &aws.fresh())).await.unwrap()
}

/// As the verbs look at an account: who asks, what is there and which zones there are, all at once.
pub async fn look(aws: &Aws, environment: &Environment) -> Result<Plan, Vec<PlanError>> {
    let aws = aws.fresh();
    let zones = Box::pin(hcctl::aws::ec2::zones(&aws));
    let (identity, snapshot, zones) =
        futures_util::join!(aws.identity(), Box::pin(observe(KINDS, &aws)), zones);
    let snapshot = snapshot.unwrap();
    let subnets: Vec<subnet::Spec> = of_kind(&snapshot, "subnet")
        .map(|seen| seen.raw.read().unwrap())
        .collect();
    let standing = blueprint::standing(environment, &subnets);
    let (region, wanted) = (&environment.region, &environment.network.zones);
    let wanted = (wanted.count(), &*wanted.listed());
    let chosen = choose(region.as_ref(), &zones.unwrap(), wanted, &standing).unwrap();
    let seats = Box::pin(rule_priority::seats(&aws, &snapshot))
        .await
        .unwrap();
    let priorities = blueprint::priorities(environment, &seats)?;
    let images = of_kind(&snapshot, "task_definition").filter_map(|seen| {
        let image = seen.raw.field("image")?.as_str()?;
        let real = !hcctl::resources::task_definition::is_placeholder(image);
        real.then(|| (seen.address.name.clone(), image.to_owned()))
    });
    let inputs = Inputs {
        account: identity.unwrap().account.clone(),
        zones: chosen.zones,
        priorities,
        images: images.collect(),
        secrets: kept(&aws, environment).await,
    };
    let blueprint = blueprint::build(environment, &inputs).unwrap();
    plan(&catalog(KINDS), &blueprint, &snapshot)
}

async fn kept(aws: &Aws, environment: &Environment) -> BTreeMap<SecretSource, blueprint::Kept> {
    let services = environment.services.values();
    let sources = services.flat_map(hcctl::environment::Service::all_secrets);
    let found = hcctl::secret::look(aws, sources.collect()).await.unwrap();
    let kept = found.into_iter().map(|(source, found)| {
        let (arn, key) = (found.arn, found.key);
        (source, blueprint::Kept { arn, key })
    });
    kept.collect()
}

fn of_kind<'a>(
    snapshot: &'a Snapshot,
    kind: &'a str,
) -> impl Iterator<Item = &'a hcctl_engine::Observed> {
    snapshot
        .ours()
        .iter()
        .filter(move |seen| seen.address.kind == kind)
}

/// What a plan does, one line per resource: `update alarm/patient-cpu: threshold`.
pub fn lines(plan: &Plan) -> Vec<String> {
    plan.changed().map(line).collect()
}

fn line(change: &Change) -> String {
    let action = match change.action {
        Action::Keep => "keep",
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace(hcctl_engine::plan::Order::MakeFirst) => "replace, new one first,",
        Action::Replace(hcctl_engine::plan::Order::DeleteFirst) => "replace, old one first,",
        Action::Delete => "delete",
    };
    let fields: Vec<&str> = change
        .fields
        .iter()
        .map(|field| field.field.as_str())
        .collect();
    let colon = if fields.is_empty() { "" } else { ": " };
    format!("{action} {}{colon}{}", change.address, fields.join(", "))
}

/// Time that passes only in the account.
struct Steps {
    sandbox: Sandbox,
    slept: AtomicU64,
}

impl Pace for Steps {
    async fn sleep(&self, time: Duration) {
        let ms = time.as_millis() as u64;
        self.sandbox.advance(ms);
        self.slept.fetch_add(ms, Ordering::Relaxed);
        // The other steps run on.
        let mut yielded = false;
        std::future::poll_fn(|context| {
            if yielded {
                return std::task::Poll::Ready(());
            }
            yielded = true;
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }

    // Steps that wait at the same time all add to the sum.
    fn now(&self) -> Duration {
        Duration::from_millis(self.slept.load(Ordering::Relaxed) / AT_ONCE as u64)
    }

    fn stop(&self) -> Option<String> {
        None
    }
}
