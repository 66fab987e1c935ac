//! Moves, and how players leave a running game.

use serde_json::Value;

use super::{Situation, course::Course};
use crate::{
    ids::{PlayerId, Seat, Seq},
    limits::EVENTS_PER_MESSAGE_MAX,
    session::{
        event::{Event, OfSeat, TimedOut},
        phase::Phase,
        rejection::Rejection,
        table::Timeout,
    },
};

pub(super) fn play(
    situation: Situation<'_>,
    player: &PlayerId,
    action: &Value,
    seen: Option<Seq>,
) -> Result<Vec<Event>, Rejection> {
    let seat = situation.seat_of(player)?;
    let last_play = situation.session.occupant(seat).and_then(|occupant| occupant.last_play);
    if seen.is_some_and(|seen| last_play.is_some_and(|last_play| last_play > seen)) {
        return Err(Rejection::Outdated);
    }
    situation.require_playing()?;
    if !situation.session.position.turn().contains(&seat) {
        return Err(Rejection::NotYourTurn);
    }
    if situation.session.is_overdue(seat, situation.at) {
        return Err(Rejection::TimeIsUp);
    }
    let mut course = Course::of(situation)?;
    let payloads = course.position.decide(seat, action, &mut course.chance)?;
    course.follow(payloads);
    course.end()
}

pub(super) fn resign(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = situation.seat_of(player)?;
    match situation.require_playing() {
        Ok(()) | Err(Rejection::Paused) => {}
        Err(other) => return Err(other),
    }
    let mut course = Course::of(situation)?;
    course.events.push(Event::Resigned(OfSeat { seat }));
    if course.drop_out(seat) {
        return course.end();
    }
    course.events.extend(situation.finished(situation.without(&[seat], "resigned"))?);
    Ok(course.events)
}

pub(super) fn claim_timeout(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    situation.seat_of(player)?;
    situation.require_playing()?;
    end_overdue_turns(situation)
}

/// The system asks again and again, so it is told nothing of games that are over.
pub(super) fn claim_timeout_by_system(situation: Situation<'_>) -> Result<Vec<Event>, Rejection> {
    match situation.session.phase {
        Phase::Finished(_) => Ok(Vec::new()),
        Phase::Waiting | Phase::Playing | Phase::Paused => {
            situation.require_playing()?;
            end_overdue_turns(situation)
        }
    }
}

fn end_overdue_turns(situation: Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let overdue = situation.session.claimable(situation.at);
    if overdue.is_empty() {
        return Err(Rejection::NotOverdue);
    }
    match situation.session.created.table.timeout {
        Timeout::Loss => lose(situation, &overdue),
        Timeout::DefaultMove | Timeout::DropOut => go_on(situation, &overdue),
    }
}

fn lose(situation: Situation<'_>, overdue: &[Seat]) -> Result<Vec<Event>, Rejection> {
    let timed_out = |&seat: &Seat| Event::TimedOut(TimedOut { seat, then: Timeout::Loss });
    let mut events: Vec<Event> = overdue.iter().map(timed_out).collect();
    events.extend(situation.finished(situation.without(overdue, "timeout"))?);
    Ok(events)
}

/// Makes default moves or lets players drop out, one overdue seat after the other.
fn go_on(situation: Situation<'_>, overdue: &[Seat]) -> Result<Vec<Event>, Rejection> {
    let mut course = Course::of(situation)?;
    for &seat in overdue {
        // Whoever is left over, since the message is full or the game took another turn, is claimed next.
        let is_due = course.position.turn().contains(&seat);
        if !is_due || course.events.len() > EVENTS_PER_MESSAGE_MAX / 2 {
            continue;
        }
        if !end_turn(&mut course, seat, situation.session.created.table.timeout)? {
            return lose(situation, overdue);
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
