//! The installed command inside of somebody's project: the project's own command knows its kinds, and does the work.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// What marks the manifest of a project that `turnlog new` has made.
const MARK: &str = "[package.metadata.turnlog]";

/// Runs the command of the project in or above the current folder, in place of this process. It returns only where there is no
/// such project, or where cargo cannot be run.
///
/// # Errors
/// When cargo cannot be run.
pub fn hand_over() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == OsStr::new("new")) {
        return Ok(());
    }
    let Some(manifest) = env::current_dir().ok().as_deref().and_then(project_above) else { return Ok(()) };
    eprintln!("turnlog: with the command of {}", manifest.display());
    let mut cargo = Command::new("cargo");
    cargo.arg("run").arg("--quiet").arg("--manifest-path").arg(manifest).arg("--").args(arguments);
    Err(cargo.exec())
}

fn project_above(folder: &Path) -> Option<PathBuf> {
    let manifests = folder.ancestors().map(|folder| folder.join("Cargo.toml"));
    let is_ours = |manifest: &PathBuf| {
        fs::read_to_string(manifest).is_ok_and(|text| text.lines().any(|line| line.trim() == MARK))
    };
    manifests.into_iter().find(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_told_by_its_manifest() {
        let folder = tempfile::tempdir().expect("there is room");
        let deep = folder.path().join("project/src/deep");
        fs::create_dir_all(&deep).expect("it can be made");
        fs::write(folder.path().join("project/src/Cargo.toml"), "[package]\n").expect("it is written");
        assert_eq!(project_above(&deep), None);
        let manifest = folder.path().join("project/Cargo.toml");
        fs::write(&manifest, include_str!("../new/manifest.toml")).expect("it is written");
        assert_eq!(project_above(&deep), Some(manifest));
    }
}
