//! The decision: what a command causes.

use serde_json::Value;

use crate::{
    game::Outcome,
    ids::{Actor, PlayerId, Seat, Seq, Timestamp},
    kind::Kind,
    limits::{PLAYING_IDLE_MS_MAX, WAITING_IDLE_MS_MAX},
    session::{command::Command, event::Event, phase::Phase, rejection::Rejection, state::Session},
};

/// The events that `command` by `actor` at time `at` causes in this session; `None` is a game that does not exist yet.
///
/// No events means that what is asked for holds already. It never looks whether the command is a repeat: that is
/// [`Session::recorded`].
///
/// # Errors
/// When a rule forbids it.
pub fn decide(
    session: Option<&Session>,
    actor: &Actor,
    command: &Command,
    at: Timestamp,
) -> Result<Vec<Event>, Rejection> {
    let Some(session) = session else {
        return match command {
            Command::Create { kind, options } => create(kind, options),
            Command::TakeSeat { .. }
            | Command::LeaveSeat
            | Command::Play { .. }
            | Command::Resign
            | Command::Abandon => Err(Rejection::UnknownGame),
        };
    };
    match (command, actor) {
        // The id of a game is made from its `create`, so a second one can only be a repeat.
        (Command::Create { .. }, _) => Ok(Vec::new()),
        (Command::Abandon, Actor::System) => abandon(session, at),
        (Command::Abandon, Actor::Player(_)) => Err(Rejection::NotAbandoned),
        (Command::TakeSeat { seat }, Actor::Player(player)) => take_seat(session, player, *seat),
        (Command::LeaveSeat, Actor::Player(player)) => leave_seat(session, player),
        (Command::Play { action, seen }, Actor::Player(player)) => play(session, player, action, *seen),
        (Command::Resign, Actor::Player(player)) => resign(session, player),
        (Command::TakeSeat { .. } | Command::LeaveSeat | Command::Play { .. } | Command::Resign, Actor::System) => {
            Err(Rejection::NotSeated)
        }
    }
}

fn create(kind: &str, options: &Value) -> Result<Vec<Event>, Rejection> {
    let kind = Kind::find(kind).ok_or(Rejection::UnknownKind)?;
    let options = kind.setup(options)?.options;
    Ok(vec![Event::Created { kind: kind.name().to_owned(), options }])
}

fn take_seat(session: &Session, player: &PlayerId, wanted: Option<Seat>) -> Result<Vec<Event>, Rejection> {
    let own = session.seat_of(player);
    match own {
        Some(seat) if wanted.is_none_or(|wanted| wanted == seat) => return Ok(Vec::new()),
        Some(_) => return Err(Rejection::AlreadySeated),
        None => {}
    }
    let seat = match wanted {
        Some(seat) => match session.seats.get(seat.index()) {
            None => return Err(Rejection::NoSuchSeat),
            Some(Some(_)) => return Err(Rejection::SeatTaken),
            Some(None) => seat,
        },
        None => first_free(session).ok_or(Rejection::GameFull)?,
    };
    require_waiting(session)?;
    let mut events = vec![Event::SeatTaken { seat, player_id: player.clone() }];
    let free = session.seats.iter().filter(|occupant| occupant.is_none()).count();
    if free == 1 {
        events.push(Event::Started);
    }
    Ok(events)
}

fn first_free(session: &Session) -> Option<Seat> {
    (0..).map(Seat).zip(&session.seats).find(|(_, occupant)| occupant.is_none()).map(|(seat, _)| seat)
}

fn leave_seat(session: &Session, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = session.seat_of(player).ok_or(Rejection::NotSeated)?;
    require_waiting(session)?;
    Ok(vec![Event::SeatLeft { seat }])
}

fn play(session: &Session, player: &PlayerId, action: &Value, seen: Option<Seq>) -> Result<Vec<Event>, Rejection> {
    let seat = session.seat_of(player).ok_or(Rejection::NotSeated)?;
    let last_play = session.seats.get(seat.index()).and_then(Option::as_ref).and_then(|occupant| occupant.last_play);
    if seen.is_some_and(|seen| last_play.is_some_and(|last_play| last_play > seen)) {
        return Err(Rejection::Outdated);
    }
    require_playing(session)?;
    if !session.position.turn().contains(&seat) {
        return Err(Rejection::NotYourTurn);
    }
    let payloads = session.position.decide(seat, action)?;
    let mut after = session.position.boxed();
    for payload in &payloads {
        after.evolve(payload).expect("a kind applies the events that it has just decided");
    }
    let mut events: Vec<Event> = payloads.into_iter().map(Event::Played).collect();
    events.extend(after.outcome().map(Event::Finished));
    Ok(events)
}

fn resign(session: &Session, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = session.seat_of(player).ok_or(Rejection::NotSeated)?;
    require_playing(session)?;
    let outcome = Outcome::loss(seat, session.position.seats(), "resigned");
    Ok(vec![Event::Resigned { seat }, Event::Finished(outcome)])
}

fn abandon(session: &Session, at: Timestamp) -> Result<Vec<Event>, Rejection> {
    let idle_ms_max = match session.phase {
        Phase::Waiting => WAITING_IDLE_MS_MAX,
        Phase::Playing => PLAYING_IDLE_MS_MAX,
        Phase::Finished(_) => return Ok(Vec::new()),
    };
    if at.ms_since(session.at) < idle_ms_max {
        return Err(Rejection::NotAbandoned);
    }
    Ok(vec![Event::Finished(Outcome::draw(session.position.seats(), "abandoned"))])
}

fn require_waiting(session: &Session) -> Result<(), Rejection> {
    match session.phase {
        Phase::Waiting => Ok(()),
        Phase::Playing => Err(Rejection::AlreadyStarted),
        Phase::Finished(_) => Err(Rejection::Finished),
    }
}

fn require_playing(session: &Session) -> Result<(), Rejection> {
    match session.phase {
        Phase::Waiting => Err(Rejection::NotStarted),
        Phase::Playing => Ok(()),
        Phase::Finished(_) => Err(Rejection::Finished),
    }
}
