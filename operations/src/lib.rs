//! What operators do to Turnlog's tables and functions never do: reading all of them, proving that they are sound, building read
//! models anew, and taking logs out and in.
//!
//! [`Tables`] are those of one deployment. Nothing here talks to people: whoever calls says how it goes on, by a [`Notice`].

mod chain;
mod entry;
pub mod export;
pub mod import;
pub mod limits;
mod meter;
mod notice;
mod orphans;
pub mod rebuild;
pub mod scan;
mod tables;
pub mod verify;

pub use chain::{Chain, ChainFault};
pub use entry::{RawEntry, RawFault, RawPut};
pub use meter::Meter;
pub use notice::Notice;
pub use tables::{Account, FindError, Tables};
