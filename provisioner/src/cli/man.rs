//! `hcctl man`: the manual.

use std::io::{self, Write};

use clap::CommandFactory;

use super::{Cli, CommandError, Kind};

/// Print the manual page of hcctl or of one verb: hcctl man plan | man -l -
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The verb
    verb: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<(), CommandError> {
    let mut command = Cli::command();
    command.build();
    if let Some(verb) = &args.verb {
        let all: Vec<String> = command
            .get_subcommands()
            .map(|verb| verb.get_name().to_owned())
            .collect();
        let found = command.find_subcommand(verb).cloned();
        command = found.ok_or_else(|| {
            CommandError::new(Kind::Config, format!("there is no verb `{verb}`"))
                .hint(format!("there are: {}", all.join(", ")))
        })?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    io::stdout().lock().write_all(&text)?;
    Ok(())
}
