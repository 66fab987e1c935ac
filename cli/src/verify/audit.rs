//! The audit of one log: pure, one stored message after the other.

use serde::Serialize;
use serde_dynamo::Item;
use turnlog_domain::{FoldError, Message, Phase, Seq, Session, Unverified, verify};
use turnlog_store::{Content, Entry, Folded, Hash, Link, LogFault, Standings, game_of, has_snapshot};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// The game, or the name of an inbox.
    pub(crate) game: String,
    /// The message, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seq: Option<u64>,
    #[serde(rename = "problem")]
    pub(crate) fault: Fault,
    /// What exactly, for people.
    pub(crate) detail: String,
}

/// What can be wrong. The first of several that one message causes is the one that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// The next message has another hash of this one: it was changed since.
    Changed,
    /// There is no message at this position, and later ones are.
    Missing,
    /// It is not later than the one before.
    Time,
    /// It has not the form of a message.
    Unreadable,
    /// It cannot follow on the state before it.
    Unfoldable,
    /// The state after it is not the recorded one.
    State,
    /// What it says is not what its command causes with the chance of the revealed seed.
    Unfair,
    /// The game's row is not what its log adds up to.
    Row,
    /// What is kept of an earlier moment is not what the log added up to there.
    Snapshot,
    /// A player's standing is not what the log adds up to.
    Standing,
    /// The game is parked, though its log can be folded.
    Parked,
    /// A row or a standing belongs to no game.
    Orphan,
}

/// A log on its way through the audit.
#[derive(Debug)]
pub(crate) struct Audit {
    log: String,
    /// The position and time of the last message.
    last: Option<(u64, u64)>,
    head: Hash,
    /// Messages whose hash of the one before is another.
    broken: Vec<u64>,
    state: State,
    standings: Standings,
    /// The states that are kept beside the row.
    snapshots: Vec<Folded>,
    /// The messages of a game whose chance can be verified at its end.
    kept: Vec<Message>,
    messages: u64,
    problems: Vec<Problem>,
}

#[derive(Debug)]
enum State {
    Before,
    Sound(Box<Session>),
    /// It folds, but to another state than the recorded one.
    Other(Box<Session>),
    Broken,
}

/// What the audit of a log found.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) log: String,
    /// What the log adds up to, if it is sound.
    pub(crate) folded: Option<Folded>,
    pub(crate) standings: Standings,
    /// The states on the way that are kept.
    pub(crate) snapshots: Vec<Folded>,
    pub(crate) messages: u64,
    pub(crate) problems: Vec<Problem>,
}

impl Audit {
    pub(crate) fn begin(log: &str) -> Self {
        Self {
            log: log.to_owned(),
            last: None,
            head: Hash::default(),
            broken: Vec::new(),
            state: State::Before,
            standings: Standings::default(),
            snapshots: Vec::new(),
            kept: Vec::new(),
            messages: 0,
            problems: Vec::new(),
        }
    }

    /// Whose log it is.
    pub(crate) fn log(&self) -> &str {
        &self.log
    }

    /// The last message that was looked at.
    pub(crate) fn seq(&self) -> u64 {
        self.last.map_or(0, |(seq, _)| seq)
    }

    /// Looks at the next item of the log, which stands at `seq`.
    pub(crate) fn step(&mut self, seq: u64, item: Item) {
        self.messages += 1;
        let due = self.seq() + 1;
        if seq > due {
            let which =
                if seq == due + 1 { format!("message {due} is") } else { format!("messages {due} to {} are", seq - 1) };
            self.add(due, Fault::Missing, format!("{which} missing"));
            self.state = State::Broken;
        }
        match Link::of_item(item) {
            Ok(link) => self.link(link, seq == due),
            Err(fault) => {
                self.add(seq, Fault::Unreadable, fault.to_string());
                self.state = State::Broken;
                self.last = Some((seq, self.last.map_or(0, |(_, at)| at)));
                self.head = Hash::default();
            }
        }
    }

    fn link(&mut self, link: Link, is_next: bool) {
        let Link { seq, at, prev_hash, hash, content, .. } = link;
        // After something that could not be read, there is no hash to compare with.
        let is_known = self.last.is_none() || self.head != Hash::default();
        if is_next && is_known && prev_hash != self.head {
            self.broken.push(seq);
        }
        if self.last.is_some_and(|(_, before)| at <= before) {
            self.add(seq, Fault::Time, "it is not later than the one before".to_owned());
        }
        self.last = Some((seq, at));
        self.head = hash;
        match content {
            Content::Direct => {}
            Content::Game(entry) => match *entry {
                Ok(entry) => self.fold(entry),
                Err(fault) => {
                    self.add(seq, Fault::Unreadable, fault.to_string());
                    self.state = State::Broken;
                }
            },
        }
    }

    fn fold(&mut self, entry: Entry) {
        let (before, is_sound) = match std::mem::replace(&mut self.state, State::Broken) {
            State::Before => (None, true),
            State::Sound(session) => (Some(*session), true),
            State::Other(session) => (Some(*session), false),
            State::Broken => return,
        };
        let seq = entry.message.seq.0;
        let session = match Session::fold(before, &entry.message) {
            Ok(session) => session,
            // Times are compared whatever else is wrong.
            Err(FoldError::TimeRunsBack(_)) => return,
            Err(error) => return self.add(seq, Fault::Unfoldable, error.to_string()),
        };
        self.standings.step(&session, &entry.message);
        let agrees = !entry.contradicts(&session);
        if is_sound && !agrees {
            self.add(seq, Fault::State, LogFault::OtherState(Seq(seq)).to_string());
        }
        if has_snapshot(session.seq()) {
            self.snapshots.push(Folded { session: session.clone(), head: self.head.clone() });
        }
        if session.chance().is_some() {
            self.kept.push(entry.message);
        }
        let session = Box::new(session);
        self.state = if is_sound && agrees { State::Sound(session) } else { State::Other(session) };
    }

    /// What was found.
    pub(crate) fn end(mut self) -> Audited {
        for seq in changed(&self.broken) {
            let next = seq + 1;
            self.add(seq, Fault::Changed, format!("message {next} has another hash of it: it was changed"));
        }
        let session = match std::mem::replace(&mut self.state, State::Broken) {
            State::Sound(session) | State::Other(session) => Some(*session),
            State::Before | State::Broken => None,
        };
        let is_finished = session.as_ref().is_some_and(|session| matches!(session.phase(), Phase::Finished(_)));
        if is_finished && !self.kept.is_empty() {
            self.check_chance();
        }
        self.problems.sort_by_key(|problem| (problem.seq, problem.fault));
        self.problems.dedup_by_key(|problem| problem.seq);
        let head = self.head;
        Audited {
            // What a damaged log adds up to says nothing about what was derived from the sound one.
            folded: session.filter(|_| self.problems.is_empty()).map(|session| Folded { session, head }),
            log: self.log,
            standings: self.standings,
            snapshots: self.snapshots,
            messages: self.messages,
            problems: self.problems,
        }
    }

    fn check_chance(&mut self) {
        let seq = match verify(&self.kept) {
            Ok(()) => return,
            Err(Unverified::Differs(seq)) => seq.0,
            Err(Unverified::Damaged(_) | Unverified::NotFinished | Unverified::NotRevealed) => self.seq(),
        };
        self.add(
            seq,
            Fault::Unfair,
            "it is not what its command causes with the chance of the revealed seed".to_owned(),
        );
    }

    fn add(&mut self, seq: u64, fault: Fault, detail: String) {
        self.problems.push(Problem { game: self.log.clone(), seq: Some(seq), fault, detail });
    }
}

impl Audited {
    /// Whether it is the log of a game, and not an inbox.
    pub(crate) fn is_game(&self) -> bool {
        game_of(&self.log).is_some()
    }
}

/// The messages that were changed, from those that do not continue the chain: the one before each; but where the next one
/// does not continue it either, the message itself, whose own hash of the one before was changed.
fn changed(broken: &[u64]) -> Vec<u64> {
    let mut changed = Vec::new();
    let mut left = broken.iter().copied().peekable();
    while let Some(seq) = left.next() {
        if left.next_if_eq(&(seq + 1)).is_some() {
            changed.push(seq);
        } else {
            changed.push(seq - 1);
        }
    }
    changed
}
