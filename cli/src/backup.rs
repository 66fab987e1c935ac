//! `turnlog backup`: a copy of a stack's database.

use std::{error::Error, path::PathBuf, time::Instant};

use clap::Args;

use crate::{dev::DATA_FOLDER, template};

/// The options of `turnlog backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The copy. A file that exists is not overwritten.
    file: PathBuf,
    /// Where the stack keeps its data [default: .turnlog beside the template].
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// Copies the database, and says how large the copy is.
#[expect(clippy::cast_precision_loss, reason = "a size is printed with one digit behind the point")]
pub(crate) fn run(arguments: &Backup) -> Result<(), Box<dyn Error>> {
    let folder = match &arguments.data_dir {
        Some(named) => named.clone(),
        None => template::find(None)?.with_file_name(DATA_FOLDER),
    };
    let began = Instant::now();
    let bytes = turnlog_local::backup(&folder, &arguments.file)?;
    let (megabytes, seconds) = (bytes as f64 / 1e6, began.elapsed().as_secs_f64());
    println!("{}: {megabytes:.1} MB in {seconds:.1} s", arguments.file.display());
    Ok(())
}
