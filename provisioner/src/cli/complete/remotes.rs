//! The repositories on GitHub that the repository around here is a copy of, as its own file tells: no program is started.
//! <https://git-scm.com/docs/git-config#_configuration_file>

use std::path::Path;

use clap_complete::engine::CompletionCandidate;

use super::candidate;
use crate::bootstrap::remotes;

/// `OWNER/REPO` of each remote that is on GitHub.
pub(super) fn repositories() -> Vec<CompletionCandidate> {
    let Ok(here) = std::env::current_dir() else {
        return Vec::new();
    };
    let read = |dir: &Path| std::fs::read_to_string(dir.join(".git/config")).ok();
    let text = here.ancestors().find_map(read).unwrap_or_default();
    remotes(&text)
        .into_iter()
        .map(|(remote, repository)| candidate(repository, format!("git remote {remote}")))
        .collect()
}
