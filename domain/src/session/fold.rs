//! The fold: what the stored messages add up to.

use std::sync::Arc;

use serde_json::value::to_raw_value;

use crate::{
    game::Misfit,
    ids::{PlayerId, Seat, Seq},
    kind::Kind,
    outcome::Outcome,
    seed::Revealed,
    session::{
        event::{Created, Event, InvitationRenewed, OfOffer, SeatTaken, TakenBack},
        invitation::Renewal,
        message::Message,
        offer::{Offer, OfferKind},
        phase::Phase,
        recent::Recent,
        seating::Seating,
        state::{Occupant, Session},
        table::Timeout,
        talk::Talk,
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
    /// The first message does not create a game, with a promise about its chance where its kind has any.
    #[error("message {0} does not create a game with what that needs")]
    NotCreated(Seq),
    /// The message holds something of a kind that this code does not know, or of a version of it.
    #[error("message {seq} is from the future: this code does not know {kind:?} v{version}")]
    FromFuture {
        /// The message.
        seq: Seq,
        /// The kind.
        kind: String,
        /// Its version.
        version: u32,
    },
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
    let Some((Event::Created(created), rest)) = message.events.split_first() else {
        return Err(FoldError::NotCreated(message.seq));
    };
    let kind = Kind::find(&created.kind).ok_or_else(|| FoldError::FromFuture {
        seq: message.seq,
        kind: created.kind.clone(),
        version: created.kind_version,
    })?;
    require_known(kind, message)?;
    let session = create(kind, created, message).map_err(|Misfit| FoldError::NotCreated(message.seq))?;
    apply(session, message, rest, 1)
}

fn require_known(kind: &Kind, message: &Message) -> Result<(), FoldError> {
    let newest = message.events.iter().filter_map(Event::kind_version).max();
    match newest.filter(|&version| version > kind.version()) {
        None => Ok(()),
        Some(version) => Err(FoldError::FromFuture { seq: message.seq, kind: kind.name().to_owned(), version }),
    }
}

fn create(kind: &'static Kind, created: &Created, message: &Message) -> Result<Session, Misfit> {
    let created = kind.created(created)?;
    // Without a promise nobody could check what chance decides.
    require(created.chance.is_some() || !kind.chance())?;
    let position = kind.setup(&created.options).map_err(|_| Misfit)?.position;
    Ok(Session {
        game: message.game,
        seq: Seq(0),
        at: message.at,
        created_at: message.at,
        creator: message.actor.clone(),
        kind,
        seats: vec![None; usize::from(created.table.max_players)],
        created: Arc::new(created),
        renewal: None,
        kicked: Vec::new(),
        phase: Phase::Waiting,
        timers: Vec::new(),
        offers: Vec::new(),
        rematch: None,
        talk: Talk::default(),
        seating: Seating::default(),
        recent: Recent::default(),
        position,
    })
}

fn proceed(session: Session, message: &Message) -> Result<Session, FoldError> {
    let expected = session.seq.next();
    if message.seq != expected || message.game != session.game {
        return Err(FoldError::NotNext { expected, found: message.seq });
    }
    if message.at <= session.at {
        return Err(FoldError::TimeRunsBack(message.seq));
    }
    require_known(session.kind, message)?;
    apply(session, message, &message.events, 0)
}

fn apply(mut session: Session, message: &Message, events: &[Event], skipped: usize) -> Result<Session, FoldError> {
    session.at = message.at;
    for (index, event) in (skipped..).zip(events) {
        evolve(&mut session, event).map_err(|Misfit| FoldError::Misfit { seq: message.seq, index })?;
    }
    session.seq = message.seq;
    remember_seating(&mut session, message);
    let moved = moved(&session, message);
    remember_moves(&mut session, &moved);
    session.turn_clocks(&moved);
    let Session { recent, seats, .. } = &mut session;
    let seated: Vec<&PlayerId> = seats.iter().flatten().map(|occupant| &occupant.player_id).collect();
    recent.remember(message.actor.clone(), message.command, message.seq, &seated);
    Ok(session)
}

/// Counts a seat that was taken by whoever asked for it: a host also takes seats for bots.
fn remember_seating(session: &mut Session, message: &Message) {
    let takes_seat = message.events.iter().any(|event| matches!(event, Event::SeatTaken(_)));
    if let (Phase::Waiting, true, Some(player)) = (&session.phase, takes_seat, message.actor.player()) {
        session.seating.remember(player, session.at);
    }
}

fn remember_moves(session: &mut Session, moved: &[Seat]) {
    for seat in moved {
        if let Some(occupant) = session.seats.get_mut(seat.index()).and_then(Option::as_mut) {
            occupant.last_play = Some(session.seq);
            occupant.last_move = Some(session.seq);
        }
    }
}

/// The seats that made a move in this message, or for which one was made.
fn moved(session: &Session, message: &Message) -> Vec<Seat> {
    let timed_out = |event: &Event| if let Event::TimedOut(timed_out) = event { Some(timed_out.seat) } else { None };
    let mut moved: Vec<Seat> = message.events.iter().filter_map(timed_out).collect();
    // A message that begins with a move is a player's own; others carry moves that follow from something else.
    if let (Some(Event::Played(_)), Some(player)) = (message.events.first(), message.actor.player()) {
        moved.extend(session.seat_of(player));
    }
    moved
}

/// Brings the state forward over one event. The state is spoilt when it fails.
///
/// # Errors
/// When the event cannot have happened in this state.
pub(crate) fn evolve(session: &mut Session, event: &Event) -> Result<(), Misfit> {
    match event {
        Event::Created(_) => Err(Misfit),
        Event::SeatTaken(taken) => take_seat(session, taken),
        Event::SeatLeft(left) => vacate(session, left.seat).map(|_| ()),
        Event::Kicked(kicked) => {
            let occupant = vacate(session, kicked.seat)?;
            // A bot may come back when it is asked to.
            if occupant.bot.is_none() {
                session.kicked.push(occupant.player_id);
            }
            Ok(())
        }
        Event::Started => start(session),
        Event::Played(played) => {
            require(is_under_way(session))?;
            session.offers.clear();
            let payload = session.kind.payload(played)?;
            session.position.evolve(payload.as_ref())
        }
        Event::Resigned(resigned) => leave_game(session, resigned.seat),
        Event::TimedOut(timed_out) => match timed_out.then {
            Timeout::DropOut | Timeout::Loss => leave_game(session, timed_out.seat),
            Timeout::DefaultMove => require(session.phase == Phase::Playing),
        },
        Event::Offered(OfOffer { seat, offer }) => {
            require(open_offer(session, *offer).is_err())?;
            let seq = session.seq.next();
            session.offers.push(Offer { offer: *offer, seat: *seat, seq, accepted: Vec::new(), declined: false });
            Ok(())
        }
        Event::Accepted(accepted) => {
            let index = open_offer(session, accepted.offer)?;
            session.offers[index].accepted.push(accepted.seat);
            Ok(())
        }
        // Who takes an offer back to make it again would disturb the others as often as who does not hear a refusal.
        Event::Declined(closed) | Event::Withdrawn(closed) => {
            let index = open_offer(session, closed.offer)?;
            session.offers[index].declined = true;
            Ok(())
        }
        Event::TakenBack(taken_back) => take_back(session, taken_back),
        Event::Paused => change_phase(session, &Phase::Playing, Phase::Paused),
        Event::Resumed(_) => change_phase(session, &Phase::Paused, Phase::Playing),
        Event::RematchAgreed(agreed) => {
            require(matches!(session.phase, Phase::Finished(_)) && session.rematch.is_none())?;
            session.rematch = Some(agreed.game);
            session.offers.clear();
            Ok(())
        }
        Event::Said(said) => {
            session.talk.remember(&said.player_id, session.at);
            Ok(())
        }
        Event::Muted(muted) => {
            session.talk.muted.push(muted.player_id.clone());
            Ok(())
        }
        Event::InvitationRenewed(InvitationRenewed { invitation }) => {
            session.renewal = invitation.map(|invitation| Renewal { invitation, seq: session.seq.next() });
            Ok(())
        }
        Event::Finished(outcome) => finish(session, outcome),
        Event::SeedRevealed(revealed) => check_seed(session, revealed.server_part),
    }
}

fn is_under_way(session: &Session) -> bool {
    match session.phase {
        Phase::Playing | Phase::Paused => true,
        Phase::Waiting | Phase::Finished(_) => false,
    }
}

fn take_seat(session: &mut Session, taken: &SeatTaken) -> Result<(), Misfit> {
    require(session.phase == Phase::Waiting && session.seat_of(&taken.player_id).is_none())?;
    let place = session.seats.get_mut(taken.seat.index()).ok_or(Misfit)?;
    require(place.is_none())?;
    *place = Some(Occupant {
        player_id: taken.player_id.clone(),
        entropy: taken.entropy.clone(),
        bot: taken.bot,
        last_play: None,
        last_move: None,
    });
    Ok(())
}

/// Frees a seat and tells who sat there.
fn vacate(session: &mut Session, seat: Seat) -> Result<Occupant, Misfit> {
    require(session.phase == Phase::Waiting)?;
    let place = session.seats.get_mut(seat.index()).ok_or(Misfit)?;
    place.take().ok_or(Misfit)
}

fn start(session: &mut Session) -> Result<(), Misfit> {
    require(session.phase == Phase::Waiting)?;
    session.seats.retain(Option::is_some);
    require(session.seats.len() >= usize::from(session.created.table.min_players))?;
    session.phase = Phase::Playing;
    session.seating = Seating::default();
    session.wind_clocks();
    Ok(())
}

fn leave_game(session: &mut Session, seat: Seat) -> Result<(), Misfit> {
    require(is_under_way(session))?;
    session.offers.clear();
    require(session.occupant(seat).is_some())
}

fn open_offer(session: &Session, offer: OfferKind) -> Result<usize, Misfit> {
    session.offers.iter().position(|open| open.offer == offer && !open.declined).ok_or(Misfit)
}

fn take_back(session: &mut Session, taken_back: &TakenBack) -> Result<(), Misfit> {
    require(session.phase == Phase::Playing && taken_back.last_moves.len() == session.seats.len())?;
    // What chance has shown was never taken back, in no version of any kind.
    require(!session.kind.chance() && open_offer(session, OfferKind::TakeBack).is_ok())?;
    let position = session.kind.taken_back(taken_back)?.position.ok_or(Misfit)?;
    session.position = session.kind.restore(&to_raw_value(&position).map_err(|_| Misfit)?)?;
    for (occupant, &last_move) in session.seats.iter_mut().flatten().zip(&taken_back.last_moves) {
        occupant.last_move = last_move;
    }
    session.offers.clear();
    Ok(())
}

fn change_phase(session: &mut Session, from: &Phase, to: Phase) -> Result<(), Misfit> {
    require(session.phase == *from)?;
    session.offers.retain(|offer| offer.offer != OfferKind::Pause);
    session.phase = to;
    Ok(())
}

fn finish(session: &mut Session, outcome: &Outcome) -> Result<(), Misfit> {
    let is_open = match session.phase {
        Phase::Waiting | Phase::Playing | Phase::Paused => true,
        Phase::Finished(_) => false,
    };
    require(is_open && outcome.as_places().len() == session.seats.len())?;
    session.phase = Phase::Finished(outcome.clone());
    session.offers.clear();
    Ok(())
}

fn check_seed(session: &Session, revealed: Revealed) -> Result<(), Misfit> {
    let promised = session.chance().map(|promise| promise.commitment);
    require(matches!(session.phase, Phase::Finished(_)) && promised == Some(revealed.server_part().commitment()))
}

fn require(condition: bool) -> Result<(), Misfit> {
    if condition { Ok(()) } else { Err(Misfit) }
}
