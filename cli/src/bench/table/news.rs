//! What a frame of the server means for the game, and what is counted of it.

use super::{Phase, Table};
use crate::bench::{
    connection::{Broken, Frame},
    deliveries::Heard,
    moves::{Moves, chosen},
    player::{Asks, Request},
};

impl Table {
    /// Takes a frame that has come to a seat.
    pub(super) async fn take(&mut self, seat: usize, frame: Frame) -> Result<(), Broken> {
        let Some(id) = frame.id else {
            self.take_push(seat, &frame);
            return Ok(());
        };
        let Some(request) = self.players[seat].answered(id) else {
            self.samples.answer_doubled();
            return Ok(());
        };
        match (request.asks, frame.is_accepted()) {
            (Asks::Actions, true) => self.take_actions(seat, frame).await,
            (Asks::Move, true) => {
                self.take_acknowledgement(seat, &frame);
                Ok(())
            }
            (_, false) => self.take_refusal(seat, request, frame),
        }
    }

    async fn take_actions(&mut self, seat: usize, frame: Frame) -> Result<(), Broken> {
        let (goes_on, seq) = (self.goes_on(), frame.seq.unwrap_or_default());
        let player = &mut self.players[seat];
        match chosen(frame.actions, &mut self.random) {
            Some(action) if goes_on => {
                player.seen = player.seen.max(seq);
                self.make_move(seat, &action).await
            }
            Some(_) => Ok(()),
            None => {
                // What the player has heard meanwhile may say otherwise.
                player.is_in_turn &= player.seen > seq;
                Ok(())
            }
        }
    }

    fn take_acknowledgement(&mut self, seat: usize, frame: &Frame) {
        let after = self.deliveries.accepted(seat, frame.seq.unwrap_or_default(), self.active_at);
        // What is acknowledged after the end does not count.
        if let Some(after) = after.filter(|_| *self.phase.borrow() == Phase::Playing) {
            self.samples.acknowledged(after);
        }
        self.is_finished |= self.players[seat].learn(seat, frame);
    }

    fn take_refusal(&mut self, seat: usize, request: Request, frame: Frame) -> Result<(), Broken> {
        let (seen, is_over) = (request.seen, *self.phase.borrow() == Phase::Over);
        let player = &mut self.players[seat];
        if !is_over && player.tries_again(request, &frame) {
            self.samples.error(frame.code());
            return Ok(());
        }
        self.deliveries.refused(seat);
        match self.moves {
            Moves::Known(_) if !is_over => Err(frame.refused()),
            Moves::Known(_) | Moves::Asked => {
                // Where several are in turn, others may have moved meanwhile: news of that is under way, or has come.
                player.is_in_turn &= player.seen > seen;
                self.samples.error(frame.code());
                Ok(())
            }
        }
    }

    /// Takes a frame that answers nothing.
    pub(super) fn take_push(&mut self, seat: usize, frame: &Frame) {
        if frame.kind.as_deref() != Some("messages") {
            self.samples.error(frame.code());
        } else if frame.game.as_ref() == Some(&self.game) {
            for message in &frame.messages {
                let by = self.players.iter().position(|player| message.player_id.as_ref() == Some(&player.id));
                match by.map(|by| self.deliveries.heard(seat, by, message.seq, self.active_at)) {
                    Some(Heard::First(after)) => self.samples.arrived(after),
                    Some(Heard::Again) => self.samples.push_doubled(),
                    Some(Heard::NoMove) | None => {}
                }
            }
            self.is_finished |= self.players[seat].learn(seat, frame);
        }
    }
}
