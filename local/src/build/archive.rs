//! Zip files with the code of functions.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Read as _},
    os::unix::fs::{OpenOptionsExt as _, symlink},
    path::{Component, Path, PathBuf},
};

use zip::{ZipArchive, read::ZipFile, result::ZipError};

use crate::limits::{UNPACKED_BYTES_MAX, ZIP_ENTRIES_MAX};

/// The longest target of a link: the longest path of Linux.
const LINK_BYTES_MAX: u64 = 4096;

/// Why a zip file cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    /// It, or what is to become of it, cannot be read or written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// It is no zip file, or one that is not understood.
    #[error("it is no zip file that is understood: {0}")]
    Malformed(#[from] ZipError),
    /// It has more entries than anybody needs.
    #[error("it has {0} entries; the most is {ZIP_ENTRIES_MAX}")]
    TooMany(usize),
    /// It is larger than Lambda takes.
    #[error("unpacked it is larger than {0} bytes, which is the most that Lambda takes")]
    TooLarge(u64),
    /// One of its names or links leads out of it.
    #[error("its entry {0} leads out of it")]
    Escapes(String),
}

/// Unpacks a zip file into an empty folder, in which everything stays that it writes.
///
/// # Errors
/// When it cannot be unpacked, is larger than Lambda takes, or has an entry that leads out of the folder.
pub(super) fn unpack(file: &Path, folder: &Path) -> Result<(), ArchiveError> {
    unpack_up_to(file, folder, UNPACKED_BYTES_MAX)
}

fn unpack_up_to(file: &Path, folder: &Path, bytes_max: u64) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(file)?))?;
    if archive.len() > ZIP_ENTRIES_MAX {
        return Err(ArchiveError::TooMany(archive.len()));
    }
    let (mut room, mut links) = (bytes_max, Vec::new());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let place = folder.join(path_within(&entry)?);
        if entry.is_dir() {
            std::fs::create_dir_all(place)?;
            continue;
        }
        std::fs::create_dir_all(place.parent().unwrap_or(folder))?;
        if entry.is_symlink() {
            let mut target = String::new();
            (&mut entry).take(LINK_BYTES_MAX).read_to_string(&mut target)?;
            links.push((entry.name()?.into_owned(), place, target));
            continue;
        }
        // The umask takes away what nobody else may do.
        let mode = entry.unix_mode().unwrap_or(0o644) & 0o777;
        let mut written = OpenOptions::new().write(true).create_new(true).mode(mode).open(place)?;
        // What an entry says of its own size proves nothing.
        let bytes = io::copy(&mut (&mut entry).take(room + 1), &mut written)?;
        room = room.checked_sub(bytes).ok_or(ArchiveError::TooLarge(bytes_max))?;
    }
    link(folder, links)
}

/// The name of an entry as a path without steps upwards.
fn path_within<R: io::Read>(entry: &ZipFile<'_, R>) -> Result<PathBuf, ArchiveError> {
    let is_plain = |path: &PathBuf| path.components().all(|step| matches!(step, Component::Normal(_)));
    let name = entry.name()?.into_owned();
    entry.enclosed_name().filter(is_plain).ok_or(ArchiveError::Escapes(name))
}

/// Makes the links after all files, so that no file is written through one; each must lead to something inside.
fn link(folder: &Path, links: Vec<(String, PathBuf, String)>) -> Result<(), ArchiveError> {
    for (_, place, target) in &links {
        symlink(target, place)?;
    }
    let root = folder.canonicalize()?;
    for (name, place, _) in links {
        if !place.canonicalize().is_ok_and(|found| found.starts_with(&root)) {
            return Err(ArchiveError::Escapes(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
