//! Whole logs out of files into a table, where nothing is overwritten. A pass goes over everything that is to be imported: logs
//! side by side, each in its own order. Nothing is kept of a log that is through but a few numbers.

mod file;
mod folder;
mod log;
mod sorted;
mod source;

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::sync::mpsc;
use turnlog_domain::Kinds;
use turnlog_store::{Messages, StoreError, owner_of};

use self::log::Log;
pub use self::{file::SourceFault, log::Purpose, source::Source};
use crate::{Notice, RawEntry};

/// Logs that are carried at the same time.
const LOGS_AT_ONCE_MAX: usize = 32;

/// Entries that are read ahead, and carried before the next ones are.
const BATCH_ENTRIES_MAX: usize = 256;

/// Problems after which it is better to stop: they are kept in memory.
const PROBLEMS_MAX: usize = 1_000;

/// A log that was not taken, or not to its end.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// The log.
    pub log: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What a pass found and did.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    /// Games without a problem.
    pub games: u64,
    /// Inboxes without a problem.
    pub inboxes: u64,
    /// Messages of these games and inboxes.
    pub messages: u64,
    /// Messages that are new.
    pub stored: u64,
    /// Messages that were there.
    pub already: u64,
    /// Games that hold what this code does not know.
    pub unfolded: u64,
    /// One for each log that has one.
    pub problems: Vec<Problem>,
}

/// A pass ended before it was through.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Something cannot be read. The logs before it were carried to their ends.
    #[error(transparent)]
    Source(#[from] SourceFault),
    /// The table does not answer.
    #[error(transparent)]
    Table(#[from] StoreError),
    /// There is something wrong altogether.
    #[error("more than {PROBLEMS_MAX} logs have a problem")]
    TooManyProblems,
}

/// A pass.
struct Pass<'a> {
    messages: &'a Messages,
    kinds: &'a Kinds,
    purpose: Purpose,
    /// Logs of which nothing is taken.
    left_out: HashSet<&'a str>,
    notice: &'a dyn Fn(Notice<'_>),
    /// The log whose entries are being read.
    open: Option<Log>,
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

/// Goes over everything, to check it or to store it, and takes nothing of the logs that are left out. A log with a problem is left
/// from there on, and said so; all others go on.
///
/// # Errors
/// When something cannot be read, after the logs before it; or when the table does not answer.
pub async fn pass(
    messages: &Messages,
    kinds: &Kinds,
    sources: &Arc<Vec<Source>>,
    purpose: Purpose,
    left_out: &[Problem],
    notice: &dyn Fn(Notice<'_>),
) -> Result<Tally, PassError> {
    let left_out = left_out.iter().map(|problem| problem.log.as_str()).collect();
    let (open, sound, tally) = (None, HashMap::new(), Tally::default());
    let mut pass = Pass { messages, kinds, purpose, left_out, notice, open, sound, tally };
    let (mut entries, mut batch) = (read(Arc::clone(sources)), Vec::new());
    // What is there is taken at once: a pipe may be silent for long.
    while entries.recv_many(&mut batch, BATCH_ENTRIES_MAX).await > 0 {
        pass.take(&mut batch).await?;
    }
    if let Some(mut open) = pass.open.take() {
        open.is_ended = true;
        let ended = open.carry(messages, purpose).await?;
        pass.settle(ended)?;
    }
    Ok(pass.told())
}

impl Pass<'_> {
    /// Takes the next entries, each to its log. The last of these logs may go on in the next batch.
    async fn take(&mut self, batch: &mut Vec<Result<RawEntry, SourceFault>>) -> Result<(), PassError> {
        let (mut logs, mut broken) = (Vec::from_iter(self.open.take()), None);
        for next in batch.drain(..) {
            let entry = match next {
                Ok(entry) => entry,
                Err(fault) => {
                    broken = Some(fault);
                    break;
                }
            };
            let is_next = logs.last().is_none_or(|log: &Log| log.name != entry.log());
            if is_next {
                if let Some(before) = logs.last_mut() {
                    before.is_ended = true;
                }
                logs.push(Log::new(entry.log(), self.kinds));
            }
            if let Some(log) = logs.last_mut().filter(|log| !self.left_out.contains(log.name.as_str())) {
                log.waiting.push(entry);
                (self.notice)(Notice::Done(1));
            }
        }
        let carried = stream::iter(logs).map(|log| log.carry(self.messages, self.purpose)).buffered(LOGS_AT_ONCE_MAX);
        for log in carried.try_collect::<Vec<_>>().await? {
            if log.is_ended {
                self.settle(log)?;
            } else {
                self.open = Some(log);
            }
        }
        broken.map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Takes note of a log that is through.
    fn settle(&mut self, log: Log) -> Result<(), PassError> {
        self.tally.stored += log.stored;
        self.tally.already += log.already;
        let is_left_out = self.left_out.contains(log.name.as_str());
        if is_left_out || self.tally.problems.iter().any(|problem| problem.log == log.name) {
            return Ok(());
        }
        let key = key(&log.name);
        let Some(problem) = &log.problem else {
            let sound = self.sound.entry(key).or_default();
            sound.is_inbox = owner_of(&log.name).is_some();
            sound.is_unfolded |= log.is_unfolded();
            sound.messages += log.messages;
            return Ok(());
        };
        self.sound.remove(&key);
        let problem = problem.to_string();
        (self.notice)(Notice::Remark(&format!("{}: {problem}", log.name)));
        self.tally.problems.push(Problem { log: log.name, problem });
        if self.tally.problems.len() > PROBLEMS_MAX { Err(PassError::TooManyProblems) } else { Ok(()) }
    }

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

/// Reads everything on a thread of its own, not further ahead than is needed.
fn read(sources: Arc<Vec<Source>>) -> mpsc::Receiver<Result<RawEntry, SourceFault>> {
    let (sender, receiver) = mpsc::channel(BATCH_ENTRIES_MAX);
    tokio::task::spawn_blocking(move || {
        for source in sources.iter() {
            let entries = match source.entries() {
                Ok(entries) => entries,
                Err(fault) => {
                    let _ = sender.blocking_send(Err(fault));
                    return;
                }
            };
            for entry in entries {
                let is_broken = entry.is_err();
                // Nobody listens any more when the pass has ended early.
                if sender.blocking_send(entry).is_err() || is_broken {
                    return;
                }
            }
        }
    });
    receiver
}
