//! The stack that is measured, and how its players get in.

use std::{error::Error, fs, path::Path, time::Duration};

use serde::Deserialize;
use serde_json::json;
use turnlog_protocol::token::TokenKeys;

use super::Bench;
use crate::claims::{self, Particulars};

/// How long a token of this command is good, beyond the longest benchmark.
const TOKEN_GOOD: Duration = Duration::from_hours(24);

/// Where a running stack is, and who signs its tokens.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) websocket: String,
    signer: Signer,
}

#[derive(Debug)]
enum Signer {
    /// The local stack signs for anybody on this machine, and says how it is.
    Stack { address: String, client: reqwest::Client },
    /// This command, with the secret of the stack.
    Secret { keys: TokenKeys, particulars: Particulars },
}

/// What `GET /health` of a local stack says.
#[derive(Debug, Deserialize)]
struct Health {
    rss_bytes: u64,
    websocket: Option<String>,
}

impl Target {
    pub(super) async fn find(bench: &Bench) -> Result<Self, Box<dyn Error>> {
        if let (Some(url), Some(file)) = (&bench.url, &bench.token_secret_file) {
            let particulars =
                Particulars { name: None, audience: bench.audience.clone(), issuer: bench.issuer.clone() };
            return Ok(Self { websocket: url.clone(), signer: Signer::Secret { keys: secret(file)?, particulars } });
        }
        let address = format!("http://127.0.0.1:{}", bench.port);
        let client = reqwest::Client::new();
        let websocket = health(&client, &address).await?.websocket;
        let websocket = websocket.ok_or("the template of that stack has no WebSocket API")?;
        Ok(Self { websocket, signer: Signer::Stack { address, client } })
    }

    /// The memory of the stack, where it says that and is still there.
    pub(super) async fn rss_bytes(&self) -> Option<u64> {
        match &self.signer {
            Signer::Stack { address, client } => health(client, address).await.ok().map(|health| health.rss_bytes),
            Signer::Secret { .. } => None,
        }
    }

    pub(super) async fn token(&self, player: &str) -> Result<String, Box<dyn Error>> {
        #[derive(Deserialize)]
        struct Signed {
            token: String,
        }
        match &self.signer {
            Signer::Stack { address, client } => {
                let request = client.post(format!("{address}/dev/token")).json(&json!({ "player_id": player }));
                Ok(request.send().await?.error_for_status()?.json::<Signed>().await?.token)
            }
            Signer::Secret { keys, particulars } => Ok(claims::token(player, particulars.clone(), TOKEN_GOOD, keys)?),
        }
    }
}

fn secret(file: &Path) -> Result<TokenKeys, Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let keys = TokenKeys::parse(text.trim_end_matches(['\r', '\n']));
    keys.ok_or_else(|| format!("{} holds no secret of 32 visible characters or more", file.display()).into())
}

async fn health(client: &reqwest::Client, address: &str) -> Result<Health, Box<dyn Error>> {
    let answer = client.get(format!("{address}/health")).send().await;
    let answer = answer.map_err(|_| format!("no stack is running at {address}"))?;
    Ok(answer.error_for_status()?.json().await?)
}
