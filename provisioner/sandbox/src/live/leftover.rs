//! Notes of what runs, so that what a killed server leaves behind is found.
//!
//! A note is a file named by a process's id that says when the process began: an id alone may be another process's by now.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::{Store, StoreError};

/// A note, removed when dropped.
#[derive(Debug)]
pub(super) struct Note(PathBuf);

impl Drop for Note {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

/// Notes that a process runs.
pub(super) fn note(folder: &Path, pid: u32) -> io::Result<Note> {
    let path = folder.join(pid.to_string());
    fs::write(&path, began(pid).unwrap_or_default())?;
    Ok(Note(path))
}

/// Kills what the notes of a folder name and still runs, and makes the folder anew.
pub(super) fn clear(folder: &Path) -> io::Result<usize> {
    let mut killed = 0;
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u32>().ok());
            let noted = fs::read_to_string(entry.path()).unwrap_or_default();
            if let Some(pid) =
                pid.filter(|pid| !noted.is_empty() && began(*pid).as_ref() == Some(&noted))
            {
                signal(pid, Signal::Kill);
                killed += 1;
            }
        }
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(killed)
}

/// When a process began, in whatever words the system has for it; nothing where it does not run.
fn began(pid: u32) -> Option<String> {
    if cfg!(target_os = "linux") {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold spaces; the start is the 22nd field, the 20th after it (proc_pid_stat(5)).
        let (_, rest) = stat.rsplit_once(')')?;
        return rest.split_whitespace().nth(19).map(str::to_owned);
    }
    let pid = pid.to_string();
    let told = std::process::Command::new("ps")
        .args(["-o", "lstart=", "-p", &pid])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// What is sent to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Terminate,
    Kill,
}

/// Sends a signal to a process of ours; one that has gone gets none.
#[cfg(unix)]
pub(super) fn signal(pid: u32, signal: Signal) {
    use rustix::process::{Pid, Signal as Unix, kill_process};
    let signal = match signal {
        Signal::Terminate => Unix::TERM,
        Signal::Kill => Unix::KILL,
    };
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw)
        && let Err(error) = kill_process(pid, signal)
    {
        tracing::debug!(%error, "a process was gone before its signal");
    }
}

/// Elsewhere nothing can be asked to end.
#[cfg(not(unix))]
pub(super) fn signal(pid: u32, _: Signal) {
    let args = ["/F", "/PID", &pid.to_string()].map(str::to_owned);
    drop(std::process::Command::new("taskkill").args(args).output());
}

/// Forgets the world kept at `path`, with all that belongs to it: the layers that were pushed, and what a killed server left running.
/// A world that cannot be read is forgotten too; one that another process has open is not.
pub fn forget(path: &Path) -> Result<(), StoreError> {
    if !path.exists() && !path.with_extension("").exists() {
        return Ok(());
    }
    let store = Store::open(path.to_owned())?;
    let folder = store.folder();
    let failed = |action: &'static str| {
        let path = folder.clone();
        move |source| StoreError::Io {
            action,
            path,
            source,
        }
    };
    clear(&folder.join("tasks")).map_err(failed("clear"))?;
    store.remove()?;
    fs::remove_dir_all(&folder).map_err(failed("remove"))
}
