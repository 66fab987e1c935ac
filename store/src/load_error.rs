//! Why a log cannot be loaded.

use crate::{entry::LogFault, error::StoreError};

/// A game cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A table did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log of this one game cannot be folded.
    #[error(transparent)]
    Log(#[from] LogFault),
}
