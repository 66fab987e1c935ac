//! Whether the entries of a log follow on each other.

use turnlog_domain::{FoldError, Kinds, Seq, Timestamp};

use super::RawEntry;
use crate::{
    direct::message::DirectEntry,
    entry::{Entry, Folded, LogFault, MessageItem},
    hash::Hash,
};

/// A log does not continue as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// Another position was due.
    #[error("message {expected} is missing: {found} comes instead")]
    Gap {
        /// The position that was due.
        expected: Seq,
        /// The one that came.
        found: Seq,
    },
    /// The message is damaged, or one before it.
    #[error(transparent)]
    Log(#[from] LogFault),
}

/// How far a log was checked: whether its messages have no gap, continue the chain of hashes, rise in time, and fold.
///
/// The last message of a log is covered by its own `state_hash` only, until another one follows on it.
#[derive(Debug)]
pub struct Chain {
    kinds: Kinds,
    seq: Seq,
    before: Predecessor,
}

/// What the next message of a log has to continue.
#[derive(Debug, Default)]
enum Predecessor {
    /// Nothing: it is the first.
    #[default]
    Start,
    /// The state of a game.
    Game(Box<Folded>),
    /// The time and the hash of a message, of an inbox or of a game that this code cannot fold.
    Message { at: Timestamp, hash: Hash, is_unfolded: bool },
}

impl Chain {
    /// Nothing of a log that may be of one of `kinds`.
    pub fn new(kinds: Kinds) -> Self {
        Self { kinds, seq: Seq(0), before: Predecessor::Start }
    }

    /// The last position that was checked.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Whether something of a game could not be folded, because this code does not know its kind or an event. Of such a
    /// game only order, time and the chain of hashes are checked.
    pub fn is_unfolded(&self) -> bool {
        matches!(self.before, Predecessor::Message { is_unfolded: true, .. })
    }

    /// Checks the next entry of a log. After an error the chain cannot go on.
    ///
    /// # Errors
    /// When it does not follow.
    pub fn check(&mut self, entry: &RawEntry) -> Result<(), ChainFault> {
        let expected = self.seq.next();
        if entry.seq != expected {
            return Err(ChainFault::Gap { expected, found: entry.seq });
        }
        let before = std::mem::take(&mut self.before);
        self.before =
            if entry.is_of_game() { before.then_message(&self.kinds, entry)? } else { before.then_direct(entry)? };
        self.seq = expected;
        Ok(())
    }
}

impl Predecessor {
    fn then_message(self, kinds: &Kinds, entry: &RawEntry) -> Result<Self, LogFault> {
        match Entry::from_item(entry.item.clone()) {
            Ok(known) => self.then_known(kinds, entry.seq, &known),
            Err(LogFault::FromFuture { .. }) => {
                let item: MessageItem = serde_dynamo::from_item(entry.item.clone())
                    .map_err(|error| LogFault::Unreadable(error.to_string()))?;
                self.then_unfolded(entry.seq, &item)
            }
            Err(
                fault @ (LogFault::Unreadable(_)
                | LogFault::Fold(_)
                | LogFault::BrokenChain(_)
                | LogFault::OtherState(_)),
            ) => Err(fault),
        }
    }

    fn then_known(self, kinds: &Kinds, seq: Seq, known: &Entry) -> Result<Self, LogFault> {
        let previous = match self {
            Self::Start => None,
            Self::Game(folded) => Some(*folded),
            Self::Message { .. } => return self.then_unfolded(seq, known.item()),
        };
        match Folded::fold(kinds, previous, known) {
            Ok(folded) => Ok(Self::Game(Box::new(folded))),
            // It holds something of a kind that is not known here, or of a version of it.
            Err(LogFault::Fold(FoldError::FromFuture { .. })) => Self::Start.then_unfolded(seq, known.item()),
            Err(fault) => Err(fault),
        }
    }

    fn then_unfolded(self, seq: Seq, item: &MessageItem) -> Result<Self, LogFault> {
        self.precedes(seq, item.at(), item.prev_hash())?;
        Ok(Self::Message { at: item.at(), hash: item.hash(), is_unfolded: true })
    }

    fn then_direct(self, entry: &RawEntry) -> Result<Self, LogFault> {
        let direct = DirectEntry::from_item(entry.item.clone())?;
        let at = direct.message.at;
        self.precedes(entry.seq, at, direct.prev_hash())?;
        Ok(Self::Message { at, hash: direct.hash(), is_unfolded: false })
    }

    fn precedes(&self, seq: Seq, at: Timestamp, prev_hash: &str) -> Result<(), LogFault> {
        let (before, hash) = match self {
            Self::Start => (None, ""),
            Self::Game(folded) => (Some(folded.game.at()), folded.head.as_str()),
            Self::Message { at, hash, .. } => (Some(*at), hash.as_str()),
        };
        if prev_hash != hash {
            return Err(LogFault::BrokenChain(seq));
        }
        if before.is_some_and(|before| at <= before) { Err(FoldError::TimeRunsBack(seq).into()) } else { Ok(()) }
    }
}
