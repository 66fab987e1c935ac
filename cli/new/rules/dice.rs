//! __TITLE__: roll a die as often as you dare. A one loses what this turn has brought; hold, and it counts. Whoever first has
//! enough points wins.
//!
//! This is a small complete game with chance to start from. Replace what is its own by what is yours:
//!
//! 1. the state (`__TYPE__`), the options, what a player can do (`Action`) and what then happens (`Event`);
//! 2. `decide` (what an action causes, and what the dice show) and `evolve` (how that changes the state);
//! 3. whose turn it is, when it is over, and what a player may see.
//!
//! Dice are drawn from the game's own seed, to which every player contributes, so that everybody can check them afterwards.
//! Seats, clocks, offers, talk, bots, storage and reconnecting are Turnlog's work. `cargo test` tries the laws that hold for
//! every game on this one.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use turnlog::rules::*;

const SIDES: u8 = 6;

/// A game under way: its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct __TYPE__ {
    goal: u8,
    /// What each seat has for good; empty before the start.
    points: Vec<u8>,
    /// What this turn has brought so far.
    pot: u8,
    turn: Seat,
    last: Option<u8>,
}

/// What can be chosen when a game is created. The page makes a form of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Points with which a player wins.
    #[schemars(range(min = 10, max = 200))]
    goal: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self { goal: 50 }
    }
}

/// What a player asks for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Roll once more.
    Roll {},
    /// End the turn, and keep what it has brought.
    Hold {},
}

/// What then happened. It is stored for ever: never change the shape of an event that has been played with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Play began with so many players.
    Began { players: u8 },
    /// The die was rolled.
    Rolled { seat: Seat, roll: Roll },
    /// The turn ended, and its points count.
    Held { seat: Seat },
}

/// What a player or a spectator may see.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    goal: u8,
    points: Vec<u8>,
    pot: u8,
    last: Option<u8>,
}

impl __TYPE__ {
    fn has_won(&self) -> bool {
        self.points
            .get(self.turn.index())
            .is_some_and(|points| points.saturating_add(self.pot) >= self.goal)
    }

    fn pass_turn(&mut self) {
        self.pot = 0;
        let next = self.turn.0 + 1;
        self.turn = if usize::from(next) < self.points.len() {
            Seat(next)
        } else {
            Seat(0)
        };
    }
}

impl Rules for __TYPE__ {
    const KIND: &'static str = "__KIND__";
    const CHANCE: bool = true;
    const DEFAULT_MOVES: bool = true;
    type Options = Options;
    type Action = Action;
    type Event = Event;
    type View = View;

    fn setup(options: &Options) -> Result<Self, InvalidOptions> {
        if !(10..=200).contains(&options.goal) {
            return Err(InvalidOptions("goal must be 10 to 200"));
        }
        Ok(Self {
            goal: options.goal,
            points: Vec::new(),
            pot: 0,
            turn: Seat(0),
            last: None,
        })
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=4
    }

    /// The number of players varies, so an event tells it.
    fn begin(&self, seats: u8, _: &mut Chance) -> Vec<Event> {
        vec![Event::Began { players: seats }]
    }

    /// It is asked only for seats that are in `turn`.
    fn decide(
        &self,
        seat: Seat,
        action: &Action,
        chance: &mut Chance,
    ) -> Result<Vec<Event>, Illegal> {
        match action {
            Action::Roll {} => Ok(vec![Event::Rolled {
                seat,
                roll: chance.roll(1, SIDES),
            }]),
            Action::Hold {} if self.pot == 0 => Err(Illegal("Roll at least once.")),
            Action::Hold {} => Ok(vec![Event::Held { seat }]),
        }
    }

    /// What is played for whoever is too late, where the table plays on with default moves.
    fn default_action(&self, _: Seat) -> Option<Action> {
        Some(if self.pot == 0 {
            Action::Roll {}
        } else {
            Action::Hold {}
        })
    }

    /// It reads logs, too, so it checks everything, and never panics.
    fn evolve(&mut self, event: &Event) -> Result<(), InvalidEvent> {
        match event {
            Event::Began { players }
                if self.points.is_empty() && self.seats().contains(players) =>
            {
                self.points = vec![0; usize::from(*players)];
                Ok(())
            }
            Event::Rolled { seat, roll } if self.turn() == [*seat] => {
                let faces = roll.faces()?;
                let &[face] = faces.as_slice() else {
                    return Err(InvalidEvent("the roll is not of one die"));
                };
                self.last = Some(face);
                if face == 1 {
                    self.pass_turn()
                } else {
                    self.pot = self.pot.saturating_add(face)
                }
                Ok(())
            }
            Event::Held { seat } if self.turn() == [*seat] => {
                let points = self
                    .points
                    .get_mut(seat.index())
                    .ok_or(InvalidEvent("there is no such seat"))?;
                *points = points.saturating_add(self.pot);
                self.pass_turn();
                Ok(())
            }
            Event::Began { .. } => Err(InvalidEvent("the game has begun, or so many cannot play")),
            Event::Rolled { .. } | Event::Held { .. } => {
                Err(InvalidEvent("another seat is in turn"))
            }
        }
    }

    fn turn(&self) -> Vec<Seat> {
        if self.points.is_empty() || self.has_won() {
            Vec::new()
        } else {
            vec![self.turn]
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        let seats = u8::try_from(self.points.len()).unwrap_or(u8::MAX);
        self.has_won()
            .then(|| Outcome::win(self.turn, seats, "points"))
    }

    fn view(&self, _: Viewer) -> View {
        View {
            goal: self.goal,
            points: self.points.clone(),
            pot: self.pot,
            last: self.last,
        }
    }

    fn text(view: &View) -> String {
        let seats: String = view
            .points
            .iter()
            .enumerate()
            .map(|(seat, points)| format!("Player {}: {points} points\n", seat + 1))
            .collect();
        let last = view.last.map_or("not rolled yet".to_owned(), |face| {
            format!("last roll {face}")
        });
        format!(
            "{seats}This turn: {}, {last}, {} wins\n",
            view.pot, view.goal
        )
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Action> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        let hold = (self.pot > 0).then_some(Action::Hold {});
        [Action::Roll {}].into_iter().chain(hold).collect()
    }
}

/// The kinds of games that this project plays.
pub fn kinds() -> Kinds {
    Kinds::new([Kind::of::<__TYPE__>()])
}
