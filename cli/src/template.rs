//! Finds the template that a person means.

use std::path::{Path, PathBuf};

/// The template's usual name.
const FILE: &str = "template.yaml";

/// Why there is no template.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTemplate {
    #[error("there is no {FILE} in {0} or in a folder above; name one with --template")]
    NotFound(PathBuf),
    #[error("{path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
}

/// The absolute path of the template: the one that is named, or the nearest one from the current folder upwards.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, NoTemplate> {
    let start = named.unwrap_or(Path::new("."));
    let absolute = start.canonicalize();
    let absolute = absolute.map_err(|source| NoTemplate::Unreadable { path: start.to_owned(), source })?;
    match named {
        Some(_) => Ok(absolute),
        None => above(&absolute).ok_or(NoTemplate::NotFound(absolute)),
    }
}

fn above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_template_upwards_is_found() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(above(&here.join("src")), Some(here.parent().unwrap().join(FILE)));
        assert_eq!(above(Path::new("/")), None);
    }

    #[test]
    fn a_template_that_is_named_must_be_there() {
        assert!(matches!(find(Some(Path::new("no/such.yaml"))), Err(NoTemplate::Unreadable { .. })));
    }
}
