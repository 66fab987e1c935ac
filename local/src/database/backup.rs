//! A copy of the embedded database, made while a stack works on it or not.

use std::{
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use super::embedded;

/// How many pages are copied before anybody else may have the processor.
const PAGES_PER_STEP: i32 = 256;
/// For how long the copy waits where the database is locked, which it is for moments only.
const LOCKED_MAX: Duration = Duration::from_secs(10);

/// Why there is no copy. Nothing is left of it then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder has no database.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// A backup overwrites nothing.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be read.
    #[error("the database cannot be copied: {0}")]
    Copy(String),
}

/// Copies the database of a data folder to `target`, and returns its size in bytes. The copy is the database as it was at one
/// moment; whoever writes meanwhile neither waits nor is seen. It never changes what is stored.
///
/// The file has its name as soon as it is whole and on the disk, and only its owner may read it.
///
/// # Errors
/// When there is no database, `target` exists, or either cannot be used.
pub fn backup(folder: &Path, target: &Path) -> Result<u64, BackupError> {
    let database = embedded::file(folder);
    if !database.is_file() {
        return Err(BackupError::NoDatabase(folder.to_owned()));
    }
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let failed = |source| BackupError::Write { path: target.to_owned(), source };
    let beside = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file has the mode 0600 and goes when it is dropped.
    let copy = tempfile::Builder::new().prefix(".backup-").tempfile_in(beside).map_err(failed)?;
    copy_pages(&database, copy.path()).map_err(|error| BackupError::Copy(error.to_string()))?;
    copy.as_file().sync_all().map_err(failed)?;
    let bytes = copy.as_file().metadata().map_err(failed)?.len();
    copy.persist_noclobber(target).map_err(|error| {
        let exists = error.error.kind() == ErrorKind::AlreadyExists;
        if exists { BackupError::Exists(target.to_owned()) } else { failed(error.error) }
    })?;
    // The name, too, has to survive a power failure.
    File::open(beside).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(bytes)
}

fn copy_pages(database: &Path, copy: &Path) -> rusqlite::Result<()> {
    // Not one that is made when it is missing. Reading alone would leave files behind beside a database that nobody has open.
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(LOCKED_MAX)?;
    let mut copy = Connection::open(copy)?;
    // A copy that breaks off is thrown away, and a whole one is flushed once, at the end.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    // As long as this transaction reads, every step sees the same moment. Otherwise each write of somebody else would make the copy
    // begin anew.
    let moment = source.unchecked_transaction()?;
    moment.query_row("SELECT COUNT(*) FROM sqlite_schema", (), |_| Ok(()))?;
    let backup = Backup::new(&moment, &mut copy)?;
    while backup.step(PAGES_PER_STEP)? != StepResult::Done {
        std::thread::yield_now();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A folder with a database that has some rows.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(embedded::file(folder.path())).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3);")
            .unwrap();
        folder
    }

    fn rows(file: &Path) -> i64 {
        Connection::open(file).unwrap().query_row("SELECT COUNT(*) FROM t", (), |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_backup_has_what_is_committed_and_belongs_to_its_owner_alone() {
        let folder = folder();
        // What is written and not committed, and what is committed and not yet in the main file.
        let writer = Connection::open(embedded::file(folder.path())).unwrap();
        writer.execute_batch("INSERT INTO t VALUES (4); BEGIN; INSERT INTO t VALUES (5);").unwrap();
        let target = folder.path().join("copy");
        let bytes = backup(folder.path(), &target).unwrap();
        let metadata = target.metadata().unwrap();
        assert_eq!((rows(&target), metadata.len(), metadata.permissions().mode() & 0o777), (4, bytes, 0o600));
        writer.execute_batch("COMMIT").unwrap();
        assert_eq!(rows(&embedded::file(folder.path())), 5, "the database is as usable as before");
    }

    #[test]
    fn a_backup_overwrites_nothing_and_leaves_nothing_behind_when_it_fails() {
        let folder = folder();
        let target = folder.path().join("copy");
        std::fs::write(&target, "something else").unwrap();
        assert!(matches!(backup(folder.path(), &target), Err(BackupError::Exists(_))));
        assert_eq!(std::fs::read(&target).unwrap(), b"something else");
        let nowhere = folder.path().join("none/copy");
        assert!(matches!(backup(folder.path(), &nowhere), Err(BackupError::Write { .. })));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(backup(empty.path(), &empty.path().join("copy")), Err(BackupError::NoDatabase(_))));
        std::fs::write(embedded::file(empty.path()), "no database at all, but long enough to be one".repeat(99))
            .unwrap();
        assert!(matches!(backup(empty.path(), &empty.path().join("copy")), Err(BackupError::Copy(_))));
        let left: Vec<_> = std::fs::read_dir(empty.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["dynamodb.sqlite"]);
    }
}
