//! `hcctl sandbox`: the embedded AWS by itself.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hcctl_sandbox::{Delays, Pace, Sandbox, Settings, StoreError};

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
    Serve {
        /// The port; 0 takes a free one
        #[arg(long, default_value_t = 4566)]
        port: u16,
        /// Keep the world in memory only
        #[arg(long)]
        memory: bool,
        /// Make everything ready at once
        #[arg(long)]
        instant: bool,
    },
    /// Say what is in it
    #[command(after_help = "Examples:\n  hcctl sandbox status")]
    Status,
    /// Forget it
    #[command(after_help = "Examples:\n  hcctl sandbox reset")]
    Reset,
}

const SERVE: &str = "\
Examples:
  hcctl sandbox serve
  hcctl sandbox serve --port 0 --memory    a free port, and nothing kept
  hcctl sandbox serve --instant            nothing takes time";

/// Opens the world in .hcctl/sandbox.json.
pub(super) fn open() -> Result<Sandbox, CommandError> {
    Sandbox::open(Some(PathBuf::from(SANDBOX)), Settings::default())
        .map_err(|error| cannot_open(&error))
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
    match args.what {
        What::Serve {
            port,
            memory,
            instant,
        } => block_on(serve(global, port, memory, instant)),
        What::Status => status(global),
        What::Reset => reset(Path::new(SANDBOX)),
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
        let counts = if Path::new(SANDBOX).exists() {
            open()?.describe()
        } else {
            BTreeMap::new()
        };
        writeln!(out, "{:#}", json::sandbox_counts(SANDBOX, &counts))?;
        return Ok(());
    }
    if !Path::new(SANDBOX).exists() {
        writeln!(out, "The sandbox is empty: {SANDBOX} is not there.")?;
        return Ok(());
    }
    let counts = open()?.describe();
    if counts.values().all(|count| *count == 0) {
        writeln!(out, "The sandbox ({SANDBOX}) is empty.")?;
    }
    for (kind, count) in counts.iter().filter(|(_, count)| **count > 0) {
        writeln!(out, "{count:>5}  {kind}")?;
    }
    Ok(())
}

fn reset(path: &Path) -> Result<(), CommandError> {
    // Not by opening it: a world that cannot be read must be forgettable too.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(CommandError::new(
                Kind::Failed,
                format!("cannot remove {}: {error}", path.display()),
            )
            .hint("remove it by hand: it is all that there is of the sandbox"));
        }
        _ => {}
    }
    writeln!(io::stdout(), "The sandbox is empty.")?;
    Ok(())
}

async fn serve(
    global: &Global,
    port: u16,
    memory: bool,
    instant: bool,
) -> Result<(), CommandError> {
    let settings = if instant {
        Settings {
            delays: Delays::none(),
            pace: Pace::Real { scale: 1.0 },
            ..Settings::default()
        }
    } else {
        Settings::default()
    };
    let path = (!memory).then(|| PathBuf::from(SANDBOX));
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
    let shutdown = async { drop(tokio::signal::ctrl_c().await) };
    sandbox
        .serve(listener, shutdown)
        .await
        .map_err(|error| CommandError::new(Kind::Failed, format!("the sandbox stopped: {error}")))
}
