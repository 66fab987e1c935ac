//! What messages add up to in all read models, and how players stand in a game: a function of its log, whatever pieces the
//! log is read in.

use std::collections::BTreeMap;

use turnlog_domain::{Event, EventGroup, Game, Kinds, Message, Phase, PlayerId, Seat};

use crate::{
    entry::{Entry, Folded, LogFault},
    games::has_snapshot,
    players::{PlayerGame, Standing},
};

/// What messages add up to in all read models.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Derived {
    /// The state after the last of them.
    pub folded: Option<Folded>,
    /// The states on the way that are kept.
    pub snapshots: Vec<Folded>,
    /// The standings that they have changed.
    pub standings: Standings,
}

/// The standings that some messages of a game have changed, the last one for each player.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings(BTreeMap<PlayerId, PlayerGame>);

impl Derived {
    /// Folds messages on what is known.
    ///
    /// # Errors
    /// When one cannot follow.
    pub fn over(kinds: &Kinds, known: Option<Folded>, entries: &[Entry]) -> Result<Self, LogFault> {
        Self { folded: known, ..Self::default() }.then(kinds, entries)
    }

    /// Folds further messages.
    ///
    /// # Errors
    /// When one cannot follow.
    pub fn then(mut self, kinds: &Kinds, entries: &[Entry]) -> Result<Self, LogFault> {
        for entry in entries {
            let folded = Folded::fold(kinds, self.folded.take(), entry)?;
            self.note(&folded, &entry.message);
            self.folded = Some(folded);
        }
        Ok(self)
    }

    /// Takes note of a message that led to `folded`: of the standings that it changed, and of the state if it is kept.
    pub fn note(&mut self, folded: &Folded, message: &Message) {
        self.standings.step(&folded.game, message);
        if has_snapshot(folded.game.seq()) {
            self.snapshots.push(folded.clone());
        }
    }
}

impl Standings {
    /// Takes note of a message that led to `game`. Bots have no standings.
    fn step(&mut self, game: &Game, message: &Message) {
        if !message.events.iter().any(changes_standing) {
            return;
        }
        for player in concerned(game, message) {
            let player_game = PlayerGame {
                player: player.clone(),
                game: game.id(),
                seq: game.seq(),
                kind: game.kind().name(),
                created_at: game.created_at(),
                standing: standing_of(game, player),
            };
            self.0.insert(player.clone(), player_game);
        }
    }

    /// One standing for each player, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &PlayerGame> {
        self.0.values()
    }
}

/// Everybody who sits in the game or made it, and whom the message takes out of it.
fn concerned<'a>(game: &'a Game, message: &'a Message) -> impl Iterator<Item = &'a PlayerId> {
    let is_leave = message.events.iter().any(|event| matches!(event, Event::SeatLeft(_)));
    let is_kick = message.events.iter().any(|event| matches!(event, Event::Kicked(_)));
    let left = message.actor.player().filter(|_| is_leave);
    let kicked = game.kicked().iter().filter(move |_| is_kick);
    game.people().chain(game.creator().player()).chain(left).chain(kicked)
}

fn changes_standing(event: &Event) -> bool {
    match event.group() {
        EventGroup::Seats => true,
        EventGroup::Game => matches!(event, Event::Created(_) | Event::Finished(_)),
        EventGroup::Play | EventGroup::Offers | EventGroup::Talk => false,
    }
}

fn standing_of(game: &Game, player: &PlayerId) -> Standing {
    let seat = game.seat_of(player);
    match game.phase() {
        Phase::Finished(outcome) => {
            let place = |seat: Seat| outcome.as_places().get(seat.index()).copied();
            Standing::Finished { place: seat.and_then(place) }
        }
        Phase::Waiting | Phase::Playing | Phase::Paused
            if seat.is_some() || game.creator().player() == Some(player) =>
        {
            Standing::Open
        }
        Phase::Waiting | Phase::Playing | Phase::Paused => Standing::Left,
    }
}
