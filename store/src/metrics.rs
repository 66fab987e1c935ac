//! What functions count and time, for whoever looks at a server.
//!
//! All names and labels stand here. A label is one of a few words of Turnlog's own, and never an id or a text of a client. Without a
//! recorder, as on Lambda, nothing is kept.

use std::time::{Duration, Instant};

use ::metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use turnlog_domain::Timestamp;

use crate::clock::now;

const FRAMES: &str = "turnlog_frames_total";
const APPENDS: &str = "turnlog_append_seconds";
const CONFLICTS: &str = "turnlog_append_conflicts_total";
const PUSHES: &str = "turnlog_push_seconds";
const PARKED: &str = "turnlog_parked_games";

/// The action of a frame that cannot be read.
const UNKNOWN: &str = "unknown";

/// How a frame was answered, with the code of a refusal or a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameOutcome {
    /// It was done.
    Accepted,
    /// A rule said no.
    Rejected(&'static str),
    /// Something broke.
    Failed(&'static str),
}

/// On which way a message came to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushWay {
    /// Posted by the function that stored it.
    AtOnce,
    /// From the stream.
    Stream,
}

/// Says what each of them means. It may be called again and again.
pub fn describe() {
    describe_counter!(
        FRAMES,
        "Frames of clients, by action, by how they were answered, and by the code of a refusal or fault."
    );
    describe_histogram!(APPENDS, "Time from a decision's begin to its end in the log, with all rounds, by outcome.");
    describe_counter!(
        CONFLICTS,
        "Puts of a message that found its position taken by another, after which was decided again."
    );
    describe_histogram!(
        PUSHES,
        "Time from the arrival of a command to the gateway's taking its message for another connection."
    );
    describe_gauge!(PARKED, "Games that cannot be folded, as the last sweep has counted them.");
    // So that it is there before the first conflict.
    counter!(CONFLICTS).increment(0);
}

/// A frame was answered. `action` is one that the protocol knows; none where the frame cannot be read.
pub fn frame_answered(action: Option<String>, outcome: FrameOutcome) {
    let (outcome, code) = match outcome {
        FrameOutcome::Accepted => ("accepted", ""),
        FrameOutcome::Rejected(code) => ("rejected", code),
        FrameOutcome::Failed(code) => ("failed", code),
    };
    let action = action.unwrap_or_else(|| UNKNOWN.to_owned());
    counter!(FRAMES, "action" => action, "outcome" => outcome, "code" => code).increment(1);
}

/// The oldest message of a frame, accepted at `at`, was posted to a connection, which is not the one that was answered.
pub fn pushed(way: PushWay, at: Timestamp) {
    let way = match way {
        PushWay::AtOnce => "at_once",
        PushWay::Stream => "stream",
    };
    histogram!(PUSHES, "way" => way).record(Duration::from_millis(now().ms_since(at)));
}

/// So many games are parked.
pub fn parked_games(games: usize) {
    gauge!(PARKED).set(u32::try_from(games).unwrap_or(u32::MAX));
}

/// A command was carried out or refused.
pub(crate) fn append_ended(outcome: &'static str, began: Instant) {
    histogram!(APPENDS, "outcome" => outcome).record(began.elapsed());
}

/// A position was taken by another.
pub(crate) fn append_conflict() {
    counter!(CONFLICTS).increment(1);
}
