//! The names under which the functions find their secrets in the parameter store.

/// The parameters of the template that hold such a name, with their defaults.
const TOKEN: (&str, &str) = ("TokenSecretParameter", "/turnlog/token-secret");
const CHANCE: (&str, &str) = ("ChanceKeysParameter", "/turnlog/chance-keys");

/// The name of each secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secrets {
    /// Tokens are signed with it.
    pub(crate) token: String,
    /// Chance and invitations come from it.
    pub(crate) chance: String,
}

impl Secrets {
    /// The names of a stack whose template has these values for its parameters, and defaults for the others.
    pub(crate) fn named(given: &[(String, String)]) -> Self {
        let name = |(parameter, default): (&str, &str)| {
            let chosen = given.iter().rev().find(|(name, _)| name == parameter);
            chosen.map_or_else(|| default.to_owned(), |(_, value)| value.clone())
        };
        Self { token: name(TOKEN), chance: name(CHANCE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_template() {
        let template = include_str!("../../template.yaml");
        for (parameter, default) in [TOKEN, CHANCE] {
            let declared = template.split(&format!("\n  {parameter}:\n")).nth(1).unwrap();
            let declared = declared.split("Default: ").nth(1).unwrap().lines().next().unwrap();
            assert_eq!(declared, default);
        }
        let secrets = Secrets::named(&[("TokenSecretParameter".to_owned(), "/other".to_owned())]);
        assert_eq!((secrets.token.as_str(), secrets.chance.as_str()), ("/other", CHANCE.1));
    }
}
