//! What a bot has to do in a game. How it chooses is in `bot.rs`.

use serde_json::Value;

use crate::{
    bot::{Bot, Thinking},
    game::{
        command::Command,
        offer::{Offer, OfferKind},
        phase::Phase,
        state::Game,
    },
    ids::{CommandId, PlayerId, Seat},
};

/// What a bot has to do in a game.
#[derive(Debug, Clone, PartialEq)]
pub struct BotTask {
    /// Its seat.
    pub seat: Seat,
    /// As whom it acts.
    pub player: PlayerId,
    /// Which bot it is.
    pub bot: Bot,
    /// The id of its command: the same however often this task is run.
    pub command: CommandId,
    /// The offer that it has to answer, and how; a move when there is none.
    pub answer: Option<Command>,
}

impl Game {
    /// What some bot has to do now, if any has. Bots accept take-backs, pauses and rematches, and decline draws.
    pub fn bot_task(&self) -> Option<BotTask> {
        let bots = (0..=u8::MAX).map(Seat).zip(&self.seats).filter_map(|(seat, occupant)| {
            let occupant = occupant.as_ref()?;
            Some((seat, occupant.player_id.clone(), occupant.bot?))
        });
        let turn = self.turn();
        let task = |(seat, player, bot): (Seat, PlayerId, Bot)| {
            let answer = self.answer_of(seat);
            let command = CommandId::of_system(self.id, self.seq, &format!("bot on {}", seat.0));
            (answer.is_some() || turn.contains(&seat)).then_some(BotTask { seat, player, bot, command, answer })
        };
        // Offers lapse with the next move, so they come first.
        let mut tasks: Vec<BotTask> = bots.filter_map(task).collect();
        tasks.sort_by_key(|task| task.answer.is_none());
        tasks.into_iter().next()
    }

    /// Whether no person plays any more, so that nobody waits for the next move.
    pub fn is_among_bots(&self) -> bool {
        let seats = (0..=u8::MAX).map(Seat).zip(&self.seats);
        let mut people = seats.filter(|(_, occupant)| occupant.as_ref().is_some_and(|occupant| occupant.bot.is_none()));
        people.all(|(seat, _)| self.position.is_out(seat))
    }

    /// The action that a bot chooses on a seat; `None` when the seat has none.
    pub fn choose(&self, seat: Seat, bot: Bot, thinking: &mut Thinking<'_>) -> Option<Value> {
        if self.turn().contains(&seat) { self.position.choose(seat, bot, thinking) } else { None }
    }

    fn answer_of(&self, seat: Seat) -> Option<Command> {
        let is_out = match self.phase {
            Phase::Playing => self.position.is_out(seat),
            Phase::Waiting | Phase::Paused => true,
            Phase::Finished(_) => false,
        };
        let waits = |offer: &&Offer| !offer.declined && offer.seat != seat && !offer.accepted.contains(&seat);
        let &Offer { offer, seq, .. } = self.offers.iter().filter(|_| !is_out).find(waits)?;
        let seq = Some(seq);
        Some(match offer {
            OfferKind::Draw => Command::Decline { offer, seq },
            OfferKind::TakeBack | OfferKind::Pause | OfferKind::Rematch => Command::Accept { offer, seq },
        })
    }
}
