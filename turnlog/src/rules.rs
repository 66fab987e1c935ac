//! What a file of rules needs beside the derives of serde.
//!
//! A whole game. Two players add one or two in turn, and whoever comes to ten wins:
//!
//! ```
//! use std::ops::RangeInclusive;
//!
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use turnlog::rules::*;
//!
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! struct Ten {
//!     sum: u8,
//!     turn: Seat,
//! }
//!
//! #[derive(Default, Serialize, Deserialize, JsonSchema)]
//! #[serde(default, deny_unknown_fields)]
//! struct Options {}
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Add {
//!     add: u8,
//! }
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Added {
//!     seat: Seat,
//!     added: u8,
//! }
//!
//! impl Ten {
//!     fn allowed(&self) -> RangeInclusive<u8> {
//!         1..=(10 - self.sum).min(2)
//!     }
//! }
//!
//! impl Rules for Ten {
//!     const KIND: &'static str = "ten";
//!     type Options = Options;
//!     type Action = Add;
//!     type Event = Added;
//!     type View = u8;
//!
//!     fn setup(_: &Options) -> Result<Self, InvalidOptions> {
//!         Ok(Self { sum: 0, turn: Seat(0) })
//!     }
//!
//!     fn seats(&self) -> RangeInclusive<u8> {
//!         2..=2
//!     }
//!
//!     fn decide(&self, seat: Seat, action: &Add, _: &mut Chance) -> Result<Vec<Added>, Illegal> {
//!         if !self.allowed().contains(&action.add) {
//!             return Err(Illegal("One or two can be added."));
//!         }
//!         Ok(vec![Added { seat, added: action.add }])
//!     }
//!
//!     fn evolve(&mut self, event: &Added) -> Result<(), InvalidEvent> {
//!         if self.turn() != [event.seat] || !self.allowed().contains(&event.added) {
//!             return Err(InvalidEvent("nobody can have added that"));
//!         }
//!         self.sum += event.added;
//!         self.turn = Seat(1 - event.seat.0);
//!         Ok(())
//!     }
//!
//!     fn turn(&self) -> Vec<Seat> {
//!         if self.sum < 10 { vec![self.turn] } else { Vec::new() }
//!     }
//!
//!     fn outcome(&self) -> Option<Outcome> {
//!         (self.sum == 10).then(|| Outcome::win(Seat(1 - self.turn.0), 2, "ten"))
//!     }
//!
//!     fn view(&self, _: Viewer) -> u8 {
//!         self.sum
//!     }
//!
//!     fn text(sum: &u8) -> String {
//!         format!("{sum}\n")
//!     }
//!
//!     fn legal_actions(&self, seat: Seat) -> Vec<Add> {
//!         if self.turn() == [seat] { self.allowed().map(|add| Add { add }).collect() } else { Vec::new() }
//!     }
//! }
//!
//! let kinds = Kinds::new([Kind::of::<Ten>()]);
//! assert!(kinds.find("ten").is_some());
//! ```

/// JSON, as [`Rules::upcast`] gets what was stored, and the macro that writes some.
pub use serde_json::{Value, json};
pub use turnlog_domain::{
    Chance, Form, Illegal, InvalidEvent, InvalidOptions, Kind, Kinds, Outcome, Roll, Rules, Seat, Shuffle, Viewer,
};
