//! What can be asked of a game.

use serde_json::Value;

use crate::{
    bot::Bot,
    game::{invitation::Invitation, offer::OfferKind, talk::Audience},
    ids::{PlayerId, Seat, Seq},
    seed::Entropy,
};

/// What an actor asks for. Who asks and under which id stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make a new game. Its player holds no seat yet.
    Create {
        /// Name of the game kind.
        kind: String,
        /// The kind's options as JSON; `{}` takes every default.
        options: Value,
        /// What is agreed beside them ([`Settings`](crate::Settings)) as JSON; `{}` takes every default.
        settings: Value,
    },
    /// Make the game on which the players of another agreed when it was over.
    CreateRematch,
    /// Take a seat; any free one when none is named.
    TakeSeat {
        /// The seat asked for.
        seat: Option<Seat>,
        /// What the player contributes to the game's seed.
        entropy: Option<Entropy>,
        /// The code, where the game is private.
        invitation: Option<Invitation>,
    },
    /// Set a bot on a seat before the start; on any free one when none is named. Only the host may.
    AddBot {
        /// The seat asked for.
        seat: Option<Seat>,
        /// Which bot.
        bot: Bot,
    },
    /// Give the seat back before the start.
    LeaveSeat,
    /// Send a player away before the start, for good. Only the host may.
    Kick {
        /// Where they sit.
        seat: Seat,
        /// Who is meant; whoever sits there when nobody is named.
        player: Option<PlayerId>,
    },
    /// Begin with those who are there. Only the host may.
    Start,
    /// Make a move.
    Play {
        /// The kind's action as JSON.
        action: Value,
        /// The head of the log that the player saw when deciding.
        seen: Option<Seq>,
    },
    /// Give up.
    Resign,
    /// Say that the time of whoever is in turn is up.
    ClaimTimeout,
    /// Offer something to all others who still play.
    Offer(OfferKind),
    /// Agree to an offer.
    Accept {
        /// What was offered.
        offer: OfferKind,
        /// Where it was made; whichever is open when that is not named.
        seq: Option<Seq>,
    },
    /// Refuse an offer.
    Decline {
        /// What was offered.
        offer: OfferKind,
        /// Where it was made; whichever is open when that is not named.
        seq: Option<Seq>,
    },
    /// Take an offer of one's own back.
    Withdraw {
        /// What was offered.
        offer: OfferKind,
        /// Where it was made; whichever is open when that is not named.
        seq: Option<Seq>,
    },
    /// Go on after a pause.
    Resume,
    /// Say something at the table.
    Say {
        /// To whom.
        to: Audience,
        /// What.
        text: String,
        /// The code, where the game is private and the speaker holds no seat.
        invitation: Option<Invitation>,
    },
    /// Keep somebody from saying anything more. Only the host may.
    Mute {
        /// Who.
        player: PlayerId,
    },
    /// Make another code for a private game, and end the one before. Only the host may.
    RenewInvitation,
    /// Close a game that nobody has touched for long. Only the system asks for it.
    Abandon,
}

impl Command {
    /// Make a game with every default.
    pub fn create(kind: &str, options: Value) -> Self {
        Self::Create { kind: kind.to_owned(), options, settings: Value::Object(serde_json::Map::default()) }
    }

    /// Take a seat at a public table without contributing to its seed.
    pub fn take_seat(seat: Option<Seat>) -> Self {
        Self::TakeSeat { seat, entropy: None, invitation: None }
    }

    /// Send away whoever sits there.
    pub fn kick(seat: Seat) -> Self {
        Self::Kick { seat, player: None }
    }

    /// Agree to the open offer of that kind.
    pub fn accept(offer: OfferKind) -> Self {
        Self::Accept { offer, seq: None }
    }

    /// Refuse the open offer of that kind.
    pub fn decline(offer: OfferKind) -> Self {
        Self::Decline { offer, seq: None }
    }

    /// Take back one's own open offer of that kind.
    pub fn withdraw(offer: OfferKind) -> Self {
        Self::Withdraw { offer, seq: None }
    }
}
