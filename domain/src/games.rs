//! The game kinds, one file each.

mod cards;
mod chess;
mod connect_four;
mod crazy_eights;
mod grid;
mod liars_dice;
mod rock_paper_scissors;
mod tic_tac_toe;

pub use cards::{Card, Suit};
pub use chess::{
    Chess, ChessAction, ChessEvent, ChessOptions, ChessView, Claim, InvalidMove, START_FEN, UciMove,
    pgn::{self, PgnError, PgnGame, PgnMove, PgnResult},
};
pub use connect_four::{ConnectFour, ConnectFourOptions, DropDisc, Dropped};
pub use crazy_eights::{CardEvent, CardMove, CardView, CrazyEights, CrazyEightsOptions};
pub use grid::{Cell, Grid, GridView};
pub use liars_dice::{Bid, BidOrChallenge, Challenge, DiceEvent, DiceView, LiarsDice, LiarsDiceOptions};
pub use rock_paper_scissors::{Choice, Choose, RockPaperScissors, RockPaperScissorsOptions, Round, RoundView};
pub use tic_tac_toe::{Place, Placed, TicTacToe, TicTacToeOptions};
