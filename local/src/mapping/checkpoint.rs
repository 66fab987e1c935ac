//! Remembers how far a mapping came, in a file, so that a restart goes on there.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde::{Deserialize, Serialize};

use super::record::{Lanes, Sequence};

/// The positions of one mapping.
#[derive(Debug)]
pub(super) struct Checkpoints {
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// A stream that was made anew has new sequence numbers.
    stream: String,
    /// Only for a mapping that started with the latest records: when that was, in seconds since 1970. A shard that has
    /// no position yet holds nothing older for it.
    since: Option<i64>,
    shards: BTreeMap<String, Position>,
}

/// How far a shard is processed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// One for each lane.
    after: Vec<Option<String>>,
    /// For how many shards they stand.
    #[serde(default)]
    shards: usize,
    /// Whether the shard is closed and wholly processed.
    pub(super) ended: bool,
}

impl Position {
    pub(super) fn new(after: &[Option<Sequence>], lanes: Lanes, ended: bool) -> Self {
        let after = after.iter().map(|lane| lane.as_ref().map(|after| after.as_str().to_owned())).collect();
        Self { after, shards: lanes.shards, ended }
    }

    /// Where each of the lanes goes on. With other lanes than before, all begin with the one that is furthest behind:
    /// something is processed twice then, and nothing is lost.
    pub(super) fn lanes(&self, lanes: Lanes) -> Vec<Option<Sequence>> {
        let after: Vec<_> = self.after.iter().map(|after| after.as_deref().map(Sequence::new)).collect();
        let are_the_same = (after.len(), self.shards) == (lanes.count(), lanes.shards);
        if are_the_same { after } else { vec![after.into_iter().min().flatten(); lanes.count()] }
    }
}

impl Checkpoints {
    /// Reads the file. One that is missing, damaged or about another stream counts for nothing.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub(super) fn open(folder: &Path, mapping: &str, stream: &str) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join(format!("{mapping}.json"));
        let state = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok())
            .filter(|state| state.stream == stream)
            .unwrap_or_else(|| State { stream: stream.to_owned(), ..State::default() });
        Ok(Self { file, state: Mutex::new(state) })
    }

    /// Notes the time of a first start with the latest records. Says whether this is the first start.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn start_latest(&self, now: i64) -> std::io::Result<bool> {
        let mut state = self.lock();
        if state.since.is_some() {
            return Ok(false);
        }
        state.since = Some(now);
        self.write(&state)?;
        Ok(true)
    }

    pub(super) fn since(&self) -> Option<i64> {
        self.lock().since
    }

    pub(super) fn position(&self, shard: &str) -> Option<Position> {
        self.lock().shards.get(shard).cloned()
    }

    /// Notes how far a shard is processed.
    ///
    /// # Errors
    /// When the file cannot be written; what is processed from then on is processed again after a restart.
    pub(super) fn save(&self, shard: &str, position: Position) -> std::io::Result<()> {
        let mut state = self.lock();
        state.shards.insert(shard.to_owned(), position);
        self.write(&state)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }

    /// Replaces the file as a whole, so that a kill leaves the old or the new one.
    fn write(&self, state: &State) -> std::io::Result<()> {
        let temporary = self.file.with_extension("new");
        std::fs::write(&temporary, serde_json::to_vec(state)?)?;
        std::fs::rename(&temporary, &self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E: at least once: a restart goes on where the mapping was.
    #[test]
    fn a_restart_finds_the_positions_unless_the_stream_is_another_one() {
        let folder = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
        let position = Position::new(&[Some(Sequence::new("7")), None], lanes(2), false);
        let checkpoints = Checkpoints::open(&folder, "Push", "stream/1").unwrap();
        assert!(checkpoints.start_latest(5).unwrap());
        checkpoints.save("shard", position.clone()).unwrap();
        let again = Checkpoints::open(&folder, "Push", "stream/1").unwrap();
        assert_eq!((again.position("shard"), again.since()), (Some(position), Some(5)));
        assert!(!again.start_latest(9).unwrap());
        let other = Checkpoints::open(&folder, "Push", "stream/2").unwrap();
        assert_eq!((other.position("shard"), other.since()), (None, None));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    fn lanes(shards: usize) -> Lanes {
        Lanes { shards, per_shard: 1 }
    }

    #[test]
    fn with_other_lanes_all_begin_with_the_one_that_is_furthest_behind() {
        let position = Position::new(&[Some(Sequence::new("10")), Some(Sequence::new("9"))], lanes(2), false);
        assert_eq!(position.lanes(lanes(2)), vec![Some(Sequence::new("10")), Some(Sequence::new("9"))]);
        assert_eq!(position.lanes(lanes(3)), vec![Some(Sequence::new("9")); 3]);
        let within = Lanes { shards: 1, per_shard: 2 };
        assert_eq!(position.lanes(within), vec![Some(Sequence::new("9")); 2], "as many, with other records in each");
        assert_eq!(Position::new(&[Some(Sequence::new("10")), None], lanes(2), false).lanes(lanes(1)), vec![None]);
    }
}
