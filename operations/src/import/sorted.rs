//! Entries in any order, sorted by log and seq in files that have no name: any number of them, in constant memory.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _},
};

use super::file::SourceFault;
use crate::RawEntry;
use turnlog_domain::Seq;

/// Bytes of lines that are sorted at once.
const RUN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Sorted files that are read at the same time. When there are as many, they become one.
const RUNS_MAX: usize = 64;

/// Sorted entries.
#[derive(Debug)]
pub struct Sorted {
    runs: Vec<File>,
}

/// What a sorted file has next, in the order in which it comes.
struct Next {
    key: Reverse<(String, Seq)>,
    entry: RawEntry,
    run: usize,
}

/// All runs, merged.
pub(super) struct Merged {
    runs: Vec<BufReader<File>>,
    next: BinaryHeap<Next>,
    broken: Option<SourceFault>,
}

impl Sorted {
    /// Sorts.
    ///
    /// # Errors
    /// When something cannot be read, or there is no place for the files.
    pub(super) fn of(entries: impl Iterator<Item = Result<RawEntry, SourceFault>>) -> Result<Self, SourceFault> {
        let mut sorted = Self { runs: Vec::new() };
        let (mut run, mut bytes) = (Vec::new(), 0);
        for entry in entries {
            let entry = entry?;
            let line = entry.to_line();
            bytes += line.len();
            run.push((entry.log().to_owned(), entry.seq(), line));
            if bytes > RUN_BYTES_MAX {
                sorted.add(std::mem::take(&mut run))?;
                bytes = 0;
            }
        }
        sorted.add(run)?;
        Ok(sorted)
    }

    /// The entries from the beginning. Only one such reading may go on at a time.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub(super) fn entries(&self) -> Result<Merged, SourceFault> {
        let begin = |run: &File| {
            let mut run = run.try_clone()?;
            run.rewind()?;
            Ok(BufReader::new(run))
        };
        let runs = self.runs.iter().map(begin).collect::<io::Result<Vec<_>>>().map_err(broken)?;
        let count = runs.len();
        let mut merged = Merged { runs, next: BinaryHeap::new(), broken: None };
        (0..count).try_for_each(|run| merged.fill(run))?;
        Ok(merged)
    }

    fn add(&mut self, mut run: Vec<(String, Seq, String)>) -> Result<(), SourceFault> {
        run.sort();
        self.runs.push(write(run.into_iter().map(|(_, _, line)| Ok(line)))?);
        if self.runs.len() == RUNS_MAX {
            let lines = self.entries()?.map(|entry| Ok(entry?.to_line()));
            self.runs = vec![write(lines)?];
        }
        Ok(())
    }
}

fn write(lines: impl Iterator<Item = Result<String, SourceFault>>) -> Result<File, SourceFault> {
    let mut file = BufWriter::new(tempfile::tempfile().map_err(broken)?);
    for line in lines {
        writeln!(file, "{}", line?).map_err(broken)?;
    }
    file.into_inner().map_err(|error| broken(error.into_error()))
}

fn broken(error: io::Error) -> SourceFault {
    SourceFault::File("the folder for sorting".to_owned(), error)
}

impl Merged {
    fn fill(&mut self, run: usize) -> Result<(), SourceFault> {
        let mut line = String::new();
        if self.runs[run].read_line(&mut line).map_err(broken)? > 0 {
            let entry = RawEntry::parse(&line).map_err(|fault| broken(io::Error::other(fault)))?;
            let key = Reverse((entry.log().to_owned(), entry.seq()));
            self.next.push(Next { key, entry, run });
        }
        Ok(())
    }
}

impl Iterator for Merged {
    type Item = Result<RawEntry, SourceFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.broken.take() {
            return Some(Err(fault));
        }
        let Next { entry, run, .. } = self.next.pop()?;
        self.broken = self.fill(run).err();
        Some(Ok(entry))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Next {}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64) -> RawEntry {
        let game = format!("11111111-1111-5111-8111-{:012}", seq % 7);
        let padding = "x".repeat(300_000);
        let line =
            format!(r#"{{"Item":{{"game_id":{{"S":"{game}"}},"seq":{{"N":"{seq}"}},"padding":{{"S":"{padding}"}}}}}}"#);
        RawEntry::parse(&line).expect("it is an item")
    }

    #[test]
    fn what_does_not_fit_into_memory_is_sorted_and_read_as_often_as_wanted() {
        let sorted = Sorted::of((1..=200).map(|seq| Ok(entry(seq * 7_919 % 211)))).expect("it can be sorted");
        assert_eq!(sorted.runs.len(), 4);
        for _ in 0..2 {
            let keys = sorted.entries().expect("it can be read").map(|entry| {
                let entry = entry.expect("it can be read");
                (entry.log().to_owned(), entry.seq())
            });
            let keys: Vec<_> = keys.collect();
            assert_eq!(keys.len(), 200);
            assert!(keys.is_sorted());
        }
    }

    #[test]
    fn many_sorted_files_become_one() {
        let mut sorted = Sorted { runs: Vec::new() };
        for seq in (1..=RUNS_MAX as u64 + 1).rev() {
            let entry = entry(seq);
            sorted.add(vec![(entry.log().to_owned(), entry.seq(), entry.to_line())]).expect("it can be sorted");
        }
        assert_eq!(sorted.runs.len(), 2);
        assert_eq!(sorted.entries().expect("it can be read").count(), RUNS_MAX + 1);
    }
}
