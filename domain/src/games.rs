//! The game kinds, one file each.

mod chess;
mod connect_four;
mod grid;
mod tic_tac_toe;

pub use chess::{
    Chess, ChessAction, ChessEvent, ChessOptions, ChessView, Claim, InvalidMove, START_FEN, UciMove,
    pgn::{self, PgnError, PgnGame, PgnMove, PgnResult},
};
pub use connect_four::{ConnectFour, ConnectFourOptions, DropDisc, Dropped};
pub use grid::{Cell, Grid, GridView};
pub use tic_tac_toe::{Place, Placed, TicTacToe, TicTacToeOptions};
