//! Events as viewers are shown them: always in the newest form.

use serde_json::Value;

use crate::{
    game::event::{Event, Played, UnknownEvent},
    kind::Kind,
};

impl Event {
    /// Reads an event of a game of `kind` as viewers are shown it.
    ///
    /// # Errors
    /// When the type is unknown, or the data does not fit it.
    pub fn from_shown(kind: Kind, name: &str, data: Value) -> Result<Self, UnknownEvent> {
        if name == "played" {
            return Ok(Self::Played(Played { version: kind.version(), payload: data }));
        }
        Self::from_newest(name, data)
    }
}
