//! What the server sends.

use serde::Serialize;
use serde_json::Value;
use turnlog_domain::{GameId, PlayerId, Rejection, Seat};

use crate::{
    code::{ErrorCode, Refusal},
    direct::WireDirect,
    frame::BadFrame,
    id::FrameId,
    kinds::KindView,
    view::{View, WireMessage, is_false},
};

/// The one answer to a client's frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// It was done, or had been done already.
    Accepted {
        /// The frame's id, if it had one.
        id: Option<FrameId>,
        /// What the action answers.
        #[serde(flatten)]
        body: Accepted,
    },
    /// A rule said no; nothing was written.
    Rejected {
        /// The frame's id, if it was readable.
        id: Option<FrameId>,
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: String,
        /// Whether the same frame, sent again unchanged, may succeed: it was not looked at.
        retryable: bool,
        /// After how many milliseconds the same may be asked for again, where time is all that is missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// Something broke; the outcome is not known.
    Failed {
        /// The frame's id, if it had one.
        id: Option<FrameId>,
        /// What to do, for programs.
        code: ErrorCode,
        /// What to do, for people.
        message: String,
        /// Whether the same frame may succeed when it is sent again.
        retryable: bool,
    },
}

impl Answer {
    /// A refusal.
    pub fn rejected(id: Option<FrameId>, refusal: Refusal) -> Self {
        let Refusal { code, message, retry_after_ms } = refusal;
        Self::Rejected { id, code, message, retryable: code.is_retryable(), retry_after_ms }
    }

    /// A fault. Its cause is logged and never told.
    pub fn failed(id: Option<FrameId>, code: ErrorCode) -> Self {
        let message = if code.is_retryable() {
            "Something went wrong. Please try again."
        } else {
            "This game cannot be played at the moment."
        };
        Self::Failed { id, code, message: message.to_owned(), retryable: code.is_retryable() }
    }
}

impl From<BadFrame> for Answer {
    fn from(bad: BadFrame) -> Self {
        Self::rejected(bad.id, bad.refusal)
    }
}

/// What an accepted frame is answered with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Accepted {
    /// A command on a game.
    Command {
        /// The game.
        game: GameId,
        /// Where the command stands in the log; the head when nothing had to be written.
        seq: u64,
        /// The seat of the player, if they have one.
        #[serde(skip_serializing_if = "Option::is_none")]
        seat: Option<Seat>,
        /// The code of a private game, for its host after `create`, `rematch` and `renew_invitation`.
        #[serde(skip_serializing_if = "Option::is_none")]
        invitation: Option<String>,
        /// The new message; none for a repeat.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        messages: Vec<WireMessage>,
        /// The view after it; none for a repeat.
        #[serde(skip_serializing_if = "Option::is_none")]
        view: Option<Box<View>>,
    },
    /// `watch`.
    Watch {
        /// The game.
        game: GameId,
        /// The head of the log, which the view shows.
        seq: u64,
        /// The first of the messages, when those before it did not fit; `history` has them.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<u64>,
        /// The messages up to the head.
        messages: Vec<WireMessage>,
        /// The view at the head.
        view: Box<View>,
        /// Always false: the messages end at the head.
        more: bool,
        /// The code of a private game, for its host.
        #[serde(skip_serializing_if = "Option::is_none")]
        invitation: Option<String>,
    },
    /// `unwatch`.
    Unwatch {
        /// The game.
        game: GameId,
    },
    /// `history`.
    History {
        /// The game.
        game: GameId,
        /// The head of the log.
        seq: u64,
        /// A page of messages.
        messages: Vec<WireMessage>,
        /// Whether there are later ones.
        more: bool,
    },
    /// `view`.
    Moment {
        /// The game.
        game: GameId,
        /// The last message that the view shows.
        seq: u64,
        /// The time of that message: server time in milliseconds since 1970.
        at: u64,
        /// The head of the log.
        head: u64,
        /// The view after that message.
        view: Box<View>,
        /// The kind's view as text.
        text: String,
    },
    /// `kinds`.
    Kinds {
        /// Kinds that the server plays, in its order.
        kinds: Vec<KindView>,
        /// Whether there are further ones.
        more: bool,
    },
    /// `actions`.
    Actions {
        /// The game.
        game: GameId,
        /// The head of the log, at which the actions are legal.
        seq: u64,
        /// What the rules allow the player now; nothing unless they are in turn.
        actions: Vec<Value>,
        /// Whether there are more than are listed.
        #[serde(skip_serializing_if = "is_false")]
        cut: bool,
    },
    /// `sendmessage`.
    Sent {
        /// To whom.
        to: PlayerId,
        /// When it was sent first: server time in milliseconds since 1970.
        at: u64,
    },
    /// `inbox`.
    Inbox {
        /// The head of the player's log of direct messages.
        seq: u64,
        /// The last message that is marked as read.
        read: u64,
        /// A page of messages.
        messages: Vec<WireDirect>,
        /// Whether there are later ones.
        more: bool,
        /// Whose messages the player does not get.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        blocked: Vec<PlayerId>,
    },
    /// `read`.
    Read {
        /// The last message that is marked as read now.
        read: u64,
    },
    /// `block` and `unblock`.
    Blocked {
        /// Whose messages the player does not get now.
        blocked: Vec<PlayerId>,
    },
    /// `players`.
    Players {
        /// Those that have ever connected.
        players: Vec<Player>,
    },
    /// `ping`.
    Ping {
        /// Server time in milliseconds since 1970.
        now: u64,
        /// The head of the game that was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
}

/// A player's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Player {
    /// Who.
    pub player_id: PlayerId,
    /// The display name of their latest token.
    pub name: String,
}

/// A frame that the server sends on its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Push {
    /// What happened in a game that the connection follows.
    Messages {
        /// The game.
        game: GameId,
        /// The last of the messages, which the view shows.
        seq: u64,
        /// Contiguous messages.
        messages: Vec<WireMessage>,
        /// The view at `seq`.
        view: Box<View>,
    },
    /// Direct messages to the player.
    Inbox {
        /// The last of the messages.
        seq: u64,
        /// Contiguous messages of the player's own log.
        messages: Vec<WireDirect>,
    },
    /// The player has read direct messages, on whatever device.
    Read {
        /// The last message that is marked as read.
        seq: u64,
    },
    /// The connection does not follow the game any more, since its player may not.
    Unwatched {
        /// The game.
        game: GameId,
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: String,
    },
    /// The server ends this connection: nothing more comes on it.
    Closing {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: String,
    },
    /// More happened than fits into a frame: `history` has it.
    Behind {
        /// The game.
        game: GameId,
        /// The head of the log.
        seq: u64,
    },
}

impl Push {
    /// Tells that a player may not follow a game any more.
    pub fn unwatched(game: GameId, reason: Rejection) -> Self {
        let Refusal { code, message, .. } = reason.into();
        Self::Unwatched { game, code, message }
    }

    /// Tells why the server ends a connection.
    pub fn closing(reason: Refusal) -> Self {
        let Refusal { code, message, .. } = reason;
        Self::Closing { code, message }
    }
}

/// The JSON text of a frame to a client.
#[expect(clippy::missing_panics_doc, reason = "the frames always have a JSON form")]
pub fn encode(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("frames have string keys and no foreign serializer")
}
