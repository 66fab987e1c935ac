//! The entries of one file, a line of JSON for each.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use crate::{RawEntry, RawFault};

/// Longest line: DynamoDB's largest item, 400 KB, has such a one only when most of it has to be escaped.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// How a file that is compressed with gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Something cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    /// A file or folder.
    #[error("{0}: {1}")]
    File(String, io::Error),
    /// A line of a file.
    #[error("line {number} of {name}: {fault}")]
    Line {
        /// The file.
        name: String,
        /// The line, from 1 on.
        number: u64,
        /// What is wrong with it.
        fault: RawFault,
    },
    /// A line that is longer than any item.
    #[error("line {number} of {name} is longer than {LINE_BYTES_MAX} bytes")]
    TooLong {
        /// The file.
        name: String,
        /// The line, from 1 on.
        number: u64,
    },
    /// The folder is no complete export.
    #[error("{0}: {1}")]
    Folder(String, String),
}

/// Entries one after the other.
pub(super) type Entries = Box<dyn Iterator<Item = Result<RawEntry, SourceFault>> + Send>;

/// The entries of a file, compressed or not.
pub(super) fn file(path: &Path) -> Result<Entries, SourceFault> {
    let name = path.display().to_string();
    let opened = File::open(path).map_err(|error| SourceFault::File(name.clone(), error))?;
    lines(name, Box::new(opened))
}

/// The entries of lines of text, compressed or not.
pub(super) fn lines(name: String, read: Box<dyn Read + Send>) -> Result<Entries, SourceFault> {
    let mut read = BufReader::new(read);
    let beginning = read.fill_buf().map_err(|error| SourceFault::File(name.clone(), error))?;
    let is_gzip = beginning.starts_with(&GZIP);
    let read: Box<dyn BufRead + Send> =
        if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(read))) } else { Box::new(read) };
    Ok(Box::new(Lines { name, read, number: 0, line: Vec::new() }))
}

/// The entries of lines of text.
struct Lines {
    name: String,
    read: Box<dyn BufRead + Send>,
    number: u64,
    line: Vec<u8>,
}

impl Lines {
    fn read(&mut self) -> Result<Option<RawEntry>, SourceFault> {
        loop {
            self.line.clear();
            self.number += 1;
            let read = self.read.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut self.line);
            let bytes = read.map_err(|error| SourceFault::File(self.name.clone(), error))?;
            if bytes == 0 {
                return Ok(None);
            }
            if bytes as u64 > LINE_BYTES_MAX {
                return Err(SourceFault::TooLong { name: self.name.clone(), number: self.number });
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let text = std::str::from_utf8(&self.line).map_err(|error| RawFault::Text(error.to_string()));
            let entry = text.and_then(RawEntry::parse);
            let entry =
                entry.map_err(|fault| SourceFault::Line { name: self.name.clone(), number: self.number, fault })?;
            return Ok(Some(entry));
        }
    }
}

impl Iterator for Lines {
    type Item = Result<RawEntry, SourceFault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
