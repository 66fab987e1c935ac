//! The server's secrets behind chance and invitations.

use std::fmt;

use turnlog_domain::{Game, GameId, Invitation, KeyId, Seq, ServerPart};

use crate::{
    environment::Environment,
    limits::{CHANCE_KEY_LENGTH_MIN, CHANCE_KEYS_MAX},
    secrets::{SecretError, secrets},
};

/// The variable of the environment that names the parameter with the keys.
const VARIABLE: &str = "CHANCE_KEYS_PARAMETER";
/// The id of a key that was given without one.
const ID_OF_PLAIN_KEY: &str = "1";

/// The keys from which the server's parts of seeds and the codes of private games come, the newest first. New games use
/// the newest; a game under way keeps the one that it began with. They show nothing when printed.
#[derive(Clone, Default)]
pub struct ChanceKeys(Vec<ChanceKey>);

#[derive(Clone)]
struct ChanceKey {
    id: KeyId,
    secret: Vec<u8>,
}

impl ChanceKeys {
    /// Reads the keys from the parameter that `CHANCE_KEYS_PARAMETER` names.
    ///
    /// # Errors
    /// When there is none, or one is not valid.
    pub async fn from_environment(environment: &Environment) -> Result<Self, SecretError> {
        let [keys] = secrets(environment, [VARIABLE]).await?;
        Self::parse(&keys).ok_or(SecretError::Invalid(VARIABLE))
    }

    /// Reads `id:secret` pairs with commas between, the newest first. A secret without an id is the key `1`. The characters
    /// of a secret are the bytes of the key, whatever they encode. `None` when it is anything else, an id comes twice, or a
    /// secret has fewer than 32 characters.
    pub fn parse(text: &str) -> Option<Self> {
        let keys: Vec<ChanceKey> = text.split(',').map(ChanceKey::parse).collect::<Option<_>>()?;
        let is_repeated = |(index, key): (usize, &ChanceKey)| keys[..index].iter().any(|other| other.id == key.id);
        let is_valid = keys.len() <= CHANCE_KEYS_MAX && !keys.iter().enumerate().any(is_repeated);
        is_valid.then_some(Self(keys))
    }

    /// The server's part of the seed of a new game.
    pub(crate) fn for_new(&self, game: GameId) -> Option<(&KeyId, ServerPart)> {
        self.0.first().map(|key| key.part(game))
    }

    /// The server's part of the seed of a game, where it has one and its key is still here.
    pub(crate) fn for_game(&self, game: &Game) -> Option<(&KeyId, ServerPart)> {
        let promise = game.chance()?;
        self.0.iter().find(|key| key.id == promise.key).map(|key| key.part(game.id()))
    }

    /// The code that a new game would have, or one whose code the message at `renewed` renews.
    pub(crate) fn new_invitation(&self, game: GameId, renewed: Option<Seq>) -> Option<Invitation> {
        self.0.first().map(|key| Invitation::derive(&key.secret, game, renewed))
    }

    /// The code of a private game, if its key is still here. It is for the host only.
    pub fn invitation(&self, game: &Game) -> Option<Invitation> {
        let (game_id, renewed) = (game.id(), game.invitation_renewed());
        let mut codes = self.0.iter().map(|key| Invitation::derive(&key.secret, game_id, renewed));
        if game.is_private() { codes.find(|code| game.is_invitation(code)) } else { None }
    }
}

impl ChanceKey {
    fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.trim().split_once(':').unwrap_or((ID_OF_PLAIN_KEY, text.trim()));
        let is_secret = secret.len() >= CHANCE_KEY_LENGTH_MIN && secret.bytes().all(|byte| byte.is_ascii_graphic());
        let id = KeyId::parse(id).ok().filter(|_| is_secret && !secret.contains(':'))?;
        Some(Self { id, secret: secret.as_bytes().to_vec() })
    }

    fn part(&self, game: GameId) -> (&KeyId, ServerPart) {
        (&self.id, ServerPart::derive(&self.secret, game))
    }
}

impl fmt::Debug for ChanceKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|key| key.id.as_str())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

    fn ids(text: &str) -> Option<String> {
        ChanceKeys::parse(text).map(|keys| format!("{keys:?}"))
    }

    #[test]
    fn keys_have_ids_or_are_the_first() {
        assert_eq!(ids(OLD).as_deref(), Some(r#"["1"]"#));
        assert_eq!(ids(&format!("2026-05:{NEW},{OLD}")).as_deref(), Some(r#"["2026-05", "1"]"#));
        assert_eq!(ids(&format!(" b:{NEW} ,\n a:{OLD}\n")).as_deref(), Some(r#"["b", "a"]"#));
    }

    #[test]
    fn what_is_no_list_of_keys_is_refused() {
        let wrong = [
            String::new(),
            "short".to_owned(),
            format!("{OLD},"),
            format!("{OLD},{NEW}"),
            format!("a b:{OLD}"),
            format!("a:b:{OLD}"),
            format!("a:{OLD} {NEW}"),
        ];
        for text in wrong {
            assert_eq!(ids(&text), None, "{text}");
        }
    }
}
