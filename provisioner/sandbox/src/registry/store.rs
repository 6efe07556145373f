//! Layers on disk, by what is in them: `blobs/sha256/HEX` in the folder beside the world.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Debug)]
pub(super) struct Store {
    blobs: PathBuf,
    uploads: PathBuf,
}

impl Store {
    /// In a folder, which is made with the first layer; what a killed process was uploading is forgotten.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let blobs = folder.join("blobs").join("sha256");
        let uploads = folder.join("uploads");
        match fs::remove_dir_all(&uploads) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { blobs, uploads })
    }

    /// Where a layer is or would be; nothing for what is no SHA-256 digest.
    pub(super) fn path(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        let valid = hex.len() == 64
            && hex
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| self.blobs.join(hex))
    }

    /// Where an upload is to gather.
    pub(super) fn upload(&self, id: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.uploads)?;
        fs::create_dir_all(&self.blobs)?;
        Ok(self.uploads.join(id))
    }

    /// Removes the layers that are not among these.
    pub(super) fn sweep(&self, named: &BTreeSet<String>) -> io::Result<()> {
        if !self.blobs.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.blobs)? {
            let entry = entry?;
            let digest = format!("sha256:{}", entry.file_name().display());
            if !named.contains(&digest) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}
