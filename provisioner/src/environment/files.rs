//! Environment files on disk: one per environment, named after it.

use std::io;
use std::path::{Path, PathBuf};

use super::model::Environment;
use super::reading::error::{Errors, Problem, Span};
use super::reading::parse::parse;
use super::reading::suggest::nearest;

/// What an environment file may be called behind its name.
const EXTENSIONS: [&str; 2] = ["yaml", "yml"];

/// Why there is no environment to work with.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The directory is not there.
    #[error("there is no directory {}", dir.display())]
    NoDirectory {
        /// The directory, as it was named.
        dir: PathBuf,
    },
    /// The directory cannot be listed.
    #[error("the directory {} cannot be read", dir.display())]
    UnreadableDirectory {
        /// The directory, as it was named.
        dir: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// No file is named after the environment.
    #[error("there is no environment `{}` in {}", name.escape_debug(), dir.display())]
    NotFound {
        /// The directory, as it was named.
        dir: PathBuf,
        /// The environment that was asked for.
        name: String,
        /// Those that are there.
        there: Vec<String>,
    },
    /// Two files are named after the environment.
    #[error("the environment `{name}` is in two files: {} and {}", one.display(), other.display())]
    Ambiguous {
        /// The environment that was asked for.
        name: String,
        /// The one.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// The file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is wrong.
    #[error(transparent)]
    Invalid(#[from] Errors),
}

impl LoadError {
    /// What to do, as a fragment; the errors of a file say it themselves.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::NoDirectory { .. } => Some(
                "write a first environment with `hcctl init`, or name the directory with `--environments`"
                    .to_owned(),
            ),
            Self::UnreadableDirectory { source, .. }
                if source.kind() == io::ErrorKind::NotADirectory =>
            {
                Some("name the directory that holds the file, and the environment beside it".to_owned())
            }
            Self::UnreadableDirectory { .. } | Self::Unreadable { .. } => {
                Some("check its permissions".to_owned())
            }
            Self::NotFound { name, there, .. } => {
                let all = there.join(", ");
                Some(match nearest(name, there.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`? there are: {all}"),
                    None if there.is_empty() => {
                        "write a first environment with `hcctl init`".to_owned()
                    }
                    None => format!("there are: {all}; `hcctl init` writes another"),
                })
            }
            Self::Ambiguous { .. } => Some("keep one of the two".to_owned()),
            Self::Invalid(_) => None,
        }
    }
}

/// The environments that have a file in the directory, by name, in alphabetical order.
///
/// # Errors
///
/// The directory is missing or cannot be read.
pub fn list(dir: &Path) -> Result<Vec<String>, LoadError> {
    let mut names: Vec<String> = files(dir)?.into_iter().map(|(name, _)| name).collect();
    names.dedup();
    Ok(names)
}

/// The file of the environment.
///
/// # Errors
///
/// There is none, or there are two, or the directory is missing or cannot be read.
pub fn find(dir: &Path, name: &str) -> Result<PathBuf, LoadError> {
    // Only what the listing shows is opened, so that no name leads out of the directory.
    let all = files(dir)?;
    let found: Vec<&PathBuf> = all
        .iter()
        .filter(|(found, _)| found == name)
        .map(|(_, path)| path)
        .collect();
    match found.as_slice() {
        [file] => Ok((*file).clone()),
        [one, other, ..] => Err(LoadError::Ambiguous {
            name: name.to_owned(),
            one: (*one).clone(),
            other: (*other).clone(),
        }),
        [] => {
            let mut there: Vec<String> = all.into_iter().map(|(name, _)| name).collect();
            there.dedup();
            Err(LoadError::NotFound {
                dir: dir.to_owned(),
                name: name.to_owned(),
                there,
            })
        }
    }
}

/// Reads the environment from its file.
///
/// # Errors
///
/// The file is not found, cannot be read, or is wrong.
pub fn load(dir: &Path, name: &str) -> Result<Environment, LoadError> {
    let file = find(dir, name)?;
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(source) => return Err(LoadError::Unreadable { file, source }),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(parse(name, &file, &text)?),
        Err(error) => Err(not_text(&file, &error).into()),
    }
}

/// All environment files of the directory with their names, sorted.
fn files(dir: &Path) -> Result<Vec<(String, PathBuf)>, LoadError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => LoadError::NoDirectory {
            dir: dir.to_owned(),
        },
        _ => LoadError::UnreadableDirectory {
            dir: dir.to_owned(),
            source,
        },
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let text =
            |part: Option<&std::ffi::OsStr>| part.and_then(|p| p.to_str()).map(str::to_owned);
        let (Some(name), Some(extension)) = (text(path.file_stem()), text(path.extension())) else {
            continue;
        };
        if EXTENSIONS.contains(&extension.as_str()) && !name.starts_with('.') && path.is_file() {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

/// The place where a file stops being text.
fn not_text(file: &Path, error: &std::string::FromUtf8Error) -> Errors {
    let bytes = error.as_bytes();
    let valid = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let last = before.rsplit('\n').next().unwrap_or_default();
    let problem = Problem {
        span: Span {
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
            width: 1,
        },
        key: String::new(),
        reason: format!(
            "not UTF-8 text: the byte 0x{:02x}",
            bytes.get(valid).unwrap_or(&0)
        ),
        remedy: "save the file as UTF-8".to_owned(),
        conceal: false,
    };
    Errors::of(vec![problem], file, &String::from_utf8_lossy(bytes))
}
