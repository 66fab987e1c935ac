//! `turnlog token`: a player's token for a deployed stack.

use std::{
    error::Error,
    io::{self, IsTerminal as _, Read as _},
    time::Duration,
};

use clap::Args;
use reqwest::Url;
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
    /// Prints a link to the page at this address instead, which signs in whoever opens it. The address may name a game.
    #[arg(long, value_name = "ADDRESS", value_parser = page)]
    link: Option<Url>,
}

/// Prints a token, or a link with it. The secrets never stand on the command line, where every process could read them.
pub(crate) fn run(token: &Token) -> Result<(), Box<dyn Error>> {
    let secrets = TokenKeys::parse(&secret()?).ok_or(
        "the secret must have 32 visible characters or more, without comma and colon; several with ids are `id:secret,id:secret`",
    )?;
    let Token { player_id, name, audience, issuer, hours, link } = token;
    let particulars = Particulars { name: name.clone(), audience: audience.clone(), issuer: issuer.clone() };
    let token = claims::token(player_id, particulars, Duration::from_hours((*hours).into()), &secrets)?;
    println!("{}", link.clone().map_or(token.clone(), |page| linked(page, &token)));
    Ok(())
}

/// Reads the address of a page.
fn page(text: &str) -> Result<Url, String> {
    let page = Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(page.scheme(), "http" | "https") {
        Ok(page)
    } else {
        Err("it begins with https:// or http://".to_owned())
    }
}

/// The address of a page with a token, behind the `#`: that part is sent to no server, and to no other page.
fn linked(mut page: Url, token: &str) -> String {
    let fragment = match page.fragment() {
        None | Some("") => format!("token={token}"),
        Some(place) => format!("{place}&token={token}"),
    };
    page.set_fragment(Some(&fragment));
    page.into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_the_token_where_no_server_sees_it() {
        let link = |text: &str| linked(page(text).unwrap(), "ey.e30.x-_");
        assert_eq!(link("https://play.example.org/"), "https://play.example.org/#token=ey.e30.x-_");
        assert_eq!(link("https://play.example.org"), "https://play.example.org/#token=ey.e30.x-_");
        assert_eq!(link("http://127.0.0.1:3000/a/?b=c#"), "http://127.0.0.1:3000/a/?b=c#token=ey.e30.x-_");
        let game = "https://play.example.org/#game=0d6e4e0c-7f1e-4b11-9a53-0a5f3ff7a001&invitation=00";
        assert_eq!(link(game), format!("{game}&token=ey.e30.x-_"), "it leads to the game as well");
    }

    #[test]
    fn what_is_no_address_of_a_page_gets_no_token() {
        for text in ["", "play.example.org", "/", "ftp://example.org/", "javascript:alert(1)"] {
            assert!(page(text).is_err(), "{text}");
        }
    }
}
