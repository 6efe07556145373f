//! `hcctl bootstrap`: the account's one-time set-up.

use std::io::{self, Write};
use std::sync::Arc;

use super::form::Document;
use super::report::ended;
use super::session::{Behind, clients, profile, show, style};
use super::terminal::Terminal;
use super::{CommandError, Global, Kind};
use crate::bootstrap::{Repository, scope};
use crate::environment;
use crate::operation::apply::Applied;
use crate::operation::bootstrap::{Account, Observation, read};
use crate::operation::{SystemClock, with_profile};
use crate::render::bootstrap::{Ready, SetUp, Variable};
use crate::render::{Header, PlanView, ReportView, Shown as _};

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

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let repository = repository(&args)?;
    let (account, _behind) = open(&global, repository).await?;
    let seen = account.observe().await?;
    let json = form == Document::Json;
    // Off a terminal the plan is what there is to see before the refusal.
    if !json || !(args.yes || seen.plan.is_empty()) {
        show_plan(&global, form, &account, &seen)?;
    }
    if seen.plan.is_empty() {
        return tell_the_rest(&global, form, &account);
    }
    let terminal = Terminal::new(&global).saying_yes(args.yes);
    let applied = account.apply(seen, &terminal, &terminal).await?;
    ended(&applied, last_words(&global, form, &account, &applied))
}

/// Reads every environment file and asks who calls.
async fn open(
    global: &Global,
    repository: Option<Repository>,
) -> Result<(Account, Behind), CommandError> {
    let environments = read(&global.environments, global.region.as_deref())?;
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
fn show_plan(
    global: &Global,
    form: Document,
    account: &Account,
    seen: &Observation,
) -> Result<(), CommandError> {
    let view = view(global, account, seen);
    let shown = match form {
        // One line, as everything else that the verb writes.
        Document::Json => writeln!(io::stdout(), "{}", view.json()).map_err(CommandError::from),
        _ => show(form, &style(global, &io::stdout()), &view),
    };
    match shown {
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

fn last_words(
    global: &Global,
    form: Document,
    account: &Account,
    applied: &Applied,
) -> Result<(), CommandError> {
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
    show(form, &style(global, &io::stdout()), &(report, &view))?;
    if report.complete() {
        tell_the_rest(global, form, account)?;
    }
    Ok(())
}

/// What a person still has to do, and where.
fn tell_the_rest(global: &Global, form: Document, account: &Account) -> Result<(), CommandError> {
    show(
        form,
        &style(global, &io::stdout()),
        &set_up(global, account),
    )
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
