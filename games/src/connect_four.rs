//! Connect four: two sides drop discs into columns in turn, and a line of discs wins.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grid::{Grid, GridView};
use turnlog_domain::{Chance, Illegal, InvalidEvent, InvalidOptions, Outcome, Rules, Seat, Viewer};

/// A game of connect four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectFour(Grid);

/// The board, 4 to 16 columns and rows, and how many discs make a line: 3 to the longer side.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectFourOptions {
    #[schemars(range(min = 4, max = 16))]
    columns: u8,
    #[schemars(range(min = 4, max = 16))]
    rows: u8,
    #[schemars(range(min = 3, max = 16))]
    line: u8,
}

impl Default for ConnectFourOptions {
    fn default() -> Self {
        Self { columns: 7, rows: 6, line: 4 }
    }
}

/// Drop a disc into a column, numbered from the left.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DropDisc {
    column: usize,
}

/// A disc fell. Which cell it reached follows from the column.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dropped {
    seat: Seat,
    column: usize,
}

impl Rules for ConnectFour {
    const KIND: &'static str = "connect-four";
    type Options = ConnectFourOptions;
    type Action = DropDisc;
    type Event = Dropped;
    type View = GridView;

    fn setup(options: &ConnectFourOptions) -> Result<Self, InvalidOptions> {
        let ConnectFourOptions { columns, rows, line } = *options;
        if !(4..=16).contains(&columns) || !(4..=16).contains(&rows) {
            return Err(InvalidOptions("columns and rows must be 4 to 16"));
        }
        if !(3..=columns.max(rows)).contains(&line) {
            return Err(InvalidOptions("line must be 3 to the longer side of the board"));
        }
        Ok(Self(Grid::new(columns, rows, line)))
    }

    fn seats(&self) -> RangeInclusive<u8> {
        2..=2
    }

    fn decide(&self, seat: Seat, action: &DropDisc, _: &mut Chance) -> Result<Vec<Dropped>, Illegal> {
        if action.column >= self.0.columns() {
            return Err(Illegal("There is no such column."));
        }
        match self.0.lowest_free(action.column) {
            None => Err(Illegal("That column is full.")),
            Some(_) => Ok(vec![Dropped { seat, column: action.column }]),
        }
    }

    fn evolve(&mut self, event: &Dropped) -> Result<(), InvalidEvent> {
        let cell = self.0.lowest_free(event.column).ok_or(InvalidEvent("the column is full"))?;
        self.0.mark(event.seat, cell)
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

    fn legal_actions(&self, seat: Seat) -> Vec<DropDisc> {
        if self.turn() != [seat] {
            return Vec::new();
        }
        (0..self.0.columns())
            .filter(|&column| self.0.lowest_free(column).is_some())
            .map(|column| DropDisc { column })
            .collect()
    }
}
