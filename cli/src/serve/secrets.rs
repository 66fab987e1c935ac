//! The secrets of a server: read once, from files or from the environment, and never made up.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use turnlog_protocol::token::TokenKeys;
use turnlog_store::ChanceKeys;

use crate::secret_names::Secrets;

/// A secret of random characters has many different ones. One of 32 hexadecimal digits has fewer than this once in some
/// hundred million times.
const DIFFERENT_CHARACTERS_MIN: usize = 8;

/// What the mode of a file allows others than its owner.
const OTHERS: u32 = 0o077;

/// How to make a secret.
const HINT: &str = "make one with `openssl rand -hex 32`";

/// Where the secrets are.
#[derive(Debug, Args)]
pub(crate) struct SecretFiles {
    /// The file with the secrets that sign players' tokens [default: the environment variable `TOKEN_SECRET`].
    #[arg(long, value_name = "FILE", env = "TOKEN_SECRET_FILE")]
    token_secret_file: Option<PathBuf>,
    /// The file with the secrets from which chance and invitations come [default: the environment variable `CHANCE_KEYS`].
    #[arg(long, value_name = "FILE", env = "CHANCE_KEYS_FILE")]
    chance_keys_file: Option<PathBuf>,
}

/// Why there is no secret. None of the texts holds one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    #[error("{variable} is not set, and {option} names no file; {HINT}")]
    Missing { variable: &'static str, option: &'static str },
    #[error("{}: {source}", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "{variable} holds no secret: 32 visible characters or more, without comma and colon; several are `id:secret,id:secret`; {HINT}"
    )]
    Malformed { variable: &'static str },
    #[error("a secret in {variable} has few different characters, so that it can be guessed; {HINT}")]
    Weak { variable: &'static str },
    #[error(
        "TOKEN_SECRET and CHANCE_KEYS hold the same secret; whoever may sign tokens must not know what is shuffled"
    )]
    Same,
}

impl SecretFiles {
    /// The secrets by the names that the template has for them, with these values for its parameters.
    ///
    /// # Errors
    /// When one is missing, malformed, or can be guessed.
    pub(super) fn read(&self, parameters: &[(String, String)]) -> Result<BTreeMap<String, String>, SecretError> {
        let token = Secret { variable: "TOKEN_SECRET", option: "--token-secret-file" };
        let chance = Secret { variable: "CHANCE_KEYS", option: "--chance-keys-file" };
        let token_text = token.read(self.token_secret_file.as_deref())?;
        let chance_text = chance.read(self.chance_keys_file.as_deref())?;
        token.check(&token_text, TokenKeys::parse(&token_text).is_some())?;
        chance.check(&chance_text, ChanceKeys::parse(&chance_text).is_some())?;
        if secrets(&token_text).any(|secret| secrets(&chance_text).any(|other| other == secret)) {
            return Err(SecretError::Same);
        }
        let names = Secrets::named(parameters);
        Ok(BTreeMap::from([(names.token, token_text), (names.chance, chance_text)]))
    }
}

/// One of the two.
struct Secret {
    variable: &'static str,
    option: &'static str,
}

impl Secret {
    fn read(&self, file: Option<&Path>) -> Result<String, SecretError> {
        let Self { variable, option } = *self;
        let Some(path) = file else {
            let value = env::var(variable).ok().filter(|value| !value.is_empty());
            return value.ok_or(SecretError::Missing { variable, option });
        };
        let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & OTHERS != 0 {
            tracing::warn!(file = %path.display(), "others on this machine may read this secret; chmod 600 keeps it");
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn check(&self, text: &str, is_well_formed: bool) -> Result<(), SecretError> {
        let variable = self.variable;
        if !is_well_formed {
            return Err(SecretError::Malformed { variable });
        }
        let different = |secret: &str| secret.chars().collect::<BTreeSet<_>>().len();
        if secrets(text).any(|secret| different(secret) < DIFFERENT_CHARACTERS_MIN) {
            return Err(SecretError::Weak { variable });
        }
        Ok(())
    }
}

/// Each secret of a list, without its id.
fn secrets(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(|pair| pair.rsplit(':').next().unwrap_or(pair).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRONG: &str = "1:8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d";
    const OTHER: &str = "1:45c48cce2e2d7fbdea1afc51c7c6ad26aab3238922bcc25a6f606eb525ffdc56";

    fn read(token: &str, chance: &str) -> Result<BTreeMap<String, String>, SecretError> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            Some(path)
        };
        let files = SecretFiles { token_secret_file: file("token", token), chance_keys_file: file("chance", chance) };
        files.read(&[("ChanceKeysParameter".to_owned(), "/mine".to_owned())])
    }

    #[test]
    fn secrets_have_the_names_of_the_template() {
        let read = read(&format!("{STRONG}\n"), OTHER).unwrap();
        assert_eq!(read["/turnlog/token-secret"], STRONG);
        assert_eq!(read["/mine"], OTHER);
    }

    #[test]
    fn what_can_be_guessed_is_refused() {
        assert!(matches!(read("short", OTHER), Err(SecretError::Malformed { variable: "TOKEN_SECRET" })));
        assert!(matches!(read(STRONG, ""), Err(SecretError::Malformed { variable: "CHANCE_KEYS" })));
        let repeated = "a".repeat(64);
        assert!(matches!(read(&repeated, OTHER), Err(SecretError::Weak { variable: "TOKEN_SECRET" })));
        assert!(matches!(read(&format!("{STRONG},2:{repeated}"), OTHER), Err(SecretError::Weak { .. })));
        assert!(matches!(read(STRONG, STRONG), Err(SecretError::Same)));
        assert!(matches!(read(STRONG, &format!("b:{}", &STRONG[2..])), Err(SecretError::Same)));
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let files = SecretFiles { token_secret_file: Some("no/such".into()), chance_keys_file: None };
        assert!(files.read(&[]).unwrap_err().to_string().starts_with("no/such: "));
    }
}
