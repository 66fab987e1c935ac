//! Tic-tac-toe: two sides mark cells in turn, and a line of marks wins.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grid::{Grid, GridView};
use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Viewer};

/// A game of tic-tac-toe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicTacToe(Grid);

/// The side of the square board, 3 to 19, and how many marks make a line, 3 to `size`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TicTacToeOptions {
    #[schemars(range(min = 3, max = 19))]
    size: u8,
    #[schemars(range(min = 3, max = 19))]
    line: u8,
}

impl Default for TicTacToeOptions {
    fn default() -> Self {
        Self { size: 3, line: 3 }
    }
}

/// Mark a cell; cells are numbered row by row from the top left.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    cell: usize,
}

/// A cell was marked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Placed {
    seat: Seat,
    cell: usize,
}

impl Rules for TicTacToe {
    const KIND: &'static str = "tic-tac-toe";
    type Options = TicTacToeOptions;
    type Action = Place;
    type Event = Placed;
    type View = GridView;

    fn setup(options: &TicTacToeOptions) -> Result<Self, InvalidOptions> {
        match *options {
            TicTacToeOptions { size, .. } if !(3..=19).contains(&size) => Err(InvalidOptions("size must be 3 to 19")),
            TicTacToeOptions { size, line } if !(3..=size).contains(&line) => {
                Err(InvalidOptions("line must be 3 to size"))
            }
            TicTacToeOptions { size, line } => Ok(Self(Grid::new(size, size, line))),
        }
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, seat: Seat, action: &Place, _: &mut Chance) -> Result<Vec<Placed>, Illegal> {
        match self.0.cell(action.cell) {
            None => Err(Illegal("There is no such cell.")),
            Some(Some(_)) => Err(Illegal("That cell is taken.")),
            Some(None) => Ok(vec![Placed { seat, cell: action.cell }]),
        }
    }

    fn evolve(&mut self, event: &Placed) -> Result<(), InvalidEvent> {
        self.0.mark(event.seat, event.cell)
    }

    fn turn(&self) -> Vec<Seat> {
        self.0.turn()
    }

    fn outcome(&self) -> Option<Outcome> {
        self.0.outcome()
    }

    fn view(&self, _: Viewer) -> GridView {
        self.0.view()
    }

    fn text(view: &GridView) -> String {
        view.text()
    }

    fn legal_actions(&self, seat: Seat) -> Vec<Place> {
        if self.turn() == [seat] { self.0.free().map(|cell| Place { cell }).collect() } else { Vec::new() }
    }
}
