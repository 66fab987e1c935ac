//! From the server's key and the players' contributions to the chance of one message.
//!
//! docs/fairness.md describes the construction for independent implementations, with a test vector that a test
//! computes. Nothing here is ever stored before the end of a game but the commitment.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    chance::Chance,
    hex::{self, Hex},
    ids::{GameId, InvalidId, Seq},
    limits::{ENTROPY_BYTES_MAX, KEY_ID_LENGTH_MAX},
};

/// Salt of the extraction of a seed.
const SEED_SALT: &[u8] = b"turnlog seed 1";

/// Which of the server's keys a game's chance comes from, so that keys can be exchanged while games are under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyId(String);

impl KeyId {
    /// Reads 1 to 32 letters, digits, hyphens and underscores.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let valid = (1..=KEY_ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidId { what: "key id" }) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

/// The server's part of a game's seed. It is secret until the game ends, so it shows nothing when printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ServerPart([u8; 32]);

impl ServerPart {
    /// The part that `key` gives this game: HMAC-SHA256 over the text of its id.
    pub fn derive(key: &[u8], game: GameId) -> Self {
        Self(hmac(key, game.to_string().as_bytes()))
    }

    /// Its hash, which says nothing about it and fits no other.
    pub fn commitment(&self) -> Commitment {
        Commitment(Hex(Sha256::digest(self.0).into()))
    }

    /// The form in which it is told at the end.
    pub(crate) fn revealed(&self) -> Revealed {
        Revealed(Hex(self.0))
    }
}

impl fmt::Debug for ServerPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServerPart(secret)")
    }
}

/// The SHA-256 hash of a server's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment(Hex<32>);

/// A server's part that is no secret any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed(Hex<32>);

impl Revealed {
    /// The part.
    pub fn server_part(self) -> ServerPart {
        ServerPart(self.0.0)
    }
}

/// What a game has promised about its chance before any player contributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The key that the server's part comes from.
    pub key: KeyId,
    /// The hash of the server's part.
    pub commitment: Commitment,
}

/// What a player contributes to the seed: 1 to 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Entropy(Vec<u8>);

impl Entropy {
    /// Reads 2 to 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let bytes = hex::decode(text).filter(|bytes| (1..=ENTROPY_BYTES_MAX).contains(&bytes.len()));
        bytes.map(Self).ok_or(InvalidId { what: "contribution to chance" })
    }
}

impl TryFrom<String> for Entropy {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<Entropy> for String {
    fn from(entropy: Entropy) -> Self {
        hex::encode(&entropy.0)
    }
}

/// The seed of one game. It shows nothing when printed, and lives no longer than one decision.
pub struct Seed([u8; 32]);

impl Seed {
    /// Mixes the server's part with what the players contributed, in the order of their seats.
    #[expect(clippy::missing_panics_doc, reason = "contributions and seeds are short")]
    pub fn mix<'a>(
        game: GameId,
        server: &ServerPart,
        contributions: impl IntoIterator<Item = Option<&'a Entropy>>,
    ) -> Self {
        let mut material = server.0.to_vec();
        for contribution in contributions {
            let bytes = contribution.map_or(&[][..], |entropy| &entropy.0);
            // The length makes two tables with the same bytes differently spread different.
            material.push(u8::try_from(bytes.len()).expect("a contribution has 32 bytes at most"));
            material.extend_from_slice(bytes);
        }
        let mut seed = [0; 32];
        Hkdf::<Sha256>::new(Some(SEED_SALT), &material)
            .expand(game.to_string().as_bytes(), &mut seed)
            .expect("HKDF gives 32 bytes");
        Self(seed)
    }

    /// The chance of the message at `seq`.
    pub fn chance(&self, seq: Seq) -> Chance {
        Chance::of_key(hmac(&self.0, &seq.0.to_be_bytes()))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(secret)")
    }
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
