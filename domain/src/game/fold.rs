//! The fold: what the stored messages add up to.

use std::sync::Arc;

use serde_json::value::to_raw_value;

use crate::{
    game::{
        event::{Created, Event, InvitationRenewed, OfOffer, SeatTaken, TakenBack},
        invitation::Renewal,
        message::Message,
        offer::{Offer, OfferKind},
        phase::Phase,
        recent::Recent,
        seating::Seating,
        settings::Timeout,
        state::{Game, Occupant},
        talk::Talk,
    },
    ids::{PlayerId, Seat, Seq},
    invalid_event::InvalidEvent,
    kind::{Kind, Kinds},
    outcome::Outcome,
    seed::Revealed,
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
    /// The first message does not create a game with all that its kind needs.
    #[error("message {seq} creates no game: {reason}")]
    NotCreated {
        /// The message.
        seq: Seq,
        /// What is wrong with it.
        reason: &'static str,
    },
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
    #[error("event {index} of message {seq} cannot have happened: {reason}")]
    InvalidEvent {
        /// The message.
        seq: Seq,
        /// Which of its events, from 0.
        index: usize,
        /// Why.
        reason: &'static str,
    },
}

impl Game {
    /// Brings the state forward over one message; from nothing, and with one of `kinds`, when it is the first one.
    ///
    /// # Errors
    /// When the message cannot follow on this state.
    pub fn fold(kinds: &Kinds, game: Option<Self>, message: &Message) -> Result<Self, FoldError> {
        match game {
            None => begin(kinds, message),
            Some(game) => proceed(game, message),
        }
    }
}

fn begin(kinds: &Kinds, message: &Message) -> Result<Game, FoldError> {
    if message.seq != Seq(1) {
        return Err(FoldError::NotNext { expected: Seq(1), found: message.seq });
    }
    let Some((Event::Created(created), rest)) = message.events.split_first() else {
        return Err(FoldError::NotCreated { seq: message.seq, reason: "it begins with another event" });
    };
    let kind = kinds.find(&created.kind).ok_or_else(|| FoldError::FromFuture {
        seq: message.seq,
        kind: created.kind.clone(),
        version: created.kind_version,
    })?;
    require_known(kind, message)?;
    let game = create(kind, created, message)
        .map_err(|InvalidEvent(reason)| FoldError::NotCreated { seq: message.seq, reason })?;
    apply(game, message, rest, 1)
}

fn require_known(kind: Kind, message: &Message) -> Result<(), FoldError> {
    let newest = message.events.iter().filter_map(Event::kind_version).max();
    match newest.filter(|&version| version > kind.version()) {
        None => Ok(()),
        Some(version) => Err(FoldError::FromFuture { seq: message.seq, kind: kind.name().to_owned(), version }),
    }
}

fn create(kind: Kind, created: &Created, message: &Message) -> Result<Game, InvalidEvent> {
    let created = kind.created(created)?;
    // Without a promise nobody could check what chance decides.
    require(created.chance.is_some() || !kind.chance(), "it promises nothing about its chance")?;
    let position = kind.setup(&created.options).map_err(|_| InvalidEvent("its options are not valid"))?.position;
    Ok(Game {
        id: message.game,
        seq: Seq(0),
        at: message.at,
        created_at: message.at,
        creator: message.actor.clone(),
        kind,
        seats: vec![None; usize::from(created.settings.max_players)],
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

fn proceed(game: Game, message: &Message) -> Result<Game, FoldError> {
    let expected = game.seq.next();
    if message.seq != expected || message.game != game.id {
        return Err(FoldError::NotNext { expected, found: message.seq });
    }
    if message.at <= game.at {
        return Err(FoldError::TimeRunsBack(message.seq));
    }
    require_known(game.kind, message)?;
    apply(game, message, &message.events, 0)
}

fn apply(mut game: Game, message: &Message, events: &[Event], skipped: usize) -> Result<Game, FoldError> {
    game.at = message.at;
    for (index, event) in (skipped..).zip(events) {
        evolve(&mut game, event).map_err(|InvalidEvent(reason)| FoldError::InvalidEvent {
            seq: message.seq,
            index,
            reason,
        })?;
    }
    game.seq = message.seq;
    remember_seating(&mut game, message);
    let moved = moved(&game, message);
    remember_moves(&mut game, &moved);
    game.turn_clocks(&moved);
    let Game { recent, seats, .. } = &mut game;
    let seated: Vec<&PlayerId> = seats.iter().flatten().map(|occupant| &occupant.player_id).collect();
    recent.remember(message.actor.clone(), message.command, message.seq, &seated);
    Ok(game)
}

/// Counts a seat that was taken by whoever asked for it: a host also takes seats for bots.
fn remember_seating(game: &mut Game, message: &Message) {
    let takes_seat = message.events.iter().any(|event| matches!(event, Event::SeatTaken(_)));
    if let (Phase::Waiting, true, Some(player)) = (&game.phase, takes_seat, message.actor.player()) {
        game.seating.remember(player, game.at);
    }
}

fn remember_moves(game: &mut Game, moved: &[Seat]) {
    for seat in moved {
        if let Some(occupant) = game.seats.get_mut(seat.index()).and_then(Option::as_mut) {
            occupant.last_play = Some(game.seq);
            occupant.last_move = Some(game.seq);
        }
    }
}

/// The seats that made a move in this message, or for which one was made.
fn moved(game: &Game, message: &Message) -> Vec<Seat> {
    let timed_out = |event: &Event| if let Event::TimedOut(timed_out) = event { Some(timed_out.seat) } else { None };
    let mut moved: Vec<Seat> = message.events.iter().filter_map(timed_out).collect();
    // A message that begins with a move is a player's own; others carry moves that follow from something else.
    if let (Some(Event::Played(_)), Some(player)) = (message.events.first(), message.actor.player()) {
        moved.extend(game.seat_of(player));
    }
    moved
}

/// Brings the state forward over one event. The state is spoilt when it fails.
///
/// # Errors
/// When the event cannot have happened in this state.
pub(crate) fn evolve(game: &mut Game, event: &Event) -> Result<(), InvalidEvent> {
    match event {
        Event::Created(_) => Err(InvalidEvent("a game is created once")),
        Event::SeatTaken(taken) => take_seat(game, taken),
        Event::SeatLeft(left) => vacate(game, left.seat).map(|_| ()),
        Event::Kicked(kicked) => {
            let occupant = vacate(game, kicked.seat)?;
            // A bot may come back when it is asked to.
            if occupant.bot.is_none() {
                game.kicked.push(occupant.player_id);
            }
            Ok(())
        }
        Event::Started => start(game),
        Event::Played(played) => {
            require(is_under_way(game), "the game is not under way")?;
            game.offers.clear();
            let payload = game.kind.payload(played)?;
            game.position.evolve(payload.as_ref())
        }
        Event::Resigned(resigned) => leave_game(game, resigned.seat),
        Event::TimedOut(timed_out) => match timed_out.then {
            Timeout::DropOut | Timeout::Loss => leave_game(game, timed_out.seat),
            Timeout::DefaultMove => require(game.phase == Phase::Playing, "the game is not being played"),
        },
        Event::Offered(OfOffer { seat, offer }) => {
            require(open_offer(game, *offer).is_err(), "such an offer is open already")?;
            let seq = game.seq.next();
            game.offers.push(Offer { offer: *offer, seat: *seat, seq, accepted: Vec::new(), declined: false });
            Ok(())
        }
        Event::Accepted(accepted) => {
            let index = open_offer(game, accepted.offer)?;
            game.offers[index].accepted.push(accepted.seat);
            Ok(())
        }
        // Who takes an offer back to make it again would disturb the others as often as who does not hear a refusal.
        Event::Declined(closed) | Event::Withdrawn(closed) => {
            let index = open_offer(game, closed.offer)?;
            game.offers[index].declined = true;
            Ok(())
        }
        Event::TakenBack(taken_back) => take_back(game, taken_back),
        Event::Paused => change_phase(game, &Phase::Playing, Phase::Paused),
        Event::Resumed(_) => change_phase(game, &Phase::Paused, Phase::Playing),
        Event::RematchAgreed(agreed) => {
            require(
                matches!(game.phase, Phase::Finished(_)) && game.rematch.is_none(),
                "the game is not over, or its rematch is agreed already",
            )?;
            game.rematch = Some(agreed.game);
            game.offers.clear();
            Ok(())
        }
        Event::Said(said) => {
            game.talk.remember(&said.player_id, game.at);
            Ok(())
        }
        Event::Muted(muted) => {
            game.talk.muted.push(muted.player_id.clone());
            Ok(())
        }
        Event::InvitationRenewed(InvitationRenewed { invitation }) => {
            game.renewal = invitation.map(|invitation| Renewal { invitation, seq: game.seq.next() });
            Ok(())
        }
        Event::Finished(outcome) => finish(game, outcome),
        Event::SeedRevealed(revealed) => check_seed(game, revealed.server_part),
    }
}

fn is_under_way(game: &Game) -> bool {
    match game.phase {
        Phase::Playing | Phase::Paused => true,
        Phase::Waiting | Phase::Finished(_) => false,
    }
}

fn take_seat(game: &mut Game, taken: &SeatTaken) -> Result<(), InvalidEvent> {
    require(game.phase == Phase::Waiting, "the game has started")?;
    require(game.seat_of(&taken.player_id).is_none(), "the player has another seat")?;
    let place = game.seats.get_mut(taken.seat.index()).ok_or(InvalidEvent("there is no such seat"))?;
    require(place.is_none(), "somebody sits there")?;
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
fn vacate(game: &mut Game, seat: Seat) -> Result<Occupant, InvalidEvent> {
    require(game.phase == Phase::Waiting, "the game has started")?;
    let place = game.seats.get_mut(seat.index()).ok_or(InvalidEvent("there is no such seat"))?;
    place.take().ok_or(InvalidEvent("nobody sits there"))
}

fn start(game: &mut Game) -> Result<(), InvalidEvent> {
    require(game.phase == Phase::Waiting, "the game has started")?;
    game.seats.retain(Option::is_some);
    require(game.seats.len() >= usize::from(game.created.settings.min_players), "too few have sat down")?;
    game.phase = Phase::Playing;
    game.seating = Seating::default();
    game.wind_clocks();
    Ok(())
}

fn leave_game(game: &mut Game, seat: Seat) -> Result<(), InvalidEvent> {
    require(is_under_way(game), "the game is not under way")?;
    game.offers.clear();
    require(game.occupant(seat).is_some(), "nobody sits there")
}

fn open_offer(game: &Game, offer: OfferKind) -> Result<usize, InvalidEvent> {
    game.offers
        .iter()
        .position(|open| open.offer == offer && !open.declined)
        .ok_or(InvalidEvent("no such offer is open"))
}

fn take_back(game: &mut Game, taken_back: &TakenBack) -> Result<(), InvalidEvent> {
    require(game.phase == Phase::Playing, "the game is not being played")?;
    require(taken_back.last_moves.len() == game.seats.len(), "it is about another number of seats")?;
    // What chance has shown was never taken back, in no version of any kind.
    require(!game.kind.chance(), "what chance has shown is not taken back")?;
    open_offer(game, OfferKind::TakeBack)?;
    let position =
        game.kind.taken_back(taken_back)?.position.ok_or(InvalidEvent("the position to return to is missing"))?;
    game.position = game
        .kind
        .restore(&to_raw_value(&position).map_err(|_| InvalidEvent("the position to return to cannot be read"))?)?;
    for (occupant, &last_move) in game.seats.iter_mut().flatten().zip(&taken_back.last_moves) {
        occupant.last_move = last_move;
    }
    game.offers.clear();
    Ok(())
}

fn change_phase(game: &mut Game, from: &Phase, to: Phase) -> Result<(), InvalidEvent> {
    require(game.phase == *from, "the game was in another phase")?;
    game.offers.retain(|offer| offer.offer != OfferKind::Pause);
    game.phase = to;
    Ok(())
}

fn finish(game: &mut Game, outcome: &Outcome) -> Result<(), InvalidEvent> {
    let is_open = match game.phase {
        Phase::Waiting | Phase::Playing | Phase::Paused => true,
        Phase::Finished(_) => false,
    };
    require(is_open, "the game is over already")?;
    require(outcome.as_places().len() == game.seats.len(), "the outcome is of another number of seats")?;
    game.phase = Phase::Finished(outcome.clone());
    game.offers.clear();
    Ok(())
}

fn check_seed(game: &Game, revealed: Revealed) -> Result<(), InvalidEvent> {
    let promised = game.chance().map(|promise| promise.commitment);
    require(matches!(game.phase, Phase::Finished(_)), "the game goes on")?;
    let is_kept = promised == Some(revealed.server_part().commitment());
    require(is_kept, "it is another seed than was promised")
}

fn require(condition: bool, otherwise: &'static str) -> Result<(), InvalidEvent> {
    if condition { Ok(()) } else { Err(InvalidEvent(otherwise)) }
}
