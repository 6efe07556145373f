//! How tasks are run.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// How the tasks of a served sandbox are run.
#[derive(Debug, Clone)]
pub struct Live {
    /// Programs by the end of a repository's name, such as `patient-service`: what runs for an image of which there is only a record.
    pub programs: BTreeMap<String, PathBuf>,
    /// A folder whose programs stand for the images whose repositories end with their names.
    pub folder: Option<PathBuf>,
    /// The program that runs images that were pushed: Podman.
    pub engine: String,
    /// How many tasks may run at a time.
    pub most_tasks: usize,
    /// The first port that is tried for a listener.
    pub first_port: u16,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            programs: BTreeMap::new(),
            folder: None,
            engine: "podman".to_owned(),
            most_tasks: 32,
            first_port: 8080,
        }
    }
}

impl Live {
    /// The program that stands for an image of this repository.
    pub(super) fn program(&self, repository: &str) -> Option<PathBuf> {
        let ends = || {
            let whole = std::iter::once(repository);
            whole.chain(
                repository
                    .match_indices(['-', '/'])
                    .map(|(at, _)| &repository[at + 1..]),
            )
        };
        let named = ends().find_map(|end| self.programs.get(end).cloned());
        named.or_else(|| {
            let folder = self.folder.as_ref()?;
            let files =
                ends().map(|end| folder.join(format!("{end}{}", std::env::consts::EXE_SUFFIX)));
            files.into_iter().find(|file| file.is_file())
        })
    }
}
