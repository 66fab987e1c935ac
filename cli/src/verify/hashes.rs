//! The hashes of one log, and what they prove: which message was changed, or of which two one was.
//!
//! Every message has the hash of the one before it as its `prev_hash`. Where the two disagree, either the one before was
//! changed, or the `prev_hash`, which the message's own hash covers. So whatever else has that own hash decides: the next
//! message, the row of the game, or a snapshot.

use turnlog_store::{Hash, Link};

use super::problem::{Fault, Problem};

/// What a log says about its own hashes, message by message.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    /// The last message with its hash; none after one that cannot be read.
    last: Option<(u64, Hash)>,
    breaks: Vec<Break>,
}

/// A message that has another hash of the one before it than that one has now.
#[derive(Debug)]
struct Break {
    seq: u64,
    /// Its own hash as it stands.
    hash: Hash,
    /// Its own hash if it had that of the one before.
    mended: Hash,
    /// That of the one before, as it stands.
    before: Hash,
    /// Its own hash as the next message has it.
    next: Option<Hash>,
}

/// What has a hash of a message beside the log.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Witness {
    pub(super) seq: u64,
    pub(super) hash: Hash,
    /// What it is called.
    pub(super) name: String,
}

impl Hashes {
    /// Takes note of the next message that can be read.
    pub(super) fn step(&mut self, link: &Link) {
        let is_next = self.last.as_ref().map_or(link.seq == 1, |(seq, _)| seq + 1 == link.seq);
        if is_next {
            if let Some(broken) = self.breaks.last_mut().filter(|broken| broken.seq + 1 == link.seq) {
                broken.next = Some(link.prev_hash.clone());
            }
            let before = self.last.take().map(|(_, hash)| hash).unwrap_or_default();
            if link.prev_hash != before {
                let (hash, mended) = (link.hash.clone(), link.hash_after(&before));
                self.breaks.push(Break { seq: link.seq, hash, mended, before, next: None });
            }
        }
        self.last = Some((link.seq, link.hash.clone()));
    }

    /// Takes note of one that cannot be read, and so has no hash.
    pub(super) fn skip(&mut self) {
        self.last = None;
    }

    /// The hash of the last message.
    pub(super) fn head(&self) -> Option<Hash> {
        self.last.as_ref().map(|(_, hash)| hash.clone())
    }

    /// Whether every message has the hash of the one before.
    pub(super) fn are_whole(&self) -> bool {
        self.breaks.is_empty()
    }

    /// Whether every message up to this one has the hash of the one before.
    fn are_whole_up_to(&self, seq: u64) -> bool {
        self.breaks.first().is_none_or(|first| first.seq > seq)
    }

    /// The messages of which a witness could decide something.
    pub(super) fn in_question(&self) -> impl Iterator<Item = u64> {
        let broken = self.breaks.iter().flat_map(|broken| [broken.seq - 1, broken.seq]);
        broken.chain(self.last.iter().map(|(seq, _)| *seq))
    }

    /// What the hashes prove. `faulty` tells whether something else is wrong with a message itself, the ones before being sound.
    pub(super) fn accuse(&self, log: &str, witnesses: &[Witness], faulty: impl Fn(u64) -> bool) -> Vec<Problem> {
        let faulty = |seq| self.are_whole_up_to(seq) && faulty(seq);
        let changed = |seq: u64, detail: String| Problem::at(log, seq, Fault::Changed, detail);
        let mut problems: Vec<Problem> = self.accuse_last(log, witnesses, faulty).into_iter().collect();
        // The message before one that was changed in nothing but its hash of it: by that it is proved to be as it was.
        let mut proved = None;
        for broken in self.breaks.iter().rev() {
            let Break { seq, hash, mended, before, next } = broken;
            let (seq, one_before) = (*seq, seq - 1);
            let vouches = |of: u64, hash: &Hash| witnesses.iter().find(|one| one.seq == of && one.hash == *hash);
            // What was changed itself vouches for nothing: it may have been linked to what was changed before it.
            let is_next_changed =
                problems.iter().any(|problem| problem.seq == Some(seq + 1) && problem.fault == Fault::Changed);
            let next = next.as_ref().filter(|_| !is_next_changed);
            let is_known = |hash: &Hash| next == Some(hash) || vouches(seq, hash).is_some();
            if is_known(mended) {
                // Whatever else was said of it followed from that.
                problems.retain(|problem| problem.seq != Some(seq));
                let detail = "its prev_hash was changed, and nothing else: with the right one it has its old hash";
                problems.push(changed(seq, detail.to_owned()));
                proved = Some(one_before);
                continue;
            }
            if one_before == 0 {
                problems.push(changed(seq, "it is the first, and has a hash of one before it".to_owned()));
                continue;
            }
            let is_intact = proved == Some(seq) || is_known(hash);
            problems.push(match vouches(one_before, before) {
                Some(Witness { name, .. }) if !is_intact => {
                    changed(seq, format!("it has another hash of message {one_before} than {name} has: it was changed"))
                }
                None if is_intact || faulty(one_before) => {
                    changed(one_before, format!("message {seq} has another hash of it: it was changed"))
                }
                Some(_) | None => {
                    let is_changed = problems.iter().any(|one| one.seq == Some(seq) && one.fault == Fault::Changed);
                    either(log, one_before, seq, is_changed)
                }
            });
        }
        problems
    }

    /// What the witnesses of the last message say of it.
    fn accuse_last(&self, log: &str, witnesses: &[Witness], faulty: impl Fn(u64) -> bool) -> Option<Problem> {
        let (seq, hash) = self.last.as_ref()?;
        let (agree, disagree): (Vec<&Witness>, Vec<&Witness>) =
            witnesses.iter().filter(|witness| witness.seq == *seq).partition(|witness| witness.hash == *hash);
        let (first, others) = disagree.split_first()?;
        let name = &first.name;
        // The one that agrees decides; and a wrong hash of the one before may explain the other.
        let explains = |broken: &Break| broken.seq == *seq && disagree.iter().any(|one| one.hash == broken.mended);
        if !agree.is_empty() || self.breaks.last().is_some_and(explains) {
            return None;
        }
        Some(if !others.is_empty() || faulty(*seq) {
            Problem::at(log, *seq, Fault::Changed, format!("{name} has another hash of it: it was changed"))
        } else {
            let detail = format!("{name} has another hash of it: one of the two was changed, and nothing tells which");
            Problem::at(log, *seq, Fault::Either, detail)
        })
    }
}

/// Of two neighbours that disagree, one was changed.
fn either(log: &str, before: u64, after: u64, is_after_changed: bool) -> Problem {
    let (which, doubt) = if is_after_changed {
        (", which was changed,", "whether that one was changed as well, nothing tells")
    } else {
        ("", "one of the two was changed, and nothing tells which")
    };
    let detail = format!("message {after}{which} has another hash of message {before}: {doubt}");
    Problem { other: Some(after), ..Problem::at(log, before, Fault::Either, detail) }
}
