//! The folder of one of DynamoDB's exports to S3: two manifests, and `data/` with compressed files.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::file::{Entries, SourceFault, file};
use crate::RawEntry;

/// The one format of export that is read: `Item` and DynamoDB's JSON in each line. The other one is Ion.
const FORMAT: &str = "DYNAMODB_JSON";

/// What `manifest-summary.json` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    output_format: String,
    /// Not there in exports from before there were incremental ones.
    #[serde(default)]
    export_type: Option<String>,
}

/// A line of `manifest-files.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataFile {
    item_count: u64,
    #[serde(rename = "dataFileS3Key")]
    key: String,
}

/// Everything in the files that the manifest names, in no order.
///
/// # Errors
/// When the folder is no such export, or not a full one.
pub(super) fn entries(folder: &Path) -> Result<Entries, SourceFault> {
    let wrong = |why: String| SourceFault::Folder(folder.display().to_string(), why);
    if let Some(summary) = read(&folder.join("manifest-summary.json"))? {
        let summary: Summary = serde_json::from_str(&summary).map_err(|error| wrong(error.to_string()))?;
        let is_full = summary.export_type.is_none_or(|of| of == "FULL_EXPORT");
        if summary.output_format != FORMAT || !is_full {
            return Err(wrong(format!("only full exports in the format {FORMAT} can be read")));
        }
    }
    let manifest = read(&folder.join("manifest-files.json"))?;
    let manifest = manifest.ok_or_else(|| wrong("there is no manifest-files.json".to_owned()))?;
    let lines = manifest.lines().filter(|line| !line.trim().is_empty());
    let files = lines.map(serde_json::from_str).collect::<Result<Vec<DataFile>, _>>();
    let files = files.map_err(|error| wrong(format!("manifest-files.json: {error}")))?;
    let data = folder.join("data");
    Ok(Box::new(files.into_iter().flat_map(move |listed| counted(&data, &listed))))
}

/// The text of a file; none when it is not there.
fn read(path: &Path) -> Result<Option<String>, SourceFault> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SourceFault::File(path.display().to_string(), error)),
    }
}

/// The entries of a file, and a fault at the end when they are not as many as the manifest says.
fn counted(data: &Path, listed: &DataFile) -> Entries {
    // The key is that of the bucket; only its last part is the same here.
    let name = listed.key.rsplit('/').next().unwrap_or_default();
    let (path, expected) = (data.join(name), listed.item_count);
    match file(&path) {
        Err(fault) => Box::new(std::iter::once(Err(fault))),
        Ok(entries) => Box::new(Counted { path, entries, expected, found: 0 }),
    }
}

struct Counted {
    path: PathBuf,
    entries: Entries,
    expected: u64,
    found: u64,
}

impl Iterator for Counted {
    type Item = Result<RawEntry, SourceFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.entries.next();
        if next.is_some() {
            self.found += 1;
            return next;
        }
        let (expected, found) = (std::mem::replace(&mut self.expected, self.found), self.found);
        let why = || format!("{found} items, and the manifest says {expected}");
        (expected != found).then(|| Err(SourceFault::Folder(self.path.display().to_string(), why())))
    }
}
