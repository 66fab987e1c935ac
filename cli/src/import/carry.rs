//! One log on its way into the table: every entry is checked, and then stored if its position is free.

use std::collections::VecDeque;

use tokio::sync::{OwnedSemaphorePermit, mpsc::UnboundedReceiver};
use turnlog_domain::Kinds;
use turnlog_domain::Seq;
use turnlog_store::{Chain, ChainFault, Messages, RawEntry, RawPut, StoreError, StoreErrorKind};

/// What is to be done with entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To check them, and write nothing.
    Check,
    /// To check and to store them.
    Store,
}

/// What comes of a log.
#[derive(Debug)]
pub(super) enum Step {
    /// An entry, and the room in memory that it takes while it waits for its turn.
    Entry(RawEntry, OwnedSemaphorePermit),
    /// There are no more. Without it the log was broken off.
    End,
}

/// What became of one log.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) messages: u64,
    pub(super) stored: u64,
    pub(super) already: u64,
    pub(super) is_unfolded: bool,
    pub(super) problem: Option<LogProblem>,
}

/// Why the entries of a log are not taken, from one of them on.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogProblem {
    /// It does not follow on the one before.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// The table has another one there.
    #[error("the table has another message {0}; nothing is overwritten")]
    Differs(Seq),
    /// The table does not take it.
    #[error("message {0} is refused: {1}")]
    Refused(Seq, StoreError),
}

/// Why a log stopped.
enum Stop {
    /// It has a fault itself; the others go on.
    Problem(LogProblem),
    /// The table does not answer.
    Table(StoreError),
}

/// A log as far as it was carried.
struct Log<'a> {
    messages: &'a Messages,
    purpose: Purpose,
    chain: Chain,
    /// The first message of a game, which is stored last: a game that is there in part could be played on by bots, and
    /// ended by its clock, before the rest is there. Without its first message it is no game yet.
    first: Option<RawEntry>,
    /// The next entries that the table has.
    there: VecDeque<RawEntry>,
    /// Whether the table has no more than these.
    is_end_there: bool,
    carried: Carried,
}

/// Carries all entries of one log, as they come.
///
/// # Errors
/// When the table does not answer.
pub(super) async fn carry(
    messages: Messages,
    kinds: Kinds,
    purpose: Purpose,
    mut entries: UnboundedReceiver<Step>,
) -> Result<Carried, StoreError> {
    let mut log = Log {
        messages: &messages,
        purpose,
        chain: Chain::new(kinds),
        first: None,
        there: VecDeque::new(),
        is_end_there: false,
        carried: Carried::default(),
    };
    while let Some(step) = entries.recv().await {
        let carried = match step {
            Step::Entry(entry, _room) => log.carry(entry).await,
            Step::End => log.end().await,
        };
        match carried {
            Ok(()) => {}
            Err(Stop::Table(error)) => return Err(error),
            Err(Stop::Problem(problem)) => {
                log.carried.problem = Some(problem);
                break;
            }
        }
    }
    Ok(Carried { is_unfolded: log.chain.unfolded().is_some(), ..log.carried })
}

impl Log<'_> {
    async fn carry(&mut self, entry: RawEntry) -> Result<(), Stop> {
        if self.chain.seq() == Seq(0) && entry.seq() > Seq(1) {
            self.catch_up(&entry).await?;
        }
        self.chain.check(&entry)?;
        self.carried.messages += 1;
        if self.purpose == Purpose::Check {
            return Ok(());
        }
        match self.there(&entry).await? {
            Some(there) if there == entry => self.carried.already += 1,
            Some(_) => return Err(LogProblem::Differs(entry.seq()).into()),
            None if entry.seq() == Seq(1) && entry.is_of_game() => self.first = Some(entry),
            None => self.store(&entry).await?,
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<(), Stop> {
        match self.first.take() {
            Some(first) => self.store(&first).await,
            None => Ok(()),
        }
    }

    /// Folds what the table has before an entry with which a log goes on.
    async fn catch_up(&mut self, entry: &RawEntry) -> Result<(), Stop> {
        loop {
            let page = self.messages.raw_page(entry.log(), self.chain.seq()).await?;
            for there in &page {
                if there.seq() >= entry.seq() {
                    return Ok(());
                }
                self.chain.check(there)?;
            }
            if page.is_empty() {
                return Ok(());
            }
        }
    }

    /// The entry that the table has at that position. It is asked for many at a time, so that an import that is started
    /// again soon comes to where it was.
    async fn there(&mut self, entry: &RawEntry) -> Result<Option<RawEntry>, Stop> {
        if self.there.is_empty() && !self.is_end_there {
            self.there = self.messages.raw_page(entry.log(), Seq(entry.seq().0 - 1)).await?.into();
            self.is_end_there = self.there.is_empty();
        }
        Ok(self.there.pop_front_if(|there| there.seq() == entry.seq()))
    }

    async fn store(&mut self, entry: &RawEntry) -> Result<(), Stop> {
        match self.messages.put_raw(entry).await {
            Ok(RawPut::Stored) => self.carried.stored += 1,
            Ok(RawPut::Same) => self.carried.already += 1,
            Ok(RawPut::Other) => return Err(LogProblem::Differs(entry.seq()).into()),
            Err(error) => match error.kind {
                StoreErrorKind::Invalid => return Err(LogProblem::Refused(entry.seq(), error).into()),
                StoreErrorKind::Throttled
                | StoreErrorKind::Conflict
                | StoreErrorKind::TimedOut
                | StoreErrorKind::Unavailable
                | StoreErrorKind::Unreadable => return Err(error.into()),
            },
        }
        Ok(())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Table(error)
    }
}

impl From<LogProblem> for Stop {
    fn from(problem: LogProblem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ChainFault> for Stop {
    fn from(fault: ChainFault) -> Self {
        Self::Problem(fault.into())
    }
}
