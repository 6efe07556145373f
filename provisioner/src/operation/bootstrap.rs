//! The account's one-time set-up, for all environments of a project.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hcctl_engine::Plan;
use hcctl_engine::drive::{self, catalog};
use hcctl_engine::plan::{Catalog, plan};

use super::apply::{Applied, Steps, changed_meanwhile, was_long_ago};
use super::observe::unmade;
use super::{Ask, Clock, CommandError, Events, Kind, digest, lease};
use crate::aws::{Aws, Identity};
use crate::bootstrap::{Repository, Wanted};
use crate::environment::{self, Environment};
use crate::lock::Lease;

/// What is set up, and where.
pub struct Account {
    /// The environments of the project.
    pub environments: Vec<Environment>,
    /// The repository whose pipelines may work here.
    pub repository: Option<Repository>,
    /// The clients.
    pub aws: Aws,
    /// Who calls.
    pub identity: Identity,
    /// How a command for the same place begins.
    pub command: String,
    /// For how long steps may begin.
    pub limit: Option<Duration>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What one look at the account found.
pub struct Observation {
    /// The difference.
    pub plan: Plan,
    /// The kinds' facts.
    pub catalog: Catalog,
    /// The calls that it took.
    pub calls: u32,
    /// The time that it took.
    pub took: Duration,
    began: Instant,
}

impl Account {
    /// Leaves out the environments of other accounts, and reaches for the regions of the others.
    ///
    /// # Errors
    ///
    /// A refusal where all environments are another account's.
    pub fn narrowed(mut self, events: &impl Events) -> Result<Self, CommandError> {
        self.environments = here(events, self.environments, &self.identity)?;
        self.aws = self.aws.across(self.wanted().regions());
        Ok(self)
    }

    /// What is wanted.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            environments: &self.environments,
            account: &self.identity.account,
            repository: self.repository.as_ref(),
        }
    }

    /// Looks at the account and compares.
    ///
    /// # Errors
    ///
    /// A refusal where there can be no plan; a fault where AWS does not answer.
    pub async fn observe(&self) -> Result<Observation, CommandError> {
        let (aws, began) = (self.aws.fresh(), Instant::now());
        let before = aws.calls();
        let wanted = self.wanted();
        let blueprint = wanted
            .build()
            .map_err(|error| CommandError::new(Kind::Config, error.to_string()))?;
        let snapshot = drive::observe(wanted.kinds(), &aws).await?;
        let catalog = catalog(wanted.kinds());
        let plan =
            plan(&catalog, &blueprint, &snapshot).map_err(|errors| unmade(&aws, &errors, false))?;
        Ok(Observation {
            plan,
            catalog,
            calls: aws.calls() - before,
            took: began.elapsed(),
            began,
        })
    }

    /// Makes what was seen what is wanted, once somebody agrees.
    ///
    /// # Errors
    ///
    /// A refusal: nobody agreed, another run holds the lease, or the account has changed meanwhile. A fault before the first
    /// step. What fails in a step is in the report.
    pub async fn apply(
        &self,
        seen: Observation,
        events: &impl Events,
        ask: &impl Ask,
    ) -> Result<Applied, CommandError> {
        let count = seen.plan.changed().count();
        let question = format!(
            "Make {count} change{} in account {}?",
            if count == 1 { "" } else { "s" },
            self.identity.account
        );
        ask.confirm(&question, None)?;
        let what = ("the account's set-up", None);
        let lease = lease::take(&self.aws, "bootstrap", what, events).await?;
        let outcome = self.under_lease(seen, &lease, (events, ask)).await;
        lease::give_back(lease, events).await;
        outcome
    }

    /// Makes the plan true, unless it is not that plan any more.
    async fn under_lease(
        &self,
        shown: Observation,
        lease: &Lease,
        (events, ask): (&impl Events, &impl Ask),
    ) -> Result<Applied, CommandError> {
        let seen = if lease.taken_over.is_some() || was_long_ago(shown.began) {
            let again = self.observe().await?;
            // The lease lives in a bucket of the plan, and may have made it.
            if digest(&again.plan.seen) != digest(&shown.plan.seen) && !only_buckets(&again, &shown)
            {
                return Err(changed_meanwhile(&self.again()));
            }
            again
        } else {
            shown
        };
        let steps = Steps {
            aws: &self.aws,
            kinds: self.wanted().kinds(),
            verb: "bootstrap",
            plan: &seen.plan,
            lease,
            clock: &*self.clock,
            limit: self.limit,
        };
        steps.run(events, ask).await
    }

    /// The command that does the same again.
    pub fn again(&self) -> String {
        let mut line = format!("{} bootstrap", self.command);
        if let Some(repository) = &self.repository {
            line = format!("{line} --github {repository}");
            if let Some((owner, id)) = repository.ids {
                line = format!("{line} --owner-id {owner} --repository-id {id}");
            }
        }
        line
    }
}

/// Whether the two looks differ in nothing but buckets.
fn only_buckets(one: &Observation, other: &Observation) -> bool {
    let rest = |look: &Observation| {
        let changes = look.plan.changes.iter();
        let rest = changes.filter(|change| change.address.kind != "bucket");
        rest.map(|change| {
            (
                change.address.clone(),
                change.before.as_ref().map(|seen| seen.doc.clone()),
            )
        })
        .collect::<Vec<_>>()
    };
    rest(one) == rest(other)
}

/// The environments of this account. Those that name another one are left out where some other names this one, and are a
/// refusal where none does: then the credentials are the wrong ones.
fn here(
    events: &impl Events,
    all: Vec<Environment>,
    identity: &Identity,
) -> Result<Vec<Environment>, CommandError> {
    let account = identity.account.as_str();
    let named = |one: &Environment| one.account.as_ref().map(ToString::to_string);
    let sure = all.iter().any(|one| named(one).as_deref() == Some(account));
    let (here, elsewhere): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| named(one).is_none_or(|other| other == account));
    for one in &elsewhere {
        let (name, other) = (&one.name, named(one).unwrap_or_default());
        if !sure {
            let message = format!(
                "{name} is for account {other}, and these credentials are of account {account}"
            );
            return Err(CommandError::new(Kind::Refused, message).hint(
                "name the right profile (--profile or AWS_PROFILE), or log in to the right account",
            ));
        }
        events.say(&format!(
            "note: {name} is for account {other}: bootstrap that one, too"
        ));
    }
    Ok(here)
}

/// Every environment of the directory; they are of one project.
///
/// # Errors
///
/// What is wrong with a file; files of several projects; a `region` that is none of theirs.
pub fn read(dir: &Path, region: Option<&str>) -> Result<Vec<Environment>, CommandError> {
    let names = environment::list(dir)?;
    if names.is_empty() {
        let message = format!("there is no environment in {}", dir.display());
        return Err(
            CommandError::new(Kind::Config, message).hint("write a first one with hcctl init")
        );
    }
    let all: Result<Vec<_>, _> = names
        .iter()
        .map(|name| environment::load(dir, name))
        .collect();
    let all = all?;
    let projects: BTreeSet<&str> = all.iter().map(|one| one.project.as_ref()).collect();
    if projects.len() > 1 {
        let says = |one: &Environment| format!("{} of {}", one.name, one.project);
        let says: Vec<String> = all.iter().map(says).collect();
        let message = format!(
            "the files in {} are of several projects: {}",
            dir.display(),
            says.join(", ")
        );
        return Err(CommandError::new(Kind::Config, message)
            .hint("name a directory with the files of one project: --environments DIR"));
    }
    if let Some(region) = region
        && !all.iter().any(|one| one.region.as_ref() == region)
    {
        let message = format!(
            "--region {region} is the region of no environment in {}",
            dir.display()
        );
        return Err(CommandError::new(Kind::Config, message)
            .hint("leave --region out: the files say where each environment is"));
    }
    Ok(all)
}
