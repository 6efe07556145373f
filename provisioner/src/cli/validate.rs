//! `hcctl validate`: checks environment files without AWS.

use std::io::{self, Write};

use super::session::wrong_file;
use super::{CommandError, Format, Global, Kind};
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

Exit codes: 0 all are right; 3 one is wrong.";

pub(super) fn run(global: &Global, args: &Args) -> Result<(), CommandError> {
    let dir = &global.environments;
    let names = if args.names.is_empty() {
        environment::list(dir).map_err(|error| wrong_file(&error))?
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
    let mut wrong = Vec::new();
    let mut results = Vec::new();
    for name in &names {
        match environment::load(dir, name) {
            Ok(environment) => {
                let services = environment.services.len();
                results.push(looked_at(name, Vec::new()));
                if global.format == Format::Human {
                    writeln!(
                        out,
                        "{name}: valid ({services} service{})",
                        if services == 1 { "" } else { "s" }
                    )?;
                }
            }
            Err(error) => {
                results.push(looked_at(name, mistakes(&error)));
                wrong.push(error);
            }
        }
    }
    if global.format == Format::Json {
        writeln!(out, "{:#}", json::validate(&results))?;
    }
    out.flush()?;
    let Some(first) = wrong.first() else {
        return Ok(());
    };
    let mut error = wrong_file(first);
    for more in &wrong[1..] {
        let more = wrong_file(more);
        error.message = format!("{}\n{}", error.message.trim_end(), more.message);
        error.hints.extend(more.hints);
    }
    Err(error)
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
