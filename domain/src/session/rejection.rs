//! The refusals of a session.

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
    /// Seats are still free.
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
}
