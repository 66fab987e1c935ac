//! __TITLE__: two players mark the cells of a square board in turn, and whoever first has enough in a line wins.
//!
//! This is a small complete game to start from. Replace what is its own by what is yours:
//!
//! 1. the state (`__TYPE__`), the options, what a player can do (`Mark`) and what then happens (`Marked`);
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
    side: u8,
    line: u8,
    /// Row by row from the top left.
    cells: Vec<Option<Seat>>,
}

/// What can be chosen when a game is created. The page makes a form of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Cells along a side of the board.
    #[schemars(range(min = 3, max = 9))]
    side: u8,
    /// Cells that make a line.
    #[schemars(range(min = 3, max = 9))]
    line: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self { side: 4, line: 3 }
    }
}

/// What a player asks for: to mark this cell.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    row: u8,
    column: u8,
}

/// What then happened. It is stored for ever: never change the shape of an event that has been played with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Marked {
    seat: Seat,
    row: u8,
    column: u8,
}

/// What a player or a spectator may see.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    side: u8,
    line: u8,
    cells: Vec<Option<Seat>>,
}

impl __TYPE__ {
    /// Where a cell stands in the list; none outside of the board.
    fn index(&self, row: u8, column: u8) -> Option<usize> {
        let is_inside = row < self.side && column < self.side;
        is_inside.then(|| usize::from(row) * usize::from(self.side) + usize::from(column))
    }

    fn at(&self, row: i16, column: i16) -> Option<Seat> {
        let (row, column) = (u8::try_from(row).ok()?, u8::try_from(column).ok()?);
        self.cells[self.index(row, column)?]
    }

    fn places(&self) -> impl Iterator<Item = (u8, u8)> {
        let side = self.side;
        (0..side).flat_map(move |row| (0..side).map(move |column| (row, column)))
    }

    /// Whose line stands on the board, if anybody's does.
    fn winner(&self) -> Option<Seat> {
        let line = i16::from(self.line);
        self.places().find_map(|(row, column)| {
            let (row, column) = (i16::from(row), i16::from(column));
            let seat = self.at(row, column)?;
            let is_line = |(down, right): &(i16, i16)| {
                (1..line)
                    .all(|step| self.at(row + down * step, column + right * step) == Some(seat))
            };
            [(0, 1), (1, 0), (1, 1), (1, -1)]
                .iter()
                .any(is_line)
                .then_some(seat)
        })
    }

    fn free(&self) -> usize {
        self.cells.iter().filter(|cell| cell.is_none()).count()
    }
}

impl Rules for __TYPE__ {
    const KIND: &'static str = "__KIND__";
    type Options = Options;
    type Action = Mark;
    type Event = Marked;
    type View = View;

    fn setup(options: &Options) -> Result<Self, InvalidOptions> {
        match *options {
            Options { side, .. } if !(3..=9).contains(&side) => {
                Err(InvalidOptions("side must be 3 to 9"))
            }
            Options { side, line } if !(3..=side).contains(&line) => {
                Err(InvalidOptions("line must be 3 to side"))
            }
            Options { side, line } => Ok(Self {
                side,
                line,
                cells: vec![None; usize::from(side) * usize::from(side)],
            }),
        }
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    /// It is asked only for seats that are in `turn`.
    fn decide(&self, seat: Seat, action: &Mark, _: &mut Chance) -> Result<Vec<Marked>, Illegal> {
        let Mark { row, column } = *action;
        match self.index(row, column).map(|index| self.cells[index]) {
            None => Err(Illegal("There is no such cell.")),
            Some(Some(_)) => Err(Illegal("That cell is taken.")),
            Some(None) => Ok(vec![Marked { seat, row, column }]),
        }
    }

    /// It reads logs, too, so it checks everything, and never panics.
    fn evolve(&mut self, event: &Marked) -> Result<(), InvalidEvent> {
        if self.turn() != [event.seat] {
            return Err(InvalidEvent("another seat is in turn"));
        }
        let index = self
            .index(event.row, event.column)
            .ok_or(InvalidEvent("there is no such cell"))?;
        if self.cells[index].is_some() {
            return Err(InvalidEvent("the cell is taken"));
        }
        self.cells[index] = Some(event.seat);
        Ok(())
    }

    fn turn(&self) -> Vec<Seat> {
        if self.outcome().is_some() {
            return Vec::new();
        }
        let marked = self.cells.len() - self.free();
        vec![if marked % 2 == 0 { Seat(0) } else { Seat(1) }]
    }

    fn outcome(&self) -> Option<Outcome> {
        match self.winner() {
            Some(seat) => Some(Outcome::win(seat, 2, "line")),
            None if self.free() == 0 => Some(Outcome::draw(2, "full")),
            None => None,
        }
    }

    fn view(&self, _: Viewer) -> View {
        View {
            side: self.side,
            line: self.line,
            cells: self.cells.clone(),
        }
    }

    fn text(view: &View) -> String {
        let mark = |cell: &Option<Seat>| match cell {
            None => ". ",
            Some(Seat(0)) => "X ",
            Some(_) => "O ",
        };
        let row = |cells: &[Option<Seat>]| cells.iter().map(mark).collect::<String>() + "\n";
        view.cells.chunks(usize::from(view.side)).map(row).collect()
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Mark> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        let free = self
            .places()
            .filter(|&(row, column)| self.at(row.into(), column.into()).is_none());
        free.map(|(row, column)| Mark { row, column }).collect()
    }
}

/// The kinds of games that this project plays.
pub fn kinds() -> Kinds {
    Kinds::new([Kind::of::<__TYPE__>()])
}
