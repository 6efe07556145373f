//! One look at the account: what is there, what is wanted, and the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use hcctl_engine::drive::{catalog, observe};
use hcctl_engine::plan::{Catalog, PlanError, plan};
use hcctl_engine::snapshot::Taken;
use hcctl_engine::{Address, Blueprint, Class, Fault, Plan, Snapshot};
use sha2::{Digest, Sha256};

use super::complete::profiles::{self, Trouble};
use super::session::{Session, profile};
use super::suggest;
use super::watch;
use super::{CommandError, Global, Kind};
use crate::audit::Report;
use crate::aws::ec2::zones;
use crate::aws::names::image_uri;
use crate::aws::{Aws, Identity};
use crate::blueprint::{self, Inputs};
use crate::environment::ServiceName;
use crate::price::Costs;
use crate::render::{Header, Note, PlanView};
use crate::resources::reach::{self, Outage};
use crate::resources::{KINDS, repository, subnet, task_definition};

/// What one look found.
pub(super) struct Look {
    /// The clients with what they read, for questions about the same moment.
    pub(super) aws: Aws,
    /// Who looked.
    pub(super) identity: Identity,
    /// The difference.
    pub(super) plan: Plan,
    /// The kinds' facts.
    pub(super) catalog: Catalog,
    /// What the plan does not say by itself.
    pub(super) notes: Vec<Note>,
    /// By service, why nobody is answered, where the file is what is wanted.
    pub(super) outages: BTreeMap<String, Outage>,
    /// What an audit of the difference found, where the file is what is wanted.
    pub(super) findings: Option<Report>,
    /// Strangers under our names, which no run touches.
    pub(super) foreign: Vec<Taken>,
    /// The calls that it took.
    pub(super) calls: u32,
    /// The time that it took.
    pub(super) took: Duration,
    /// When it was done.
    pub(super) taken: Instant,
}

/// What a look compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The environment file.
    File,
    /// Nothing: everything is to go.
    Nothing,
}

impl Session {
    /// Looks at the account and compares.
    pub(super) async fn look(&self, wanted: Wanted) -> Result<Look, CommandError> {
        let aws = self.aws.fresh();
        let (before, began) = (aws.calls(), Instant::now());
        // At once, so that three rounds of calls do; but a wrong account or dead credentials stop everything else.
        let seen = async { observe(KINDS, &aws).await.map_err(CommandError::from) };
        let zones = async { zones(&aws).await.map_err(CommandError::from) };
        let stored = async {
            match wanted {
                Wanted::File => watch::stored(self, &aws).await.map_err(CommandError::from),
                Wanted::Nothing => Ok(Vec::new()),
            }
        };
        // Whatever fails first: the account's error is the one that explains the others.
        let (identity, others) = {
            let account = std::pin::pin!(self.check_account(&aws));
            let others = std::pin::pin!(async { tokio::try_join!(seen, zones, stored) });
            match select(account, others).await {
                Either::Left((identity, others)) => (identity?, others.await),
                Either::Right((others, account)) => (account.await?, others),
            }
        };
        let (snapshot, zones, stored) = others?;
        let mut outages = BTreeMap::new();
        let (blueprint, notes) = match wanted {
            Wanted::Nothing => (Blueprint::empty(), Vec::new()),
            Wanted::File => {
                // Read already, and remembered.
                outages = Box::pin(reach::outages(&aws)).await?;
                let (blueprint, mut notes) =
                    self.blueprint(&aws, &identity, &snapshot, &zones).await?;
                notes.extend(watch::silent(self, &outages));
                notes.extend(watch::expiring(self, &snapshot, &stored));
                (blueprint, notes)
            }
        };
        let catalog = catalog(KINDS);
        let plan =
            plan(&catalog, &blueprint, &snapshot).map_err(|errors| unmade(&self.aws, &errors))?;
        let findings =
            (wanted == Wanted::File).then(|| Report::of(&plan, &self.environment.audit.accept));
        let calls = aws.calls() - before;
        Ok(Look {
            aws,
            identity,
            plan,
            catalog,
            notes,
            outages,
            findings,
            foreign: snapshot.taken,
            calls,
            took: began.elapsed(),
            taken: Instant::now(),
        })
    }

    /// Makes sure of the account before anything else is done in it.
    pub(super) async fn guard(&self) -> Result<(), CommandError> {
        self.check_account(&self.aws).await.map(drop)
    }

    /// Refuses to go on in another account than the file names.
    async fn check_account(&self, aws: &Aws) -> Result<Identity, CommandError> {
        let identity = aws
            .identity()
            .await
            .map_err(|fault| of_profile(&self.global, fault))?;
        let identity = identity.as_ref().clone();
        match &self.environment.account {
            Some(account) if account.as_ref() != identity.account => {
                let message = format!(
                    "{} is for account {account}, and these credentials are of account {}",
                    self.file.display(),
                    identity.account
                );
                Err(CommandError::new(Kind::Refused, message).hint("name the right profile (--profile or AWS_PROFILE), or log in to the right account"))
            }
            _ => Ok(identity),
        }
    }

    async fn blueprint(
        &self,
        aws: &Aws,
        identity: &Identity,
        snapshot: &Snapshot,
        zones: &[String],
    ) -> Result<(Blueprint, Vec<Note>), CommandError> {
        let images = self.images(aws, snapshot).await?;
        let waiting = self
            .environment
            .services
            .keys()
            .filter(|name| !images.contains_key(name.as_str()));
        let notes = waiting.map(|name| Note {
            address: Address::new("service", name.as_str()),
            text: "waits for its first deploy".to_owned(),
        });
        let notes = notes.collect();
        let inputs = Inputs {
            account: identity.account.clone(),
            zones: self.choose_zones(snapshot, zones)?,
            images,
        };
        let blueprint = blueprint::build(&self.environment, &inputs);
        let blueprint = blueprint.map_err(|error| {
            CommandError::new(
                Kind::Failed,
                format!("the environment cannot be drawn: {error}"),
            )
        })?;
        Ok((blueprint, notes))
    }

    /// By service, the image that runs: `deploy` is its one writer, so it is an input here. Where no task definition is
    /// left (somebody deleted it), the repository's newest image.
    async fn images(
        &self,
        aws: &Aws,
        snapshot: &Snapshot,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut images = BTreeMap::new();
        let of_kind = |kind: &'static str, name: &str| {
            let address = Address::new(kind, name);
            snapshot
                .ours()
                .iter()
                .find(|seen| seen.address == address)
                .map(|seen| &seen.raw)
        };
        for name in self.environment.services.keys().map(ServiceName::as_str) {
            if let Some(definition) = of_kind("task_definition", name) {
                let image = definition
                    .field("image")
                    .and_then(|value| value.as_str())
                    .unwrap_or_default();
                if !task_definition::is_placeholder(image) {
                    images.insert(name.to_owned(), image.to_owned());
                }
            } else if let Some(repository) = of_kind("repository", name)
                && let Some(repository) = repository.field("name").and_then(|value| value.as_str())
            {
                let newest = repository::images(aws, repository)
                    .await?
                    .into_iter()
                    .find(|image| !image.tags.is_empty());
                let account = &aws.identity().await?.account;
                let uri = image_uri(account, &aws.scope.region, repository);
                images.extend(
                    newest.map(|image| (name.to_owned(), format!("{uri}@{}", image.digest))),
                );
            }
        }
        Ok(images)
    }

    /// The zones that the environment stands in already, then others of the region: a zone that comes or goes must not
    /// move subnets.
    fn choose_zones(
        &self,
        snapshot: &Snapshot,
        zones: &[String],
    ) -> Result<Vec<String>, CommandError> {
        let subnets = snapshot
            .ours()
            .iter()
            .filter(|seen| seen.address.kind == "subnet");
        let in_use: BTreeSet<String> = subnets
            .filter_map(|seen| seen.raw.read::<subnet::Spec>().ok())
            .map(|spec| spec.zone)
            .collect();
        let more = zones.iter().filter(|zone| !in_use.contains(*zone)).cloned();
        let wanted = usize::from(self.environment.network.zones.get());
        let chosen: Vec<String> = in_use.iter().cloned().chain(more).take(wanted).collect();
        if chosen.len() < wanted {
            let message = format!(
                "region {} offers this account {} availability zones, not {wanted}",
                self.environment.region,
                chosen.len()
            );
            return Err(CommandError::new(Kind::Refused, message)
                .hint("lower network.zones, or use another region"));
        }
        Ok(chosen)
    }

    /// What a plan's first line says.
    fn header(&self, look: &Look) -> Header {
        Header {
            project: self.environment.project.to_string(),
            environment: self.environment.name.to_string(),
            account: look.identity.account.clone(),
            region: self.environment.region.to_string(),
            file: self.file.display().to_string(),
            api_calls: Some(look.calls),
            took: look.took,
        }
    }
}

impl Look {
    /// The plan with all that its readers want to know around it.
    pub(super) fn view(&self, session: &Session) -> PlanView<'_> {
        PlanView {
            header: session.header(self),
            plan: &self.plan,
            catalog: &self.catalog,
            notes: &self.notes,
            costs: Some(Costs::of(session.environment.region.as_ref(), &self.plan)),
            findings: self.findings.as_ref(),
        }
    }
}

/// Names the profile that has no credentials; a fault of the service's own is not about that.
pub(super) fn of_profile(global: &Global, mut fault: Fault) -> Fault {
    if let Some(profile) = profile(global)
        && fault.class == Class::Credentials
        && fault.code.is_none()
    {
        fault.message = format!("{} (profile {profile})", fault.message);
        fault.remedy = signing_in(&profile).or(fault.remedy);
    }
    fault
}

/// How credentials of a profile can be had, as far as the AWS CLI's files tell.
pub(super) fn signing_in(profile: &str) -> Option<String> {
    match profiles::trouble(profile)? {
        Trouble::Missing(there) => {
            let there: Vec<&str> = there.iter().map(String::as_str).collect();
            let remedy = suggest::remedy(profile, &there);
            let remedy = remedy.map_or_else(String::new, |remedy| format!("; {remedy}"));
            Some(format!(
                "the AWS CLI's files have no profile `{profile}`{remedy}"
            ))
        }
        Trouble::SignedOut(command) => {
            Some(format!("log in again: aws {command} --profile {profile}"))
        }
    }
}

/// Why there is no plan, and what makes one possible.
pub(super) fn unmade(aws: &Aws, errors: &[PlanError]) -> CommandError {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let mut error = CommandError::new(Kind::Refused, lines.join("\n"));
    for cause in errors {
        let elsewhere = "choose another project or environment name";
        let hints = match cause {
            PlanError::Lost(lost) => vec![lost.remedy.clone()],
            PlanError::Elsewhere { place, .. } => vec![format!(
                "destroy it there first (region: {place}), or {elsewhere}"
            )],
            // Somebody may need what is there, so that its removal is nobody's hint.
            PlanError::Taken(taken) => vec![
                format!(
                    "if it is this environment's own, say so: {}",
                    aws.claim(&taken.id, &taken.address.to_string())
                ),
                format!("if it is not: {elsewhere}"),
            ],
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

/// The digest that binds a saved plan to a text.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
