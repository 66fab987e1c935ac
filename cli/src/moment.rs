//! A moment of a game, and the eyes that look at it.

use std::{error::Error, str::FromStr};

use chrono::DateTime;
use turnlog_domain::{GameId, PlayerId, Seat, Seq, Session, Timestamp, Viewer};
use turnlog_store::{Entry, Folded, Messages};

/// Messages that are read at a time.
const PAGE_MESSAGES: usize = 500;

/// A moment of a game: after a message, or at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Right after the message at this position.
    Seq(Seq),
    /// After the last message that is not later than this.
    Time(Timestamp),
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

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seq) = text.parse() {
            return Ok(Self::Seq(Seq(seq)));
        }
        let time = DateTime::parse_from_rfc3339(text).ok();
        let ms = time.and_then(|time| u64::try_from(time.timestamp_millis()).ok());
        ms.map(|ms| Self::Time(Timestamp::from_ms(ms)))
            .ok_or_else(|| "a moment is the seq of a message, or a time such as 2026-11-24T16:00:00Z".to_owned())
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
    /// As whom they look at a session.
    pub(crate) fn viewer(&self, session: &Session) -> Viewer {
        match self {
            Self::Open => Viewer::Open,
            Self::Spectator => Viewer::Spectator,
            Self::Seat(seat) => Viewer::Seat(*seat),
            Self::Player(player) => session.viewer(player),
        }
    }
}

impl Moment {
    /// Whether a message lies at or before it.
    pub(crate) fn covers(self, entry: &Entry) -> bool {
        match self {
            Self::Seq(seq) => entry.message.seq <= seq,
            Self::Time(time) => entry.message.at <= time,
        }
    }
}

/// The messages of a game up to a moment, all of them without one, and what each led to, in their order.
///
/// # Errors
/// When they cannot be read or folded, or there are none.
pub(crate) async fn each(
    messages: &Messages,
    game: GameId,
    to: Option<Moment>,
    mut see: impl FnMut(&Entry, &Folded) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut folded: Option<Folded> = None;
    loop {
        let after = folded.as_ref().map_or(Seq(0), |folded| folded.session.seq());
        let page = messages.page(game, after, PAGE_MESSAGES).await?;
        let is_last = page.len() < PAGE_MESSAGES;
        for entry in &page {
            if to.is_some_and(|to| !to.covers(entry)) {
                return exists(game, folded.as_ref());
            }
            let next = Folded::fold(folded.take(), entry)?;
            see(entry, &next)?;
            folded = Some(next);
        }
        if is_last {
            return exists(game, folded.as_ref());
        }
    }
}

fn exists(game: GameId, folded: Option<&Folded>) -> Result<(), Box<dyn Error>> {
    match folded {
        Some(_) => Ok(()),
        None => Err(format!("there is no game {game} at that moment").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        assert_eq!("12".parse(), Ok(Moment::Seq(Seq(12))));
        let second = Moment::Time(Timestamp::from_ms(1_000));
        assert_eq!("1970-01-01T00:00:01Z".parse(), Ok(second));
        assert_eq!("1970-01-01T02:00:01+02:00".parse(), Ok(second));
        for wrong in ["", "-1", "yesterday", "1.5", "1969-12-31T23:59:59Z"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
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
