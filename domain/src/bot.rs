//! Bots: players that the server moves.
//!
//! A bot sees no more than a person on its seat would. Before anything is tried, all that is hidden from the seat is drawn
//! anew ([`Rules::resample`]), so that nothing of the true state but the bot's own view can have a part in its choice.
//! Nothing here is ever part of a fold: what a bot has chosen is decided and stored like any other move.

use serde::{Deserialize, Serialize};

use crate::{
    chance::Chance,
    ids::{PlayerId, Seat},
    limits::{BOT_PLAYOUT_MOVES_MAX, PLAYER_ID_BOT_PREFIX},
    outcome::Outcome,
    rules::{Rules, Viewer},
};

/// How much the search prefers what was tried least; less than the constant of the theory, since few tries are made.
const EXPLORATION: f64 = 0.7;

/// Who moves a seat that no person holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bot {
    /// Any legal action, each as likely as the others.
    Random,
    /// The action after which random play to the end went best for its seat.
    Search,
}

impl Bot {
    /// The bot of that name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Random, Self::Search].into_iter().find(|bot| bot.name() == name)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Search => "search",
        }
    }

    /// Whether this is an id of this bot, on whatever seat.
    pub(crate) fn is_player(self, player: &PlayerId) -> bool {
        let rest = player.as_str().strip_prefix(PLAYER_ID_BOT_PREFIX).and_then(|rest| rest.strip_prefix(self.name()));
        rest.is_some_and(|rest| rest.starts_with(':'))
    }

    /// The id of this bot on a seat. No person has such an id: [`PlayerId::parse_person`] refuses it.
    pub(crate) fn player_on(self, seat: Seat) -> PlayerId {
        let id = format!("{PLAYER_ID_BOT_PREFIX}{}:{}", self.name(), seat.0);
        PlayerId::parse(&id).expect("it is short and has no space")
    }
}

/// What a bot may use up for one decision.
pub struct Thinking<'a> {
    /// Where everything that it draws comes from.
    pub chance: Chance,
    /// Moves that it may still try.
    pub moves: u32,
    /// Whether there is still time. It is asked before every playout.
    pub may_go_on: &'a mut dyn FnMut() -> bool,
}

impl std::fmt::Debug for Thinking<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Thinking").field("moves", &self.moves).finish_non_exhaustive()
    }
}

/// The action that a bot chooses for `seat`, which is in turn.
pub(crate) fn choose<G: Rules>(game: &G, seat: Seat, bot: Bot, thinking: &mut Thinking<'_>) -> Option<G::Action> {
    let own = game.resample(Viewer::Seat(seat), &mut thinking.chance);
    let mut actions = own.legal_actions(seat);
    let choice = match bot {
        Bot::Random => any(actions.len(), &mut thinking.chance)?,
        Bot::Search => search(&own, seat, &actions, thinking)?,
    };
    Some(actions.swap_remove(choice))
}

/// How an action has fared.
#[derive(Clone, Copy, Default)]
struct Record {
    tries: u32,
    sum: f64,
}

/// UCB1 over the actions of the seat, each tried by random play to the end, in a state drawn anew for every try.
fn search<G: Rules>(own: &G, seat: Seat, actions: &[G::Action], thinking: &mut Thinking<'_>) -> Option<usize> {
    let mut records = vec![Record::default(); actions.len()];
    let mut tries: u32 = 0;
    while actions.len() > 1 && thinking.moves > 0 && (thinking.may_go_on)() {
        let index = promising(&records, tries)?;
        let game = own.resample(Viewer::Seat(seat), &mut thinking.chance);
        records[index].sum += play_out(game, seat, &actions[index], thinking);
        records[index].tries += 1;
        tries += 1;
    }
    let most = records.iter().map(|record| record.tries).max().filter(|&most| most > 0);
    match most {
        Some(most) => records.iter().position(|record| record.tries == most),
        None => any(actions.len(), &mut thinking.chance),
    }
}

/// The first action that was never tried, or the one of which most may be hoped.
fn promising(records: &[Record], tries: u32) -> Option<usize> {
    let hope = |record: &Record| {
        let count = f64::from(record.tries);
        record.sum / count + EXPLORATION * (f64::from(tries).ln() / count).sqrt()
    };
    let untried = records.iter().position(|record| record.tries == 0);
    let best = || (0..records.len()).max_by(|&one, &other| hope(&records[one]).total_cmp(&hope(&records[other])));
    untried.or_else(best)
}

/// What an action is worth to `seat` when all play at random after it: 1 for the first place alone, 0 for the last.
fn play_out<G: Rules>(mut game: G, seat: Seat, first: &G::Action, thinking: &mut Thinking<'_>) -> f64 {
    const UNDECIDED: f64 = 0.5;
    if !apply(&mut game, seat, first, thinking) {
        return 0.0;
    }
    for _ in 0..BOT_PLAYOUT_MOVES_MAX {
        if let Some(outcome) = game.outcome() {
            return worth(&outcome, seat);
        }
        let turn = game.turn();
        let Some(mover) = any(turn.len(), &mut thinking.chance).map(|index| turn[index]) else { return UNDECIDED };
        let actions = game.legal_actions(mover);
        let Some(index) = any(actions.len(), &mut thinking.chance) else { return UNDECIDED };
        if !apply(&mut game, mover, &actions[index], thinking) {
            return UNDECIDED;
        }
    }
    UNDECIDED
}

/// Makes a move; tells whether the rules allow it.
fn apply<G: Rules>(game: &mut G, seat: Seat, action: &G::Action, thinking: &mut Thinking<'_>) -> bool {
    thinking.moves = thinking.moves.saturating_sub(1);
    let Ok(events) = game.decide(seat, action, &mut thinking.chance) else { return false };
    events.iter().all(|event| game.evolve(event).is_ok())
}

/// The share of the others whom `seat` has left behind; half of those with whom it ties.
fn worth(outcome: &Outcome, seat: Seat) -> f64 {
    let places = outcome.as_places();
    let Some(own) = places.get(seat.index()) else { return 0.0 };
    let others = places.iter().enumerate().filter(|&(index, _)| index != seat.index());
    let (sum, count) = others.fold((0.0, 0.0), |(sum, count), (_, place)| {
        let share = match place.cmp(own) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        (sum + share, count + 1.0)
    });
    if count > 0.0 { sum / count } else { 1.0 }
}

/// One of `count` places; `None` when there is none.
fn any(count: usize, chance: &mut Chance) -> Option<usize> {
    let count = u32::try_from(count).ok().filter(|&count| count > 0)?;
    usize::try_from(chance.below(count)).ok()
}
