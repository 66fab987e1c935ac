//! The end of a command that did its work and found something wrong.

use std::{error::Error, fmt};

/// Something is wrong. The process ends with 1; with 2 when a command could not do its work.
#[derive(Debug)]
pub enum Verdict {
    /// The command has said what.
    Said,
    /// What is wrong.
    Wrong(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said => formatter.write_str("something is wrong"),
            Self::Wrong(what) => formatter.write_str(what),
        }
    }
}

impl Error for Verdict {}
