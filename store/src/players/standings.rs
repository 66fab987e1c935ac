//! How players stand in their games: one row for each of their games.

use turnlog_domain::{Event, EventGroup, Game, Message, Phase, PlayerId, Seat};

use super::{Players, item_key};
use crate::{
    attributes::{SdkItem, number, text},
    entry::Folded,
    read_model::{FORMAT, ReadModel, RowTable, Rows, SEQ},
};

/// How every player stands in every game, as of the last message that changed it. Bots have no standings.
pub(crate) static STANDINGS: ReadModel = ReadModel {
    name: "standings",
    format: 1,
    table: RowTable::Players,
    prefix: Players::STANDING,
    bound: &[],
    rows: Rows::OfMessage(rows),
};

/// How a player stands in a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// They made it or sit in it, and it is not finished.
    Open,
    /// They gave their seat back.
    Left,
    /// It is finished, and they came in at this place, 1 being the best; nowhere if they made the game without taking a seat.
    Finished { place: Option<u8> },
}

fn rows(folded: &Folded, message: &Message) -> Vec<SdkItem> {
    if !message.events.iter().any(changes_standing) {
        return Vec::new();
    }
    concerned(&folded.game, message).map(|player| standing_item(&folded.game, player)).collect()
}

fn standing_item(game: &Game, player: &PlayerId) -> SdkItem {
    let mut item = item_key(player, &format!("{}{}", Players::STANDING, game.id()));
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(SEQ, number(game.seq().0));
    set(FORMAT, number(STANDINGS.format.into()));
    set("kind", text(game.kind().name()));
    match standing_of(game, player) {
        Standing::Open => {
            set("standing", text("open"));
            // The index of unfinished games lists what has this.
            set("open_since", number(game.created_at().as_ms()));
        }
        Standing::Left => {
            set("standing", text("left"));
        }
        Standing::Finished { place } => {
            set("standing", text("finished"));
            if let Some(place) = place {
                set("place", number(place.into()));
            }
        }
    }
    item
}

/// Everybody who sits in the game or made it, and whom the message takes out of it.
fn concerned<'a>(game: &'a Game, message: &'a Message) -> impl Iterator<Item = &'a PlayerId> {
    let is_leave = message.events.iter().any(|event| matches!(event, Event::SeatLeft(_)));
    let is_kick = message.events.iter().any(|event| matches!(event, Event::Kicked(_)));
    let left = message.actor.player().filter(|_| is_leave);
    let kicked = game.kicked().iter().filter(move |_| is_kick);
    game.people().chain(game.creator().player()).chain(left).chain(kicked)
}

fn changes_standing(event: &Event) -> bool {
    match event.group() {
        EventGroup::Seats => true,
        EventGroup::Game => matches!(event, Event::Created(_) | Event::Finished(_)),
        EventGroup::Play | EventGroup::Offers | EventGroup::Talk => false,
    }
}

fn standing_of(game: &Game, player: &PlayerId) -> Standing {
    let seat = game.seat_of(player);
    match game.phase() {
        Phase::Finished(outcome) => {
            let place = |seat: Seat| outcome.as_places().get(seat.index()).copied();
            Standing::Finished { place: seat.and_then(place) }
        }
        Phase::Waiting | Phase::Playing | Phase::Paused
            if seat.is_some() || game.creator().player() == Some(player) =>
        {
            Standing::Open
        }
        Phase::Waiting | Phase::Playing | Phase::Paused => Standing::Left,
    }
}
