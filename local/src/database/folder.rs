//! The folder that keeps what outlives the stack.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use super::DatabaseError;
use crate::limits;

/// The file that a running stack holds a lock on.
const LOCK: &str = "lock";

/// How the names of temporary folders begin.
const TEMPORARY: &str = "local-stack-";

/// Where a stack keeps its data.
#[derive(Debug, Clone)]
pub enum Data {
    /// In a folder, which one stack has at a time.
    Folder(PathBuf),
    /// In a temporary folder that goes with the stack.
    Ephemeral,
}

/// A folder that belongs to this stack alone. A temporary one is removed with it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lifetime: Lifetime,
    /// Held as long as the folder is; the system releases it when the process dies, however it dies.
    _lock: File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    Kept,
    Temporary,
}

impl Folder {
    /// # Errors
    /// When the folder cannot be made, or another stack has it.
    pub(super) fn open(data: &Data) -> Result<Self, DatabaseError> {
        let (path, lifetime) = match data {
            Data::Folder(path) => (path.clone(), Lifetime::Kept),
            Data::Ephemeral => {
                let temporary = std::env::temp_dir();
                remove_abandoned(&temporary);
                let name = format!("{TEMPORARY}{}", uuid::Uuid::new_v4().simple());
                (temporary.join(name), Lifetime::Temporary)
            }
        };
        let failed = |source| DatabaseError::Folder { path: path.display().to_string(), source };
        std::fs::create_dir_all(&path).map_err(failed)?;
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, lifetime, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DatabaseError::InUse(path.display().to_string())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes a temporary folder, as soon as nothing writes to it any more.
    pub(super) fn close(&self) {
        if self.lifetime == Lifetime::Temporary && self.path.exists() {
            remove(&self.path);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.close();
    }
}

/// Removes what ephemeral stacks have left behind that were killed.
fn remove_abandoned(temporary: &Path) {
    let Ok(entries) = std::fs::read_dir(temporary) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(TEMPORARY)) {
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        // A folder that was just made may be about to be locked.
        let age = lock.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > limits::ABANDONED_AFTER) && lock.try_lock().is_ok() {
            remove(&entry.path());
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path) {
        tracing::debug!(path = %path.display(), %error, "temporary folder not removed");
    }
}
