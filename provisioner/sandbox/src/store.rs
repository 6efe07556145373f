//! The world's file.
//!
//! Owns: reading and writing it, and the lock that keeps two processes from clobbering each other. Must not know: what is in
//! the world. The file is written whole to a temporary file beside it and renamed, so that a reader finds the old world or the
//! new one and never half of one. It is not synced to disk: a killed process loses nothing that was answered, a machine that
//! loses power may.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::world::World;

/// The file's format; a file of another is refused, never guessed at.
const FORMAT: u32 = 1;

/// Why the sandbox's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the world open.
    #[error("the sandbox {} is in use by another process{}; wait for it or stop it", path.display(), holder(*pid))]
    InUse {
        /// The world's file.
        path: PathBuf,
        /// The holder, if it wrote its id.
        pid: Option<u32>,
        /// Where it serves the world, if it does.
        endpoint: Option<String>,
    },
    /// The file is there and is not a world.
    #[error("{} is not a sandbox's file ({reason}); move it away, or reset the sandbox", path.display())]
    Unreadable {
        /// The world's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

#[derive(Deserialize)]
struct Header {
    format: u32,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    format: u32,
    world: &'a World,
}

#[derive(Deserialize)]
struct Incoming {
    world: World,
}

/// An open, locked file.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// Holds the operating system's lock until it is dropped. It is a file of its own because the world's is replaced.
    lock: File,
}

impl Store {
    /// Takes the lock beside `path`, making its folder if there is none.
    pub(crate) fn open(path: PathBuf) -> Result<Self, StoreError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
        }
        let lock_path = beside(&path, "lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let note = fs::read_to_string(&lock_path).unwrap_or_default();
                let mut lines = note.lines();
                let pid = lines.next().and_then(|line| line.trim().parse().ok());
                let endpoint = lines.next().map(str::to_owned);
                return Err(StoreError::InUse {
                    path,
                    pid,
                    endpoint,
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &lock_path)(source)),
        }
        let store = Self { path, lock };
        store.note(None)?;
        Ok(store)
    }

    /// Tells who finds the lock taken by whom, and where the world is served. The lock itself is the operating system's.
    pub(crate) fn note(&self, endpoint: Option<&str>) -> Result<(), StoreError> {
        let mut note = std::process::id().to_string();
        note.extend(endpoint.into_iter().flat_map(|endpoint| ["\n", endpoint]));
        let mut lock = &self.lock;
        let written = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| lock.write_all(note.as_bytes()));
        written.map_err(failed("write", &beside(&self.path, "lock")))
    }

    /// The folder beside the file, of its name without the extension.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path.with_extension("")
    }

    /// Forgets the saved world.
    pub(crate) fn remove(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &self.path)(error))
            }
            _ => Ok(()),
        }
    }

    /// The saved world, if there is one.
    pub(crate) fn load(&self) -> Result<Option<World>, StoreError> {
        read(&self.path)
    }

    /// Replaces the saved world.
    pub(crate) fn save(&self, world: &World) -> Result<(), StoreError> {
        let outgoing = Outgoing {
            format: FORMAT,
            world,
        };
        let bytes = serde_json::to_vec(&outgoing).map_err(|error| StoreError::Unreadable {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        let next = beside(&self.path, "next");
        fs::write(&next, bytes).map_err(failed("write", &next))?;
        fs::rename(&next, &self.path).map_err(failed("replace", &self.path))
    }
}

/// The world that is saved at `path`, if there is one: the old one or the new one while somebody saves it.
pub(crate) fn read(path: &Path) -> Result<Option<World>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("read", path)(source)),
    };
    let unreadable = |reason: String| StoreError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let header: Header =
        serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    if header.format != FORMAT {
        return Err(unreadable(format!(
            "its format is {}, expected {FORMAT}",
            header.format
        )));
    }
    let incoming: Incoming =
        serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some(incoming.world))
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io {
        action,
        path,
        source,
    }
}
