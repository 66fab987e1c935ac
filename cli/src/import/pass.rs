//! One pass over everything that is to be imported: logs side by side, each in its own order. Nothing is kept of a log that
//! was carried but a few numbers.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use indicatif::ProgressBar;
use serde::Serialize;
use tokio::{
    sync::{Semaphore, mpsc},
    task::{JoinError, JoinSet},
};
use turnlog_domain::Kinds;
use turnlog_store::{Messages, RawEntry, StoreError, owner_of};

use super::{
    carry::{Carried, Purpose, Step, carry},
    file::{Found, SourceFault},
    source::Source,
};

/// Logs that are carried at the same time.
const LOGS_AT_ONCE_MAX: usize = 32;

/// KiB of lines in memory at the same time. Each counts for one at least.
const ROOM_KIB: u32 = 4 * 1024;

/// Entries that are read ahead.
const READ_AHEAD_ENTRIES: usize = 64;

/// Problems after which it is better to stop: they are kept in memory.
const PROBLEMS_MAX: usize = 1_000;

/// A log that was not taken, or not to its end.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) log: String,
    pub(super) problem: String,
}

/// What a pass found and did.
#[derive(Debug, Default, Serialize)]
pub(super) struct Tally {
    /// Without a problem.
    pub(super) games: u64,
    pub(super) inboxes: u64,
    /// Of these games and inboxes.
    pub(super) messages: u64,
    pub(super) stored: u64,
    pub(super) already: u64,
    /// Games that hold what this code does not know.
    pub(super) unfolded: u64,
    pub(super) problems: Vec<Problem>,
}

/// A pass ended before it was through.
#[derive(Debug, thiserror::Error)]
pub(super) enum PassError {
    /// Something cannot be read. The logs before it were carried to their ends.
    #[error(transparent)]
    Source(#[from] SourceFault),
    /// The table does not answer.
    #[error(transparent)]
    Table(#[from] StoreError),
    /// There is something wrong altogether.
    #[error("more than {PROBLEMS_MAX} logs have a problem")]
    TooManyProblems,
    /// A fault of ours.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// A pass.
pub(super) struct Pass<'a> {
    messages: &'a Messages,
    kinds: &'a Kinds,
    purpose: Purpose,
    /// Logs of which nothing is taken.
    left_out: HashSet<&'a str>,
    bar: ProgressBar,
    room: Arc<Semaphore>,
    carrying: JoinSet<(String, Result<Carried, StoreError>)>,
    /// The logs without a problem so far. The lines of a log may stand apart, or come twice: it is one log all the same.
    sound: HashMap<u64, Sound>,
    /// What was stored, what was there, and the problems, one of each log.
    tally: Tally,
}

/// What was carried of a log.
#[derive(Default)]
struct Sound {
    is_inbox: bool,
    is_unfolded: bool,
    messages: u64,
}

/// The log whose entries are being read.
struct Current {
    log: String,
    /// Where its entries go; nowhere when it is left out.
    entries: Option<mpsc::UnboundedSender<Step>>,
}

impl<'a> Pass<'a> {
    /// A pass that is about to begin.
    pub(super) fn new(
        messages: &'a Messages,
        kinds: &'a Kinds,
        purpose: Purpose,
        left_out: &'a [Problem],
        bar: ProgressBar,
    ) -> Self {
        Self {
            messages,
            kinds,
            purpose,
            left_out: left_out.iter().map(|problem| problem.log.as_str()).collect(),
            bar,
            room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
            carrying: JoinSet::new(),
            sound: HashMap::new(),
            tally: Tally::default(),
        }
    }

    /// Goes over everything. A log with a problem is left from there on, and said so; all others go on.
    ///
    /// # Errors
    /// When something cannot be read, after the logs before it; or when the table does not answer.
    pub(super) async fn run(mut self, sources: &Arc<Vec<Source>>) -> Result<Tally, PassError> {
        let mut found = read(Arc::clone(sources));
        let mut current = Current { log: String::new(), entries: None };
        let mut broken = None;
        while let Some(next) = found.recv().await {
            match next {
                Ok(found) => self.take(&mut current, found).await?,
                Err(fault) => broken = Some(fault),
            }
        }
        if broken.is_none() {
            current.end();
        }
        drop(current);
        while !self.carrying.is_empty() {
            self.settle().await?;
        }
        self.bar.finish_and_clear();
        match broken {
            Some(fault) => Err(fault.into()),
            None => Ok(self.told()),
        }
    }

    async fn take(&mut self, current: &mut Current, Found { entry, bytes }: Found) -> Result<(), PassError> {
        if entry.log() != current.log {
            current.end();
            *current = self.begin(&entry).await?;
        }
        let Some(entries) = &current.entries else { return Ok(()) };
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(ROOM_KIB).min(ROOM_KIB);
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await.expect("nobody closes it");
        self.bar.inc(1);
        // One that nobody takes any more is of a log with a problem, which is told when it is settled.
        let _ = entries.send(Step::Entry(entry, room));
        Ok(())
    }

    async fn begin(&mut self, entry: &RawEntry) -> Result<Current, PassError> {
        let log = entry.log().to_owned();
        if self.left_out.contains(entry.log()) {
            return Ok(Current { log, entries: None });
        }
        while self.carrying.len() >= LOGS_AT_ONCE_MAX {
            self.settle().await?;
        }
        let (sender, entries) = mpsc::unbounded_channel();
        let carried = carry(self.messages.clone(), self.kinds.clone(), self.purpose, entries);
        let name = log.clone();
        self.carrying.spawn(async move { (name, carried.await) });
        Ok(Current { log, entries: Some(sender) })
    }

    /// Waits for one of the logs.
    async fn settle(&mut self) -> Result<(), PassError> {
        let Some(ended) = self.carrying.join_next().await else { return Ok(()) };
        let (log, carried) = ended?;
        let Carried { messages, stored, already, is_unfolded, problem } = carried?;
        self.tally.stored += stored;
        self.tally.already += already;
        if self.tally.problems.iter().any(|problem| problem.log == log) {
            return Ok(());
        }
        let key = key(&log);
        let Some(problem) = problem else {
            let sound = self.sound.entry(key).or_default();
            sound.is_inbox = owner_of(&log).is_some();
            sound.is_unfolded |= is_unfolded;
            sound.messages += messages;
            return Ok(());
        };
        self.sound.remove(&key);
        let problem = problem.to_string();
        self.bar.suspend(|| eprintln!("{log}: {problem}"));
        self.tally.problems.push(Problem { log, problem });
        if self.tally.problems.len() > PROBLEMS_MAX { Err(PassError::TooManyProblems) } else { Ok(()) }
    }
}

impl Pass<'_> {
    /// The tally with the logs without a problem.
    fn told(self) -> Tally {
        let (inboxes, games): (Vec<Sound>, Vec<Sound>) = self.sound.into_values().partition(|log| log.is_inbox);
        let count = |logs: &[Sound]| u64::try_from(logs.len()).unwrap_or(u64::MAX);
        Tally {
            games: count(&games),
            inboxes: count(&inboxes),
            messages: games.iter().chain(&inboxes).map(|log| log.messages).sum(),
            unfolded: games.iter().map(|log| u64::from(log.is_unfolded)).sum(),
            ..self.tally
        }
    }
}

/// What stands for the name of a log, in less room: of a million logs, no two have the same in all likelihood.
fn key(log: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    log.hash(&mut hasher);
    hasher.finish()
}

impl Current {
    /// Says that the log has no more entries.
    fn end(&self) {
        if let Some(entries) = &self.entries {
            // As above: nobody listens where there was a problem.
            let _ = entries.send(Step::End);
        }
    }
}

/// Reads everything on a thread of its own, not further ahead than is needed.
fn read(sources: Arc<Vec<Source>>) -> mpsc::Receiver<Result<Found, SourceFault>> {
    let (sender, found) = mpsc::channel(READ_AHEAD_ENTRIES);
    tokio::task::spawn_blocking(move || {
        for source in sources.iter() {
            let entries = match source.entries() {
                Ok(entries) => entries,
                Err(fault) => {
                    let _ = sender.blocking_send(Err(fault));
                    return;
                }
            };
            for found in entries {
                let is_broken = found.is_err();
                // Nobody listens any more when the pass has ended early.
                if sender.blocking_send(found).is_err() || is_broken {
                    return;
                }
            }
        }
    });
    found
}
