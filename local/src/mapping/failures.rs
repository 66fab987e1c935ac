//! What lies in a failure destination: queues are files of JSON lines, buckets are folders of objects.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
};

use serde_json::Value;

use crate::template::model::Destination;

/// Held while a queue's file is written to: appending and taking away must not cross.
static QUEUES: Mutex<()> = Mutex::new(());

/// One failure destination.
#[derive(Debug, Clone)]
pub(crate) struct Failures {
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Queue(PathBuf),
    Bucket(PathBuf),
}

/// An invocation record with the place where it lies.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) record: Value,
    /// The line of a queue, or the file of an object.
    at: String,
}

impl Failures {
    /// A destination below the data folder.
    pub(crate) fn new(folder: &Path, destination: Destination) -> Self {
        let place = match destination {
            Destination::Queue(queue) => Place::Queue(folder.join("queues").join(format!("{queue}.jsonl"))),
            Destination::Bucket(bucket) => Place::Bucket(folder.join("buckets").join(bucket)),
        };
        Self { place }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self.place {
            Place::Queue(_) => "queue",
            Place::Bucket(_) => "bucket",
        }
    }

    /// Keeps a record; `key` is the name of an object, and `payload` what only a bucket has room for.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn keep(
        &self,
        mut record: Value,
        key: impl FnOnce() -> String,
        payload: impl FnOnce() -> String,
    ) -> std::io::Result<()> {
        match &self.place {
            Place::Queue(file) => {
                let _held = held();
                fs::create_dir_all(file.parent().expect("a queue lies in a folder"))?;
                let mut file = OpenOptions::new().create(true).append(true).open(file)?;
                file.write_all(format!("{record}\n").as_bytes())?;
                file.sync_data()
            }
            Place::Bucket(folder) => {
                record["payload"] = payload().into();
                let object = folder.join(key());
                fs::create_dir_all(object.parent().expect("an object's key has folders"))?;
                let mut file = File::create(object)?;
                file.write_all(record.to_string().as_bytes())?;
                file.sync_data()
            }
        }
    }

    /// Everything that lies there, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn entries(&self) -> std::io::Result<Vec<Entry>> {
        match &self.place {
            Place::Queue(file) => {
                let text = none_if_absent(fs::read_to_string(file))?.unwrap_or_default();
                text.lines()
                    .map(|line| Ok(Entry { record: serde_json::from_str(line)?, at: line.to_owned() }))
                    .collect()
            }
            Place::Bucket(folder) => {
                let mut objects = Vec::new();
                collect(folder, &mut objects)?;
                objects.sort();
                let entry = |object: PathBuf| {
                    let record = serde_json::from_str(&fs::read_to_string(&object)?)?;
                    Ok(Entry { record, at: object.display().to_string() })
                };
                objects.into_iter().map(entry).collect()
            }
        }
    }

    /// Takes one entry away.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn remove(&self, entry: &Entry) -> std::io::Result<()> {
        match &self.place {
            Place::Bucket(_) => fs::remove_file(&entry.at),
            Place::Queue(file) => {
                let _held = held();
                let text = fs::read_to_string(file)?;
                let mut lines: Vec<_> = text.lines().collect();
                if let Some(index) = lines.iter().position(|line| *line == entry.at) {
                    lines.remove(index);
                }
                let rest: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
                // A crash leaves one of the two.
                let new = file.with_extension("new");
                fs::write(&new, rest)?;
                fs::rename(new, file)
            }
        }
    }

    /// Takes everything away; returns how many entries that were.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn purge(&self) -> std::io::Result<usize> {
        let count = self.entries()?.len();
        match &self.place {
            Place::Queue(file) => {
                let _held = held();
                none_if_absent(fs::remove_file(file))?;
            }
            Place::Bucket(folder) => {
                none_if_absent(fs::remove_dir_all(folder))?;
            }
        }
        Ok(count)
    }
}

fn held() -> MutexGuard<'static, ()> {
    QUEUES.lock().expect("nothing panics while it is held")
}

fn none_if_absent<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn collect(folder: &Path, objects: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let Some(entries) = none_if_absent(fs::read_dir(folder))? else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, objects)?;
        } else {
            objects.push(path);
        }
    }
    Ok(())
}
