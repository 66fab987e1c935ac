//! A player's WebSocket.

use std::error::Error;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue, protocol::WebSocketConfig},
};
use uuid::Uuid;

/// What is read from a connection at once.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// As much of a frame of the server as a player needs who knows what will happen.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    pub(super) id: Option<Uuid>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) game: Option<String>,
    pub(super) seq: Option<u64>,
    pub(super) code: Option<String>,
}

impl Connection {
    pub(super) async fn open(url: &str, token: &str) -> Result<Self, Box<dyn Error>> {
        let mut request = url.into_client_request()?;
        let protocols = HeaderValue::from_str(&format!("turnlog.v1, {token}"))?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
        // The buffer is filled with zeros before every read, which would be most of the load generator's work.
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let (socket, _) = connect_async_with_config(request, Some(config), true).await?;
        Ok(Self { socket })
    }

    /// Sends a frame with this id.
    pub(super) async fn send(&mut self, id: Uuid, mut frame: Value) -> Result<(), Box<dyn Error>> {
        frame["id"] = id.to_string().into();
        Ok(self.socket.send(Message::text(frame.to_string())).await?)
    }

    /// The next frame of the server.
    pub(super) async fn receive(&mut self) -> Result<Frame, Box<dyn Error>> {
        loop {
            match self.socket.next().await.ok_or("the stack closed a connection")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(_) => return Err("the stack closed a connection".into()),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Sends a frame and waits until it is accepted.
    pub(super) async fn ask(&mut self, frame: Value) -> Result<Frame, Box<dyn Error>> {
        let id = Uuid::new_v4();
        self.send(id, frame.clone()).await?;
        loop {
            let answer = self.receive().await?;
            if answer.id == Some(id) {
                return if answer.is_accepted() { Ok(answer) } else { Err(answer.refused()) };
            }
        }
    }
}

impl Frame {
    pub(super) fn is_accepted(&self) -> bool {
        self.kind.as_deref() == Some("accepted")
    }

    pub(super) fn refused(&self) -> Box<dyn Error> {
        if self.code.as_deref() == Some("too_many_frames") {
            return "the stack limits frames: start it with `--parameter FramesPerSecond=0` to measure it".into();
        }
        format!("the stack answered {}", self.code.as_deref().unwrap_or("something that is no answer")).into()
    }
}
