//! A moment of a game, and who looks at it.

use std::{error::Error, str::FromStr};

use chrono::DateTime;
use clap::Args;
use turnlog_domain::{Game, GameId, Kinds, Moment, PlayerId, Seat, Seq, Timestamp, Viewer};
use turnlog_store::{Folded, Log};

use crate::location::Location;

/// A game, where it is, and who looks at it.
#[derive(Debug, Args)]
pub(crate) struct Look {
    /// The id of the game.
    game: String,
    /// Whose eyes: all, spectator, seat:0, or a player's id.
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    eyes: Eyes,
    #[command(flatten)]
    location: Location,
}

/// Who looks. An operator may look with anybody's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Eyes {
    /// Everything, also what is hidden from all players.
    Open,
    /// What somebody sees who does not sit at the table.
    Spectator,
    /// What is seen from a seat.
    Seat(Seat),
    /// What a player sees, wherever they sit.
    Player(PlayerId),
}

/// Reads a moment: the seq of a message, or a time.
///
/// # Errors
/// When it is neither.
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(seq) = text.parse() {
        return Ok(Moment::After(Seq(seq)));
    }
    let time = DateTime::parse_from_rfc3339(text).ok();
    let ms = time.and_then(|time| u64::try_from(time.timestamp_millis()).ok());
    ms.map(|ms| Moment::At(Timestamp::from_ms(ms)))
        .ok_or_else(|| "a moment is the seq of a message, or a time such as 2026-11-24T16:00:00Z".to_owned())
}

impl Look {
    /// The id of the game, and the log that it stands in.
    ///
    /// # Errors
    /// When it is no id, or the tables cannot be told.
    pub(crate) async fn log(&self, kinds: &Kinds) -> Result<(GameId, Log), Box<dyn Error>> {
        let game = GameId::parse(&self.game)?;
        let tables = self.location.tables(kinds).await?;
        Ok((game, Log::new(tables.messages, tables.games)))
    }

    /// The eyes that look at a game.
    pub(crate) fn viewer(&self, game: &Game) -> Viewer {
        self.eyes.viewer(game)
    }
}

impl FromStr for Eyes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::Open);
        }
        if text == "spectator" {
            return Ok(Self::Spectator);
        }
        if let Some(seat) = text.strip_prefix("seat:") {
            let seat = seat.parse().map_err(|_| format!("{seat} is no number of a seat"))?;
            return Ok(Self::Seat(Seat(seat)));
        }
        PlayerId::parse(text).map(Self::Player).map_err(|error| error.to_string())
    }
}

impl Eyes {
    /// As whom they look at a game.
    pub(crate) fn viewer(&self, game: &Game) -> Viewer {
        match self {
            Self::Open => Viewer::Open,
            Self::Spectator => Viewer::Spectator,
            Self::Seat(seat) => Viewer::Seat(*seat),
            Self::Player(player) => game.viewer(player),
        }
    }
}

/// A game as it is now. Every earlier moment is looked at from there, since the end may have opened what was hidden.
///
/// # Errors
/// When it cannot be read or folded, or there is no such game.
pub(crate) async fn head_of(log: &Log, game: GameId) -> Result<Folded, Box<dyn Error>> {
    Ok(log.current(game).await?.ok_or_else(|| format!("there is no game {game}"))?)
}

/// A game at a moment up to its head; as it is there without one.
///
/// # Errors
/// When it cannot be read or folded, or had not begun then.
pub(crate) async fn game_at(log: &Log, head: &Folded, moment: Option<Moment>) -> Result<Game, Box<dyn Error>> {
    let Some(moment) = moment else { return Ok(head.game.clone()) };
    let folded = log.moment(head.clone(), moment).await?;
    Ok(folded.ok_or_else(|| format!("the game {} has no such moment", head.game.id()))?.game)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        assert_eq!(moment("12"), Ok(Moment::After(Seq(12))));
        let second = Moment::At(Timestamp::from_ms(1_000));
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(second));
        assert_eq!(moment("1970-01-01T02:00:01+02:00"), Ok(second));
        for wrong in ["", "-1", "yesterday", "1.5", "1969-12-31T23:59:59Z"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn eyes_are_those_of_a_player_unless_they_are_named_otherwise() {
        assert_eq!("all".parse(), Ok(Eyes::Open));
        assert_eq!("seat:1".parse(), Ok(Eyes::Seat(Seat(1))));
        assert!(matches!("ada".parse(), Ok(Eyes::Player(_))));
        assert!("seat:x".parse::<Eyes>().is_err());
        assert!("a b".parse::<Eyes>().is_err());
    }
}
