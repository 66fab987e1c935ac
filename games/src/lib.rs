//! The kinds of games that come with Turnlog, one file each. They stand on the public face of `turnlog_domain` alone, so that a
//! stranger's kind can do whatever these do. `tests/laws.rs` tries on them what holds for every kind.
//!
//! ```
//! let kinds = turnlog_games::kinds();
//! assert!(kinds.find("chess").is_some());
//! ```

use turnlog_domain::{Kind, Kinds};

mod cards;
mod chess;
mod connect_four;
mod crazy_eights;
mod grid;
mod liars_dice;
pub mod limits;
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

/// All of them.
pub fn kinds() -> Kinds {
    Kinds::new([
        Kind::of::<TicTacToe>(),
        Kind::of::<ConnectFour>(),
        Kind::of::<RockPaperScissors>(),
        Kind::of::<LiarsDice>(),
        Kind::of::<CrazyEights>(),
        Kind::of::<Chess>(),
    ])
}
