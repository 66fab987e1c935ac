//! The audit of one log: pure, one stored message after the other.

use serde_dynamo::Item;
use turnlog_domain::{FoldError, Game, Kinds, Message, Phase, Seq, Unverified, verify};
use turnlog_store::{
    Content, Entry, Folded, Hash, Link, LogFault, Standings, game_of, has_snapshot, key_of, owner_of, position_of,
};

use super::{
    hashes::{Hashes, Witness},
    problem::{Fault, Problem},
};

/// A log on its way through the audit.
#[derive(Debug)]
pub(super) struct Audit {
    kinds: Kinds,
    log: String,
    /// The position of the last message.
    last: u64,
    /// Its time; none where nothing can be compared with it.
    at: Option<u64>,
    hashes: Hashes,
    state: State,
    standings: Standings,
    /// The states that are kept beside the row.
    snapshots: Vec<Folded>,
    /// The messages of a game whose chance can be verified at its end.
    kept: Vec<Message>,
    messages: u64,
    faults: Vec<Problem>,
}

#[derive(Debug)]
enum State {
    Before,
    Sound(Box<Game>),
    /// Something was wrong. What comes of that says nothing about the messages after it.
    Broken,
}

/// What the audit of a log found.
#[derive(Debug)]
pub(super) struct Audited {
    pub(super) log: String,
    /// The position of the last message.
    pub(super) last: u64,
    /// What the log adds up to, if it is sound.
    pub(super) folded: Option<Folded>,
    pub(super) standings: Standings,
    /// The states on the way that are kept.
    pub(super) snapshots: Vec<Folded>,
    pub(super) messages: u64,
    hashes: Hashes,
    /// What is wrong with messages but for their hashes.
    faults: Vec<Problem>,
}

impl Audit {
    pub(super) fn begin(kinds: &Kinds, log: &str) -> Self {
        Self {
            kinds: kinds.clone(),
            log: log.to_owned(),
            last: 0,
            at: None,
            hashes: Hashes::default(),
            state: State::Before,
            standings: Standings::default(),
            snapshots: Vec::new(),
            kept: Vec::new(),
            messages: 0,
            faults: Vec::new(),
        }
    }

    /// Whose log it is.
    pub(super) fn log(&self) -> &str {
        &self.log
    }

    /// Looks at the next item of the log.
    pub(super) fn take(&mut self, item: Item) {
        self.messages += 1;
        if game_of(&self.log).is_none() && owner_of(&self.log).is_none() {
            let detail = "this is the log of no game and of no player".to_owned();
            self.faults.push(Problem::of(&self.log, Fault::Unreadable, detail));
            return;
        }
        if let Some((_, seq)) = position_of(&item) {
            return self.step(seq, item);
        }
        let at = key_of(&item).map_or("none", |(_, seq)| seq);
        let detail = format!("seq {at}: what stands there is no message; positions are 1, 2, 3 and so on");
        self.faults.push(Problem::of(&self.log, Fault::Unreadable, detail));
    }

    fn step(&mut self, seq: u64, item: Item) {
        let due = self.last + 1;
        if seq > due {
            let which =
                if seq == due + 1 { format!("message {due} is") } else { format!("messages {due} to {} are", seq - 1) };
            self.add(due, Fault::Missing, format!("{which} missing"));
            self.state = State::Broken;
            self.at = None;
        }
        self.last = seq;
        match Link::of_item(item) {
            Ok(link) => self.link(link),
            Err(fault) => {
                self.add(seq, Fault::Unreadable, fault.to_string());
                self.state = State::Broken;
                self.at = None;
                self.hashes.skip();
            }
        }
    }

    fn link(&mut self, link: Link) {
        self.hashes.step(&link);
        let Link { seq, at, content, .. } = link;
        if self.at.is_some_and(|before| at <= before) {
            self.add(seq, Fault::Time, "it is not later than the one before".to_owned());
        }
        self.at = Some(at);
        match content {
            Content::Direct => {}
            Content::Game(entry) => match *entry {
                Ok(entry) => self.fold(entry, &link.hash),
                Err(fault) => {
                    let kind = if fault.is_from_future() { Fault::FromFuture } else { Fault::Unreadable };
                    self.add_log_fault(seq, kind, &fault);
                    self.state = State::Broken;
                }
            },
        }
    }

    fn fold(&mut self, entry: Entry, head: &Hash) {
        let before = match std::mem::replace(&mut self.state, State::Broken) {
            State::Before => None,
            State::Sound(game) => Some(*game),
            State::Broken => return,
        };
        let seq = entry.message.seq.0;
        let game = match Game::fold(&self.kinds, before, &entry.message) {
            Ok(game) => game,
            // Times are compared whatever else is wrong.
            Err(FoldError::TimeRunsBack(_)) => return,
            Err(error) => {
                let fault = LogFault::from(error);
                let kind = if fault.is_from_future() { Fault::FromFuture } else { Fault::Unfoldable };
                return self.add_log_fault(seq, kind, &fault);
            }
        };
        if entry.contradicts(&game) {
            return self.add_log_fault(seq, Fault::State, &LogFault::OtherState(Seq(seq)));
        }
        self.standings.step(&game, &entry.message);
        if has_snapshot(game.seq()) {
            self.snapshots.push(Folded { game: game.clone(), head: head.clone() });
        }
        if game.chance().is_some() {
            self.kept.push(entry.message);
        }
        self.state = State::Sound(Box::new(game));
    }

    /// What was found.
    pub(super) fn end(mut self) -> Audited {
        let game = match std::mem::replace(&mut self.state, State::Broken) {
            State::Sound(game) => Some(*game),
            State::Before | State::Broken => None,
        };
        // What a damaged log adds up to says nothing: neither about chance, nor about what was derived from the sound one.
        let game = game.filter(|_| self.faults.is_empty() && self.hashes.are_whole());
        let is_finished = game.as_ref().is_some_and(|game| matches!(game.phase(), Phase::Finished(_)));
        let is_unfair = is_finished && !self.kept.is_empty() && self.is_unfair();
        let head = self.hashes.head();
        Audited {
            folded: game.zip(head).filter(|_| !is_unfair).map(|(game, head)| Folded { game, head }),
            last: self.last,
            log: self.log,
            standings: self.standings,
            snapshots: self.snapshots,
            messages: self.messages,
            hashes: self.hashes,
            faults: self.faults,
        }
    }

    /// Checks the chance of a finished game, and takes note of the message that does not fit it.
    fn is_unfair(&mut self) -> bool {
        let (seq, detail) = match verify(&self.kinds, &self.kept) {
            Ok(()) => return false,
            Err(Unverified::Differs(seq)) => {
                (seq.0, "it is not what its command causes with the chance of the revealed seed".to_owned())
            }
            Err(unverified @ (Unverified::Damaged(_) | Unverified::NotFinished | Unverified::NotRevealed)) => {
                (self.last, format!("the chance of the game cannot be verified: {unverified}"))
            }
        };
        self.add(seq, Fault::Unfair, detail);
        true
    }

    fn add_log_fault(&mut self, seq: u64, kind: Fault, fault: &LogFault) {
        let advice =
            if kind == Fault::FromFuture { "; verify it with the turnlog of the code that wrote it" } else { "" };
        self.add(seq, kind, format!("{fault}{advice}"));
    }

    fn add(&mut self, seq: u64, fault: Fault, detail: String) {
        self.faults.push(Problem::at(&self.log, seq, fault, detail));
    }
}

impl Audited {
    /// Whether it is the log of a game, and not an inbox.
    pub(super) fn is_game(&self) -> bool {
        game_of(&self.log).is_some()
    }

    /// The messages of which a witness could decide something.
    pub(super) fn in_question(&self) -> impl Iterator<Item = u64> {
        self.hashes.in_question()
    }

    /// What is wrong with the log, by all the evidence that there is: each message once, in order.
    pub(super) fn problems(&self, witnesses: &[Witness]) -> Vec<Problem> {
        let mut problems = self.hashes.accuse(&self.log, witnesses, |seq| self.is_faulty(seq));
        let others: Vec<Problem> =
            self.faults.iter().filter(|fault| !is_explained(fault, &problems)).cloned().collect();
        problems.extend(others);
        problems.sort_by_key(|problem| (problem.seq, problem.fault));
        problems.dedup_by(|next, first| {
            let is_same = next.seq.is_some() && next.seq == first.seq;
            if is_same && !first.detail.contains(&next.detail) {
                first.detail = format!("{}; {}", first.detail, next.detail);
            }
            is_same
        });
        problems
    }

    /// Whether something is wrong with a message itself, whoever has its hash.
    fn is_faulty(&self, seq: u64) -> bool {
        self.faults.iter().any(|problem| problem.seq == Some(seq) && problem.fault != Fault::FromFuture)
    }
}

/// Whether what is wrong with a message may follow from what was done to those before it.
fn is_explained(problem: &Problem, accused: &[Problem]) -> bool {
    let Some(seq) = problem.seq else { return false };
    let follows = |is_cause: &dyn Fn(&Problem) -> bool| {
        // One that is accused first of all keeps what is wrong with itself.
        accused.iter().all(|other| other.seq != Some(seq)) && accused.iter().any(is_cause)
    };
    match problem.fault {
        Fault::Time => follows(&|other| other.names(seq - 1)),
        Fault::Unfoldable | Fault::State | Fault::Unfair => {
            follows(&|other| other.seq.is_some_and(|cause| cause < seq))
        }
        Fault::Changed
        | Fault::Either
        | Fault::Missing
        | Fault::Unreadable
        | Fault::FromFuture
        | Fault::Row
        | Fault::Snapshot
        | Fault::Standing
        | Fault::Parked
        | Fault::Orphan => false,
    }
}

#[cfg(test)]
mod tests;
