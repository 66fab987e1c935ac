//! `turnlog token`: a player's token for a deployed stack.

use std::{
    error::Error,
    io::{self, IsTerminal as _, Read as _},
    time::Duration,
};

use clap::Args;
use turnlog_protocol::token::TokenKeys;

use crate::claims::{self, Particulars};

/// The variable that the authorizer reads the secret from, too.
const SECRET_VARIABLE: &str = "TOKEN_SECRET";

/// The options of `turnlog token`.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Whom the token speaks for.
    #[arg(long)]
    player_id: String,
    /// The name that others see [default: the player id].
    #[arg(long)]
    name: Option<String>,
    /// Whom it is for, where the stack asks for that (`TokenAudience`).
    #[arg(long)]
    audience: Option<String>,
    /// Who signs it, where the stack asks for that (`TokenIssuer`).
    #[arg(long)]
    issuer: Option<String>,
    /// How long it is good.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24 * 365))]
    hours: u32,
}

/// Prints a token. The secrets never stand on the command line, where every process could read them.
pub(crate) fn run(token: &Token) -> Result<(), Box<dyn Error>> {
    let secrets = TokenKeys::parse(&secret()?).ok_or(
        "the secret must have 32 visible characters or more, without comma and colon; several with ids are `id:secret,id:secret`",
    )?;
    let Token { player_id, name, audience, issuer, hours } = token;
    let particulars = Particulars { name: name.clone(), audience: audience.clone(), issuer: issuer.clone() };
    println!("{}", claims::token(player_id, particulars, Duration::from_hours((*hours).into()), &secrets)?);
    Ok(())
}

fn secret() -> Result<String, Box<dyn Error>> {
    if let Ok(secret) = std::env::var(SECRET_VARIABLE)
        && !secret.is_empty()
    {
        return Ok(secret);
    }
    let mut input = io::stdin();
    if input.is_terminal() {
        return Err(format!("set {SECRET_VARIABLE}, or write the secret to standard input").into());
    }
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() { Err("the secret is empty".into()) } else { Ok(secret.to_owned()) }
}
