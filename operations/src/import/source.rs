//! Where entries come from: standard input, files, and folders of DynamoDB's exports to S3.

use std::{io, path::PathBuf};

use super::{
    file::{Entries, SourceFault, file, lines},
    folder,
    sorted::Sorted,
};

/// One of the things that are to be imported.
#[derive(Debug)]
pub enum Source {
    /// What comes on standard input.
    StandardInput,
    /// Lines, compressed or not.
    File(PathBuf),
    /// DynamoDB exports in no order that it promises, so that its items are sorted first.
    Folder(Sorted),
}

impl Source {
    /// What a word of the command line means. A folder is read here.
    ///
    /// # Errors
    /// When it is not there, or the folder is no complete export.
    pub fn open(name: &str) -> Result<Self, SourceFault> {
        if name == "-" {
            return Ok(Self::StandardInput);
        }
        let path = PathBuf::from(name);
        let about = path.metadata().map_err(|error| SourceFault::File(name.to_owned(), error))?;
        if !about.is_dir() {
            return Ok(Self::File(path));
        }
        Ok(Self::Folder(Sorted::of(folder::entries(&path)?)?))
    }

    /// Whether what it has can be read only once.
    pub fn is_read_once(&self) -> bool {
        match self {
            Self::StandardInput => true,
            // A pipe has a path as well: `<(…)` of a shell.
            Self::File(path) => !path.is_file(),
            Self::Folder(_) => false,
        }
    }

    /// Everything that it has, from the beginning.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn entries(&self) -> Result<Entries, SourceFault> {
        match self {
            Self::StandardInput => lines("standard input".to_owned(), Box::new(io::stdin())),
            Self::File(path) => file(path),
            Self::Folder(sorted) => Ok(Box::new(sorted.entries()?)),
        }
    }
}
