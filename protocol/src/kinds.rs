//! What a server plays.

use serde::Serialize;
use serde_json::Value;
use turnlog_domain::{Kind, Kinds};

/// A kind of game: all that a client needs to offer it and to play it without knowing it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the kind")]
pub struct KindView {
    name: &'static str,
    version: u32,
    /// Of a game whose creator has chosen nothing.
    seats: SeatsView,
    chance: bool,
    hidden: bool,
    take_backs: bool,
    default_moves: bool,
    opens_at_end: bool,
    /// JSON Schemas.
    options: Value,
    action: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SeatsView {
    min: u8,
    max: u8,
}

impl KindView {
    /// What there is to say of each kind. It takes a while, as schemas are made for it, and is always the same.
    pub fn all(kinds: &Kinds) -> Vec<Self> {
        kinds.iter().map(Self::of).collect()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    fn of(kind: Kind) -> Self {
        let (min, max) = kind.seats().into_inner();
        Self {
            name: kind.name(),
            version: kind.version(),
            seats: SeatsView { min, max },
            chance: kind.chance(),
            hidden: kind.hidden(),
            take_backs: kind.take_backs(),
            default_moves: kind.default_moves(),
            opens_at_end: kind.opens_at_end(),
            options: kind.options_schema(),
            action: kind.action_schema(),
        }
    }
}
