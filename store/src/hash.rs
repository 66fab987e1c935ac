//! The hashes of the log: SHA-256 in base64url.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use turnlog_domain::Game;

/// A SHA-256 in base64url, 43 characters; or empty, before the first message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hash(String);

impl Hash {
    /// The hash over named attributes. Lengths go in too, so that no two lists of attributes look alike.
    pub(crate) fn of_attributes<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut hasher = Sha256::new();
        for (name, value) in attributes {
            for part in [name, value] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part.as_bytes());
            }
        }
        Self(URL_SAFE_NO_PAD.encode(hasher.finalize()))
    }

    /// A hash as it was stored.
    pub(crate) fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text of the hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `state_hash` of a game: the version of the layout, a colon, and the hash of its JSON text.
pub(crate) fn state_hash(game: &Game) -> String {
    let digest = Sha256::digest(game.to_json().as_bytes());
    format!("{}:{}", game.format(), URL_SAFE_NO_PAD.encode(digest))
}

/// Whether a stored `state_hash` contradicts the state. One over another layout says nothing.
pub(crate) fn contradicts(stored: &str, game: &Game) -> bool {
    let format = stored.split_once(':').map(|(format, _)| format);
    format == Some(game.format().as_str()) && stored != state_hash(game)
}
