//! A board of cells that two sides fill, and the lines on it: what tic-tac-toe and connect-four share.

use serde::{Deserialize, Serialize};

use turnlog_domain::{InvalidEvent, Outcome, Seat};

/// What a cell holds: the seat whose mark it is, or nothing.
pub type Cell = Option<Seat>;

/// A board whose cells are filled one by one. Cells are numbered row by row from the top left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    columns: usize,
    rows: usize,
    line: usize,
    cells: Vec<Cell>,
    last: Option<usize>,
}

/// A board as anyone may see it: nothing on it is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GridView {
    columns: usize,
    rows: usize,
    line: usize,
    cells: Vec<Cell>,
    last: Option<usize>,
    winning: Vec<usize>,
}

impl GridView {
    /// The board row by row: `X` for seat 0, `O` for seat 1, a dot for a free cell.
    pub fn text(&self) -> String {
        let mark = |cell: &Cell| match cell {
            None => '.',
            Some(Seat(0)) => 'X',
            Some(_) => 'O',
        };
        let row = |cells: &[Cell]| cells.iter().flat_map(|cell| [' ', mark(cell)]).chain(['\n']).collect::<String>();
        self.cells.chunks(self.columns).map(row).collect()
    }
}

impl Grid {
    /// An empty board on which `line` marks in a row win.
    pub fn new(columns: u8, rows: u8, line: u8) -> Self {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        Self { columns, rows, line: usize::from(line), cells: vec![None; columns * rows], last: None }
    }

    /// The content of a cell; `None` outside the board.
    pub fn cell(&self, index: usize) -> Option<Cell> {
        self.cells.get(index).copied()
    }

    /// The cells that nobody has marked, from the top left.
    pub fn free(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().enumerate().filter(|(_, cell)| cell.is_none()).map(|(index, _)| index)
    }

    /// The lowest free cell of a column; `None` when the column is full or outside the board.
    pub fn lowest_free(&self, column: usize) -> Option<usize> {
        if column >= self.columns {
            return None;
        }
        (0..self.rows).rev().map(|row| row * self.columns + column).find(|&index| self.cells[index].is_none())
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The side to move: seat 0 begins, and they alternate. Nobody at the end.
    pub fn turn(&self) -> Vec<Seat> {
        if self.outcome().is_some() { Vec::new() } else { vec![self.next()] }
    }

    /// Marks a cell for the side whose turn it is.
    ///
    /// # Errors
    /// When it is not that side's turn, or the cell is not free.
    pub fn mark(&mut self, seat: Seat, index: usize) -> Result<(), InvalidEvent> {
        if self.turn() != [seat] || self.cell(index) != Some(None) {
            return Err(InvalidEvent("another seat is in turn, or the cell is not free"));
        }
        self.cells[index] = Some(seat);
        self.last = Some(index);
        Ok(())
    }

    /// A line by the side that marked last wins; a full board without one is a draw.
    pub fn outcome(&self) -> Option<Outcome> {
        let last = self.last?;
        let seat = self.cells[last]?;
        if !self.winning().is_empty() {
            return Some(Outcome::win(seat, 2, "line"));
        }
        self.free().next().is_none().then(|| Outcome::draw(2, "full"))
    }

    /// What anyone may see.
    pub fn view(&self) -> GridView {
        GridView {
            columns: self.columns,
            rows: self.rows,
            line: self.line,
            cells: self.cells.clone(),
            last: self.last,
            winning: self.winning(),
        }
    }

    fn next(&self) -> Seat {
        match self.last.and_then(|last| self.cells[last]) {
            Some(Seat(0)) => Seat(1),
            Some(_) | None => Seat(0),
        }
    }

    /// The cells of the lines through the last mark that are long enough, from the top left.
    fn winning(&self) -> Vec<usize> {
        let Some(last) = self.last else { return Vec::new() };
        let mut cells = Vec::new();
        for (down, right) in [(0, 1), (1, 0), (1, 1), (1, -1)] {
            let mut line = self.run(last, -down, -right);
            line.extend(self.run(last, down, right));
            if line.len() + 1 >= self.line {
                cells.extend(line);
                cells.push(last);
            }
        }
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// The cells beside `start` in one direction that carry the same mark.
    fn run(&self, start: usize, down: isize, right: isize) -> Vec<usize> {
        let mark = self.cells[start];
        let step = |index: usize| {
            let row = (index / self.columns).checked_add_signed(down).filter(|&row| row < self.rows)?;
            let column = (index % self.columns).checked_add_signed(right).filter(|&column| column < self.columns)?;
            Some(row * self.columns + column).filter(|&index| self.cells[index] == mark)
        };
        std::iter::successors(step(start), |&index| step(index)).collect()
    }
}
