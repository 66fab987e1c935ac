//! Offers: made, agreed to, refused, taken back; and what all have agreed on.

use super::{Context, course::finished};
use crate::{
    game::{
        command::Command,
        event::{Event, OfOffer, OfSeat, RematchAgreed, TakenBack},
        offer::{Offer, OfferKind},
        phase::Phase,
        rejection::Rejection,
        state::Game,
    },
    ids::{Actor, GameId, PlayerId, Seat, Seq},
};

pub(super) fn offer(game: &Game, player: &PlayerId, offer: OfferKind) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    require_phase(game, offer)?;
    if offer == OfferKind::Rematch && game.rematch.is_some() {
        return Ok(Vec::new());
    }
    match game.open_offer(offer, None) {
        Some(open) if open.seat == seat => return Ok(Vec::new()),
        Some(_) => return Err(Rejection::OfferOpen),
        None => {}
    }
    if game.offers.iter().any(|refused| refused.offer == offer && refused.seat == seat && refused.declined) {
        return Err(Rejection::RefusedBefore);
    }
    if agreeing(game, seat).next().is_none() {
        return Err(Rejection::NobodyToAgree);
    }
    if offer == OfferKind::TakeBack {
        require_can_take_back(game, seat)?;
    }
    Ok(vec![Event::Offered(OfOffer { seat, offer })])
}

pub(super) fn accept(
    game: &Game,
    context: &Context<'_>,
    player: &PlayerId,
    offer: OfferKind,
    seq: Option<Seq>,
) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    require_phase(game, offer)?;
    let open = require_answerable(game, seat, offer, seq)?;
    if open.accepted.contains(&seat) {
        return Ok(Vec::new());
    }
    // Otherwise an offer that stands would save whoever has no time left.
    if !game.overdue(context.at).is_empty() {
        return Err(Rejection::TimeIsUp);
    }
    let mut events = vec![Event::Accepted(OfOffer { seat, offer })];
    if is_last_to_agree(game, open, seat) {
        events.extend(agreed(game, context, open)?);
    }
    Ok(events)
}

pub(super) fn decline(
    game: &Game,
    player: &PlayerId,
    offer: OfferKind,
    seq: Option<Seq>,
) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    require_answerable(game, seat, offer, seq)?;
    Ok(vec![Event::Declined(OfOffer { seat, offer })])
}

pub(super) fn withdraw(
    game: &Game,
    player: &PlayerId,
    offer: OfferKind,
    seq: Option<Seq>,
) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    let own = game.open_offer(offer, seq).filter(|open| open.seat == seat);
    own.ok_or(Rejection::NoSuchOffer)?;
    Ok(vec![Event::Withdrawn(OfOffer { seat, offer })])
}

pub(super) fn resume(game: &Game, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    let seat = game.active_seat_of(player)?;
    match game.require_playing() {
        // It runs, which is what is asked for.
        Ok(()) => Ok(Vec::new()),
        Err(Rejection::Paused) => Ok(vec![Event::Resumed(OfSeat { seat })]),
        Err(other) => Err(other),
    }
}

impl Game {
    /// The message up to which the caller must fold the log and hand the state to `decide`, for this command: only where it
    /// completes the agreement on a take-back. What will be refused anyway costs nobody a reading of the log.
    pub fn needs_earlier(&self, actor: &Actor, command: &Command) -> Option<Seq> {
        let &Command::Accept { offer: OfferKind::TakeBack, seq } = command else { return None };
        if self.phase != Phase::Playing {
            return None;
        }
        let seat = self.seat_of(actor.player()?).filter(|&seat| !self.position.is_out(seat))?;
        let open = self.open_offer(OfferKind::TakeBack, seq).filter(|open| open.seat != seat)?;
        if is_last_to_agree(self, open, seat) { before_last_move(self, open.seat) } else { None }
    }

    /// The open offer of that kind; only the one that was made at `seq`, where that is named.
    fn open_offer(&self, offer: OfferKind, seq: Option<Seq>) -> Option<&Offer> {
        let open = self.offers.iter().find(|open| open.offer == offer && !open.declined);
        open.filter(|open| seq.is_none_or(|seq| open.seq == seq))
    }

    /// Who sits where in a rematch: everybody one seat further down, the first one last.
    pub(super) fn rotated_players(&self) -> Vec<PlayerId> {
        let mut players: Vec<PlayerId> = self.players().cloned().collect();
        if !players.is_empty() {
            players.rotate_left(1);
        }
        players
    }
}

fn before_last_move(game: &Game, seat: Seat) -> Option<Seq> {
    let last_move = game.occupant(seat).and_then(|occupant| occupant.last_move)?;
    last_move.0.checked_sub(1).map(Seq)
}

fn require_phase(game: &Game, offer: OfferKind) -> Result<(), Rejection> {
    match offer {
        OfferKind::Draw | OfferKind::TakeBack | OfferKind::Pause => game.require_playing(),
        OfferKind::Rematch => match game.phase {
            // A table that never filled was no game.
            Phase::Finished(_) if game.seats.iter().all(Option::is_some) => Ok(()),
            Phase::Waiting | Phase::Playing | Phase::Paused | Phase::Finished(_) => Err(Rejection::NotFinished),
        },
    }
}

/// The open offer, if it is for `seat` to answer.
fn require_answerable(game: &Game, seat: Seat, offer: OfferKind, seq: Option<Seq>) -> Result<&Offer, Rejection> {
    let open = game.open_offer(offer, seq).ok_or(Rejection::NoSuchOffer)?;
    if open.seat == seat {
        return Err(Rejection::OwnOffer);
    }
    Ok(open)
}

/// Whose agreement an offer of `seat` needs: that of all others who are not out; of all others when the game is over.
fn agreeing(game: &Game, seat: Seat) -> impl Iterator<Item = Seat> {
    let is_over = matches!(game.phase, Phase::Finished(_));
    let others = (0..=u8::MAX).map(Seat).take(game.seats.len()).filter(move |&other| other != seat);
    others.filter(move |&other| is_over || !game.position.is_out(other))
}

fn is_last_to_agree(game: &Game, open: &Offer, seat: Seat) -> bool {
    agreeing(game, open.seat).all(|other| other == seat || open.accepted.contains(&other))
}

fn agreed(game: &Game, context: &Context<'_>, open: &Offer) -> Result<Vec<Event>, Rejection> {
    match open.offer {
        OfferKind::Draw => finished(game, context, game.outcome_without(&[], "agreed")),
        OfferKind::Pause => Ok(vec![Event::Paused]),
        OfferKind::TakeBack => take_back(game, context, open.seat).map(|event| vec![event]),
        OfferKind::Rematch => {
            let game_id = GameId::of_rematch(game.id, game.seq.next());
            Ok(vec![Event::RematchAgreed(RematchAgreed { game: game_id, players: game.rotated_players() })])
        }
    }
}

fn require_can_take_back(game: &Game, seat: Seat) -> Result<(), Rejection> {
    if !game.kind.take_backs() {
        return Err(Rejection::NoTakeBacks);
    }
    before_last_move(game, seat).map(|_| ()).ok_or(Rejection::NothingToTakeBack)
}

fn take_back(game: &Game, context: &Context<'_>, seat: Seat) -> Result<Event, Rejection> {
    let to = before_last_move(game, seat).ok_or(Rejection::NothingToTakeBack)?;
    let is_wanted = |earlier: &&Game| earlier.id == game.id && earlier.seq == to;
    let earlier = context.earlier.filter(is_wanted).ok_or(Rejection::Unprepared)?;
    let mut seats = (0..=u8::MAX).map(Seat).take(game.seats.len());
    // Whoever is out by now did not agree to come back.
    if seats.any(|seat| game.position.is_out(seat) != earlier.position.is_out(seat)) {
        return Err(Rejection::NothingToTakeBack);
    }
    let last_moves = earlier.seats.iter().flatten().map(|occupant| occupant.last_move).collect();
    let position = serde_json::from_str(earlier.position.stored().get()).map_err(|_| Rejection::Unprepared)?;
    Ok(Event::TakenBack(Box::new(TakenBack {
        to,
        last_moves,
        position: Some(position),
        kind_version: game.kind.version(),
    })))
}
