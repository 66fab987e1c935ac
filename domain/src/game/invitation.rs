//! Invitations to private games.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    hex::Hex,
    ids::{GameId, InvalidId, Seq},
};

/// The code that lets people into a private game: 16 bytes that nobody can guess. It shows nothing when printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Invitation([u8; 16]);

impl Invitation {
    /// The code that `key` gives this game, since it was `renewed` by a message there: HMAC-SHA256 over `invitation/`, the id
    /// and, behind a further `/`, the position of that message, cut to 16 bytes. The same every time, so that the host can be
    /// told again.
    #[expect(clippy::missing_panics_doc, reason = "HMAC takes keys of any length")]
    pub fn derive(key: &[u8], game: GameId, renewed: Option<Seq>) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(format!("invitation/{game}").as_bytes());
        if let Some(seq) = renewed {
            mac.update(format!("/{seq}").as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        Self(std::array::from_fn(|index| bytes[index]))
    }

    /// Reads 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        Hex::parse(text).map(|Hex(bytes)| Self(bytes)).map_err(|_| InvalidId { what: "invitation" })
    }

    /// The code as text, for those who may know it.
    pub fn tell(&self) -> String {
        Hex(self.0).to_string()
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> InvitationHash {
        InvitationHash(Hex(Sha256::digest(self.0).into()))
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Invitation(secret)")
    }
}

/// The code of a private game since it was renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Renewal {
    /// Its hash.
    pub(crate) invitation: InvitationHash,
    /// The message that renewed it.
    pub(crate) seq: Seq,
}

/// The SHA-256 hash of an invitation. The code has 128 bits of chance, so the hash gives nothing away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationHash(Hex<32>);
