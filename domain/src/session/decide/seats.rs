//! Who sits where before the start, and the start.

use super::{Situation, course::Course};
use crate::{
    bot::Bot,
    ids::{PlayerId, Seat},
    limits::KICKED_MAX,
    seed::Entropy,
    session::{
        event::{Event, OfSeat, SeatTaken},
        fold::evolve,
        invitation::Invitation,
        rejection::Rejection,
        state::Session,
        table::Start,
    },
};

pub(super) fn take(
    situation: Situation<'_>,
    player: &PlayerId,
    wanted: Option<Seat>,
    entropy: Option<&Entropy>,
    invitation: Option<&Invitation>,
) -> Result<Vec<Event>, Rejection> {
    let session = situation.session;
    match session.seat_of(player) {
        Some(seat) if wanted.is_none_or(|wanted| wanted == seat) => return Ok(Vec::new()),
        Some(_) => return Err(Rejection::AlreadySeated),
        None => {}
    }
    session.require_invited(player, invitation)?;
    let seat = choose(session, Some(player), wanted)?;
    situation.require_waiting()?;
    session.seating.require_allowed(player, situation.at, session.creator.player())?;
    sit(situation, SeatTaken { seat, player_id: player.clone(), entropy: entropy.cloned(), bot: None })
}

pub(super) fn add_bot(
    situation: Situation<'_>,
    host: &PlayerId,
    wanted: Option<Seat>,
    bot: Bot,
) -> Result<Vec<Event>, Rejection> {
    let session = situation.session;
    situation.require_host(host)?;
    if wanted.and_then(|seat| session.occupant(seat)).is_some_and(|occupant| occupant.bot == Some(bot)) {
        return Ok(Vec::new());
    }
    situation.require_waiting()?;
    // In a rematch a seat is kept for the bot, which comes back to it under the id that it has there.
    let is_awaited = |player: &&PlayerId| bot.is_player(player) && session.seat_of(player).is_none();
    let awaited = session.created.reserved.iter().find(is_awaited);
    let seat = choose(session, awaited, wanted)?;
    session.seating.require_allowed(host, situation.at, session.creator.player())?;
    let player_id = awaited.cloned().unwrap_or_else(|| bot.player_on(seat));
    sit(situation, SeatTaken { seat, player_id, entropy: None, bot: Some(bot) })
}

/// Takes a free seat. A table that starts when it is full starts with the last one, unless only bots would play: that is for
/// the host to say.
fn sit(situation: Situation<'_>, taken: SeatTaken) -> Result<Vec<Event>, Rejection> {
    let session = situation.session;
    let has_people = taken.bot.is_none() || session.people().next().is_some();
    let mut events = vec![Event::SeatTaken(taken)];
    if free_seats(session) == 1 && has_people && session.created.table.start == Start::Full {
        let mut full = session.clone();
        evolve(&mut full, &events[0]).expect("a free seat can be taken");
        events.extend(start(Situation { session: &full, ..situation })?);
    }
    Ok(events)
}

/// The seat for a player, or for a bot.
fn choose(session: &Session, player: Option<&PlayerId>, wanted: Option<Seat>) -> Result<Seat, Rejection> {
    let own = session.created.reserved.iter().position(|reserved| Some(reserved) == player);
    let own = own.and_then(|index| u8::try_from(index).ok()).map(Seat);
    let wanted = match (own, wanted) {
        (None, _) if !session.created.reserved.is_empty() => return Err(Rejection::Reserved),
        (Some(own), Some(wanted)) if own != wanted => return Err(Rejection::Reserved),
        (None, Some(_)) if !session.created.table.choose_seats => return Err(Rejection::NoChoiceOfSeats),
        (Some(own), _) => Some(own),
        (None, wanted) => wanted,
    };
    match wanted {
        Some(seat) => match session.seats.get(seat.index()) {
            None => Err(Rejection::NoSuchSeat),
            Some(Some(_)) => Err(Rejection::SeatTaken),
            Some(None) => Ok(seat),
        },
        None => first_free(session).ok_or(Rejection::GameFull),
    }
}

fn free_seats(session: &Session) -> usize {
    session.seats.iter().filter(|occupant| occupant.is_none()).count()
}

fn first_free(session: &Session) -> Option<Seat> {
    let seats = (0..=u8::MAX).map(Seat).zip(&session.seats);
    seats.into_iter().find(|(_, occupant)| occupant.is_none()).map(|(seat, _)| seat)
}

pub(super) fn leave(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = situation.session.seat_of(player).ok_or(Rejection::NotSeated)?;
    situation.require_waiting()?;
    Ok(vec![Event::SeatLeft(OfSeat { seat })])
}

pub(super) fn kick(
    situation: Situation<'_>,
    host: &PlayerId,
    seat: Seat,
    meant: Option<&PlayerId>,
) -> Result<Vec<Event>, Rejection> {
    situation.require_host(host)?;
    situation.require_waiting()?;
    match situation.session.seats.get(seat.index()) {
        None => Err(Rejection::NoSuchSeat),
        Some(None) => Ok(Vec::new()),
        // Whoever was meant has left, and somebody else has come since the host looked.
        Some(Some(occupant)) if meant.is_some_and(|meant| occupant.player_id != *meant) => Err(Rejection::SeatTaken),
        Some(Some(occupant)) if occupant.player_id == *host => leave(situation, host),
        Some(Some(occupant)) if occupant.bot.is_none() && situation.session.kicked.len() >= KICKED_MAX => {
            Err(Rejection::TooManyBanned)
        }
        Some(Some(_)) => Ok(vec![Event::Kicked(OfSeat { seat })]),
    }
}

pub(super) fn start_by_host(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    situation.require_host(player)?;
    situation.require_waiting()?;
    match situation.session.created.table.start {
        Start::Full if free_seats(situation.session) > 0 => Err(Rejection::StartsWhenFull),
        Start::Host
            if situation.session.players().count() < usize::from(situation.session.created.table.min_players) =>
        {
            Err(Rejection::TooFewPlayers)
        }
        Start::Full | Start::Host => start(situation),
    }
}

fn start(situation: Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let players = situation.session.players().count();
    let mut course = Course::of(situation)?;
    course.events.push(Event::Started);
    let payloads = course.position.begin(u8::try_from(players).unwrap_or(u8::MAX), &mut course.chance);
    course.follow(payloads);
    course.end()
}
