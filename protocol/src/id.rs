//! The id of a frame.

use serde::Serialize;
use turnlog_domain::{CommandId, InvalidId};

/// A frame's id: a UUID, with the text in which the client wrote it.
///
/// Repeats are recognised by the UUID, and answers carry the text: Swift writes UUIDs in capitals, and a client that looks for
/// its id in an answer may compare texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct FrameId {
    command: CommandId,
    text: String,
}

impl FrameId {
    /// Reads the hyphenated form, in small letters or capitals.
    ///
    /// # Errors
    /// When the text is no UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        Ok(Self { command: CommandId::parse(text)?, text: text.to_owned() })
    }

    /// What a repeat is recognised by.
    pub fn command(&self) -> CommandId {
        self.command
    }

    /// The id as the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<CommandId> for FrameId {
    fn from(command: CommandId) -> Self {
        Self { command, text: command.to_string() }
    }
}

impl From<FrameId> for String {
    fn from(id: FrameId) -> Self {
        id.text
    }
}
