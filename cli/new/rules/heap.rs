//! __TITLE__: two players take stones from a heap in turn, and whoever takes the last one wins.
//!
//! This is a small complete game to start from. Replace what is its own by what is yours:
//!
//! 1. the state (`__TYPE__`), the options, what a player can do (`Take`) and what then happens (`Taken`);
//! 2. `decide` (what an action causes) and `evolve` (how that changes the state);
//! 3. whose turn it is, when it is over, and what a player may see.
//!
//! Seats, clocks, offers, talk, bots, storage and reconnecting are Turnlog's work. `cargo test` tries the laws that hold for
//! every game on this one.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use turnlog::rules::*;

/// A game under way: its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct __TYPE__ {
    stones: u8,
    most: u8,
    turn: Seat,
}

/// What can be chosen when a game is created. The page makes a form of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Stones at the start.
    #[schemars(range(min = 3, max = 60))]
    stones: u8,
    /// The most that may be taken at once.
    #[schemars(range(min = 2, max = 9))]
    most: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stones: 21,
            most: 3,
        }
    }
}

/// What a player asks for: to take so many stones.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Take {
    take: u8,
}

/// What then happened. It is stored for ever: never change the shape of an event that has been played with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    seat: Seat,
    took: u8,
}

/// What a player or a spectator may see.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    stones: u8,
    most: u8,
}

impl __TYPE__ {
    fn allowed(&self) -> RangeInclusive<u8> {
        1..=self.most.min(self.stones)
    }

    fn other(&self) -> Seat {
        if self.turn == Seat(0) {
            Seat(1)
        } else {
            Seat(0)
        }
    }
}

impl Rules for __TYPE__ {
    const KIND: &'static str = "__KIND__";
    type Options = Options;
    type Action = Take;
    type Event = Taken;
    type View = View;

    fn setup(options: &Options) -> Result<Self, InvalidOptions> {
        match *options {
            Options { stones, .. } if !(3..=60).contains(&stones) => {
                Err(InvalidOptions("stones must be 3 to 60"))
            }
            Options { most, .. } if !(2..=9).contains(&most) => {
                Err(InvalidOptions("most must be 2 to 9"))
            }
            Options { stones, most } => Ok(Self {
                stones,
                most,
                turn: Seat(0),
            }),
        }
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    /// It is asked only for seats that are in `turn`.
    fn decide(&self, seat: Seat, action: &Take, _: &mut Chance) -> Result<Vec<Taken>, Illegal> {
        if !self.allowed().contains(&action.take) {
            return Err(Illegal("So many stones cannot be taken."));
        }
        Ok(vec![Taken {
            seat,
            took: action.take,
        }])
    }

    /// It reads logs, too, so it checks everything, and never panics.
    fn evolve(&mut self, event: &Taken) -> Result<(), InvalidEvent> {
        if self.turn() != [event.seat] {
            return Err(InvalidEvent("another seat is in turn"));
        }
        if !self.allowed().contains(&event.took) {
            return Err(InvalidEvent("so many stones cannot be taken"));
        }
        self.stones -= event.took;
        self.turn = self.other();
        Ok(())
    }

    fn turn(&self) -> Vec<Seat> {
        if self.stones == 0 {
            Vec::new()
        } else {
            vec![self.turn]
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        (self.stones == 0).then(|| Outcome::win(self.other(), 2, "last_stone"))
    }

    fn view(&self, _: Viewer) -> View {
        View {
            stones: self.stones,
            most: self.most,
        }
    }

    fn text(view: &View) -> String {
        format!(
            "{} ({} stones)\n",
            "o".repeat(view.stones.into()),
            view.stones
        )
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Take> {
        if self.turn() == [seat] {
            self.allowed().map(|take| Take { take }).collect()
        } else {
            Vec::new()
        }
    }
}

/// The kinds of games that this project plays.
pub fn kinds() -> Kinds {
    Kinds::new([Kind::of::<__TYPE__>()])
}
