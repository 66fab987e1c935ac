//! The codes under which refusals and faults are told to a client.

use serde::{Serialize, Serializer};
use turnlog_domain::Rejection;

/// Makes the enum of codes from one list of their names here and on the wire.
macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $wire:literal,)+) => {
        /// Why a frame was not accepted. Codes never change their meaning; docs/protocol.md lists them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[$doc])+ $name,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $wire,)+
                }
            }
        }
    };
}

codes! {
    /// The frame is no JSON object with a readable `id` and an `action`.
    BadFrame = "bad_frame",
    /// There is no such action.
    UnknownAction = "unknown_action",
    /// A field is missing, or not of the type or range that the action takes.
    BadField = "bad_field",
    /// The frame is larger than a client may send.
    FrameTooLarge = "frame_too_large",
    /// The game does not exist.
    UnknownGame = "unknown_game",
    /// The game kind does not exist.
    UnknownKind = "unknown_kind",
    /// The kind does not take these options.
    InvalidOptions = "invalid_options",
    /// The table has no such seat.
    NoSuchSeat = "no_such_seat",
    /// Somebody else sits there.
    SeatTaken = "seat_taken",
    /// All seats are taken.
    GameFull = "game_full",
    /// The player has another seat there.
    AlreadySeated = "already_seated",
    /// The player has no seat there.
    NotSeated = "not_seated",
    /// The game has not started.
    NotStarted = "not_started",
    /// The game has started.
    AlreadyStarted = "already_started",
    /// The game is over.
    Finished = "finished",
    /// Others move now.
    NotYourTurn = "not_your_turn",
    /// The move cannot be read.
    MalformedMove = "malformed_move",
    /// The rules forbid the move.
    IllegalMove = "illegal_move",
    /// The player has moved since the `seq` that the frame names.
    Outdated = "outdated",
    /// The player's clock has run down.
    TimeIsUp = "time_is_up",
    /// Nobody's clock has run down.
    NotOverdue = "not_overdue",
    /// The game is paused.
    Paused = "paused",
    /// The player is out of a game that goes on.
    Out = "out",
    /// Seats are not chosen at this table.
    NoChoiceOfSeats = "no_choice_of_seats",
    /// The seats are kept for others.
    Reserved = "reserved",
    /// The game is private, and the invitation is missing or another.
    NotInvited = "not_invited",
    /// The game is not private, and has no invitation.
    NotPrivate = "not_private",
    /// The game is not open to spectators.
    NoSpectators = "no_spectators",
    /// The host has sent the player away.
    Kicked = "kicked",
    /// Only the host may do this.
    NotHost = "not_host",
    /// The game begins by itself.
    StartsWhenFull = "starts_when_full",
    /// More players are needed to start.
    TooFewPlayers = "too_few_players",
    /// Somebody else has made such an offer, which is open.
    OfferOpen = "offer_open",
    /// The same offer was declined or withdrawn since the last move.
    RefusedBefore = "refused_before",
    /// No such offer is open.
    NoSuchOffer = "no_such_offer",
    /// Others have to answer this offer.
    OwnOffer = "own_offer",
    /// Nobody is left who could agree.
    NobodyToAgree = "nobody_to_agree",
    /// The player has made no move that could be taken back.
    NothingToTakeBack = "nothing_to_take_back",
    /// The kind leaves something to chance, which cannot be forgotten.
    NoTakeBacks = "no_take_backs",
    /// The game is not over, was never played, or has no rematch.
    NotFinished = "not_finished",
    /// The host keeps the player from talking.
    Muted = "muted",
    /// Too many texts in a short time.
    TooMuchTalk = "too_much_talk",
    /// Seats of the table were taken too often in a short time.
    TooManySeatChanges = "too_many_seat_changes",
    /// The text contains control characters.
    UnreadableText = "unreadable_text",
    /// The text is empty or too long.
    TextLength = "text_length",
    /// The player cannot talk to them here.
    WrongAudience = "wrong_audience",
    /// The host has muted or sent away as many as a table remembers.
    TooManyBanned = "too_many_banned",
    /// The game had not begun then, or has not come that far.
    NoSuchMoment = "no_such_moment",
    /// No such player has ever connected.
    UnknownPlayer = "unknown_player",
    /// The player blocks as many others as they may.
    TooManyBlocked = "too_many_blocked",
    /// The connection follows as many games as it may.
    TooManySubscriptions = "too_many_subscriptions",
    /// As many connections follow the game as may.
    TooManyWatchers = "too_many_watchers",
    /// The player has as many unfinished games as they may.
    TooManyOpenGames = "too_many_open_games",
    /// The token that the connection was opened with has expired. The same frame may be sent on a new one with a fresh token.
    TokenExpired = "token_expired",
    /// The connection, or its player on all connections, sends frames too fast. The frame was not looked at.
    TooManyFrames = "too_many_frames",
    /// The player has as many newer connections as they may.
    TooManyConnections = "too_many_connections",
    /// Something broke. Nothing is known of the outcome; the same frame may be sent again.
    TryAgain = "try_again",
    /// A newer server has gone on with this game. The same frame is welcome when this one has been replaced.
    ServerOutdated = "server_outdated",
    /// What is stored cannot be read, or a request that this server makes is wrong. Only operators can help.
    GameParked = "game_parked",
}

impl ErrorCode {
    /// Whether the same frame may succeed when it is sent again unchanged.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::TokenExpired | Self::TryAgain | Self::ServerOutdated | Self::TooManyFrames)
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
    /// After how many milliseconds the same may be asked for again, where time is all that is missing.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// What is told to a connection whose token has expired.
    pub fn token_expired() -> Self {
        Self::new(ErrorCode::TokenExpired, "The sign-in has expired. Please connect again.")
    }

    /// A refusal with its sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: None }
    }

    /// The refusal of a frame that came too fast.
    pub fn too_many_frames(retry_after_ms: u64) -> Self {
        let refusal = Self::new(ErrorCode::TooManyFrames, "Too many frames; wait a moment.");
        Self { retry_after_ms: Some(retry_after_ms), ..refusal }
    }

    /// The refusal of a connection whose player has enough others.
    pub fn too_many_connections() -> Self {
        Self::new(ErrorCode::TooManyConnections, "You are connected too often; another connection has taken over.")
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
            Rejection::TimeIsUp => ErrorCode::TimeIsUp,
            Rejection::NotOverdue => ErrorCode::NotOverdue,
            Rejection::Paused => ErrorCode::Paused,
            Rejection::Out => ErrorCode::Out,
            Rejection::NoChoiceOfSeats => ErrorCode::NoChoiceOfSeats,
            Rejection::Reserved => ErrorCode::Reserved,
            Rejection::NotInvited => ErrorCode::NotInvited,
            Rejection::NotPrivate => ErrorCode::NotPrivate,
            Rejection::NoSpectators => ErrorCode::NoSpectators,
            Rejection::Kicked => ErrorCode::Kicked,
            Rejection::NotHost => ErrorCode::NotHost,
            Rejection::StartsWhenFull => ErrorCode::StartsWhenFull,
            Rejection::TooFewPlayers => ErrorCode::TooFewPlayers,
            Rejection::OfferOpen => ErrorCode::OfferOpen,
            Rejection::RefusedBefore => ErrorCode::RefusedBefore,
            Rejection::NoSuchOffer => ErrorCode::NoSuchOffer,
            Rejection::OwnOffer => ErrorCode::OwnOffer,
            Rejection::NobodyToAgree => ErrorCode::NobodyToAgree,
            Rejection::NothingToTakeBack => ErrorCode::NothingToTakeBack,
            Rejection::NoTakeBacks => ErrorCode::NoTakeBacks,
            Rejection::NotFinished => ErrorCode::NotFinished,
            Rejection::Muted => ErrorCode::Muted,
            Rejection::TooMuchTalk { .. } => ErrorCode::TooMuchTalk,
            Rejection::TooManySeatChanges { .. } => ErrorCode::TooManySeatChanges,
            Rejection::UnreadableText => ErrorCode::UnreadableText,
            Rejection::TextLength => ErrorCode::TextLength,
            Rejection::WrongAudience => ErrorCode::WrongAudience,
            Rejection::TooManyBanned => ErrorCode::TooManyBanned,
            // A fault of the server, which the append does not let come this far.
            Rejection::Unprepared => ErrorCode::TryAgain,
        };
        Self { code, message: rejection.to_string(), retry_after_ms: rejection.retry_after_ms() }
    }
}
