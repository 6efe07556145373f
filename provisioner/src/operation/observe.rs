//! One look at the account: what is there, what is wanted, and the difference.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use hcctl_engine::drive::{self, catalog};
use hcctl_engine::plan::{Catalog, PlanError, plan, survey};
use hcctl_engine::snapshot::Taken;
use hcctl_engine::{Address, Blueprint, Plan, Snapshot};

use super::secret::{self, Secrets};
use super::{CommandError, Context, Kind, Note, leaving, remarks};
use crate::audit::Report;
use crate::aws::ec2::zones;
use crate::aws::names::image_uri;
use crate::aws::zones::{Chosen, Zone, choose};
use crate::aws::{Aws, Identity};
use crate::blueprint::{self, Inputs};
use crate::doctor::{holders, obstacles};
use crate::resources::image::{Image, KEEP};
use crate::resources::reach::{self, Outage};
use crate::resources::{KINDS, RARE, rule_priority, service, subnet, task_definition};

/// What one look found.
pub struct Observation {
    /// The clients with what they read, for questions about the same moment.
    pub aws: Aws,
    /// Who looked.
    pub identity: Identity,
    /// The difference.
    pub plan: Plan,
    /// The kinds' facts.
    pub catalog: Catalog,
    /// What the plan does not say by itself.
    pub notes: Vec<Note>,
    /// The services of the file without an image.
    pub waiting: Vec<Waiting>,
    /// Whether a service that runs is to go.
    pub leaves: bool,
    /// By service, why nobody is answered, where the file is what is wanted.
    pub outages: BTreeMap<String, Outage>,
    /// What an audit of the difference found, where the file is what is wanted.
    pub findings: Option<Report>,
    /// What was found of the secrets of the file, where the file is what is wanted.
    pub secrets: Secrets,
    /// Strangers under our names, which no run touches.
    pub foreign: Vec<Taken>,
    /// The calls that it took.
    pub calls: u32,
    /// The time that it took.
    pub took: Duration,
    /// When it was done.
    pub taken: Instant,
}

/// A service without an image to run.
pub struct Waiting {
    /// Its name.
    pub service: String,
    /// The tag of the newest image in its repository, where there is one: those that were deployed come first.
    pub newest: Option<String>,
}

/// What is wanted, and what is to be said of it.
#[derive(Default)]
struct Drawn {
    blueprint: Blueprint,
    /// Services without an image.
    waiting: Vec<String>,
    /// What is to be known of the zones.
    remarks: Vec<String>,
}

/// What a look compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The environment file.
    File,
    /// Nothing: everything is to go.
    Nothing,
}

/// How what is wanted is compared with what was seen.
type Compare = fn(&Catalog, &Blueprint, &Snapshot) -> Result<Plan, Vec<PlanError>>;

impl Context {
    /// Looks at the account and compares.
    ///
    /// # Errors
    ///
    /// A refusal where there can be no plan, or in another account; a fault where AWS does not answer.
    pub async fn observe(&self, wanted: Wanted) -> Result<Observation, CommandError> {
        self.look(wanted, plan).await
    }

    /// The same with the file, for somebody who only looks: what has lost its tags does not hide the rest.
    ///
    /// # Errors
    ///
    /// As [`Context::observe`], but for what is lost.
    pub async fn survey(&self) -> Result<Observation, CommandError> {
        self.look(Wanted::File, survey).await
    }

    async fn look(&self, wanted: Wanted, compare: Compare) -> Result<Observation, CommandError> {
        let aws = match wanted {
            Wanted::File => self.aws.fresh(),
            // What an earlier file asked for is to go as well.
            Wanted::Nothing => self.aws.seeking(RARE),
        };
        let (before, began) = (aws.calls(), Instant::now());
        // At once, so that three rounds of calls do; but a wrong account or dead credentials stop everything else.
        let seen = async {
            drive::observe(KINDS, &aws)
                .await
                .map_err(CommandError::from)
        };
        let secrets = async {
            match wanted {
                Wanted::File => secret::of_file(self, &aws)
                    .await
                    .map_err(CommandError::from),
                Wanted::Nothing => Ok(Secrets::new()),
            }
        };
        let zones = async { zones(&aws).await.map_err(CommandError::from) };
        let stored = async {
            match wanted {
                Wanted::File => remarks::stored(self, &aws)
                    .await
                    .map_err(CommandError::from),
                Wanted::Nothing => Ok(Vec::new()),
            }
        };
        // Whatever fails first: the account's error is the one that explains the others.
        let (identity, others) = {
            let account = std::pin::pin!(self.check_account(&aws));
            let others = std::pin::pin!(async { tokio::try_join!(seen, zones, stored, secrets) });
            match select(account, others).await {
                Either::Left((identity, others)) => (identity?, others.await),
                Either::Right((others, account)) => (account.await?, others),
            }
        };
        let (snapshot, zones, stored, secrets) = others?;
        let mut outages = BTreeMap::new();
        let drawn = match wanted {
            Wanted::Nothing => Drawn::default(),
            Wanted::File => {
                // Read already, and remembered.
                outages = Box::pin(reach::outages(&aws)).await?;
                self.blueprint(&aws, &identity, (&snapshot, &zones, &secrets))
                    .await?
            }
        };
        let catalog = catalog(KINDS);
        let plan = compare(&catalog, &drawn.blueprint, &snapshot)
            .map_err(|errors| unmade(&self.aws, &errors, stands(&snapshot)))?;
        let waiting = drawn.waiting;
        let mut notes: Vec<Note> = waiting
            .iter()
            .map(|name| Note {
                address: Address::new("service", name.as_str()),
                text: "waits for its first deploy".to_owned(),
            })
            .collect();
        notes.extend(drawn.remarks.into_iter().map(|text| Note {
            address: Address::new("vpc", "main"),
            text,
        }));
        let mut leaves = false;
        if wanted == Wanted::File {
            let leaving = leaving::notes(&plan, &self.environment);
            leaves = !leaving.is_empty();
            notes.extend(leaving);
            notes.extend(remarks::silent(self, &outages));
            notes.extend(remarks::expiring(self, &snapshot, &stored));
        }
        let waiting = waiting
            .into_iter()
            .map(|service| Waiting {
                newest: newest(&stored, &service),
                service,
            })
            .collect();
        let findings =
            (wanted == Wanted::File).then(|| Report::of(&plan, &self.environment.audit.accept));
        let calls = aws.calls() - before;
        Ok(Observation {
            aws,
            identity,
            plan,
            catalog,
            notes,
            waiting,
            leaves,
            outages,
            findings,
            secrets,
            foreign: snapshot.taken,
            calls,
            took: began.elapsed(),
            taken: Instant::now(),
        })
    }

    /// Refuses what AWS would refuse half way: others' rules and ranges in the way, quotas that are met, and for a destroy
    /// what holds the VPC or the cluster.
    pub async fn foresee(&self, look: &Observation, wanted: Wanted) -> Result<(), CommandError> {
        let errors = match wanted {
            Wanted::File => {
                let mut all = Box::pin(obstacles::of_apply(&look.aws, &look.plan)).await?;
                all.extend(secret::refusals(self, &look.secrets));
                all
            }
            Wanted::Nothing => Box::pin(holders::of_destroy(&look.aws, &look.plan)).await?,
        };
        if errors.is_empty() {
            Ok(())
        } else {
            Err(unmade(&self.aws, &errors, true))
        }
    }

    async fn blueprint(
        &self,
        aws: &Aws,
        identity: &Identity,
        (snapshot, zones, secrets): (&Snapshot, &[Zone], &Secrets),
    ) -> Result<Drawn, CommandError> {
        let images = self.images(aws, identity, snapshot).await?;
        let waiting = self
            .environment
            .services
            .iter()
            .filter(|(name, service)| {
                service.image.is_none() && !images.contains_key(name.as_str())
            })
            .map(|(name, _)| name.to_string())
            .collect();
        let chosen = self.choose_zones(snapshot, zones)?;
        let seats = rule_priority::seats(aws, snapshot).await?;
        let priorities = blueprint::priorities(&self.environment, &seats)
            .map_err(|errors| unmade(aws, &errors, stands(snapshot)))?;
        let inputs = Inputs {
            account: identity.account.clone(),
            zones: chosen.zones,
            images,
            priorities,
            secrets: secret::kept(secrets),
        };
        let blueprint = blueprint::build(&self.environment, &inputs);
        let blueprint = blueprint.map_err(|error| {
            CommandError::new(
                Kind::Failed,
                format!("the environment cannot be drawn: {error}"),
            )
        })?;
        Ok(Drawn {
            blueprint,
            waiting,
            remarks: chosen.remarks,
        })
    }

    /// By service, the image that runs: `deploy` is its one writer, so it is an input here. A service whose task definition
    /// somebody has deregistered still names it. Where neither is left nobody knows what ran last: the newest image in the
    /// repository may never have run, or have failed.
    ///
    /// What is not from the service's own repository nobody deployed: the last one that is, by the service's own task
    /// definitions, is wanted in its place. Without any there is no plan.
    async fn images(
        &self,
        aws: &Aws,
        identity: &Identity,
        snapshot: &Snapshot,
    ) -> Result<BTreeMap<String, String>, CommandError> {
        let mut images = BTreeMap::new();
        let of_kind = |kind: &'static str, name: &str| {
            let address = Address::new(kind, name);
            snapshot
                .ours()
                .iter()
                .find(|seen| seen.address == address)
                .map(|seen| &seen.raw)
        };
        let services = self.environment.services.iter();
        let deployed = services.filter(|(_, service)| service.image.is_none());
        for name in deployed.map(|(name, _)| name.as_str()) {
            let image = if let Some(definition) = of_kind("task_definition", name) {
                let image = definition.field("image").and_then(|value| value.as_str());
                image.map(str::to_owned)
            } else {
                let live =
                    of_kind("service", name).and_then(|doc| doc.read::<service::Spec>().ok());
                let definition = match &live {
                    Some(live) => {
                        task_definition::read(aws, live.task_definition.resolved()).await?
                    }
                    None => None,
                };
                definition.map(|definition| definition.image)
            };
            let family = aws.scope.name(&format!("{name}-service"));
            let repository = image_uri(&identity.account, &aws.scope.region, &family);
            let own = |image: &str| {
                let rest = image.strip_prefix(&repository);
                rest.is_some_and(|rest| rest.starts_with([':', '@']))
            };
            let image = image.filter(|image| !task_definition::is_placeholder(image));
            let Some(image) = image else { continue };
            if own(&image) {
                images.insert(name.to_owned(), image);
                continue;
            }
            let last = task_definition::last(aws, &family, |image| {
                own(image) && !task_definition::is_placeholder(image)
            });
            let Some(last) = last.await? else {
                let message = format!(
                    "{name} runs {image}, which is not from its repository {family}, and no revision of its own names an \
                     image that is"
                );
                let deploy = self.again("deploy");
                return Err(CommandError::new(Kind::Refused, message)
                    .hint(format!("deploy one: {deploy} --service {name} --image TAG"))
                    .hint(format!(
                        "or say in {} that it is meant: image: REGISTRY/REPOSITORY@sha256:DIGEST",
                        self.file.display()
                    )));
            };
            images.insert(name.to_owned(), last);
        }
        Ok(images)
    }

    /// The zones to use: those that the environment stands in already, then others of the region.
    fn choose_zones(&self, snapshot: &Snapshot, offered: &[Zone]) -> Result<Chosen, CommandError> {
        let subnets = snapshot
            .ours()
            .iter()
            .filter(|seen| seen.address.kind == "subnet");
        let subnets: Vec<subnet::Spec> = subnets
            .filter_map(|seen| seen.raw.read::<subnet::Spec>().ok())
            .collect();
        let standing = blueprint::standing(&self.environment, &subnets);
        let (region, zones) = (&self.environment.region, &self.environment.network.zones);
        let wanted = (zones.count(), &*zones.listed());
        choose(region.as_ref(), offered, wanted, &standing)
            .map_err(|error| CommandError::new(Kind::Refused, error.reason).hint(error.remedy))
    }
}

impl Observation {
    /// Whether something that stays is still on its way: an apply then waits for it.
    pub fn is_settling(&self) -> bool {
        let mut seen = self
            .plan
            .changes
            .iter()
            .filter_map(|one| one.before.as_ref());
        seen.any(|seen| seen.pending.is_some())
    }
}

/// The tag of the newest image in a service's repository; of one that was deployed, if any was.
fn newest(stored: &[(String, Vec<Image>)], service: &str) -> Option<String> {
    let (_, images) = stored.iter().find(|(name, _)| name == service)?;
    let tagged = || {
        let releases = images.iter().filter(|image| image.is_release());
        releases.filter(|image| image.names().next().is_some())
    };
    let deployed = tagged().find(|image| image.has(KEEP));
    let image = deployed.or_else(|| tagged().next())?;
    image.names().next().cloned()
}

/// Whether anything of the environment stands: under another name a second one would be made, and this one left behind.
fn stands(snapshot: &Snapshot) -> bool {
    !snapshot.ours().is_empty()
}

/// Why there is no plan, and what makes one possible. Where the environment `stands` already, no other name is.
pub(super) fn unmade(aws: &Aws, errors: &[PlanError], stands: bool) -> CommandError {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let mut error = CommandError::new(Kind::Refused, lines.join("\n"));
    for cause in errors {
        let elsewhere = if stands {
            "have it renamed or removed by whoever it belongs to"
        } else {
            "choose another project or environment name"
        };
        let hints = match cause {
            PlanError::Lost(lost) => vec![lost.remedy.clone()],
            PlanError::Elsewhere { place, .. } => vec![
                format!("go on with it there: region: {place}"),
                format!(
                    "destroy it there first (region: {place}), where nobody needs it any more, or choose another project \
                     or environment name"
                ),
            ],
            // Somebody may need what is there, so that its removal is nobody's hint.
            PlanError::Taken(taken) => vec![
                format!(
                    "if it is this environment's own, say so: {}",
                    aws.claim(&taken.id, &taken.address.to_string())
                ),
                format!("if it is not: {elsewhere}"),
            ],
            PlanError::Conflict { remedy, .. } => vec![remedy.clone()],
            _ => vec![format!(
                "remove or rename what is in the way, or {elsewhere}"
            )],
        };
        for hint in hints {
            if !error.hints.contains(&hint) {
                error = error.hint(hint);
            }
        }
    }
    error
}
