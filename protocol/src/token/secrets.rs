//! The secrets that sign tokens.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use turnlog_domain::KeyId;

use super::Claims;
use crate::limits::{TOKEN_KEYS_MAX, TOKEN_SECRET_LENGTH_MIN};

/// The secrets that sign tokens, the newest first. Each is good for checking, so that exchanging one refuses nobody. They
/// show nothing when printed.
#[derive(Clone)]
pub struct TokenKeys(Vec<TokenKey>);

#[derive(Clone)]
struct TokenKey {
    /// What tokens call it. One without a name may have signed any token.
    id: Option<KeyId>,
    signs: EncodingKey,
    checks: DecodingKey,
}

impl TokenKeys {
    /// Reads `id:secret` pairs with commas between, the newest first; one secret may come without an id. The characters of a
    /// secret are the bytes of the key. `None` when it is anything else, an id comes twice, or a secret has fewer than 32
    /// characters.
    pub fn parse(text: &str) -> Option<Self> {
        let keys: Vec<TokenKey> = text.split(',').map(TokenKey::parse).collect::<Option<_>>()?;
        let is_repeated = |(index, key): (usize, &TokenKey)| keys[..index].iter().any(|other| other.id == key.id);
        let is_valid = keys.len() <= TOKEN_KEYS_MAX && !keys.iter().enumerate().any(is_repeated);
        is_valid.then_some(Self(keys))
    }

    /// Signs a token with the newest secret, and names it.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a key is there, and signing with HS256 and plain claims cannot fail"
    )]
    pub fn sign(&self, claims: &Claims) -> String {
        let newest = self.0.first().expect("no list of keys is empty");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = newest.id.as_ref().map(|id| id.as_str().to_owned());
        encode(&header, claims, &newest.signs).expect("HS256 takes any key, and the claims are plain JSON")
    }

    /// The secrets with which a token that names this key may have been signed.
    pub(super) fn candidates(&self, kid: Option<&str>) -> impl Iterator<Item = &DecodingKey> {
        let may_be = move |key: &&TokenKey| match (&key.id, kid) {
            (Some(id), Some(kid)) => id.as_str() == kid,
            (None, _) | (_, None) => true,
        };
        self.0.iter().filter(may_be).map(|key| &key.checks)
    }
}

impl TokenKey {
    fn parse(text: &str) -> Option<Self> {
        let (id, secret) = match text.trim().split_once(':') {
            Some((id, secret)) => (Some(KeyId::parse(id).ok()?), secret),
            None => (None, text.trim()),
        };
        let is_secret = secret.len() >= TOKEN_SECRET_LENGTH_MIN && secret.bytes().all(|byte| byte.is_ascii_graphic());
        let secret = secret.as_bytes();
        let (signs, checks) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
        (is_secret && !secret.contains(&b':')).then_some(Self { id, signs, checks })
    }
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.iter().map(|key| key.id.as_ref().map_or("-", KeyId::as_str));
        formatter.debug_list().entries(ids).finish()
    }
}
