//! The audit of one log: pure, one stored item after the other, up to the first that does not continue the one before.

use serde_dynamo::Item;
use turnlog_domain::{FoldError, Kinds, Message, Phase, Unverified, verify};
use turnlog_store::{Derived, LogFault};

use super::problem::{Fault, Problem};
use crate::{Chain, ChainFault, RawEntry};

/// A log on its way through the audit.
#[derive(Debug)]
pub(super) struct Audit {
    kinds: Kinds,
    chain: Chain,
    /// Whether the chain has ended early. What comes then is only counted: it cannot be compared with anything.
    is_broken: bool,
    /// The messages of a game whose chance can be verified at its end.
    kept: Vec<Message>,
    audited: Audited,
}

/// What the audit of a log found.
#[derive(Debug, Default)]
pub(super) struct Audited {
    pub(super) log: String,
    /// How many items it has.
    pub(super) messages: u64,
    /// The position of the last message that continues the one before.
    pub(super) last: u64,
    /// What the log adds up to. There is no state of a log that is not sound.
    pub(super) derived: Derived,
    /// What is wrong with the log.
    pub(super) problems: Vec<Problem>,
}

impl Audit {
    pub(super) fn begin(kinds: &Kinds, log: &str) -> Self {
        let audited = Audited { log: log.to_owned(), ..Audited::default() };
        Self { kinds: kinds.clone(), chain: Chain::new(kinds.clone()), is_broken: false, kept: Vec::new(), audited }
    }

    /// Whose log it is.
    pub(super) fn log(&self) -> &str {
        &self.audited.log
    }

    /// Looks at the next item of the log.
    pub(super) fn take(&mut self, item: Item) {
        self.audited.messages += 1;
        match RawEntry::of_item(item) {
            Ok(entry) if !self.is_broken => self.walk(&entry),
            Ok(_) => {}
            // What stands where no message can be hides none.
            Err(fault) => self.audited.problems.push(Problem::of(self.log(), Fault::Unreadable, fault.to_string())),
        }
    }

    fn walk(&mut self, entry: &RawEntry) {
        let message = match self.chain.check(entry) {
            Ok(message) => message,
            Err(fault) => {
                self.is_broken = true;
                let seq = if let ChainFault::Gap { expected, .. } = &fault { *expected } else { entry.seq() };
                return self.add(seq.0, fault_of(&fault), fault.to_string());
            }
        };
        let uncovered = self.chain.uncovered().join(", ");
        if !uncovered.is_empty() {
            let detail = format!("it has attributes that no message has, and that no hash covers: {uncovered}");
            self.add(entry.seq().0, Fault::Unreadable, detail);
        }
        if let (Some(message), Some(folded)) = (message, self.chain.folded()) {
            self.audited.derived.note(folded, &message);
            if folded.game.chance().is_some() {
                self.kept.push(message);
            }
        }
    }

    /// What was found.
    pub(super) fn end(mut self) -> Audited {
        self.audited.last = self.chain.seq().0;
        if let Some((seq, fault)) = self.chain.unfolded() {
            let detail = format!("{fault}; verify it with the turnlog of the code that wrote it");
            self.add(seq.0, Fault::FromFuture, detail);
        }
        let finished = |phase: &Phase| matches!(phase, Phase::Finished(_));
        let is_finished = self.chain.folded().is_some_and(|folded| finished(folded.game.phase()));
        // What a damaged log adds up to says nothing, neither about chance nor about what was derived from the sound one.
        if is_finished && !self.kept.is_empty() && self.audited.problems.is_empty() {
            self.verify_chance();
        }
        if self.audited.problems.is_empty() {
            self.audited.derived.folded = self.chain.folded().cloned();
        }
        self.audited
    }

    /// Checks the chance of a finished game.
    fn verify_chance(&mut self) {
        match verify(&self.kinds, &self.kept) {
            Ok(()) => {}
            Err(Unverified::Differs(seq)) => {
                let detail = "it is not what its command causes with the chance of the revealed seed";
                self.add(seq.0, Fault::Unfair, detail.to_owned());
            }
            Err(unverified @ (Unverified::Damaged(_) | Unverified::NotFinished | Unverified::NotRevealed)) => {
                let detail = format!("the chance of the game cannot be verified: {unverified}");
                self.add(self.audited.last, Fault::Unfair, detail);
            }
        }
    }

    fn add(&mut self, seq: u64, fault: Fault, detail: String) {
        self.audited.problems.push(Problem::at(&self.audited.log, seq, fault, detail));
    }
}

fn fault_of(fault: &ChainFault) -> Fault {
    match fault {
        ChainFault::Gap { .. } => Fault::Missing,
        ChainFault::Broken { .. } | ChainFault::Log(LogFault::BrokenChain(_)) => Fault::Broken,
        ChainFault::Log(LogFault::Unreadable(_)) => Fault::Unreadable,
        ChainFault::Log(LogFault::OtherState(_)) => Fault::State,
        ChainFault::Log(LogFault::Fold(FoldError::TimeRunsBack(_))) => Fault::Time,
        ChainFault::Log(LogFault::FromFuture { .. } | LogFault::Fold(FoldError::FromFuture { .. })) => {
            Fault::FromFuture
        }
        ChainFault::Log(LogFault::Fold(
            FoldError::NotNext { .. } | FoldError::NotCreated { .. } | FoldError::InvalidEvent { .. },
        )) => Fault::Unfoldable,
    }
}

#[cfg(test)]
mod tests;
