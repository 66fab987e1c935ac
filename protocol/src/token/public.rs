//! The keys that an identity provider publishes.

use std::fmt;

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use crate::limits::PUBLISHED_KEYS_MAX;

/// Public keys of whoever signs tokens, as a JSON Web Key Set holds them (RFC 7517).
#[derive(Clone, Default)]
pub struct PublicKeys(Vec<PublicKey>);

#[derive(Clone)]
struct PublicKey {
    id: Option<String>,
    /// The only one that the key is used with.
    algorithm: Algorithm,
    checks: DecodingKey,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl PublicKeys {
    /// Reads a key set. Keys that are not for checking signatures by RS256, ES256 or `EdDSA` are left out, as are secrets, which
    /// nobody should publish. `None` when it is no key set, holds too many keys, or none that is of use.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let KeySet { keys } = serde_json::from_slice(text).ok()?;
        let is_small = keys.len() <= PUBLISHED_KEYS_MAX;
        let keys: Vec<PublicKey> = keys.into_iter().filter_map(PublicKey::read).collect();
        (is_small && !keys.is_empty()).then_some(Self(keys))
    }

    /// The keys with which a token may have been signed that names this algorithm and this key.
    pub(super) fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> impl Iterator<Item = &DecodingKey> {
        let may_be = move |key: &&PublicKey| match (key.id.as_deref(), kid) {
            (Some(id), Some(kid)) => id == kid,
            (None, _) | (_, None) => true,
        };
        self.0.iter().filter(move |key| key.algorithm == algorithm).filter(may_be).map(|key| &key.checks)
    }
}

impl PublicKey {
    fn read(key: Value) -> Option<Self> {
        let key: Jwk = serde_json::from_value(key).ok()?;
        let algorithm = algorithm_of(&key.algorithm)?;
        let CommonParameters { public_key_use, key_operations, key_algorithm, key_id, .. } = &key.common;
        let is_for_signatures = matches!(public_key_use, None | Some(PublicKeyUse::Signature))
            && key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify))
            && key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
        let checks = DecodingKey::from_jwk(&key).ok().filter(|_| is_for_signatures)?;
        Some(Self { id: key_id.clone(), algorithm, checks })
    }
}

/// The one algorithm that a key is used with; none for secrets, and for what is not supported.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of kinds of keys is open")]
fn algorithm_of(parameters: &AlgorithmParameters) -> Option<Algorithm> {
    match parameters {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) => (key.curve == EllipticCurve::P256).then_some(Algorithm::ES256),
        AlgorithmParameters::OctetKeyPair(key) => (key.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA),
        _ => None,
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.iter().map(|key| (key.id.as_deref().unwrap_or("-"), key.algorithm));
        formatter.debug_list().entries(keys).finish()
    }
}
