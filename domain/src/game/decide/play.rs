//! Moves, and how players leave a running game.

use serde_json::Value;

use super::{
    Context,
    course::{Course, finished},
};
use crate::{
    game::{
        event::{Event, OfSeat, TimedOut},
        phase::Phase,
        rejection::Rejection,
        settings::Timeout,
        state::Game,
    },
    ids::{PlayerId, Seat, Seq},
    limits::EVENTS_PER_MESSAGE_MAX,
};

pub(super) fn play(
    game: &Game,
    context: &Context<'_>,
    player: &PlayerId,
    action: &Value,
    seen: Option<Seq>,
) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    let last_play = game.occupant(seat).and_then(|occupant| occupant.last_play);
    if seen.is_some_and(|seen| last_play.is_some_and(|last_play| last_play > seen)) {
        return Err(Rejection::Outdated);
    }
    game.require_playing()?;
    if !game.position.turn().contains(&seat) {
        return Err(Rejection::NotYourTurn);
    }
    if game.is_overdue(seat, context.at) {
        return Err(Rejection::TimeIsUp);
    }
    let mut course = Course::of(game, context)?;
    let payloads = course.position.decide(seat, action, &mut course.chance)?;
    course.follow(payloads);
    course.end()
}

pub(super) fn resign(game: &Game, context: &Context<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    match game.require_playing() {
        Ok(()) | Err(Rejection::Paused) => {}
        Err(other) => return Err(other),
    }
    let mut course = Course::of(game, context)?;
    course.events.push(Event::Resigned(OfSeat { seat }));
    if course.drop_out(seat) {
        return course.end();
    }
    course.events.extend(finished(game, context, game.outcome_without(&[seat], "resigned"))?);
    Ok(course.events)
}

pub(super) fn claim_timeout(game: &Game, context: &Context<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    game.active_seat_of(player)?;
    game.require_playing()?;
    end_overdue_turns(game, context)
}

/// The system asks again and again, so it is told nothing of games that are over.
pub(super) fn claim_timeout_by_system(game: &Game, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    match game.phase {
        Phase::Finished(_) => Ok(Vec::new()),
        Phase::Waiting | Phase::Playing | Phase::Paused => {
            game.require_playing()?;
            end_overdue_turns(game, context)
        }
    }
}

fn end_overdue_turns(game: &Game, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let overdue = game.claimable(context.at);
    if overdue.is_empty() {
        return Err(Rejection::NotOverdue);
    }
    match game.created.settings.timeout {
        Timeout::Loss => lose(game, context, &overdue),
        Timeout::DefaultMove | Timeout::DropOut => go_on(game, context, &overdue),
    }
}

fn lose(game: &Game, context: &Context<'_>, overdue: &[Seat]) -> Result<Vec<Event>, Rejection> {
    let timed_out = |&seat: &Seat| Event::TimedOut(TimedOut { seat, then: Timeout::Loss });
    let mut events: Vec<Event> = overdue.iter().map(timed_out).collect();
    events.extend(finished(game, context, game.outcome_without(overdue, "timeout"))?);
    Ok(events)
}

/// Makes default moves or lets players drop out, one overdue seat after the other.
fn go_on(game: &Game, context: &Context<'_>, overdue: &[Seat]) -> Result<Vec<Event>, Rejection> {
    let mut course = Course::of(game, context)?;
    for &seat in overdue {
        // Whoever is left over, since the message is full or the game took another turn, is claimed next.
        let is_due = course.position.turn().contains(&seat);
        if !is_due || course.events.len() > EVENTS_PER_MESSAGE_MAX / 2 {
            continue;
        }
        if !end_turn(&mut course, seat, game.created.settings.timeout)? {
            return lose(game, context, overdue);
        }
    }
    course.end()
}

/// Ends one overdue turn; tells whether the game can go on.
fn end_turn(course: &mut Course<'_>, seat: Seat, timeout: Timeout) -> Result<bool, Rejection> {
    let action = course.position.default_action(seat).filter(|_| timeout == Timeout::DefaultMove);
    if let Some(action) = action {
        course.events.push(Event::TimedOut(TimedOut { seat, then: Timeout::DefaultMove }));
        let payloads = course.position.decide(seat, &action, &mut course.chance)?;
        course.follow(payloads);
        return Ok(true);
    }
    course.events.push(Event::TimedOut(TimedOut { seat, then: Timeout::DropOut }));
    Ok(course.drop_out(seat))
}
