//! Finds the executables of a template's functions: cargo builds them, or they lie there as `bootstrap`, in a folder or in a
//! zip file.

mod archive;
mod workspace;

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;
use tokio::process::Command;

pub(crate) use self::workspace::build_now;
use self::{archive::ArchiveError, workspace::Workspace};
use crate::template::model::{Code, FunctionSpec};

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
    /// The template names no binary, and there is not exactly one.
    #[error("{function}: {folder} has {}; name one of them as Metadata.BuildProperties.Binary", several(.binaries))]
    NotOneBinary {
        /// The function's logical id.
        function: String,
        /// Where they were looked for.
        folder: String,
        /// What is there.
        binaries: Vec<String>,
    },
    /// Cargo knows the binary, and has not built it yet.
    #[error(
        "{function}: the binary {binary} is not built yet: there is no file {file}; start without --no-build to build it"
    )]
    NotBuilt {
        /// The function's logical id.
        function: String,
        /// The binary.
        binary: String,
        /// Where it should be.
        file: String,
    },
    /// Cargo knows the binary, and leaves it out.
    #[error("{function}: cargo knows the binary {binary} and does not build it; it may require features that are off")]
    LeftOut {
        /// The function's logical id.
        function: String,
        /// The binary.
        binary: String,
    },
    /// There is nothing to run in the function's folder.
    #[error("{function}: it is not built yet: there is no file {file}; build it first, or let cargo-lambda build it")]
    NoBootstrap {
        /// The function's logical id.
        function: String,
        /// Where it should be.
        file: String,
    },
    /// What lies there cannot be run.
    #[error("{function}: {file} is not executable, which Lambda wants as well: chmod +x")]
    NotExecutable {
        /// The function's logical id.
        function: String,
        /// The file.
        file: String,
    },
    /// The zip file of a function cannot be unpacked.
    #[error("{function}: {file} cannot be unpacked: {reason}")]
    Archive {
        /// The function's logical id.
        function: String,
        /// The zip file.
        file: String,
        /// Why.
        reason: String,
    },
}

fn several(binaries: &[String]) -> String {
    if binaries.is_empty() { "no binary".to_owned() } else { format!("the binaries {}", binaries.join(", ")) }
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

/// A template's functions, each with its executable.
#[derive(Debug, Default)]
pub(crate) struct Executables {
    pub(crate) functions: Vec<(FunctionSpec, PathBuf)>,
    /// Where each zip file is unpacked. These folders go with this.
    pub(crate) unpacked: BTreeMap<PathBuf, TempDir>,
}

/// Builds every function; returns each with its executable.
///
/// # Errors
/// When one cannot be built, or was not.
pub(crate) async fn all(functions: Vec<FunctionSpec>, build: Build) -> Result<Executables, BuildError> {
    let mut workspaces: BTreeMap<PathBuf, Workspace> = BTreeMap::new();
    let mut found = Executables::default();
    for function in functions {
        let executable = match &function.code {
            Code::Bootstrap { folder } => bootstrap(&function.id, folder)?,
            Code::Zip { file } => {
                if !found.unpacked.contains_key(file) {
                    found.unpacked.insert(file.clone(), unpacked(&function.id, file).await?);
                }
                bootstrap(&function.id, &found.unpacked[file].path().join(UNPACKED))?
            }
            Code::Cargo { folder, binary } => {
                let root = workspace_of(folder).await?;
                if !workspaces.contains_key(&root) {
                    workspaces.insert(root.clone(), Workspace::open(&root, build).await?);
                }
                workspaces[&root].executable(&function.id, folder, binary.as_deref())?
            }
        };
        found.functions.push((function, executable));
    }
    Ok(found)
}

/// The file that Lambda would start.
fn bootstrap(function: &str, folder: &Path) -> Result<PathBuf, BuildError> {
    let file = folder.join("bootstrap");
    let (function, name) = (function.to_owned(), file.display().to_string());
    match std::fs::metadata(&file) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => Ok(file),
        Ok(found) if found.is_file() => Err(BuildError::NotExecutable { function, file: name }),
        Ok(_) | Err(_) => Err(BuildError::NoBootstrap { function, file: name }),
    }
}

/// The folder with the content of a zip file, below a folder that goes when nobody needs it.
const UNPACKED: &str = "code";

/// Unpacks the zip file of a function.
async fn unpacked(function: &str, file: &Path) -> Result<TempDir, BuildError> {
    let failed = |reason: String| {
        let file = file.display().to_string();
        BuildError::Archive { function: function.to_owned(), file, reason }
    };
    let folder = TempDir::with_prefix("local-stack-code-").map_err(|error| failed(error.to_string()))?;
    unpack_again(file, folder.path()).await.map_err(failed)?;
    Ok(folder)
}

/// Puts what is in a zip file now in the place of what was in it.
pub(crate) async fn unpack_again(file: &Path, folder: &Path) -> Result<(), String> {
    let (file, folder) = (file.to_owned(), folder.to_owned());
    let unpacking = tokio::task::spawn_blocking(move || {
        // A damaged file leaves everything as it was.
        let (new, old, place) = (folder.join("new"), folder.join("old"), folder.join(UNPACKED));
        std::fs::remove_dir_all(&new).or_else(absent)?;
        std::fs::create_dir(&new)?;
        archive::unpack(&file, &new)?;
        std::fs::rename(&place, &old).or_else(absent)?;
        std::fs::rename(&new, &place)?;
        std::fs::remove_dir_all(&old).or_else(absent)?;
        Ok::<(), ArchiveError>(())
    });
    unpacking.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// What is not there need not be taken away.
fn absent(error: std::io::Error) -> Result<(), std::io::Error> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The folder of the workspace that a folder belongs to, so that each is built once.
pub(crate) async fn workspace_of(folder: &Path) -> Result<PathBuf, BuildError> {
    let arguments = ["locate-project", "--workspace", "--message-format", "plain"];
    let manifest = cargo(folder, &arguments).await?;
    let manifest = PathBuf::from(manifest.trim());
    Ok(manifest.parent().map_or_else(|| folder.to_owned(), Path::to_owned))
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

#[cfg(test)]
mod tests;
