//! `hcctl completions`: what a shell completes.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, CommandError};

/// Print completions for a shell
///
/// For bash: hcctl completions bash > /etc/bash_completion.d/hcctl
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<(), CommandError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hcctl", &mut text);
    io::stdout().lock().write_all(&text)?;
    Ok(())
}
