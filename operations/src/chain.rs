//! The walk along a log, one stored entry after the other: whether each continues the one before.

use turnlog_domain::{FoldError, Kinds, Message, Seq};
use turnlog_store::{Entry, Folded, Hash, Link, LogFault};

use crate::entry::RawEntry;

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
    /// It has another hash of the message before than that message has. One of the two was changed.
    #[error(
        "message {seq} does not continue {}: {} was expected as its prev_hash, and {} was found",
        before(*.seq), told(.expected), told(.found)
    )]
    Broken {
        /// The message that does not continue.
        seq: Seq,
        /// The hash of the one before.
        expected: Hash,
        /// The hash that it has of the one before.
        found: Hash,
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
    /// The message that the next one has to continue; none before the first.
    last: Option<Link>,
    /// The state of a game that could be folded so far.
    folded: Option<Folded>,
    /// The first message that only newer code can fold, and why. From there on, nothing is folded.
    unfolded: Option<(Seq, LogFault)>,
}

impl Chain {
    /// Nothing of a log that may be of one of `kinds`.
    pub fn new(kinds: Kinds) -> Self {
        Self { kinds, seq: Seq(0), last: None, folded: None, unfolded: None }
    }

    /// The last position that was checked.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The state after it; none of an inbox, and of a game that could not be folded so far.
    pub fn folded(&self) -> Option<&Folded> {
        self.folded.as_ref()
    }

    /// The first message of a game that could not be folded, because this code does not know its kind or an event. Of such a
    /// game only order, time and the chain of hashes are checked.
    pub fn unfolded(&self) -> Option<&(Seq, LogFault)> {
        self.unfolded.as_ref()
    }

    /// Attributes of the last entry that no message has, and that no hash covers.
    pub fn uncovered(&self) -> &[String] {
        self.last.as_ref().map_or(&[], |link| &link.uncovered)
    }

    /// Checks the next entry of a log, and returns its message if it could be folded. After an error the chain cannot go on.
    ///
    /// # Errors
    /// When it does not follow.
    pub fn check(&mut self, entry: &RawEntry) -> Result<Option<Message>, ChainFault> {
        let (seq, due) = (entry.seq(), self.seq.next());
        if seq != due {
            return Err(ChainFault::Gap { expected: due, found: seq });
        }
        let link = Link::of_item(entry.item())?;
        let expected = self.last.as_ref().map(|last| last.hash.clone()).unwrap_or_default();
        if link.prev_hash != expected {
            return Err(ChainFault::Broken { seq, expected, found: link.prev_hash });
        }
        if self.last.as_ref().is_some_and(|last| link.at <= last.at) {
            return Err(LogFault::from(FoldError::TimeRunsBack(seq)).into());
        }
        let message = if entry.is_of_game() { self.fold(entry)? } else { None };
        (self.seq, self.last) = (seq, Some(link));
        Ok(message)
    }

    fn fold(&mut self, entry: &RawEntry) -> Result<Option<Message>, LogFault> {
        let before = self.folded.take();
        let folded = Entry::from_item(entry.item().clone()).and_then(|known| {
            let is_folded = self.unfolded.is_none();
            let folded = if is_folded { Some(Folded::fold(&self.kinds, before, &known)?) } else { None };
            Ok(folded.map(|folded| (folded, known.message)))
        });
        match folded {
            Ok(None) => Ok(None),
            Ok(Some((folded, message))) => {
                self.folded = Some(folded);
                Ok(Some(message))
            }
            Err(fault) if fault.is_from_future() => {
                self.unfolded.get_or_insert((entry.seq(), fault));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

fn before(seq: Seq) -> String {
    if seq == Seq(1) { "nothing".to_owned() } else { format!("message {}", seq.0 - 1) }
}

fn told(hash: &Hash) -> &str {
    if hash.as_str().is_empty() { "none" } else { hash.as_str() }
}
