//! The course that a game takes in one decision: the events, and the position that they lead to.

use serde_json::Value;

use super::{Context, seed, server_part};
use crate::{
    chance::Chance,
    game::{
        event::{Event, SeedRevealed},
        rejection::Rejection,
        state::Game,
    },
    ids::Seat,
    kind::Position,
    outcome::Outcome,
    seed::Seed,
};

/// Moves that follow on each other in one message, with its chance.
pub(super) struct Course<'a> {
    game: &'a Game,
    context: &'a Context<'a>,
    pub(super) chance: Chance,
    pub(super) position: Box<dyn Position>,
    pub(super) events: Vec<Event>,
}

impl<'a> Course<'a> {
    /// The course of the next message of this game.
    pub(super) fn of(game: &'a Game, context: &'a Context<'a>) -> Result<Self, Rejection> {
        let chance = seed(game, context)?.map_or(Chance::none(), |seed: Seed| seed.chance(game.seq.next()));
        Ok(Self { game, context, chance, position: game.position.boxed(), events: Vec::new() })
    }

    /// Goes on over what a kind has just decided.
    pub(super) fn follow(&mut self, payloads: Vec<Value>) {
        for payload in payloads {
            self.position
                .evolve(&payload)
                .expect("`evolve` must take every event that `begin`, `decide` and `drop_out` return");
            self.events.push(Event::Played(self.game.kind.played(payload)));
        }
    }

    /// Goes on without `seat`; tells whether the kind can.
    pub(super) fn drop_out(&mut self, seat: Seat) -> bool {
        let payloads = self.position.drop_out(seat, &mut self.chance);
        let goes_on = payloads.is_some();
        self.follow(payloads.unwrap_or_default());
        goes_on
    }

    /// The events, and the end of the game if they have brought it about.
    pub(super) fn end(mut self) -> Result<Vec<Event>, Rejection> {
        if let Some(outcome) = self.position.outcome() {
            self.events.extend(finished(self.game, self.context, outcome)?);
        }
        Ok(self.events)
    }
}

impl Game {
    /// The outcome when `losers`, and whoever is out already, come last, and everybody else shares the first place.
    pub(super) fn outcome_without(&self, losers: &[Seat], reason: &str) -> Outcome {
        let seats = (0..=u8::MAX).map(Seat).take(self.seats.len());
        let mut places: Vec<u8> =
            seats.map(|seat| if losers.contains(&seat) || self.position.is_out(seat) { 2 } else { 1 }).collect();
        // When nobody is left who could have won, nobody has lost.
        let has_won = |(seat, &place): (Seat, &u8)| place == 1 && self.position.can_win(seat);
        if !losers.is_empty() && !(0..=u8::MAX).map(Seat).zip(&places).any(has_won) {
            places.fill(1);
        }
        if !places.contains(&1) {
            places.fill(1);
        }
        Outcome::places(places, reason)
    }
}

/// The end of the game, and with it of the secret about its chance.
pub(super) fn finished(game: &Game, context: &Context<'_>, outcome: Outcome) -> Result<Vec<Event>, Rejection> {
    let revealed = server_part(game, context)?.map(|part| SeedRevealed { server_part: part.revealed() });
    Ok([Event::Finished(outcome)].into_iter().chain(revealed.map(Event::SeedRevealed)).collect())
}
