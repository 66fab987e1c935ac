//! Workspaces of cargo with the binaries of functions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{Build, BuildError, cargo};

/// Where cargo puts what it builds as the stack itself was built.
pub(super) const PROFILE_FOLDER: &str = if cfg!(debug_assertions) { "debug" } else { "release" };

/// What a workspace has, and what of it is built.
#[derive(Debug)]
pub(super) struct Workspace {
    root: PathBuf,
    packages: Vec<Package>,
    /// Where each binary lies that is built, or would lie.
    executables: BTreeMap<String, PathBuf>,
}

/// A package with its binaries.
#[derive(Debug)]
struct Package {
    folder: PathBuf,
    binaries: Vec<String>,
}

impl Workspace {
    /// Builds it, unless what was built last is wanted.
    ///
    /// # Errors
    /// When cargo fails.
    pub(super) async fn open(root: &Path, build: Build) -> Result<Self, BuildError> {
        let executables = match build {
            Build::Fresh | Build::Watched => Some(build_now(root).await?),
            Build::Last => None,
        };
        // It takes no lock of cargo's, so that no other build holds it up.
        let metadata = cargo(root, &["metadata", "--no-deps", "--format-version", "1", "--offline"]).await?;
        let metadata: Value = serde_json::from_str(&metadata).unwrap_or_default();
        let packages: Vec<_> = metadata["packages"].as_array().into_iter().flatten().filter_map(package).collect();
        let folder = Path::new(metadata["target_directory"].as_str().unwrap_or("target")).join(PROFILE_FOLDER);
        let binaries = packages.iter().flat_map(|package| &package.binaries);
        let last = || binaries.map(|name| (name.clone(), folder.join(name))).collect();
        Ok(Self { root: root.to_owned(), executables: executables.unwrap_or_else(last), packages })
    }

    /// The executable of a function: the binary that it names, or the only one of its folder.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn executable(&self, id: &str, folder: &Path, named: Option<&str>) -> Result<PathBuf, BuildError> {
        let (function, there) = (id.to_owned(), self.binaries(folder));
        let binary = match (named, there.as_slice()) {
            (Some(named), _) => named.to_owned(),
            (None, [only]) => (*only).to_owned(),
            (None, several) => {
                let binaries = several.iter().map(|name| (*name).to_owned()).collect();
                return Err(BuildError::NotOneBinary { function, folder: folder.display().to_string(), binaries });
            }
        };
        let is_known = self.packages.iter().any(|package| package.binaries.contains(&binary));
        match self.executables.get(&binary) {
            Some(executable) if executable.is_file() => Ok(executable.clone()),
            Some(missing) => Err(BuildError::NotBuilt { function, binary, file: missing.display().to_string() }),
            None if is_known => Err(BuildError::LeftOut { function, binary }),
            None => Err(BuildError::NoBinary { function, binary, folder: self.root.display().to_string() }),
        }
    }

    /// The binaries of the package in this folder; where there is only a workspace, those of all its packages.
    fn binaries(&self, folder: &Path) -> Vec<&str> {
        let own = self.packages.iter().find(|package| same(&package.folder, folder));
        let packages = own.map_or(self.packages.as_slice(), std::slice::from_ref);
        packages.iter().flat_map(|package| &package.binaries).map(String::as_str).collect()
    }
}

/// Whether two paths lead to the same folder.
fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn package(described: &Value) -> Option<Package> {
    let targets = described["targets"].as_array()?.iter();
    let is_binary =
        |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"));
    let binaries = targets.filter(is_binary).filter_map(|target| Some(target["name"].as_str()?.to_owned())).collect();
    Some(Package { folder: Path::new(described["manifest_path"].as_str()?).parent()?.to_owned(), binaries })
}

/// Builds every binary of a workspace; returns where each lies.
///
/// # Errors
/// When cargo fails.
pub(crate) async fn build_now(workspace: &Path) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let mut arguments = vec!["build", "--workspace", "--bins", "--message-format", "json-render-diagnostics"];
    // The functions are built as the stack itself was.
    if !cfg!(debug_assertions) {
        arguments.push("--release");
    }
    let messages = cargo(workspace, &arguments).await?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = |message: Value| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, PathBuf::from(message["executable"].as_str()?)))
    };
    Ok(messages.filter_map(executable).collect())
}
