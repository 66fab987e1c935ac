//! What happens to a batch after each outcome of its function. No I/O, no clock.
//!
//! Every rule is a line of AWS's documentation on stream event sources. Where AWS is silent, the rule is a setting.

use std::{ops::Range, time::Duration};

use crate::limits::{Cut, FirstFailed, STREAM_RETENTION};

/// What the template says about failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rules {
    /// `MaximumRetryAttempts`; none: until the stream no longer keeps the record.
    pub(super) retries_max: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; none: as old as the stream lets it become.
    pub(super) age_max: Option<Duration>,
    /// `BisectBatchOnFunctionError`
    pub(super) bisect: bool,
    /// What is not documented.
    pub(super) cut: Cut,
    pub(super) first_failed: FirstFailed,
}

/// What came of one invocation. Indexes count from the first record that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    /// The function failed, or its answer names no record that it was given.
    Failed,
    /// The function reported failures, of which this is the lowest.
    FailedFrom(usize),
    /// The function never saw the records: throttled, or it could not start.
    NotInvoked,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Invoke(Range<usize>),
    Discard(Discarded),
    Done,
}

/// What to do right after an outcome, before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    /// Wait; the number says how many pauses these records had before.
    Pause(u32),
    Discard(Discarded),
}

/// Records that the mapping gives up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Discarded {
    pub(super) records: Range<usize>,
    pub(super) invocations: u32,
    pub(super) condition: Condition,
}

/// Why records are given up, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

impl Condition {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
        }
    }
}

/// A batch on its way through its function. Its records are processed strictly from first to last.
#[derive(Debug)]
pub(super) struct Batch {
    records: usize,
    /// What is left, in reverse order: the last one is next.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    records: Range<usize>,
    invocations: u32,
    retries: u32,
    pauses: u32,
}

impl Batch {
    pub(super) fn new(records: usize) -> Self {
        let whole = Piece { records: 0..records, invocations: 0, retries: 0, pauses: 0 };
        Self { records, pieces: if records == 0 { Vec::new() } else { vec![whole] } }
    }

    /// Everything before this record is finished: processed or discarded.
    pub(super) fn finished(&self) -> usize {
        self.pieces.last().map_or(self.records, |piece| piece.records.start)
    }

    /// The next step. Records that have become too old are discarded before the function sees them.
    pub(super) fn next(&mut self, rules: &Rules, age: impl Fn(usize) -> Duration) -> Step {
        let Some(piece) = self.pieces.last_mut() else { return Step::Done };
        let age_max = match piece.invocations {
            // A stack that did not run for a day is no reason to lose what no function has seen yet.
            0 => rules.age_max,
            _ => Some(rules.age_max.map_or(STREAM_RETENTION, |age_max| age_max.min(STREAM_RETENTION))),
        };
        let too_old = |record: &usize| age_max.is_some_and(|age_max| age(*record) > age_max);
        let expired = piece.records.clone().take_while(too_old).count();
        if expired == 0 {
            return Step::Invoke(piece.records.clone());
        }
        let records = piece.records.start..piece.records.start + expired;
        let discarded = Discarded { records, invocations: piece.invocations, condition: Condition::RecordAgeExceeded };
        piece.records.start += expired;
        if piece.records.is_empty() {
            self.pieces.pop();
        }
        Step::Discard(discarded)
    }

    /// Takes note of what came of the last `Invoke`.
    pub(super) fn after(&mut self, rules: &Rules, outcome: Outcome) -> Then {
        let mut piece = self.pieces.pop().expect("an outcome follows an invocation, and that follows a piece");
        if outcome != Outcome::NotInvoked {
            piece.invocations += 1;
        }
        match outcome {
            Outcome::Succeeded => Then::GoOn,
            Outcome::NotInvoked => self.pause(piece),
            Outcome::FailedFrom(lowest) if lowest > 0 => {
                piece.records.start += lowest;
                // With bisecting this is the cut, and a cut is no retry.
                let is_free = rules.bisect || rules.cut == Cut::IsNoRetry;
                if is_free { self.pause(piece) } else { self.retry(rules, piece) }
            }
            Outcome::Failed | Outcome::FailedFrom(_) => {
                let halves = outcome == Outcome::Failed || rules.first_failed == FirstFailed::Halves;
                if rules.bisect && halves && piece.records.len() > 1 {
                    self.halve(piece)
                } else {
                    self.retry(rules, piece)
                }
            }
        }
    }

    fn pause(&mut self, mut piece: Piece) -> Then {
        let pauses = piece.pauses;
        piece.pauses = pauses.saturating_add(1);
        self.pieces.push(piece);
        Then::Pause(pauses)
    }

    fn halve(&mut self, piece: Piece) -> Then {
        let middle = piece.records.start + piece.records.len().div_ceil(2);
        let second = Piece { records: middle..piece.records.end, pauses: 0, ..piece.clone() };
        let first = Piece { records: piece.records.start..middle, ..second.clone() };
        self.pieces.push(second);
        self.pause(first)
    }

    fn retry(&mut self, rules: &Rules, mut piece: Piece) -> Then {
        if rules.retries_max.is_some_and(|retries_max| piece.retries >= retries_max) {
            let condition = Condition::RetryAttemptsExhausted;
            return Then::Discard(Discarded { records: piece.records, invocations: piece.invocations, condition });
        }
        piece.retries += 1;
        self.pause(piece)
    }
}

#[cfg(test)]
mod tests;
