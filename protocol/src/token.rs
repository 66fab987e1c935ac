//! The token that a client connects with: a JWT, signed with a secret that the server knows (HS256), or with a private key
//! whose public half an identity provider publishes (RS256, ES256, `EdDSA`).
//!
//! Whoever runs the game's own login signs it; the authorizer checks it. Where guests are let in, the token of one stands in its
//! place (`guest.rs`). Nothing else establishes who a player is.

mod guest;
mod public;
mod secrets;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use turnlog_domain::{PlayerId, Timestamp, sanitize};

use crate::limits::{DISPLAY_NAME_LENGTH_MAX, TOKEN_BYTES_MAX, TOKEN_LEEWAY_MS};

pub use self::{
    guest::{is_guest, verify_guest},
    public::PublicKeys,
    secrets::TokenKeys,
};

/// What a token says that is signed here. Times are seconds since 1970, as RFC 7519 has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The player id.
    pub sub: String,
    /// The display name.
    pub name: String,
    /// When the token was signed.
    pub iat: u64,
    /// When it expires.
    pub exp: u64,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// Who signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

/// What is read of a token. `null` counts as absent, and times may have fractions.
#[derive(Debug, Deserialize)]
struct Told {
    sub: String,
    name: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    // Not used, but a token in which it is no time is none.
    #[expect(dead_code, reason = "reading it checks it")]
    iat: Option<f64>,
    aud: Option<Audience>,
    iss: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Whom tokens have to be for, and from whom. What is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Names of this server: `aud` has to hold one of them. Without any, a token with `aud` is for somebody else.
    pub audiences: Vec<String>,
    /// Those who may sign: `iss` has to be one of them.
    pub issuers: Vec<String>,
}

impl Expected {
    /// Reads two lists with commas between their entries.
    pub fn parse(audiences: &str, issuers: &str) -> Self {
        let list = |text: &str| {
            let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
            entries.map(str::to_owned).collect()
        };
        Self { audiences: list(audiences), issuers: list(issuers) }
    }
}

/// Who a good token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The player.
    pub player_id: PlayerId,
    /// The display name: 1 to 40 sanitize characters.
    pub name: String,
    /// From when on the token counts no more: its `exp` and the leeway.
    pub expires_at: Timestamp,
}

/// A token does not prove who its bearer is. The text is for logs; a client only hears `Unauthorized`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not good yet")]
    Early,
    /// It was signed with another algorithm, or changed since.
    #[error("the signature is not that of a key that is known")]
    Forged,
    /// No key is known by the name that it gives.
    #[error("the token names a key that is not known")]
    UnknownKey,
    /// It asks for something that is not understood here.
    #[error("the token has critical header parameters")]
    Critical,
    /// It is meant for another server.
    #[error("the token is for another audience")]
    Audience,
    /// Somebody else has signed it.
    #[error("the token is from another issuer")]
    Issuer,
    /// It is no token, or lacks a claim.
    #[error("the token cannot be read")]
    Malformed,
}

/// Checks a token and reads who it is. Clocks may differ by 30 seconds.
///
/// The algorithm is that of the key, never one that the token chooses: HS256 is tried with secrets only, and every published
/// key has exactly one algorithm.
///
/// # Errors
/// When the token does not prove it.
pub fn verify(
    token: &str,
    secrets: &TokenKeys,
    published: &PublicKeys,
    expected: &Expected,
    now: Timestamp,
) -> Result<Identity, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    let header = decode_header(token).map_err(|error| classify(error.kind()))?;
    // RFC 7515, section 4.1.11: what is listed there has to be understood, and nothing of it is.
    if header.crit.is_some() {
        return Err(TokenError::Critical);
    }
    let kid = header.kid.as_deref();
    let told = if header.alg == Algorithm::HS256 {
        open(token, header.alg, secrets.candidates(kid))?
    } else {
        open(token, header.alg, published.candidates(header.alg, kid))?
    };
    told.check(expected, now)
}

/// Reads a token with the first key that fits.
fn open<'a>(
    token: &str,
    algorithm: Algorithm,
    keys: impl Iterator<Item = &'a DecodingKey>,
) -> Result<Told, TokenError> {
    let mut validation = Validation::new(algorithm);
    // The library rounds times, and takes no moment from its caller.
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let mut refused = TokenError::UnknownKey;
    for key in keys {
        match decode::<Told>(token, key, &validation) {
            Ok(opened) => return Ok(opened.claims),
            Err(error) => refused = classify(error.kind()),
        }
    }
    Err(refused)
}

impl Told {
    fn check(self, expected: &Expected, now: Timestamp) -> Result<Identity, TokenError> {
        let expires_at = Timestamp::from_ms(milliseconds(self.exp).saturating_add(TOKEN_LEEWAY_MS));
        if now >= expires_at {
            return Err(TokenError::Expired);
        }
        let begins = self.nbf.map_or(0, milliseconds);
        if now.as_ms().saturating_add(TOKEN_LEEWAY_MS) < begins {
            return Err(TokenError::Early);
        }
        let is_ours = |name: &String| expected.audiences.contains(name);
        let is_for_us = match &self.aud {
            // RFC 7519, section 4.1.3: whoever does not find itself in the list must refuse the token.
            Some(Audience::One(name)) => is_ours(name),
            Some(Audience::Several(names)) => names.iter().any(is_ours),
            None => expected.audiences.is_empty(),
        };
        if !is_for_us {
            return Err(TokenError::Audience);
        }
        if !expected.issuers.is_empty() && !self.iss.is_some_and(|issuer| expected.issuers.contains(&issuer)) {
            return Err(TokenError::Issuer);
        }
        let player_id = PlayerId::parse_signed(&self.sub).map_err(|_| TokenError::Malformed)?;
        let name = self.name.as_deref().and_then(display_name).unwrap_or_else(|| player_id.to_string());
        Ok(Identity { player_id, name, expires_at })
    }
}

/// A time of RFC 7519 as the last whole millisecond before it. What is out of range becomes the nearest that is in.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast saturates")]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of errors is open")]
fn classify(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            TokenError::Forged
        }
        _ => TokenError::Malformed,
    }
}

fn display_name(text: &str) -> Option<String> {
    let cut: String = sanitize(text).chars().take(DISPLAY_NAME_LENGTH_MAX).collect();
    // What is cut off may have been what the last character joined.
    let name = sanitize(&cut);
    (!name.is_empty()).then_some(name)
}
