//! Finds the executables of a template's functions: cargo builds them, or they lie there as `bootstrap`.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::process::Command;

use crate::template::model::{Code, FunctionSpec};

/// Where cargo puts what it builds as the stack itself was built.
const PROFILE_FOLDER: &str = if cfg!(debug_assertions) { "debug" } else { "release" };

/// Why functions cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be run.
    #[error("cargo cannot be run in {folder}: {source}")]
    Cargo {
        /// Where.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
    /// Cargo failed; it has said why.
    #[error("cargo could not build the functions in {0}")]
    Failed(String),
    /// The template names a binary that cargo does not know.
    #[error("{function}: there is no binary called {binary} in {folder}")]
    NoBinary {
        /// The function's logical id.
        function: String,
        /// The binary that it names.
        binary: String,
        /// Where it was looked for.
        folder: String,
    },
    /// There is nothing to run in the function's folder.
    #[error("{function}: there is no executable file {file}; build the function first, or let cargo-lambda build it")]
    NoBootstrap {
        /// The function's logical id.
        function: String,
        /// Where it should be.
        file: String,
    },
}

/// Which executables of the functions are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// Those that cargo builds from what the sources are now.
    Fresh,
    /// The same, and again whenever the sources change.
    Watched,
    /// Those that it built last, without asking it.
    Last,
}

/// Builds every function; returns each with its executable.
///
/// # Errors
/// When one cannot be built, or was not.
pub(crate) async fn all(
    functions: Vec<FunctionSpec>,
    build: Build,
) -> Result<Vec<(FunctionSpec, PathBuf)>, BuildError> {
    let mut workspaces: BTreeMap<PathBuf, BTreeMap<String, PathBuf>> = BTreeMap::new();
    let mut found = Vec::new();
    for function in functions {
        let (folder, binary) = match &function.code {
            Code::Bootstrap { folder } => {
                let executable = bootstrap(&function.id, folder)?;
                found.push((function, executable));
                continue;
            }
            Code::Cargo { folder, binary } => (folder, binary),
        };
        let workspace = workspace_of(folder).await?;
        if !workspaces.contains_key(&workspace) {
            let executables = match build {
                Build::Fresh | Build::Watched => build_now(&workspace).await?,
                Build::Last => last_built(&workspace).await?,
            };
            workspaces.insert(workspace.clone(), executables);
        }
        let Some(executable) = workspaces[&workspace].get(binary).cloned() else {
            let (id, binary) = (function.id.clone(), binary.clone());
            return Err(BuildError::NoBinary { function: id, binary, folder: workspace.display().to_string() });
        };
        found.push((function, executable));
    }
    Ok(found)
}

/// The file that Lambda would start.
fn bootstrap(function: &str, folder: &Path) -> Result<PathBuf, BuildError> {
    let file = folder.join("bootstrap");
    let is_executable =
        std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0);
    if is_executable {
        return Ok(file);
    }
    Err(BuildError::NoBootstrap { function: function.to_owned(), file: file.display().to_string() })
}

/// The folder of the workspace that a folder belongs to, so that each is built once.
pub(crate) async fn workspace_of(folder: &Path) -> Result<PathBuf, BuildError> {
    let arguments = ["locate-project", "--workspace", "--message-format", "plain"];
    let manifest = cargo(folder, &arguments).await?;
    let manifest = PathBuf::from(manifest.trim());
    Ok(manifest.parent().map_or_else(|| folder.to_owned(), Path::to_owned))
}

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

/// The binaries that lie in the target folder. It takes no lock of cargo's, so that no other build holds it up.
async fn last_built(workspace: &Path) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let metadata = cargo(workspace, &["metadata", "--no-deps", "--format-version", "1", "--offline"]).await?;
    let metadata: Value = serde_json::from_str(&metadata).unwrap_or_default();
    let folder = Path::new(metadata["target_directory"].as_str().unwrap_or("target")).join(PROFILE_FOLDER);
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let names = targets.filter_map(|target| target["name"].as_str());
    let executables = names.map(|name| (name.to_owned(), folder.join(name)));
    Ok(executables.filter(|(_, executable)| executable.is_file()).collect())
}

/// Runs cargo; what it says to people goes to the terminal, what it says to programs is returned.
async fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, BuildError> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let name = || folder.display().to_string();
    let output = command.output().await.map_err(|source| BuildError::Cargo { folder: name(), source })?;
    if !output.status.success() {
        return Err(BuildError::Failed(name()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
