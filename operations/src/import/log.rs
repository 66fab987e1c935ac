//! One log on its way into the table: every entry is checked, and then stored if its position is free.

use std::collections::VecDeque;

use turnlog_domain::{Kinds, Seq};
use turnlog_store::{Messages, StoreError, StoreErrorKind};

use crate::{Chain, ChainFault, RawEntry, RawPut};

/// What is to be done with entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To check them, and write nothing.
    Check,
    /// To check and to store them.
    Store,
}

/// Why the entries of a log are not taken, from one of them on.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogProblem {
    /// Another position is due. Whether that message is further down in the file is not known here.
    #[error("message {found} comes where {expected} is due: one is missing, or the lines are not in order")]
    Order { expected: Seq, found: Seq },
    /// It does not follow on the one before.
    #[error(transparent)]
    Chain(ChainFault),
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

/// A log as far as it was taken.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) name: String,
    /// Entries that were read and not taken yet.
    pub(super) waiting: Vec<RawEntry>,
    /// Whether they are the last.
    pub(super) is_ended: bool,
    pub(super) messages: u64,
    pub(super) stored: u64,
    pub(super) already: u64,
    pub(super) problem: Option<LogProblem>,
    chain: Chain,
    /// The first message of a game, which is stored last: a game that is there in part could be played on by bots, and
    /// ended by its clock, before the rest is there. Without its first message it is no game yet.
    first: Option<RawEntry>,
    /// The next entries that the table has.
    there: VecDeque<RawEntry>,
    /// Whether the table has no more than these.
    is_end_there: bool,
}

impl Log {
    pub(super) fn new(name: &str, kinds: &Kinds) -> Self {
        Self {
            name: name.to_owned(),
            waiting: Vec::new(),
            is_ended: false,
            messages: 0,
            stored: 0,
            already: 0,
            problem: None,
            chain: Chain::new(kinds.clone()),
            first: None,
            there: VecDeque::new(),
            is_end_there: false,
        }
    }

    /// Whether it holds what this code does not know.
    pub(super) fn is_unfolded(&self) -> bool {
        self.chain.unfolded().is_some()
    }

    /// Takes all entries that wait. After one with a problem, none is taken.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(super) async fn carry(mut self, messages: &Messages, purpose: Purpose) -> Result<Self, StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.problem.is_none() {
            match self.carry_all(messages, purpose, waiting).await {
                Ok(()) => {}
                Err(Stop::Table(error)) => return Err(error),
                Err(Stop::Problem(problem)) => self.problem = Some(problem),
            }
        }
        Ok(self)
    }

    async fn carry_all(&mut self, messages: &Messages, purpose: Purpose, waiting: Vec<RawEntry>) -> Result<(), Stop> {
        for entry in waiting {
            if self.chain.seq() == Seq(0) && entry.seq() > Seq(1) {
                self.catch_up(messages, &entry).await?;
            }
            self.chain.check(&entry)?;
            self.messages += 1;
            if purpose == Purpose::Check {
                continue;
            }
            match self.there(messages, &entry).await? {
                Some(there) if there == entry => self.already += 1,
                Some(_) => return Err(LogProblem::Differs(entry.seq()).into()),
                None if entry.seq() == Seq(1) && entry.is_of_game() => self.first = Some(entry),
                None => self.store(messages, &entry).await?,
            }
        }
        match self.first.take_if(|_| self.is_ended) {
            Some(first) => self.store(messages, &first).await,
            None => Ok(()),
        }
    }

    /// Walks along what the table has before an entry with which a log goes on.
    async fn catch_up(&mut self, messages: &Messages, entry: &RawEntry) -> Result<(), Stop> {
        loop {
            let page = RawEntry::page(messages, entry.log(), self.chain.seq()).await?;
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
    async fn there(&mut self, messages: &Messages, entry: &RawEntry) -> Result<Option<RawEntry>, Stop> {
        if self.there.is_empty() && !self.is_end_there {
            self.there = RawEntry::page(messages, entry.log(), Seq(entry.seq().0 - 1)).await?.into();
            self.is_end_there = self.there.is_empty();
        }
        Ok(self.there.pop_front_if(|there| there.seq() == entry.seq()))
    }

    async fn store(&mut self, messages: &Messages, entry: &RawEntry) -> Result<(), Stop> {
        match entry.put(messages).await {
            Ok(RawPut::Stored) => self.stored += 1,
            Ok(RawPut::Same) => self.already += 1,
            Ok(RawPut::Other) => return Err(LogProblem::Differs(entry.seq()).into()),
            Err(error) if error.kind == StoreErrorKind::Invalid => {
                return Err(LogProblem::Refused(entry.seq(), error).into());
            }
            Err(error) => return Err(error.into()),
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
        Self::Problem(match fault {
            ChainFault::Gap { expected, found } => LogProblem::Order { expected, found },
            ChainFault::Broken { .. } | ChainFault::Log(_) => LogProblem::Chain(fault),
        })
    }
}
