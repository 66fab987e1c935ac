//! What a token says about a player.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use turnlog_domain::{InvalidId, PlayerId};
use turnlog_protocol::token::{Claims, sign};

/// A signed token for a player, good from now on. Without a name, others see the id.
///
/// # Errors
/// When no player can have that id.
pub(crate) fn token(player_id: &str, name: Option<&str>, good: Duration, secret: &[u8]) -> Result<String, InvalidId> {
    let player_id = PlayerId::parse_person(player_id)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let claims = Claims {
        sub: player_id.to_string(),
        name: name.unwrap_or(player_id.as_str()).to_owned(),
        iat: now.as_secs(),
        exp: (now + good).as_secs(),
    };
    Ok(sign(&claims, secret))
}

#[cfg(test)]
mod tests {
    use turnlog_protocol::token::verify;

    use super::*;

    #[test]
    fn a_token_proves_who_its_bearer_is() {
        let hour = Duration::from_hours(1);
        let signed = token("ada", Some("Ada"), hour, b"secret").unwrap();
        let identity = verify(&signed, b"secret").unwrap();
        assert_eq!((identity.player_id.as_str(), identity.name.as_str()), ("ada", "Ada"));
        assert!(verify(&signed, b"another").is_err());
    }

    #[test]
    fn an_id_that_no_player_can_have_gets_no_token() {
        assert!(token("a b", None, Duration::from_secs(1), b"secret").is_err());
    }
}
