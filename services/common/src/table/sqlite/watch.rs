//! Whether anything was committed to the file since one last looked, by any process, for the price of one read.
//!
//! Every commit in WAL mode rewrites the WAL index's header, the first 96 bytes of the `-shm` file: two copies of the commit
//! counter, the last frame and checksums (sqlite.org/walformat.html, section 2.1). Same bytes, same database.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::Fault;

/// The header as it was read.
pub(super) type Header = [u8; 96];

/// A handle to the WAL index.
pub(super) struct Watch(Arc<File>);

/// Handles are kept for the process's life: POSIX drops all of a process's locks on a file when any one of its handles is
/// closed, and SQLite's own locks lie on this file (sqlite.org/howtocorrupt.html, section 2.2).
static KEPT: Mutex<Option<HashMap<Inode, Arc<File>>>> = Mutex::new(None);

/// Device and number.
type Inode = (u64, u64);

impl Watch {
    /// Of the database at `path`, which is open in WAL mode.
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        let mut name = path.as_os_str().to_owned();
        name.push("-shm");
        let broken =
            |error: std::io::Error| Fault::Broken(format!("cannot watch the database: {error}"));
        let meta = std::fs::metadata(&name).map_err(broken)?;
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get_or_insert_default();
        if let Some(file) = kept.get(&(meta.dev(), meta.ino())) {
            return Ok(Self(Arc::clone(file)));
        }
        let file = Arc::new(File::open(&name).map_err(broken)?);
        let meta = file.metadata().map_err(broken)?;
        kept.insert((meta.dev(), meta.ino()), Arc::clone(&file));
        Ok(Self(file))
    }

    /// The header now; nothing where a writer is just rewriting it (its two copies differ) or it does not read.
    pub(super) fn header(&self) -> Option<Header> {
        let mut header = [0; 96];
        self.0.read_exact_at(&mut header, 0).ok()?;
        (header[..48] == header[48..]).then_some(header)
    }
}
