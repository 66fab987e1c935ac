//! What a project's command carries in itself, so that it needs nothing beside it.

use std::fmt;

use rust_embed::EmbeddedFile;

/// The template and the web files of a project, inside of its command.
#[derive(Clone, Copy)]
pub struct Files {
    /// The text of its template.
    pub template: &'static str,
    /// Finds one of its own web files, by its path below `web/`.
    pub web: fn(&str) -> Option<EmbeddedFile>,
}

impl fmt::Debug for Files {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Files").finish_non_exhaustive()
    }
}
