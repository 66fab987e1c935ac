//! Builds functions anew when their sources change, and swaps them while connections stay open.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::task::JoinHandle;

use crate::{
    build,
    lambda::Lambda,
    template::model::{Code, FunctionSpec},
};

/// How often files are looked at. Every way of being told of changes misses some on some file system; this one none.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A function as it was built.
#[derive(Debug, Clone)]
struct Watched {
    function: String,
    executable: PathBuf,
    /// What cargo builds; none for a `bootstrap` that somebody else builds.
    workspace: Option<PathBuf>,
    /// The package's own folder.
    folder: PathBuf,
}

/// The state of a set of files: names with the times of their last change.
type Files = BTreeMap<PathBuf, Option<SystemTime>>;

/// Watches the sources of these functions. Ends when it is aborted.
///
/// # Errors
/// When cargo cannot say where a workspace is.
pub(crate) async fn spawn(
    functions: &[(FunctionSpec, PathBuf)],
    lambda: Lambda,
) -> Result<JoinHandle<()>, build::BuildError> {
    let mut watched = Vec::new();
    for (spec, executable) in functions {
        let (workspace, folder) = match &spec.code {
            Code::Cargo { folder, .. } => (Some(build::workspace_of(folder).await?), folder.clone()),
            Code::Bootstrap { folder } => (None, folder.clone()),
        };
        watched.push(Watched { function: spec.id.clone(), executable: executable.clone(), workspace, folder });
    }
    Ok(tokio::spawn(watch(watched, lambda)))
}

async fn watch(watched: Vec<Watched>, lambda: Lambda) {
    let mut sources = look(&watched, sources).await;
    let mut executables = look(&watched, executables).await;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = look(&watched, self::sources).await;
        if now != sources {
            // Whoever saves several files is given the time to.
            sources = now;
            continue_when_still(&watched, &mut sources).await;
            let workspaces: BTreeSet<_> = watched.iter().filter_map(|watched| watched.workspace.as_ref()).collect();
            for workspace in workspaces {
                tracing::info!("the sources have changed; building");
                if let Err(error) = build::build_now(workspace).await {
                    tracing::error!(%error, "not built; the functions stay as they were");
                }
            }
            // A build may find other files to depend on.
            sources = look(&watched, self::sources).await;
        }
        let built = look(&watched, self::executables).await;
        for watched in
            watched.iter().filter(|watched| executables.get(&watched.executable) != built.get(&watched.executable))
        {
            tracing::info!(function = watched.function, "swapped; its next event finds what was built");
            lambda.renew(&watched.function);
        }
        executables = built;
    }
}

/// Waits until two looks in a row see the same.
async fn continue_when_still(watched: &[Watched], last: &mut Files) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = look(watched, sources).await;
        if now == *last {
            return;
        }
        *last = now;
    }
}

async fn look(watched: &[Watched], files: fn(&[Watched]) -> BTreeSet<PathBuf>) -> Files {
    let watched = watched.to_vec();
    let looked = tokio::task::spawn_blocking(move || {
        let changed = |file: &PathBuf| std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
        files(&watched).into_iter().map(|file| (file.clone(), changed(&file))).collect()
    });
    looked.await.unwrap_or_default()
}

fn executables(watched: &[Watched]) -> BTreeSet<PathBuf> {
    watched.iter().map(|watched| watched.executable.clone()).collect()
}

/// Every source file that cargo found when it built, and what decides about the build itself.
fn sources(watched: &[Watched]) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for watched in watched {
        let Some(workspace) = &watched.workspace else { continue };
        files.extend([workspace.join("Cargo.toml"), workspace.join("Cargo.lock"), watched.folder.join("Cargo.toml")]);
        let listed = std::fs::read_to_string(watched.executable.with_extension("d")).unwrap_or_default();
        files.extend(dependencies(&listed).into_iter().map(|file| Path::new(&file).to_owned()));
    }
    files
}

/// The right side of a Makefile rule, which is how cargo lists the sources of an executable. A space in a name is escaped.
fn dependencies(rule: &str) -> Vec<String> {
    let Some((_, right)) = rule.lines().next().unwrap_or_default().split_once(": ") else { return Vec::new() };
    let mut files = vec![String::new()];
    let mut characters = right.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => files.last_mut().expect("there is one").extend(characters.next()),
            ' ' => files.push(String::new()),
            other => files.last_mut().expect("there is one").push(other),
        }
    }
    files.retain(|file| !file.is_empty());
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_an_executable_are_read_as_cargo_writes_them() {
        let rule = "/t/debug/command: /p/src/a.rs /p/with\\ space/b.rs /p/src/main.rs\n";
        assert_eq!(dependencies(rule), ["/p/src/a.rs", "/p/with space/b.rs", "/p/src/main.rs"]);
        assert_eq!(dependencies(""), Vec::<String>::new());
    }
}
