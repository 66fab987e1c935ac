//! Who sits where before the start, and the start.

use super::{Situation, course::Course};
use crate::{
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
    let seat = choose(session, player, wanted)?;
    situation.require_waiting()?;
    let taken = SeatTaken { seat, player_id: player.clone(), entropy: entropy.cloned() };
    let mut events = vec![Event::SeatTaken(taken)];
    let free = session.seats.iter().filter(|occupant| occupant.is_none()).count();
    if free == 1 && session.created.table.start == Start::Full {
        let mut full = session.clone();
        evolve(&mut full, &events[0]).expect("a free seat can be taken");
        events.extend(start(Situation { session: &full, ..situation })?);
    }
    Ok(events)
}

fn choose(session: &Session, player: &PlayerId, wanted: Option<Seat>) -> Result<Seat, Rejection> {
    let own = session.created.reserved.iter().position(|reserved| reserved == player);
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

fn first_free(session: &Session) -> Option<Seat> {
    let seats = (0..=u8::MAX).map(Seat).zip(&session.seats);
    seats.into_iter().find(|(_, occupant)| occupant.is_none()).map(|(seat, _)| seat)
}

pub(super) fn leave(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = situation.session.seat_of(player).ok_or(Rejection::NotSeated)?;
    situation.require_waiting()?;
    Ok(vec![Event::SeatLeft(OfSeat { seat })])
}

pub(super) fn kick(situation: Situation<'_>, host: &PlayerId, seat: Seat) -> Result<Vec<Event>, Rejection> {
    situation.require_host(host)?;
    situation.require_waiting()?;
    match situation.session.seats.get(seat.index()) {
        None => Err(Rejection::NoSuchSeat),
        Some(None) => Ok(Vec::new()),
        Some(Some(occupant)) if occupant.player_id == *host => leave(situation, host),
        Some(Some(_)) if situation.session.kicked.len() >= KICKED_MAX => Err(Rejection::TooManyBanned),
        Some(Some(_)) => Ok(vec![Event::Kicked(OfSeat { seat })]),
    }
}

pub(super) fn start_by_host(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    situation.require_host(player)?;
    situation.require_waiting()?;
    match situation.session.created.table.start {
        Start::Full => Err(Rejection::StartsWhenFull),
        Start::Host
            if situation.session.players().count() < usize::from(situation.session.created.table.min_players) =>
        {
            Err(Rejection::TooFewPlayers)
        }
        Start::Host => start(situation),
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
