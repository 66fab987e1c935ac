//! What the commands ask of a running stack.

use std::error::Error;

use reqwest::{Client, Method, Response};
use serde_json::Value;

/// A stack on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    port: u16,
    client: Client,
}

impl Remote {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, client: Client::new() }
    }

    /// Sends a request, with the body of one if there is any.
    ///
    /// # Errors
    /// When nothing answers there, or with what the stack says is wrong.
    pub(crate) async fn call(&self, method: Method, path: &str, body: String) -> Result<Response, Box<dyn Error>> {
        let address = format!("http://127.0.0.1:{}{path}", self.port);
        let sent = self.client.request(method, &address).body(body).send().await;
        let answer =
            sent.map_err(|_| format!("no stack answers on port {}; start one with `turnlog dev`", self.port))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body: Value = serde_json::from_str(&answer.text().await?).unwrap_or_default();
        Err(body["Message"].as_str().map_or_else(|| status.to_string(), str::to_owned).into())
    }
}
