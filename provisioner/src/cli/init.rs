//! `hcctl init`: writes a first environment file from a few answers.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::str::FromStr;

use super::form::Words;
use super::{CommandError, Global, Kind, Which};
use crate::environment::{self, Answers, Audience, Auth, Issuer, Rejection, ServiceAnswer};

/// Write a commented environment file, from a few questions or from flags
///
/// Off a terminal nothing is asked: what no flag says has a default.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// The project's name, first part of every name
    #[arg(long)]
    project: Option<String>,
    /// The network's block
    #[arg(long, value_name = "CIDR")]
    cidr: Option<String>,
    /// A service with its path, such as orders=/api/orders*; may be repeated
    #[arg(long = "service", value_name = "NAME=PATH")]
    services: Vec<String>,
    /// Protect it, with production's sizes; needs --issuer and --audience
    #[arg(long)]
    protect: bool,
    /// The issuer of the tokens that services accept
    #[arg(long, value_name = "URL", requires = "audience")]
    issuer: Option<String>,
    /// Their audience
    #[arg(long, value_name = "NAME", requires = "issuer")]
    audience: Option<String>,
}

const HELP: &str = "\
Examples:
  hcctl init                        asks on a terminal
  hcctl init dev --project shop --service orders=/api/orders*
  hcctl init prod --project shop --protect --service app=/* \\
    --issuer https://login.example.com --audience shop

Exit codes: 0 written; 3 an answer is wrong; 4 the file is there already.";

pub(super) fn run(global: &Global, _: Words, args: Args) -> Result<(), CommandError> {
    let name = args.which.environment.clone();
    let path = global.environments.join(format!("{name}.yaml"));
    // Before the questions, not after them.
    if path.exists() {
        return Err(there(&path));
    }
    let answers = answers(global, args)?;
    let text = environment::template(&answers);
    if let Err(errors) = environment::parse(&name, &path, &text) {
        return Err(CommandError::new(
            Kind::Config,
            format!("these answers do not make an environment:\n{errors}"),
        ));
    }
    write(&path, &text)?;
    let mut out = io::stdout().lock();
    writeln!(out, "Wrote {}.", path.display())?;
    writeln!(
        io::stderr(),
        "hint: see what it would make: hcctl --sandbox plan {name}"
    )?;
    Ok(())
}

fn answers(global: &Global, args: Args) -> Result<Answers, CommandError> {
    let ask = io::stdin().is_terminal();
    let services = if args.services.is_empty() && !ask {
        vec!["app=/*".to_owned()]
    } else {
        args.services
    };
    let mut answers = Answers {
        environment: parsed("the environment's name", &args.which.environment)?,
        project: question(ask, "project", args.project, "my-app")?,
        region: question(ask, "region", global.region.clone(), "us-east-1")?,
        cidr: question(ask, "network block", args.cidr, "10.0.0.0/16")?,
        services: services
            .iter()
            .map(|text| service(text))
            .collect::<Result<_, _>>()?,
        auth: None,
        protect: args.protect,
    };
    if let (Some(issuer), Some(audience)) = (&args.issuer, &args.audience) {
        let (issuer, audience): (Issuer, Audience) =
            (parsed("--issuer", issuer)?, parsed("--audience", audience)?);
        answers.auth = Some(Auth { issuer, audience });
    } else if args.protect {
        let message = "a protected environment needs auth";
        return Err(CommandError::new(Kind::Config, message)
            .hint("add --issuer https://... --audience NAME"));
    }
    if answers.services.is_empty() {
        let text: String = question(ask, "first service and its path", None, "app=/*")?;
        answers.services.push(service(&text)?);
    }
    Ok(answers)
}

fn service(text: &str) -> Result<ServiceAnswer, CommandError> {
    let Some((name, path)) = text.split_once('=') else {
        let message = format!("`{text}` is not a service with its path");
        return Err(CommandError::new(Kind::Config, message)
            .hint("write NAME=PATH, such as orders=/api/orders*"));
    };
    Ok(ServiceAnswer {
        name: parsed("a service's name", name)?,
        paths: vec![parsed("a service's path", path)?],
        table: None,
    })
}

fn parsed<T: FromStr<Err = Rejection>>(what: &str, text: &str) -> Result<T, CommandError> {
    let refused = |error: Rejection| {
        CommandError::new(Kind::Config, format!("{what}: {}", error.reason)).hint(error.remedy)
    };
    text.parse().map_err(refused)
}

/// The flag's value; else, on a terminal, an answer, asked again while it is not accepted; else the default.
fn question<T>(
    ask: bool,
    what: &str,
    given: Option<String>,
    default: &str,
) -> Result<T, CommandError>
where
    T: FromStr,
    T::Err: Display,
{
    if given.is_some() || !ask {
        let text = given.unwrap_or_else(|| default.to_owned());
        return text
            .parse()
            .map_err(|error| CommandError::new(Kind::Config, format!("{what}: {error}")));
    }
    let mut stderr = io::stderr();
    loop {
        write!(stderr, "{what} [{default}]: ")?;
        stderr.flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            return Err(
                CommandError::new(Kind::Refused, "no answer; nothing was written")
                    .hint("flags can answer: hcctl init --help"),
            );
        }
        let answer = Some(answer.trim())
            .filter(|answer| !answer.is_empty())
            .unwrap_or(default);
        match answer.parse() {
            Ok(value) => return Ok(value),
            Err(error) => writeln!(stderr, "{error}")?,
        }
    }
}

fn there(path: &Path) -> CommandError {
    CommandError::new(
        Kind::Refused,
        format!("{} is there already; nothing was written", path.display()),
    )
    .hint("edit it, or name another environment")
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |error: io::Error| {
        CommandError::new(
            Kind::Failed,
            format!("cannot write {}: {error}", path.display()),
        )
        .hint("name a directory that you may write to with --environments")
    };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    // Never over a file that somebody wrote meanwhile.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => there(path),
            _ => failed(error),
        })?;
    file.write_all(text.as_bytes()).map_err(failed)
}
