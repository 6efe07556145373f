//! `hcctl sandbox`: the embedded AWS by itself.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hcctl_sandbox::{Delays, Live, Pace, Sandbox, Settings, StoreError};

use super::signals::Signals;
use super::{CommandError, Format, Global, Kind, SANDBOX, block_on};
use crate::render::json;

/// Serve, describe or forget the embedded AWS
///
/// It is a teaching and test bench, never a claim about AWS.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

const HELP: &str = "\
Examples:
  hcctl sandbox serve               for anything that speaks AWS
  hcctl sandbox status
  hcctl sandbox reset";

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Offer it on a loopback port, for the AWS CLI, Terraform, or hcctl itself
    ///
    /// It tells what to set: AWS_ENDPOINT_URL, and any keys.
    #[command(after_help = SERVE)]
    Serve(Serve),
    /// Say what is in it
    #[command(after_help = "Examples:\n  hcctl sandbox status")]
    Status,
    /// Forget it
    #[command(after_help = "Examples:\n  hcctl sandbox reset")]
    Reset,
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 4566)]
    port: u16,
    /// Keep the world in memory only
    #[arg(long)]
    memory: bool,
    /// Make everything ready at once
    #[arg(long)]
    instant: bool,
    /// Really run the tasks, behind load balancers that listen on this machine
    ///
    /// An image that an engine pushed runs as a container, by Podman. For a record, which `hcctl --sandbox push` makes, a program
    /// stands: one beside hcctl whose name the repository's name ends with, or the one that --service names. Nothing listens beyond
    /// this machine, and everything ends with the server.
    #[arg(long)]
    live: bool,
    /// With --live, the program that runs for images whose repositories end with NAME; may be repeated
    #[arg(long, value_name = "NAME=PATH", requires = "live", value_parser = program)]
    service: Vec<(String, PathBuf)>,
}

const SERVE: &str = "\
Examples:
  hcctl sandbox serve
  hcctl sandbox serve --live               the tasks really run
  hcctl sandbox serve --port 0 --memory    a free port, and nothing kept
  hcctl sandbox serve --instant            nothing takes time";

/// `NAME=PATH`, of a program that is there.
fn program(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("it is written NAME=PATH")?;
    if name.is_empty() {
        return Err("NAME is missing: it is the end of a repository's name".to_owned());
    }
    match std::fs::canonicalize(path) {
        Ok(path) if path.is_file() => Ok((name.to_owned(), path)),
        Ok(path) => Err(format!("{} is no program", path.display())),
        Err(error) => Err(format!("cannot find the program {path}: {error}")),
    }
}

/// The world in .hcctl/sandbox.json: opened, or found where another process serves it.
pub(super) enum Reached {
    /// In this process, saved when dropped.
    Own(Sandbox),
    /// At an address.
    Served(String),
}

impl Reached {
    /// It as the SDK's HTTP client.
    pub(super) fn http_client(&self) -> SharedHttpClient {
        match self {
            Self::Own(sandbox) => sandbox.http_client(),
            Self::Served(endpoint) => hcctl_sandbox::served(endpoint),
        }
    }
}

/// Opens the world, or finds it where `hcctl sandbox serve` has it.
pub(super) fn reach() -> Result<Reached, CommandError> {
    match Sandbox::open(Some(PathBuf::from(SANDBOX)), Settings::default()) {
        Ok(sandbox) => Ok(Reached::Own(sandbox)),
        Err(StoreError::InUse {
            endpoint: Some(endpoint),
            ..
        }) => Ok(Reached::Served(endpoint)),
        Err(error) => Err(cannot_open(&error)),
    }
}

/// A copy of the world, also while another process has it; nothing where there is none.
fn glimpse() -> Result<Option<Sandbox>, CommandError> {
    Sandbox::glimpse(Path::new(SANDBOX), Settings::default()).map_err(|error| cannot_open(&error))
}

fn cannot_open(error: &StoreError) -> CommandError {
    let failed = CommandError::new(Kind::Failed, format!("the sandbox: {error}"));
    let folder = Path::new(SANDBOX).parent().unwrap_or(Path::new(""));
    let name = folder.display();
    match error {
        StoreError::InUse { .. } => failed.hint(
            "for several commands at once: hcctl sandbox serve, and AWS_ENDPOINT_URL as it says",
        ),
        StoreError::Unreadable { .. } => failed.hint("to forget it: hcctl sandbox reset"),
        StoreError::Io { .. } if folder.exists() && !folder.is_dir() => failed.hint(format!(
            "{name} is no folder, and the sandbox needs one of that name: move it away"
        )),
        StoreError::Io { .. } => failed.hint(format!(
            "the sandbox lives in the folder {name}: let yourself read and write there"
        )),
    }
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), CommandError> {
    match &args.what {
        What::Serve(args) => block_on(serve(global, args)),
        What::Status => status(global),
        What::Reset => block_on(reset(Path::new(SANDBOX))),
    }
}

impl Args {
    /// Whether what it writes is data that has other forms.
    pub(super) fn has_forms(&self) -> bool {
        !matches!(self.what, What::Reset)
    }
}

fn status(global: &Global) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    if global.format == Format::Json {
        let counts = glimpse()?.map_or_else(BTreeMap::new, |world| world.describe());
        writeln!(out, "{:#}", json::sandbox_counts(SANDBOX, &counts))?;
        return Ok(());
    }
    let Some(world) = glimpse()? else {
        writeln!(out, "The sandbox is empty: {SANDBOX} is not there.")?;
        return Ok(());
    };
    let counts = world.describe();
    if counts.values().all(|count| *count == 0) {
        writeln!(out, "The sandbox ({SANDBOX}) is empty.")?;
    }
    for (kind, count) in counts.iter().filter(|(_, count)| **count > 0) {
        writeln!(out, "{count:>5}  {kind}")?;
    }
    Ok(())
}

async fn reset(path: &Path) -> Result<(), CommandError> {
    match hcctl_sandbox::forget(path) {
        Ok(()) => {}
        Err(StoreError::InUse {
            endpoint: Some(endpoint),
            ..
        }) => {
            let told = hcctl_sandbox::reset_served(&endpoint).await;
            told.map_err(|error| {
                let message = format!("the sandbox at {endpoint} was not reset: {error}");
                CommandError::new(Kind::Failed, message).hint("end its server, and run it again")
            })?;
        }
        Err(error @ StoreError::Io { .. }) => {
            let folder = path.parent().unwrap_or(path).display();
            return Err(CommandError::new(Kind::Failed, error.to_string()).hint(format!(
                "remove the sandbox's files from {folder} by hand: they are all that there is of it"
            )));
        }
        Err(error) => return Err(cannot_open(&error)),
    }
    writeln!(io::stdout(), "The sandbox is empty.")?;
    Ok(())
}

async fn serve(global: &Global, args: &Serve) -> Result<(), CommandError> {
    let port = args.port;
    let settings = if args.instant {
        Settings {
            delays: Delays::none(),
            pace: Pace::Real { scale: 1.0 },
            ..Settings::default()
        }
    } else {
        Settings::default()
    };
    let path = (!args.memory).then(|| PathBuf::from(SANDBOX));
    let sandbox = Sandbox::open(path, settings).map_err(|error| cannot_open(&error))?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await;
    let listener = listener.map_err(|error| {
        CommandError::new(
            Kind::Failed,
            format!("cannot listen on 127.0.0.1:{port}: {error}"),
        )
        .hint("name another port with --port")
    })?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}");
    if global.format == Format::Json {
        writeln!(io::stdout(), "{:#}", json::sandbox_serving(&url))?;
    } else {
        writeln!(io::stdout(), "Serving the sandbox on {url}")?;
    }
    let example = format!(
        "AWS_ENDPOINT_URL=http://{address} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any hcctl plan dev"
    );
    writeln!(io::stderr(), "hint: {example}\nhint: Ctrl-C ends it")?;
    let mut signals = Signals::listen()?;
    let shutdown = signals.next();
    let served = if args.live {
        sandbox.serve_live(listener, live(args), shutdown).await
    } else {
        sandbox.serve(listener, shutdown).await
    };
    served.map_err(|error| CommandError::new(Kind::Failed, format!("the sandbox stopped: {error}")))
}

/// How tasks are run: programs that are named, or that are beside hcctl.
fn live(args: &Serve) -> Live {
    let here = std::env::current_exe().ok();
    let folder = here.and_then(|file| file.parent().map(Path::to_owned));
    Live {
        programs: args.service.iter().cloned().collect(),
        folder,
        ..Live::default()
    }
}
