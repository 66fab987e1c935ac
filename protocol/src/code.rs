//! The codes under which refusals and faults are told to a client.

use serde::{Serialize, Serializer};
use turnlog_domain::Rejection;

/// Why a frame was not accepted. Codes never change their meaning; docs/protocol.md lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorCode {
    /// The frame is no JSON object with a readable `id` and an `action`.
    BadFrame,
    /// There is no such action.
    UnknownAction,
    /// A field is missing, or not of the type or range that the action takes.
    BadField,
    /// The frame is larger than a client may send.
    FrameTooLarge,
    /// The game does not exist.
    UnknownGame,
    /// The game kind does not exist.
    UnknownKind,
    /// The kind does not take these options.
    InvalidOptions,
    /// The table has no such seat.
    NoSuchSeat,
    /// Somebody else sits there.
    SeatTaken,
    /// All seats are taken.
    GameFull,
    /// The player has another seat there.
    AlreadySeated,
    /// The player has no seat there.
    NotSeated,
    /// The game has not started.
    NotStarted,
    /// The game has started.
    AlreadyStarted,
    /// The game is over.
    Finished,
    /// Others move now.
    NotYourTurn,
    /// The move cannot be read.
    MalformedMove,
    /// The rules forbid the move.
    IllegalMove,
    /// The player has moved since the `seq` that the frame names.
    Outdated,
    /// The connection follows as many games as it may.
    TooManySubscriptions,
    /// The player has as many unfinished games as they may.
    TooManyOpenGames,
    /// Something broke. Nothing is known of the outcome; the same frame may be sent again.
    TryAgain,
    /// The log of this game cannot be read. It is parked until it is repaired.
    GameParked,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 23] = [
        Self::BadFrame,
        Self::UnknownAction,
        Self::BadField,
        Self::FrameTooLarge,
        Self::UnknownGame,
        Self::UnknownKind,
        Self::InvalidOptions,
        Self::NoSuchSeat,
        Self::SeatTaken,
        Self::GameFull,
        Self::AlreadySeated,
        Self::NotSeated,
        Self::NotStarted,
        Self::AlreadyStarted,
        Self::Finished,
        Self::NotYourTurn,
        Self::MalformedMove,
        Self::IllegalMove,
        Self::Outdated,
        Self::TooManySubscriptions,
        Self::TooManyOpenGames,
        Self::TryAgain,
        Self::GameParked,
    ];

    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadFrame => "bad_frame",
            Self::UnknownAction => "unknown_action",
            Self::BadField => "bad_field",
            Self::FrameTooLarge => "frame_too_large",
            Self::UnknownGame => "unknown_game",
            Self::UnknownKind => "unknown_kind",
            Self::InvalidOptions => "invalid_options",
            Self::NoSuchSeat => "no_such_seat",
            Self::SeatTaken => "seat_taken",
            Self::GameFull => "game_full",
            Self::AlreadySeated => "already_seated",
            Self::NotSeated => "not_seated",
            Self::NotStarted => "not_started",
            Self::AlreadyStarted => "already_started",
            Self::Finished => "finished",
            Self::NotYourTurn => "not_your_turn",
            Self::MalformedMove => "malformed_move",
            Self::IllegalMove => "illegal_move",
            Self::Outdated => "outdated",
            Self::TooManySubscriptions => "too_many_subscriptions",
            Self::TooManyOpenGames => "too_many_open_games",
            Self::TryAgain => "try_again",
            Self::GameParked => "game_parked",
        }
    }

    /// Whether the same frame may succeed when it is sent again unchanged.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::TryAgain => true,
            Self::BadFrame
            | Self::UnknownAction
            | Self::BadField
            | Self::FrameTooLarge
            | Self::UnknownGame
            | Self::UnknownKind
            | Self::InvalidOptions
            | Self::NoSuchSeat
            | Self::SeatTaken
            | Self::GameFull
            | Self::AlreadySeated
            | Self::NotSeated
            | Self::NotStarted
            | Self::AlreadyStarted
            | Self::Finished
            | Self::NotYourTurn
            | Self::MalformedMove
            | Self::IllegalMove
            | Self::Outdated
            | Self::TooManySubscriptions
            | Self::TooManyOpenGames
            | Self::GameParked => false,
        }
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A refusal as the player is told: the code and one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let code = match &rejection {
            Rejection::UnknownGame => ErrorCode::UnknownGame,
            Rejection::UnknownKind => ErrorCode::UnknownKind,
            Rejection::InvalidOptions { .. } => ErrorCode::InvalidOptions,
            Rejection::NoSuchSeat => ErrorCode::NoSuchSeat,
            Rejection::SeatTaken => ErrorCode::SeatTaken,
            Rejection::GameFull => ErrorCode::GameFull,
            Rejection::AlreadySeated => ErrorCode::AlreadySeated,
            Rejection::NotSeated => ErrorCode::NotSeated,
            Rejection::NotStarted => ErrorCode::NotStarted,
            Rejection::AlreadyStarted | Rejection::NotAbandoned => ErrorCode::AlreadyStarted,
            Rejection::Finished => ErrorCode::Finished,
            Rejection::NotYourTurn => ErrorCode::NotYourTurn,
            Rejection::MalformedMove { .. } => ErrorCode::MalformedMove,
            Rejection::IllegalMove { .. } => ErrorCode::IllegalMove,
            Rejection::Outdated => ErrorCode::Outdated,
        };
        Self { code, message: rejection.to_string() }
    }
}
