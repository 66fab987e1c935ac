//! The token that a client connects with: a JWT signed with HS256.
//!
//! Whoever runs the game's own login signs it; the authorizer checks it. Nothing else establishes who a player is.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use turnlog_domain::{PlayerId, legible};

use crate::limits::{DISPLAY_NAME_LENGTH_MAX, TOKEN_BYTES_MAX, TOKEN_LEEWAY_SECONDS};

/// What a token says. Times are seconds since 1970, as RFC 7519 has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The player id.
    pub sub: String,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// When the token was signed.
    #[serde(default)]
    pub iat: u64,
    /// When it expires.
    pub exp: u64,
}

/// Who a good token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The player.
    pub player_id: PlayerId,
    /// The display name: 1 to 40 legible characters.
    pub name: String,
}

/// A token does not prove who its bearer is. The text is for logs; a client only hears `Unauthorized`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over, or it has none.
    #[error("the token has expired")]
    Expired,
    /// It was signed with another key or algorithm, or changed since.
    #[error("the signature is not ours")]
    Forged,
    /// It is no token, or lacks a claim.
    #[error("the token cannot be read")]
    Malformed,
}

/// Signs a token.
#[expect(clippy::missing_panics_doc, reason = "signing with HS256 and plain claims cannot fail")]
pub fn sign(claims: &Claims, secret: &[u8]) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret))
        .expect("HS256 takes any key, and the claims are plain JSON")
}

/// Checks signature and expiry against the clock, with a leeway of 30 seconds, and reads who it is.
///
/// # Errors
/// When the token does not prove it.
pub fn verify(token: &str, secret: &[u8]) -> Result<Identity, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = TOKEN_LEEWAY_SECONDS;
    let key = DecodingKey::from_secret(secret);
    let claims =
        jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|error| classify(error.kind()))?.claims;
    let player_id = PlayerId::parse_person(&claims.sub).map_err(|_| TokenError::Malformed)?;
    let name = display_name(&claims.name).unwrap_or_else(|| player_id.to_string());
    Ok(Identity { player_id, name })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of errors is open")]
fn classify(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::ExpiredSignature => TokenError::Expired,
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            TokenError::Forged
        }
        _ => TokenError::Malformed,
    }
}

fn display_name(text: &str) -> Option<String> {
    let cut: String = legible(text).chars().take(DISPLAY_NAME_LENGTH_MAX).collect();
    // What is cut off may have been what the last character joined.
    let name = legible(&cut);
    (!name.is_empty()).then_some(name)
}
