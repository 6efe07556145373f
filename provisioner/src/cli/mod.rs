//! The command line: a file per verb with its arguments and what it shows, and the wiring that they share. It owns the
//! questions, the forms and the exit codes; what a verb does is in [`crate::operation`].

mod apply;
mod audit;
mod bootstrap;
mod complete;
mod completions;
mod confirm;
mod cost;
mod deploy;
mod destroy;
mod doctor;
mod drift;
mod error;
mod form;
mod graph;
mod history;
mod init;
mod live;
mod logs;
mod man;
mod plan;
mod push;
mod report;
mod restart;
mod rollback;
#[cfg(feature = "sandbox")]
mod sandbox;
mod scene;
mod screen;
mod secret;
mod session;
mod signals;
mod status;
mod task;
mod terminal;
mod unlock;
mod validate;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::render::{copied, prose};

pub use crate::operation::{CommandError, Kind};
pub use form::Format;

/// One small YAML file per environment becomes a Fargate application behind a load balancer.
///
/// hcctl reads the file, compares it with what AWS really has, shows the difference on one screen, and makes it. It keeps
/// no state file: run it again, and it goes on where it stopped.
#[derive(Debug, Parser)]
#[command(name = "hcctl", version, max_term_width = 80, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  hcctl --sandbox apply dev --yes   try it all without an AWS account
  hcctl plan prod                   what would change in production
  hcctl apply prod                  make it so, after a question

Exit codes: 0 done, 1 failed (run again to continue), 2 there are changes
or findings, 3 the configuration is wrong, 4 refused, 5 rolled back,
130 interrupted.";

/// Where the embedded AWS keeps its world.
#[cfg(feature = "sandbox")]
const SANDBOX: &str = ".hcctl/sandbox.json";
/// Where environment files are, if nothing else is said.
const ENVIRONMENTS: &str = "environments";
/// The environment that is meant, if nothing else is said.
const ENVIRONMENT: &str = "dev";

/// What every verb understands.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Work on the embedded AWS (.hcctl/sandbox.json) instead of an account
    #[arg(long, global = true)]
    sandbox: bool,
    /// The directory with the environment files
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = ENVIRONMENTS
    )]
    environments: PathBuf,
    /// The AWS profile to use
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// The region; must be the environment file's
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// The form of the output, where it is data
    #[arg(long, global = true, value_name = "FORM", default_value = "human")]
    format: Format,
    /// Say more; twice: every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// No colour (NO_COLOR does the same)
    #[arg(long, global = true)]
    no_color: bool,
    /// Start no further step after so many seconds
    #[arg(long, global = true, value_name = "SECONDS")]
    timeout: Option<u64>,
}

impl Global {
    /// What says where the work is done, as it has to be typed again.
    fn place(&self) -> String {
        let mut flags = Vec::new();
        if self.sandbox {
            flags.push("--sandbox".to_owned());
        }
        if self.environments != Path::new(ENVIRONMENTS) {
            flags.push(format!("--environments {}", self.environments.display()));
        }
        flags.extend(self.profile.iter().map(|name| format!("--profile {name}")));
        flags.join(" ")
    }

    /// How a command for the same place begins.
    fn command(&self) -> String {
        match self.place().as_str() {
            "" => "hcctl".to_owned(),
            flags => format!("hcctl {flags}"),
        }
    }

    /// How long the verb may go on.
    fn limit(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::Args),
    Validate(validate::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Deploy(deploy::Args),
    Rollback(rollback::Args),
    Restart(restart::Args),
    Run(task::Args),
    Secret(secret::Args),
    Status(status::Args),
    Graph(graph::Args),
    Logs(logs::Args),
    Drift(drift::Args),
    Doctor(doctor::Args),
    Cost(cost::Args),
    Audit(audit::Args),
    History(history::Args),
    Push(push::Args),
    Destroy(destroy::Args),
    Bootstrap(bootstrap::Args),
    Unlock(unlock::Args),
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Which environment a verb works on.
#[derive(Clone, Debug, clap::Args)]
pub struct Which {
    /// The environment: the stem of a file in environments/
    #[arg(value_name = "ENV", env = "HCCTL_ENV", default_value = ENVIRONMENT)]
    environment: String,
}

/// Parses the command line and runs the verb; or answers a shell that completes one.
pub fn main() -> ExitCode {
    if complete::answered() {
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are success; a wrong command line is a wrong configuration.
            let code = if error.use_stderr() {
                Kind::Config.exit_code()
            } else {
                0
            };
            match not_yet(&error) {
                Some(verb) => complain(&verb),
                None => tell(&error),
            }
            return ExitCode::from(code);
        }
    };
    log_to_stderr(&cli.global);
    copied::carry(&cli.global.place());
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Verbs that are known to be wanted and do not exist yet.
const PLANNED: [&str; 1] = ["adopt"];

/// The verb that was typed, where it is one that does not exist yet.
fn not_yet(error: &clap::Error) -> Option<CommandError> {
    let typed = match error.get(clap::error::ContextKind::InvalidSubcommand)? {
        clap::error::ContextValue::String(typed) => typed.as_str(),
        _ => return None,
    };
    let known = PLANNED.contains(&typed);
    known.then(|| {
        let message = format!("`hcctl {typed}` is not built yet");
        CommandError::new(Kind::Config, message)
            .hint("hcctl --help lists what is; CHANGELOG.md tells when it comes")
    })
}

/// Shows help, the version or what is wrong with the command line. clap breaks the lines of help only, and has no colour for
/// those that are broken here.
fn tell(error: &clap::Error) {
    let (text, width) = (error.to_string(), width());
    if error.use_stderr() && text.lines().any(|line| line.chars().count() > width) {
        let _ = io::stderr().write_all(prose(&text, width).as_bytes());
    } else {
        let _ = error.print();
    }
}

fn complain(error: &CommandError) {
    let _ = io::stderr().write_all(error.text(width()).as_bytes());
}

fn dispatch(cli: Cli) -> Result<(), CommandError> {
    let global = cli.global;
    let format = global.format;
    match cli.verb {
        Verb::Init(args) => init::run(&global, format.of("init")?, args),
        Verb::Validate(args) => validate::run(&global, format.of("validate")?, &args),
        Verb::Completions(args) => completions::run(format.of("completions")?, &args),
        Verb::Man(args) => man::run(format.of("man")?, &args),
        Verb::Plan(args) => block_on(plan::run(global, format.of("plan")?, args)),
        Verb::Apply(args) => block_on(apply::run(global, format.of("apply")?, args)),
        Verb::Deploy(args) => block_on(deploy::run(global, format.of("deploy")?, args)),
        Verb::Rollback(args) => block_on(rollback::run(global, format.of("rollback")?, args)),
        Verb::Restart(args) => block_on(restart::run(global, format.of("restart")?, args)),
        Verb::Run(args) => block_on(task::run(global, format.of("run")?, args)),
        Verb::Secret(args) => block_on(secret::run(global, format.of(args.name())?, args)),
        Verb::Push(args) => block_on(push::run(global, format.of("push")?, args)),
        Verb::Status(args) => block_on(status::run(global, format.of("status")?, args)),
        Verb::Graph(args) => block_on(graph::run(global, format.of("graph")?, args)),
        Verb::Logs(args) => block_on(logs::run(global, format.of("logs")?, args)),
        Verb::Drift(args) => block_on(drift::run(global, format.of("drift")?, args)),
        Verb::Doctor(args) => block_on(doctor::run(global, format.of("doctor")?, args)),
        Verb::Cost(args) => block_on(cost::run(global, format.of("cost")?, args)),
        Verb::Audit(args) => block_on(audit::run(global, format.of("audit")?, args)),
        Verb::History(args) => block_on(history::run(global, format.of("history")?, args)),
        Verb::Destroy(args) => block_on(destroy::run(global, format.of("destroy")?, args)),
        Verb::Bootstrap(args) => block_on(bootstrap::run(global, format.of("bootstrap")?, args)),
        Verb::Unlock(args) => block_on(unlock::run(global, format.of("unlock")?, args)),
        #[cfg(feature = "sandbox")]
        Verb::Sandbox(args) => {
            if args.has_forms() {
                let _: form::Document = format.of("sandbox")?;
            } else {
                let _: form::Words = format.of("sandbox reset")?;
            }
            sandbox::run(&global, &args)
        }
    }
}

/// Runs a verb that calls AWS.
fn block_on(verb: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| CommandError::new(Kind::Failed, format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(verb);
    // A read of stdin that nobody answers must not keep the process.
    runtime.shutdown_background();
    outcome
}

fn log_to_stderr(global: &Global) {
    use tracing_subscriber::EnvFilter;
    let level = match global.verbose {
        // The SDK tells of a failed sign-in in its own structs; what hcctl says of it is in words.
        0 => {
            "warn,aws_config=off,aws_runtime=off,aws_smithy_runtime=off,aws_smithy_runtime_api=off"
        }
        1 => "hcctl=debug,warn",
        _ => "hcctl=debug,hcctl_sandbox=debug,aws_smithy_runtime=debug,info",
    };
    let filter = EnvFilter::try_from_env("HCCTL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let _ = log
        .with_ansi(colour(global, &io::stderr()))
        .without_time()
        // It would tell of a stderr that nobody reads on stderr, and panic.
        .log_internal_errors(false)
        .try_init();
}

/// How many columns a line may have.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|text| text.parse().ok());
    columns
        .filter(|width| (40..=400).contains(width))
        .unwrap_or(80)
}

fn colour(global: &Global, stream: &impl IsTerminal) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !global.no_color && !no_color && !dumb
}
