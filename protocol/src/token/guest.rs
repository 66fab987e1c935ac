//! The token of a guest: somebody without an account, who is known again by a secret that their browser has made.
//!
//! It is `guest.<secret>` or `guest.<secret>.<name>`, the name in base64url. Nobody signs it and nothing of it is stored: the
//! player id is a hash of the secret, so that whoever sees the id cannot sign in with it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use turnlog_domain::{Hex, PlayerId, Timestamp, limits::PLAYER_ID_GUEST_PREFIX};

use super::{Identity, TokenError, display_name};
use crate::limits::{GUEST_GOOD_MS, GUEST_ID_BYTES, GUEST_SECRET_LENGTHS, TOKEN_BYTES_MAX};

/// How the token of a guest begins. No JWT does: its first part is a JSON object, so that it begins with `ey`.
const TOKEN_PREFIX: &str = "guest.";
/// Hashed with the secret, so that no hash of something else is the id of a guest.
const HASHED_PREFIX: &str = "turnlog guest 1: ";

/// Whether a token is to be that of a guest, and not a signed one.
pub fn is_guest(token: &str) -> bool {
    token.starts_with(TOKEN_PREFIX)
}

/// Reads who the token of a guest speaks for. It is good for a day of one connection, and for any number of connections.
///
/// # Errors
/// When it is none.
pub fn verify_guest(token: &str, now: Timestamp) -> Result<Identity, TokenError> {
    read(token, now).ok_or(TokenError::Malformed)
}

fn read(token: &str, now: Timestamp) -> Option<Identity> {
    let rest = Some(token).filter(|token| token.len() <= TOKEN_BYTES_MAX)?.strip_prefix(TOKEN_PREFIX)?;
    let (secret, name) = rest.split_once('.').unwrap_or((rest, ""));
    let player_id = player_of(secret)?;
    // The decoder refuses a further dot, as it does anything else that is not base64url.
    let name = String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok()?;
    let name = display_name(&name).unwrap_or_else(|| player_id.to_string());
    let expires_at = Timestamp::from_ms(now.as_ms().saturating_add(GUEST_GOOD_MS));
    Some(Identity { player_id, name, expires_at })
}

/// The player whom a secret stands for. No key is mixed in: an exchange of keys would make strangers of all guests, and nobody
/// can try the 2^128 secrets that a browser may have made.
fn player_of(secret: &str) -> Option<PlayerId> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_secret = GUEST_SECRET_LENGTHS.contains(&secret.len()) && secret.bytes().all(is_allowed);
    let hash = Sha256::new().chain_update(HASHED_PREFIX).chain_update(secret).finalize();
    let id: [u8; GUEST_ID_BYTES] = hash.first_chunk().copied()?;
    PlayerId::parse(&format!("{PLAYER_ID_GUEST_PREFIX}{}", Hex(id))).ok().filter(|_| is_secret)
}
