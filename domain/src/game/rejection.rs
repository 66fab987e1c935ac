//! The refusals of a game.

/// A rule said no. The text is shown to the player; nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no log with this id.
    #[error("There is no such game.")]
    UnknownGame,
    /// No game kind has this name.
    #[error("There is no game kind of that name.")]
    UnknownKind,
    /// The kind does not take these options.
    #[error("The options are not valid: {reason}.")]
    InvalidOptions {
        /// What is wrong with them.
        reason: String,
    },
    /// The table has fewer seats.
    #[error("The table has no such seat.")]
    NoSuchSeat,
    /// Somebody else sits there.
    #[error("Somebody else has this seat.")]
    SeatTaken,
    /// Every seat is taken.
    #[error("All seats are taken.")]
    GameFull,
    /// The player sits elsewhere at this table.
    #[error("You have another seat at this table already.")]
    AlreadySeated,
    /// Only seated players may do this.
    #[error("You have no seat at this table.")]
    NotSeated,
    /// Play has not begun.
    #[error("The game has not started yet.")]
    NotStarted,
    /// Seats are fixed once the game runs.
    #[error("The game has started already.")]
    AlreadyStarted,
    /// The outcome is final.
    #[error("The game is over.")]
    Finished,
    /// Others move now.
    #[error("It is not your turn.")]
    NotYourTurn,
    /// The move is not of the shape that the kind reads.
    #[error("The move cannot be read: {reason}.")]
    MalformedMove {
        /// What is wrong with it.
        reason: String,
    },
    /// The rules of the kind forbid the move.
    #[error("{reason}")]
    IllegalMove {
        /// Why.
        reason: &'static str,
    },
    /// The same player has played since the head that this command names.
    #[error("You have made another move since.")]
    Outdated,
    /// The game is not abandoned.
    #[error("The game is still being played.")]
    NotAbandoned,
    /// The player's clock has run down; a move that comes late does not win over it.
    #[error("Your time is up.")]
    TimeIsUp,
    /// Nobody's clock has run down.
    #[error("There is still time on the clock.")]
    NotOverdue,
    /// The game is paused.
    #[error("The game is paused.")]
    Paused,
    /// The player left a game that goes on without them.
    #[error("You are out of this game.")]
    Out,
    /// Players do not choose their seats at this table.
    #[error("Seats are not chosen at this table; take any.")]
    NoChoiceOfSeats,
    /// The seats are kept for others.
    #[error("The seats of this game are kept for others.")]
    Reserved,
    /// The game is private, and the code is missing or another.
    #[error("This game is private; you need its invitation.")]
    NotInvited,
    /// The game is not private, so that there is no code to renew.
    #[error("This game is not private; it has no invitation.")]
    NotPrivate,
    /// The game is not open to spectators.
    #[error("This game is not open to spectators.")]
    NoSpectators,
    /// The host has sent the player away for good.
    #[error("The host has sent you away from this table.")]
    Kicked,
    /// Only the host may do this.
    #[error("Only the host may do this.")]
    NotHost,
    /// The game begins by itself.
    #[error("This game starts by itself when all seats are taken.")]
    StartsWhenFull,
    /// More players are needed.
    #[error("There are too few players to start.")]
    TooFewPlayers,
    /// Such an offer is open already.
    #[error("There is such an offer already.")]
    OfferOpen,
    /// The same offer was refused or taken back since the last move.
    #[error("This was refused or taken back a moment ago.")]
    RefusedBefore,
    /// There is no such offer any more.
    #[error("There is no such offer.")]
    NoSuchOffer,
    /// Others have to answer this offer.
    #[error("Others must answer your offer.")]
    OwnOffer,
    /// Nobody else is left to agree.
    #[error("There is nobody to agree with.")]
    NobodyToAgree,
    /// The player has made no move that could be taken back.
    #[error("There is no move to take back.")]
    NothingToTakeBack,
    /// What chance or the others have shown cannot be forgotten.
    #[error("This kind of game does not allow taking back.")]
    NoTakeBacks,
    /// The game is not over, or was never played.
    #[error("The game is not over yet.")]
    NotFinished,
    /// The host keeps the player from talking.
    #[error("The host has muted you.")]
    Muted,
    /// Too many texts in a short time.
    #[error("Too many messages; wait a moment.")]
    TooMuchTalk {
        /// After so many milliseconds one more is allowed.
        retry_after_ms: u64,
    },
    /// Seats of this table were taken too often in a short time.
    #[error("Seats are taken too often at this table; wait a moment.")]
    TooManySeatChanges {
        /// After so many milliseconds one more is allowed.
        retry_after_ms: u64,
    },
    /// The text contains control characters.
    #[error("The text contains characters that cannot be shown.")]
    UnreadableText,
    /// The text is empty or too long.
    #[error("A text must have 1 to 500 characters.")]
    TextLength,
    /// The text is addressed to somebody whom its speaker cannot talk to.
    #[error("You cannot talk to them here.")]
    WrongAudience,
    /// The host has muted or sent away as many as a table remembers.
    #[error("No more players can be sent away or muted at this table.")]
    TooManyBanned,
    /// The caller did not provide what the decision needs: the server's part of the seed, an invitation, or an earlier
    /// state. This is a fault of the server, not of the player.
    #[error("The server could not prepare this; try again.")]
    Unprepared,
}

impl Rejection {
    /// After how many milliseconds the same may be asked for again, where time is all that is missing.
    pub fn retry_after_ms(&self) -> Option<u64> {
        if let Self::TooMuchTalk { retry_after_ms } | Self::TooManySeatChanges { retry_after_ms } = self {
            Some(*retry_after_ms)
        } else {
            None
        }
    }
}
