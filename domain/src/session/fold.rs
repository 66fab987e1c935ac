//! The fold: what the stored messages add up to.

use crate::{
    game::{Misfit, Outcome},
    ids::{PlayerId, Seat, Seq},
    kind::Kind,
    session::{
        event::Event,
        message::Message,
        phase::Phase,
        recent::Recent,
        state::{Occupant, Session},
    },
};

/// A message cannot follow on this state: it is not the next one, or the log is damaged or newer than this code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Another message was due.
    #[error("message {found} does not follow; {expected} was due")]
    NotNext {
        /// The seq that was due.
        expected: Seq,
        /// The seq that came.
        found: Seq,
    },
    /// Time does not rise from message to message.
    #[error("message {0} is not later than the one before")]
    TimeRunsBack(Seq),
    /// The first message does not create a game of a known kind.
    #[error("message {0} does not create a game of a known kind")]
    NotCreated(Seq),
    /// An event cannot have happened in the state before it.
    #[error("event {index} of message {seq} does not fit the state")]
    Misfit {
        /// The message.
        seq: Seq,
        /// Which of its events, from 0.
        index: usize,
    },
}

impl Session {
    /// Brings the state forward over one message; from nothing when it is the first one.
    ///
    /// # Errors
    /// When the message cannot follow on this state.
    pub fn fold(session: Option<Self>, message: &Message) -> Result<Self, FoldError> {
        match session {
            None => begin(message),
            Some(session) => proceed(session, message),
        }
    }
}

fn begin(message: &Message) -> Result<Session, FoldError> {
    if message.seq != Seq(1) {
        return Err(FoldError::NotNext { expected: Seq(1), found: message.seq });
    }
    let Some((Event::Created { kind, options }, rest)) = message.events.split_first() else {
        return Err(FoldError::NotCreated(message.seq));
    };
    let kind = Kind::find(kind).ok_or(FoldError::NotCreated(message.seq))?;
    let position = kind.setup(options).map_err(|_| FoldError::NotCreated(message.seq))?.position;
    let session = Session {
        game: message.game,
        seq: Seq(0),
        at: message.at,
        created_at: message.at,
        creator: message.actor.clone(),
        kind,
        phase: Phase::Waiting,
        seats: vec![None; usize::from(position.seats())],
        recent: Recent::default(),
        position,
    };
    apply(session, message, rest, 1)
}

fn proceed(session: Session, message: &Message) -> Result<Session, FoldError> {
    let expected = session.seq.next();
    if message.seq != expected || message.game != session.game {
        return Err(FoldError::NotNext { expected, found: message.seq });
    }
    if message.at <= session.at {
        return Err(FoldError::TimeRunsBack(message.seq));
    }
    apply(session, message, &message.events, 0)
}

fn apply(mut session: Session, message: &Message, events: &[Event], skipped: usize) -> Result<Session, FoldError> {
    for (index, event) in (skipped..).zip(events) {
        session = evolve(session, event).map_err(|Misfit| FoldError::Misfit { seq: message.seq, index })?;
    }
    session.seq = message.seq;
    session.at = message.at;
    if events.iter().any(|event| matches!(event, Event::Played(_))) {
        remember_play(&mut session, message);
    }
    let Session { recent, seats, .. } = &mut session;
    let seated: Vec<&PlayerId> = seats.iter().flatten().map(|occupant| &occupant.player_id).collect();
    recent.remember(message.actor.clone(), message.command, message.seq, &seated);
    Ok(session)
}

fn remember_play(session: &mut Session, message: &Message) {
    let Some(player) = message.actor.player() else { return };
    if let Some(occupant) = session.seats.iter_mut().flatten().find(|occupant| occupant.player_id == *player) {
        occupant.last_play = Some(message.seq);
    }
}

/// Brings the state forward over one event.
///
/// # Errors
/// When the event cannot have happened in this state.
pub(crate) fn evolve(mut session: Session, event: &Event) -> Result<Session, Misfit> {
    match event {
        Event::Created { .. } => return Err(Misfit),
        Event::SeatTaken { seat, player_id } => take_seat(&mut session, *seat, player_id)?,
        Event::SeatLeft { seat } => leave_seat(&mut session, *seat)?,
        Event::Started => {
            require(session.phase == Phase::Waiting && session.seats.iter().all(Option::is_some))?;
            session.phase = Phase::Playing;
        }
        Event::Played(payload) => {
            require(session.phase == Phase::Playing)?;
            session.position.evolve(payload)?;
        }
        Event::Resigned { seat } => {
            require(session.phase == Phase::Playing && seat.index() < session.seats.len())?;
        }
        Event::Finished(outcome) => finish(&mut session, outcome)?,
    }
    Ok(session)
}

fn take_seat(session: &mut Session, seat: Seat, player: &PlayerId) -> Result<(), Misfit> {
    require(session.phase == Phase::Waiting && session.seat_of(player).is_none())?;
    let place = session.seats.get_mut(seat.index()).ok_or(Misfit)?;
    require(place.is_none())?;
    *place = Some(Occupant { player_id: player.clone(), last_play: None });
    Ok(())
}

fn leave_seat(session: &mut Session, seat: Seat) -> Result<(), Misfit> {
    require(session.phase == Phase::Waiting)?;
    let place = session.seats.get_mut(seat.index()).ok_or(Misfit)?;
    place.take().map(|_| ()).ok_or(Misfit)
}

fn finish(session: &mut Session, outcome: &Outcome) -> Result<(), Misfit> {
    let is_open = match session.phase {
        Phase::Waiting | Phase::Playing => true,
        Phase::Finished(_) => false,
    };
    require(is_open && outcome.as_places().len() == session.seats.len())?;
    session.phase = Phase::Finished(outcome.clone());
    Ok(())
}

fn require(condition: bool) -> Result<(), Misfit> {
    if condition { Ok(()) } else { Err(Misfit) }
}
