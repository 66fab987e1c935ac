//! What a token says about a player.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use turnlog_domain::{InvalidId, PlayerId};
use turnlog_protocol::token::{Claims, TokenKeys};

/// What a token says beside whom it speaks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Particulars {
    /// What others see instead of the id.
    pub(crate) name: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) issuer: Option<String>,
}

/// A signed token for a player, good from now on.
///
/// # Errors
/// When no player can have that id.
pub(crate) fn token(
    player_id: &str,
    particulars: Particulars,
    good: Duration,
    secrets: &TokenKeys,
) -> Result<String, InvalidId> {
    let player_id = PlayerId::parse_signed(player_id)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let Particulars { name, audience, issuer } = particulars;
    let claims = Claims {
        sub: player_id.to_string(),
        name: name.unwrap_or_else(|| player_id.to_string()),
        iat: now.as_secs(),
        exp: (now + good).as_secs(),
        aud: audience,
        iss: issuer,
    };
    Ok(secrets.sign(&claims))
}

#[cfg(test)]
mod tests {
    use turnlog_domain::Timestamp;
    use turnlog_protocol::token::{Expected, PublicKeys, verify};

    use super::*;

    fn secrets(text: &str) -> TokenKeys {
        TokenKeys::parse(text).unwrap()
    }

    #[test]
    fn a_token_proves_who_its_bearer_is() {
        let (ours, others) = (secrets("0123456789abcdef0123456789abcdef"), secrets("fedcba9876543210fedcba9876543210"));
        let particulars = Particulars {
            name: Some("Ada".to_owned()),
            audience: Some("turnlog".to_owned()),
            issuer: Some("login".to_owned()),
        };
        let signed = token("ada", particulars, Duration::from_hours(1), &ours).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let check = |secrets: &TokenKeys, expected: Expected| {
            verify(&signed, secrets, &PublicKeys::default(), &expected, Timestamp::from_ms(now * 1000))
        };
        let identity = check(&ours, Expected::parse("turnlog", "login")).unwrap();
        assert_eq!((identity.player_id.as_str(), identity.name.as_str()), ("ada", "Ada"));
        assert!(check(&others, Expected::parse("turnlog", "login")).is_err());
        assert!(check(&ours, Expected::default()).is_err());
    }

    #[test]
    fn an_id_that_no_player_can_have_gets_no_token() {
        let secrets = secrets("0123456789abcdef0123456789abcdef");
        for id in ["a b", "bot:search:0", "guest-f9329b59b81d6d97fb839b5a06cfd7da"] {
            assert!(token(id, Particulars::default(), Duration::from_secs(1), &secrets).is_err(), "{id}");
        }
    }
}
