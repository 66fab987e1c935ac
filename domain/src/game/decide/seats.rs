//! Who sits where before the start, and the start.

use super::{Context, course::Course};
use crate::{
    bot::Bot,
    game::{
        event::{Event, OfSeat, SeatTaken},
        fold::evolve,
        invitation::Invitation,
        rejection::Rejection,
        settings::Start,
        state::Game,
    },
    ids::{PlayerId, Seat},
    limits::KICKED_MAX,
    seed::Entropy,
};

pub(super) fn take(
    game: &Game,
    context: &Context<'_>,
    player: &PlayerId,
    wanted: Option<Seat>,
    entropy: Option<&Entropy>,
    invitation: Option<&Invitation>,
) -> Result<Vec<Event>, Rejection> {
    match game.seat_of(player) {
        Some(seat) if wanted.is_none_or(|wanted| wanted == seat) => return Ok(Vec::new()),
        Some(_) => return Err(Rejection::AlreadySeated),
        None => {}
    }
    game.require_invited(player, invitation)?;
    let seat = choose(game, Some(player), wanted)?;
    game.require_waiting()?;
    game.seating.require_allowed(player, context.at, game.creator.player())?;
    sit(game, context, SeatTaken { seat, player_id: player.clone(), entropy: entropy.cloned(), bot: None })
}

pub(super) fn add_bot(
    game: &Game,
    context: &Context<'_>,
    host: &PlayerId,
    wanted: Option<Seat>,
    bot: Bot,
) -> Result<Vec<Event>, Rejection> {
    game.require_host(host)?;
    if wanted.and_then(|seat| game.occupant(seat)).is_some_and(|occupant| occupant.bot == Some(bot)) {
        return Ok(Vec::new());
    }
    game.require_waiting()?;
    // In a rematch a seat is kept for the bot, which comes back to it under the id that it has there.
    let is_awaited = |player: &&PlayerId| bot.is_player(player) && game.seat_of(player).is_none();
    let awaited = game.created.reserved.iter().find(is_awaited);
    let seat = choose(game, awaited, wanted)?;
    game.seating.require_allowed(host, context.at, game.creator.player())?;
    let player_id = awaited.cloned().unwrap_or_else(|| bot.player_on(seat));
    sit(game, context, SeatTaken { seat, player_id, entropy: None, bot: Some(bot) })
}

/// Takes a free seat. A table that starts when it is full starts with the last one, unless only bots would play: that is for
/// the host to say.
fn sit(game: &Game, context: &Context<'_>, taken: SeatTaken) -> Result<Vec<Event>, Rejection> {
    let has_people = taken.bot.is_none() || game.people().next().is_some();
    let mut events = vec![Event::SeatTaken(taken)];
    if free_seats(game) == 1 && has_people && game.created.settings.start == Start::Full {
        let mut full = game.clone();
        evolve(&mut full, &events[0]).expect("a free seat can be taken");
        events.extend(start(&full, context)?);
    }
    Ok(events)
}

/// The seat for a player, or for a bot.
fn choose(game: &Game, player: Option<&PlayerId>, wanted: Option<Seat>) -> Result<Seat, Rejection> {
    let own = game.created.reserved.iter().position(|reserved| Some(reserved) == player);
    let own = own.and_then(|index| u8::try_from(index).ok()).map(Seat);
    let wanted = match (own, wanted) {
        (None, _) if !game.created.reserved.is_empty() => return Err(Rejection::Reserved),
        (Some(own), Some(wanted)) if own != wanted => return Err(Rejection::Reserved),
        (None, Some(_)) if !game.created.settings.choose_seats => return Err(Rejection::NoChoiceOfSeats),
        (Some(own), _) => Some(own),
        (None, wanted) => wanted,
    };
    match wanted {
        Some(seat) => match game.seats.get(seat.index()) {
            None => Err(Rejection::NoSuchSeat),
            Some(Some(_)) => Err(Rejection::SeatTaken),
            Some(None) => Ok(seat),
        },
        None => first_free(game).ok_or(Rejection::GameFull),
    }
}

fn free_seats(game: &Game) -> usize {
    game.seats.iter().filter(|occupant| occupant.is_none()).count()
}

fn first_free(game: &Game) -> Option<Seat> {
    let seats = (0..=u8::MAX).map(Seat).zip(&game.seats);
    seats.into_iter().find(|(_, occupant)| occupant.is_none()).map(|(seat, _)| seat)
}

pub(super) fn leave(game: &Game, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = game.seat_of(player).ok_or(Rejection::NotSeated)?;
    game.require_waiting()?;
    Ok(vec![Event::SeatLeft(OfSeat { seat })])
}

pub(super) fn kick(
    game: &Game,
    host: &PlayerId,
    seat: Seat,
    meant: Option<&PlayerId>,
) -> Result<Vec<Event>, Rejection> {
    game.require_host(host)?;
    game.require_waiting()?;
    match game.seats.get(seat.index()) {
        None => Err(Rejection::NoSuchSeat),
        Some(None) => Ok(Vec::new()),
        // Whoever was meant has left, and somebody else has come since the host looked.
        Some(Some(occupant)) if meant.is_some_and(|meant| occupant.player_id != *meant) => Err(Rejection::SeatTaken),
        Some(Some(occupant)) if occupant.player_id == *host => leave(game, host),
        Some(Some(occupant)) if occupant.bot.is_none() && game.kicked.len() >= KICKED_MAX => {
            Err(Rejection::TooManyBanned)
        }
        Some(Some(_)) => Ok(vec![Event::Kicked(OfSeat { seat })]),
    }
}

pub(super) fn start_by_host(game: &Game, context: &Context<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    game.require_host(player)?;
    game.require_waiting()?;
    match game.created.settings.start {
        Start::Full if free_seats(game) > 0 => Err(Rejection::StartsWhenFull),
        Start::Host if game.players().count() < usize::from(game.created.settings.min_players) => {
            Err(Rejection::TooFewPlayers)
        }
        Start::Full | Start::Host => start(game, context),
    }
}

fn start(game: &Game, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let players = game.players().count();
    let mut course = Course::of(game, context)?;
    course.events.push(Event::Started);
    let payloads = course.position.begin(u8::try_from(players).unwrap_or(u8::MAX), &mut course.chance);
    course.follow(payloads);
    course.end()
}
