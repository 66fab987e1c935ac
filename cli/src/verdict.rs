//! The end of a command that did its work and found something wrong.

use std::{error::Error, fmt};

/// Something is wrong, and the command has said what. The process ends with 1; with 2 when a command could not do its work.
#[derive(Debug)]
pub(crate) struct Verdict;

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("something is wrong")
    }
}

impl Error for Verdict {}
