//! `hcctl bootstrap`: the account's one-time set-up.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use super::report::ended;
use super::session::{Behind, clients, load, profile, style, wrong_file};
use super::terminal::Terminal;
use super::{CommandError, Format, Global, Kind};
use crate::bootstrap::{Repository, scope};
use crate::environment::{self, Environment};
use crate::operation::apply::Applied;
use crate::operation::bootstrap::{Account, Observation};
use crate::operation::{SystemClock, with_profile};
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
    let (account, _behind) = open(&global, repository).await?;
    let seen = account.observe().await?;
    let json = global.format == Format::Json;
    // Off a terminal the plan is what there is to see before the refusal.
    if !json || !(args.yes || seen.plan.is_empty()) {
        show(&global, &account, &seen)?;
    }
    if seen.plan.is_empty() {
        return tell_the_rest(&global, &account);
    }
    let terminal = Terminal::new(&global).saying_yes(args.yes);
    let applied = account.apply(seen, &terminal, &terminal).await?;
    ended(&applied, last_words(&global, &account, &applied))
}

/// Reads every environment file and asks who calls.
async fn open(
    global: &Global,
    repository: Option<Repository>,
) -> Result<(Account, Behind), CommandError> {
    let environments = read(global)?;
    let scope = scope(&environments);
    let (aws, behind) = clients(global, environments[0].region.as_ref(), scope).await?;
    let identity = aws.identity().await;
    let identity = identity.map_err(|fault| with_profile(profile(global).as_deref(), fault))?;
    let account = Account {
        environments,
        repository,
        identity: identity.as_ref().clone(),
        aws,
        command: global.command(),
        limit: global.limit(),
        clock: Arc::new(SystemClock::default()),
    };
    Ok((account.narrowed(&Terminal::new(global))?, behind))
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
fn show(global: &Global, account: &Account, seen: &Observation) -> Result<(), CommandError> {
    let shown = || -> io::Result<()> {
        let view = view(global, account, seen);
        let mut out = io::stdout().lock();
        match global.format {
            Format::Markdown => markdown::plan(&view, &mut out)?,
            // One line, as everything else that the verb writes.
            Format::Json => writeln!(out, "{}", documents::plan(&view))?,
            _ => human::plan(&view, &style(global, &io::stdout()), &mut out)?,
        }
        out.flush()
    };
    match shown().map_err(CommandError::from) {
        Err(error) if error.kind == Kind::ClosedPipe => Ok(()),
        shown => shown,
    }
}

fn view<'a>(global: &Global, account: &Account, seen: &'a Observation) -> PlanView<'a> {
    let regions: Vec<String> = account.aws.regions.iter().cloned().collect();
    let names: Vec<&str> = account
        .environments
        .iter()
        .map(|one| one.name.as_ref())
        .collect();
    let dir = global.environments.display();
    PlanView {
        header: Header {
            project: account.aws.scope.project.clone(),
            environment: "bootstrap".to_owned(),
            account: account.identity.account.clone(),
            caller: account.identity.arn.clone(),
            region: regions.join(", "),
            file: match names.as_slice() {
                [one] => format!("{dir}/{one}.yaml"),
                all => format!("{dir}/{{{}}}.yaml", all.join(",")),
            },
            api_calls: Some(seen.calls),
            took: seen.took,
        },
        plan: &seen.plan,
        catalog: &seen.catalog,
        notes: &[],
        costs: None,
        findings: None,
    }
}

fn last_words(global: &Global, account: &Account, applied: &Applied) -> Result<(), CommandError> {
    let report = &applied.report;
    let mut view = ReportView {
        verb: "bootstrap",
        environment: account.aws.scope.project.clone(),
        ..ReportView::default()
    };
    if !report.complete() {
        view.next.push(format!(
            "Run {} again: it continues where this run stopped.",
            account.again()
        ));
    }
    let mut out = io::stdout().lock();
    match global.format {
        Format::Json => writeln!(out, "{}", documents::report(report, &view))?,
        _ => human::report(report, &view, &style(global, &io::stdout()), &mut out)?,
    }
    out.flush()?;
    drop(out);
    if report.complete() {
        tell_the_rest(global, account)?;
    }
    Ok(())
}

/// What a person still has to do, and where.
fn tell_the_rest(global: &Global, account: &Account) -> Result<(), CommandError> {
    let what = set_up(global, account);
    let mut out = io::stdout().lock();
    match global.format {
        Format::Json => writeln!(out, "{}", documents::set_up(&what))?,
        Format::Markdown => words::markdown(&what, &mut out)?,
        _ => words::human(&what, &style(global, &io::stdout()), &mut out)?,
    }
    out.flush()?;
    Ok(())
}

fn set_up(global: &Global, account: &Account) -> SetUp {
    let given = account.wanted().given();
    let pipelines = account.repository.is_some();
    let ready = account.environments.iter().zip(&given).map(|(file, one)| {
        let path = environment::find(&global.environments, file.name.as_ref());
        let path = path.unwrap_or_else(|_| global.environments.clone());
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
        project: account.aws.scope.project.clone(),
        account: account.identity.account.clone(),
        repository: account.repository.as_ref().map(ToString::to_string),
        by_number: account
            .repository
            .as_ref()
            .is_some_and(|one| one.ids.is_some()),
        environments: ready.collect(),
        variables: variables.collect(),
        again: account.again(),
    }
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
