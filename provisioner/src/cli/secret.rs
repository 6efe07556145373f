//! `hcctl secret`: the secrets of an environment.

use std::io::{self, IsTerminal, Read, Write};

use super::form::Document;
use super::session::Session;
use super::terminal::Terminal;
use super::{CommandError, Global, Kind, Which};
use crate::operation::secret::{self, Listed, check_name};
use crate::render::{json, secrets};

/// Keep, list and remove an environment's secrets
///
/// They are parameters in AWS Systems Manager, encrypted, of the name /PROJECT/ENVIRONMENT/NAME; the file names them as
/// `ssm:/PROJECT/ENVIRONMENT/NAME` under `secrets:`. No value is ever shown, logged, recorded or given as an argument.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

const HELP: &str = "\
Examples:
  hcctl secret set dev DB_PASSWORD          asks for the value
  printf %s \"$VALUE\" | hcctl secret set dev DB_PASSWORD
  hcctl secret list dev
  hcctl secret rm dev DB_PASSWORD";

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Keep a value under a name, or give it its next value
    ///
    /// The value comes from standard input, of which one line end is taken off; on a terminal it is asked for and not shown.
    /// At most 4096 bytes. Tasks that run have the value that there was when they started: `hcctl restart` gives them the new one.
    #[command(after_help = SET)]
    Set(Set),
    /// List the secrets that hcctl keeps, and those that the file names
    #[command(after_help = LIST)]
    List(List),
    /// Remove a secret that no service names
    #[command(after_help = RM)]
    Rm(Rm),
}

#[derive(Debug, clap::Args)]
struct Set {
    /// The environment; must be named
    #[arg(value_name = "ENV")]
    environment: String,
    /// The secret's name
    #[arg(value_name = "NAME")]
    name: String,
    /// The KMS key that encrypts it: an id, an ARN or an alias. Left out, the one that it has, or AWS's own
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

const SET: &str = "\
Examples:
  hcctl secret set prod DB_PASSWORD
  cat key.pem | hcctl secret set prod TLS_KEY
  hcctl secret set prod DB_PASSWORD --key alias/shop

Exit codes: 0 it is kept; 3 a name or a value that Parameter Store does not
take; 4 refused: another account, or somebody else's parameter of this name.";

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    which: Which,
}

const LIST: &str = "\
Examples:
  hcctl secret list prod
  hcctl secret list prod --format json | jq -r '.secrets[].name'

Exit codes: 0 done; 2 the file names one that no task could be given.";

#[derive(Debug, clap::Args)]
struct Rm {
    /// The environment; must be named
    #[arg(value_name = "ENV")]
    environment: String,
    /// The secret's name
    #[arg(value_name = "NAME")]
    name: String,
    /// Remove it though the file names it
    #[arg(long)]
    force: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const RM: &str = "\
Examples:
  hcctl secret rm dev OLD_KEY
  hcctl secret rm dev OLD_KEY --yes

Exit codes: 0 it is gone; 4 refused: the file names it, there is none, it is
somebody else's, or not confirmed.";

impl Args {
    /// The verb, for messages.
    pub(super) fn name(&self) -> &'static str {
        match self.what {
            What::Set(_) => "secret set",
            What::List(_) => "secret list",
            What::Rm(_) => "secret rm",
        }
    }
}

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    match args.what {
        What::Set(args) => set(global, form, args).await,
        What::List(args) => list(global, form, args).await,
        What::Rm(args) => remove(global, form, args).await,
    }
}

async fn set(global: Global, form: Document, args: Set) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.environment).await?;
    let context = &session.context;
    check_name(context, &args.name)?;
    let place = session.place().await?;
    let value = value(&args.name)?;
    let kept = secret::set(context, &args.name, &value, args.key.as_deref()).await?;
    let name = context.environment.name.as_str();
    if form == Document::Json {
        return Ok(writeln!(io::stdout(), "{}", json::secret_set(name, &kept))?);
    }
    session.say(&format!(
        "{} of {name} ({place}) has version {} now.",
        kept.name, kept.version
    ));
    session.say(&match secrets::services(&kept.used).as_slice() {
        [] => format!(
            "hint: name it in {}: secrets: {{ {}: \"{}\" }}",
            context.file.display(),
            kept.name,
            kept.source
        ),
        services if kept.version > 1 => {
            let flags = services.iter().map(|name| format!(" --service {name}"));
            format!(
                "hint: tasks that run have the value from before; to give them this one: {}{}",
                context.again("restart"),
                flags.collect::<String>()
            )
        }
        services => format!(
            "{} in {} named it already.",
            services.join(", "),
            context.file.display()
        ),
    });
    Ok(())
}

/// Reads the value, from a person or from standard input, and takes off the line end that a line has.
fn value(name: &str) -> Result<String, CommandError> {
    let unread = |error: &dyn std::fmt::Display| {
        CommandError::new(Kind::Config, format!("the value cannot be read: {error}"))
    };
    if io::stdin().is_terminal() {
        let mut stderr = io::stderr();
        write!(stderr, "Value of {name} (not shown): ")?;
        stderr.flush()?;
        let term = console::Term::stderr();
        return term.read_secure_line().map_err(|error| unread(&error));
    }
    let mut bytes = Vec::new();
    // Beyond that it is refused in any case.
    io::stdin().lock().take(1 << 20).read_to_end(&mut bytes)?;
    let mut text = String::from_utf8(bytes).map_err(|_| {
        unread(&"it is not UTF-8")
            .hint("encode it first, such as by base64, and decode it in the container")
    })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

async fn list(global: Global, form: Document, args: List) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let all = secret::list(context).await?;
    let name = context.environment.name.as_str();
    if form == Document::Json {
        writeln!(io::stdout(), "{:#}", json::secrets(name, &all))?;
    } else {
        secrets::human(name, &all, &session.style(), &mut io::stdout())?;
    }
    let missing = all.iter().find(|one| one.trouble.is_some());
    match missing.and_then(|one: &Listed| one.name.as_ref()) {
        Some(name) => Err(CommandError::silent(Kind::Changes)
            .hint(format!("set it: {} {name}", context.again("secret set")))),
        None if missing.is_some() => Err(CommandError::silent(Kind::Changes)),
        None => Ok(()),
    }
}

async fn remove(global: Global, form: Document, args: Rm) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.environment).await?;
    let context = &session.context;
    let terminal = Terminal::new(&session.global).saying_yes(args.yes);
    secret::remove(context, &args.name, args.force, &terminal).await?;
    let name = context.environment.name.as_str();
    if form == Document::Json {
        return Ok(writeln!(
            io::stdout(),
            "{}",
            json::secret_removed(name, &args.name)
        )?);
    }
    session.say(&format!("{} of {name} is removed.", args.name));
    Ok(())
}
