//! `hcctl bootstrap`: the account's one-time set-up.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Instant;

use hcctl_engine::drive::{catalog, observe};
use hcctl_engine::plan::{Catalog, plan};
use hcctl_engine::{Plan, Report};
use serde_json::json;

use super::confirm::confirm;
use super::look::{digest, of_profile, unmade};
use super::run::{Ran, Steps, give_back_to, was_long_ago};
use super::session::{Behind, clients, load, say, style, wrong_file};
use super::{CommandError, Format, Global, Kind};
use crate::aws::{Aws, Identity};
use crate::bootstrap::{Repository, Wanted, scope};
use crate::environment::{self, Environment};
use crate::lock::{Lease, LockError};
use crate::render::bootstrap::{self as words, Ready, SetUp, Variable};
use crate::render::{Header, PlanView, ReportView, human, json as documents, markdown};

/// Set the account up, once: the lease bucket, boundaries, and roles for pipelines
///
/// Shows what it would make for all environments of the directory, asks, and makes it. With --github also what the
/// workflows of that repository need: GitHub's OIDC provider, and for each environment a role that can only read and one
/// that applies. Running it again shows what was changed since and puts it back. Ends by saying what is left to do by
/// hand.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The repository whose workflows may plan and apply here
    #[arg(long, value_name = "OWNER/REPO")]
    github: Option<String>,
    /// The owner's number: no one who takes the name later is trusted
    #[arg(long, value_name = "ID", requires_all = ["github", "repository_id"])]
    owner_id: Option<u64>,
    /// The repository's number
    #[arg(long, value_name = "ID", requires_all = ["github", "owner_id"])]
    repository_id: Option<u64>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const HELP: &str = "\
Examples:
  hcctl bootstrap                      the bucket and boundaries only
  hcctl bootstrap --github acme/shop   pipelines too; shows the plan, and asks
  hcctl bootstrap --github acme/shop --owner-id 42 --repository-id 4711

The numbers, by which a repository is known whatever becomes of its name:
  gh api repos/OWNER/REPO --jq '\"\\(.owner.id) \\(.id)\"'

Exit codes: 0 it is set up; 1 something failed, and running it again continues;
3 an environment file is wrong; 4 refused: not confirmed, another account, or
another run is at it; 130 interrupted, and running it again continues.";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let repository = repository(&args)?;
    let bench = Bench::open(global, repository).await?;
    let look = bench.look().await?;
    let json = bench.global.format == Format::Json;
    // Off a terminal the plan is what there is to see before the refusal.
    if !json || !(args.yes || look.plan.is_empty()) {
        show(&bench, &look)?;
    }
    if look.plan.is_empty() {
        return bench.tell_the_rest();
    }
    let count = look.plan.changed().count();
    let question = format!(
        "Make {count} change{} in account {}?",
        if count == 1 { "" } else { "s" },
        bench.identity.account
    );
    confirm(&question, None, args.yes)?;
    let lease = bench.take_lease().await?;
    let outcome = bench.make(look, &lease).await;
    give_back_to(&bench.global, lease).await;
    let ran = outcome?;
    ran.end(bench.last_words(&ran.report))
}

/// The repository that was named.
fn repository(args: &Args) -> Result<Option<Repository>, CommandError> {
    let Some(text) = &args.github else {
        return Ok(None);
    };
    let named: Repository = text.parse().map_err(|why| {
        let message = format!("--github {text} is no repository: {why}");
        CommandError::new(Kind::Config, message)
            .hint("write OWNER/REPO as GitHub shows it, with capital letters where it has them")
    })?;
    let ids = args.owner_id.zip(args.repository_id);
    Ok(Some(Repository { ids, ..named }))
}

/// Writes the plan; what is to be done does not depend on whether anybody still reads.
fn show(bench: &Bench, look: &Look) -> Result<(), CommandError> {
    let shown = || -> io::Result<()> {
        let view = bench.view(look);
        let mut out = io::stdout().lock();
        match bench.global.format {
            Format::Markdown => markdown::plan(&view, &mut out)?,
            // One line, as everything else that the verb writes.
            Format::Json => writeln!(out, "{}", documents::plan(&view))?,
            _ => human::plan(&view, &style(&bench.global, &io::stdout()), &mut out)?,
        }
        out.flush()
    };
    match shown().map_err(CommandError::from) {
        Err(error) if error.kind == Kind::ClosedPipe => Ok(()),
        shown => shown,
    }
}

/// All that the verb works on.
struct Bench {
    global: Global,
    environments: Vec<Environment>,
    repository: Option<Repository>,
    aws: Aws,
    identity: Identity,
    _behind: Behind,
}

/// What one look at the account found.
struct Look {
    plan: Plan,
    catalog: Catalog,
    calls: u32,
    began: Instant,
    took: std::time::Duration,
}

impl Bench {
    /// Reads every environment file and asks who calls.
    async fn open(global: Global, repository: Option<Repository>) -> Result<Self, CommandError> {
        let environments = read(&global)?;
        let first = &environments[0];
        let scope = scope(&environments);
        let (aws, behind) = clients(&global, first.region.as_ref(), scope).await?;
        let identity = aws.identity().await;
        let identity = identity.map_err(|fault| of_profile(&global, fault))?;
        let environments = here(&global, environments, &identity)?;
        let identity = identity.as_ref().clone();
        let mut bench = Self {
            global,
            environments,
            repository,
            aws,
            identity,
            _behind: behind,
        };
        bench.aws = bench.aws.across(bench.wanted().regions());
        Ok(bench)
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            environments: &self.environments,
            account: &self.identity.account,
            repository: self.repository.as_ref(),
        }
    }

    async fn look(&self) -> Result<Look, CommandError> {
        let (aws, began) = (self.aws.fresh(), Instant::now());
        let before = aws.calls();
        let wanted = self.wanted();
        let blueprint = wanted
            .build()
            .map_err(|error| CommandError::new(Kind::Config, error.to_string()))?;
        let snapshot = observe(wanted.kinds(), &aws).await?;
        let catalog = catalog(wanted.kinds());
        let plan =
            plan(&catalog, &blueprint, &snapshot).map_err(|errors| unmade(&aws, &errors, false))?;
        Ok(Look {
            plan,
            catalog,
            calls: aws.calls() - before,
            began,
            took: began.elapsed(),
        })
    }

    fn view<'a>(&self, look: &'a Look) -> PlanView<'a> {
        let regions: Vec<String> = self.aws.regions.iter().cloned().collect();
        let names: Vec<&str> = self
            .environments
            .iter()
            .map(|one| one.name.as_ref())
            .collect();
        let dir = self.global.environments.display();
        PlanView {
            header: Header {
                project: self.aws.scope.project.clone(),
                environment: "bootstrap".to_owned(),
                account: self.identity.account.clone(),
                caller: self.identity.arn.clone(),
                region: regions.join(", "),
                file: match names.as_slice() {
                    [one] => format!("{dir}/{one}.yaml"),
                    all => format!("{dir}/{{{}}}.yaml", all.join(",")),
                },
                api_calls: Some(look.calls),
                took: look.took,
            },
            plan: &look.plan,
            catalog: &look.catalog,
            notes: &[],
            costs: None,
            findings: None,
        }
    }

    async fn take_lease(&self) -> Result<Lease, CommandError> {
        Lease::take(&self.aws, "bootstrap")
            .await
            .map_err(|error| match error {
                LockError::Fault(fault) => fault.into(),
                LockError::Held(holder) => {
                    let message = format!(
                        "the account's set-up is being worked on by {}",
                        holder.describe()
                    );
                    let left = holder.seconds_left().max(0);
                    CommandError::new(Kind::Refused, message).hint(format!(
                        "wait: unless it is renewed, its lease ends in {left} s"
                    ))
                }
            })
    }

    /// Makes the plan true, unless it is not that plan any more.
    async fn make(&self, look: Look, lease: &Lease) -> Result<Ran, CommandError> {
        if let Some(holder) = &lease.taken_over {
            let note = "note: took over the expired lease of";
            say(&self.global, &format!("{note} {}", holder.describe()));
        }
        let shown = look;
        let look = if lease.taken_over.is_some() || was_long_ago(shown.began) {
            let again = self.look().await?;
            // The lease lives in a bucket of the plan, and may have made it.
            if digest(&again.plan.seen) != digest(&shown.plan.seen) && !only_buckets(&again, &shown)
            {
                let what = "the account has changed since the plan was shown; nothing was changed";
                return Err(CommandError::new(Kind::Refused, what)
                    .hint(format!("read the new plan: {}", self.again())));
            }
            again
        } else {
            shown
        };
        let planned = json!({
            "digest": digest(&look.plan.seen),
            "changes": documents::plan(&self.view(&look))["changes"],
        });
        let steps = Steps {
            global: &self.global,
            aws: &self.aws,
            kinds: self.wanted().kinds(),
            verb: "bootstrap",
            plan: &look.plan,
            planned,
            lease,
        };
        steps.run().await
    }

    /// The command that was typed, without `--yes`.
    fn again(&self) -> String {
        let mut line = self.global.again("bootstrap");
        if let Some(repository) = &self.repository {
            line = format!("{line} --github {repository}");
            if let Some((owner, id)) = repository.ids {
                line = format!("{line} --owner-id {owner} --repository-id {id}");
            }
        }
        line
    }

    fn last_words(&self, report: &Report) -> Result<(), CommandError> {
        let mut view = ReportView {
            verb: "bootstrap",
            environment: self.aws.scope.project.clone(),
            ..ReportView::default()
        };
        if !report.complete() {
            view.next.push(format!(
                "Run {} again: it continues where this run stopped.",
                self.again()
            ));
        }
        let mut out = io::stdout().lock();
        match self.global.format {
            Format::Json => writeln!(out, "{}", documents::report(report, &view))?,
            _ => human::report(report, &view, &style(&self.global, &io::stdout()), &mut out)?,
        }
        out.flush()?;
        drop(out);
        if report.complete() {
            self.tell_the_rest()?;
        }
        Ok(())
    }

    /// What a person still has to do, and where.
    fn tell_the_rest(&self) -> Result<(), CommandError> {
        let what = self.set_up();
        let mut out = io::stdout().lock();
        match self.global.format {
            Format::Json => writeln!(out, "{}", documents::set_up(&what))?,
            Format::Markdown => words::markdown(&what, &mut out)?,
            _ => words::human(&what, &style(&self.global, &io::stdout()), &mut out)?,
        }
        out.flush()?;
        Ok(())
    }

    fn set_up(&self) -> SetUp {
        let given = self.wanted().given();
        let pipelines = self.repository.is_some();
        let ready = self.environments.iter().zip(&given).map(|(file, one)| {
            let path = environment::find(&self.global.environments, file.name.as_ref());
            let path = path.unwrap_or_else(|_| self.global.environments.clone());
            let now = file.permissions_boundary.as_ref().map(ToString::to_string);
            Ready {
                environment: one.environment.clone(),
                file: path.display().to_string(),
                permissions_boundary: one.boundary.clone(),
                permissions_boundary_now: now,
                plan_role: pipelines.then(|| one.plan_role.clone()),
                apply_role: pipelines.then(|| one.apply_role.clone()),
            }
        });
        let variables = given.iter().filter(|_| pipelines).flat_map(|one| {
            let upper = one.environment.to_uppercase().replace('-', "_");
            let variable = |name: String, environment: Option<String>, value: &String| Variable {
                name,
                environment,
                value: value.clone(),
            };
            let environment = Some(one.environment.clone());
            [
                variable(format!("HCCTL_PLAN_ROLE_{upper}"), None, &one.plan_role),
                variable("HCCTL_APPLY_ROLE".to_owned(), environment, &one.apply_role),
            ]
        });
        SetUp {
            project: self.aws.scope.project.clone(),
            account: self.identity.account.clone(),
            repository: self.repository.as_ref().map(ToString::to_string),
            by_number: self
                .repository
                .as_ref()
                .is_some_and(|one| one.ids.is_some()),
            environments: ready.collect(),
            variables: variables.collect(),
            again: self.again(),
        }
    }
}

/// Whether the two looks differ in nothing but buckets.
fn only_buckets(one: &Look, other: &Look) -> bool {
    let rest = |look: &Look| {
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

/// Every environment of the directory; they are of one project.
fn read(global: &Global) -> Result<Vec<Environment>, CommandError> {
    let dir = &global.environments;
    let names = environment::list(dir).map_err(|error| wrong_file(&error))?;
    if names.is_empty() {
        let message = format!("there is no environment in {}", dir.display());
        return Err(
            CommandError::new(Kind::Config, message).hint("write a first one with hcctl init")
        );
    }
    let all: Result<Vec<_>, _> = names.iter().map(|name| load(global, name)).collect();
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
    if let Some(region) = &global.region
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

/// The environments of this account. Those that name another one are left out where some other names this one, and are a
/// refusal where none does: then the credentials are the wrong ones.
fn here(
    global: &Global,
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
        let note = format!("note: {name} is for account {other}: bootstrap that one, too");
        say(global, &note);
    }
    Ok(here)
}
