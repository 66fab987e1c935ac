//! One item of a game's log.

use crate::{
    game::event::Event,
    ids::{Actor, CommandId, GameId, Seq, Timestamp},
};

/// One accepted command and the events that it caused.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The game in whose log it stands.
    pub game: GameId,
    /// Its position there.
    pub seq: Seq,
    /// Server time, later than that of the message before.
    pub at: Timestamp,
    /// The id of the command.
    pub command: CommandId,
    /// Who gave the command.
    pub actor: Actor,
    /// What it caused: 1 to 16 events.
    pub events: Vec<Event>,
}
