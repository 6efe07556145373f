//! `hcctl validate`: checks environment files without AWS.

use std::io::{self, Write};

use super::form::Findings;
use super::{CommandError, Global, Kind};
use crate::environment::{self, LoadError};
use crate::render::json::{self, FileView, MistakeView};

/// Check environment files without calling AWS; all of them where none is named
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The environments to check
    // `environments` is the global flag's id.
    #[arg(id = "names", value_name = "ENV")]
    names: Vec<String>,
}

const HELP: &str = "\
Examples:
  hcctl validate                    every environment
  hcctl validate dev prod
  hcctl validate --format json | jq '.environments[] | select(.valid | not)'
  hcctl validate --format sarif > validate.sarif   for code scanning

Exit codes: 0 all are right; 3 one is wrong.";

pub(super) fn run(global: &Global, form: Findings, args: &Args) -> Result<(), CommandError> {
    let dir = &global.environments;
    let names = if args.names.is_empty() {
        environment::list(dir)?
    } else {
        args.names.clone()
    };
    if names.is_empty() {
        let message = format!("there is no environment in {}", dir.display());
        return Err(
            CommandError::new(Kind::Config, message).hint("write a first one with hcctl init")
        );
    }
    let mut out = io::stdout().lock();
    let mut wrong: Option<CommandError> = None;
    let mut results = Vec::new();
    for name in &names {
        match environment::load(dir, name) {
            Ok(environment) => {
                let services = environment.services.len();
                results.push(looked_at(name, Vec::new()));
                if form == Findings::Human {
                    let s = if services == 1 { "" } else { "s" };
                    writeln!(out, "{name}: valid ({services} service{s})")?;
                }
            }
            Err(error) => {
                results.push(looked_at(name, mistakes(&error)));
                let error = CommandError::from(error);
                wrong = Some(match wrong {
                    Some(first) => together(first, error),
                    None => error,
                });
            }
        }
    }
    match form {
        Findings::Human => {}
        Findings::Json => writeln!(out, "{:#}", json::validate(&results))?,
        Findings::Sarif => writeln!(out, "{:#}", json::sarif(&results))?,
    }
    out.flush()?;
    wrong.map_or(Ok(()), Err)
}

fn together(mut first: CommandError, more: CommandError) -> CommandError {
    if !first.message.is_empty() && !more.message.is_empty() {
        first.message.push('\n');
    }
    first.message += &more.message;
    first.mistakes.extend(more.mistakes);
    first.hints.extend(more.hints);
    first
}

fn looked_at(environment: &str, errors: Vec<MistakeView>) -> FileView {
    FileView {
        environment: environment.to_owned(),
        valid: errors.is_empty(),
        errors,
    }
}

fn mistakes(error: &LoadError) -> Vec<MistakeView> {
    match error {
        LoadError::Invalid(errors) => errors
            .iter()
            .map(|one| MistakeView {
                file: Some(one.file.display().to_string()),
                line: Some(one.line),
                column: Some(one.column),
                reason: one.reason.clone(),
                remedy: Some(one.remedy.clone()),
            })
            .collect(),
        other => vec![MistakeView {
            file: None,
            line: None,
            column: None,
            reason: other.to_string(),
            remedy: other.remedy(),
        }],
    }
}
