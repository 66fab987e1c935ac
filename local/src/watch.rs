//! Builds functions anew when their sources change, and swaps them while connections stay open.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs::DirEntry,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    build,
    lambda::Lambda,
    limits::WATCHED_FILES_MAX,
    template::model::{self, FunctionSpec},
};

/// How often files are looked at. Every way of being told of changes misses some on some file system; this one none.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A function as it was built.
#[derive(Debug, Clone)]
struct Watched {
    function: String,
    code: Code,
}

/// What a function runs, which is another when one of its files has changed.
#[derive(Debug, Clone)]
enum Code {
    /// What cargo builds.
    Built { executable: PathBuf, workspace: PathBuf, package: PathBuf },
    /// A folder with a `bootstrap`, and whatever that loads from beside it.
    AsItIs { folder: PathBuf },
    /// A zip file with such a folder, and where it is unpacked.
    Zip { file: PathBuf, unpacked: PathBuf },
}

/// The state of a set of files: names with the times of their last change.
type Files = BTreeMap<PathBuf, Option<SystemTime>>;

/// What a look at the file system finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    /// What cargo builds from.
    sources: Files,
    /// What the functions run, by executable or folder, so that a folder of several functions is read once.
    code: BTreeMap<PathBuf, Files>,
}

/// Watches the sources of these functions. Ends when it is aborted.
///
/// # Errors
/// When cargo cannot say where a workspace is.
pub(crate) async fn spawn(
    functions: &[(FunctionSpec, PathBuf)],
    unpacked: &BTreeMap<PathBuf, TempDir>,
    lambda: Lambda,
) -> Result<JoinHandle<()>, build::BuildError> {
    let mut watched = Vec::new();
    for (spec, executable) in functions {
        let code = match &spec.code {
            model::Code::Cargo { folder, .. } => Code::Built {
                executable: executable.clone(),
                workspace: build::workspace_of(folder).await?,
                package: folder.clone(),
            },
            model::Code::Bootstrap { folder } => Code::AsItIs { folder: folder.clone() },
            model::Code::Zip { file } => Code::Zip { file: file.clone(), unpacked: unpacked[file].path().to_owned() },
        };
        watched.push(Watched { function: spec.id.clone(), code });
    }
    Ok(tokio::spawn(watch(watched, lambda)))
}

async fn watch(watched: Vec<Watched>, lambda: Lambda) {
    let mut seen = look(&watched).await;
    for (folder, files) in seen.code.iter().filter(|(_, files)| files.len() >= WATCHED_FILES_MAX) {
        tracing::warn!(folder = %folder.display(), files = files.len(), "not all of its files are watched");
    }
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = look(&watched).await;
        if now == seen {
            continue;
        }
        let mut now = when_still(&watched, now).await;
        if now.sources != seen.sources {
            build(&watched).await;
            // A build may find other files to depend on.
            now = look(&watched).await;
        }
        let changed = |watched: &&Watched| seen.code.get(watched.root()) != now.code.get(watched.root());
        unpack(watched.iter().filter(changed)).await;
        for watched in watched.iter().filter(changed) {
            tracing::info!(function = watched.function, "swapped; its next event finds what is there now");
            lambda.renew(&watched.function);
        }
        seen = now;
    }
}

/// Whoever saves several files is given the time to: waits until two looks in a row see the same.
async fn when_still(watched: &[Watched], mut last: Seen) -> Seen {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = look(watched).await;
        if now == last {
            return now;
        }
        last = now;
    }
}

async fn build(watched: &[Watched]) {
    let workspaces = watched.iter().filter_map(|watched| match &watched.code {
        Code::Built { workspace, .. } => Some(workspace),
        Code::AsItIs { .. } | Code::Zip { .. } => None,
    });
    for workspace in workspaces.collect::<BTreeSet<_>>() {
        tracing::info!("the sources have changed; building");
        if let Err(error) = build::build_now(workspace).await {
            tracing::error!(%error, "not built; the functions stay as they were");
        }
    }
}

/// Unpacks each zip file once, of however many functions it is the code.
async fn unpack(changed: impl Iterator<Item = &Watched>) {
    let zips = changed.filter_map(|watched| match &watched.code {
        Code::Zip { file, unpacked } => Some((file, unpacked)),
        Code::Built { .. } | Code::AsItIs { .. } => None,
    });
    for (file, unpacked) in zips.collect::<BTreeMap<_, _>>() {
        if let Err(error) = build::unpack_again(file, unpacked).await {
            tracing::error!(file = %file.display(), error, "not unpacked; its functions stay as they were");
        }
    }
}

async fn look(watched: &[Watched]) -> Seen {
    let watched = watched.to_vec();
    let looked = tokio::task::spawn_blocking(move || {
        let mut seen = Seen::default();
        for watched in &watched {
            if let Code::Built { executable, workspace, package } = &watched.code {
                seen.sources.extend(changed(sources(executable, workspace, package)));
            }
            let root = watched.root();
            if !seen.code.contains_key(root) {
                let files = match &watched.code {
                    Code::Built { executable, .. } => vec![executable.clone()],
                    Code::AsItIs { folder } => files_below(folder, WATCHED_FILES_MAX),
                    Code::Zip { file, .. } => vec![file.clone()],
                };
                seen.code.insert(root.to_owned(), changed(files).collect());
            }
        }
        seen
    });
    looked.await.unwrap_or_default()
}

impl Watched {
    fn root(&self) -> &Path {
        match &self.code {
            Code::Built { executable, .. } => executable,
            Code::AsItIs { folder } => folder,
            Code::Zip { file, .. } => file,
        }
    }
}

/// Each file with the time of its last change.
fn changed(files: Vec<PathBuf>) -> impl Iterator<Item = (PathBuf, Option<SystemTime>)> {
    files.into_iter().map(|file| {
        let time = std::fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
        (file, time)
    })
}

/// Every source file that cargo found when it built, and what decides about the build itself.
fn sources(executable: &Path, workspace: &Path, package: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_to_string(executable.with_extension("d")).unwrap_or_default();
    let manifests = [workspace.join("Cargo.toml"), workspace.join("Cargo.lock"), package.join("Cargo.toml")];
    manifests.into_iter().chain(dependencies(&listed).into_iter().map(PathBuf::from)).collect()
}

/// So many files of a folder, those in few folders first. What runs there may write hidden files and caches of compiled
/// Python, which are no changes of the code. Links to folders are not followed, so that this ends.
fn files_below(folder: &Path, files_max: usize) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), VecDeque::from([folder.to_owned()]));
    while let Some(folder) = folders.pop_front() {
        let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") || name == "__pycache__" {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push_back(entry.path());
            } else if files.len() < files_max {
                files.push(entry.path());
            } else {
                return files;
            }
        }
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

    #[test]
    fn the_files_of_a_folder_are_found_up_to_a_number_the_nearest_first() {
        let folder = std::env::temp_dir().join(format!("watch-{}", uuid::Uuid::new_v4().simple()));
        for file in ["a/b/deep.py", "z.py", "bootstrap", ".git/config", "__pycache__/z.pyc", "a/near.py"] {
            let file = folder.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        std::os::unix::fs::symlink(&folder, folder.join("a/round")).unwrap();
        let found = |files_max| -> Vec<String> {
            let files = files_below(&folder, files_max);
            files.iter().map(|file| file.strip_prefix(&folder).unwrap().display().to_string()).collect()
        };
        assert_eq!(found(10), ["bootstrap", "z.py", "a/near.py", "a/round", "a/b/deep.py"]);
        assert_eq!(found(3), ["bootstrap", "z.py", "a/near.py"]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
