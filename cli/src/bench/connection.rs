//! A player's WebSocket.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue, protocol::WebSocketConfig},
};
use uuid::Uuid;

/// What is read from a connection at once.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// After how long a frame is sent again where the stack does not say when.
const RESEND_AFTER: Duration = Duration::from_millis(100);

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The codes with which frames were refused that [`ask`](Self::ask) has sent again.
    pub(super) refusals: Vec<String>,
    /// The frames that came while [`ask`](Self::ask) waited for its answer.
    pub(super) passed_over: Vec<Frame>,
}

/// As much of a frame of the server as a player needs.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    pub(super) id: Option<Uuid>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) game: Option<String>,
    pub(super) seq: Option<u64>,
    #[serde(default)]
    pub(super) messages: Vec<Shown>,
    pub(super) view: Option<View>,
    #[serde(default)]
    pub(super) actions: Vec<Value>,
    code: Option<String>,
    message: Option<String>,
    #[serde(default)]
    retryable: bool,
    retry_after_ms: Option<u64>,
}

/// A message: where it stands, and whose it is.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    pub(super) seq: u64,
    pub(super) player_id: Option<String>,
}

/// What a player goes by.
#[derive(Debug, Deserialize)]
pub(super) struct View {
    pub(super) phase: String,
    pub(super) turn: Vec<usize>,
}

/// Why a game cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the token cannot stand in a header")]
    Token,
    #[error("the stack closed a connection")]
    Closed,
    #[error("a connection broke: {0}")]
    Socket(#[from] tungstenite::Error),
    #[error("the stack sent a frame that cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the stack answered {code}: {message}")]
    Refused { code: String, message: String },
    #[error("nothing came from the stack for a long time")]
    Silent,
    #[error("the game goes on, and it is nobody's turn")]
    Stuck,
    #[error("the rules of this command refuse a legal move: {0}")]
    Rules(#[from] turnlog_domain::Rejection),
    #[error("the rules of this command cannot apply their own event: {0}")]
    Event(#[from] turnlog_domain::InvalidEvent),
}

impl Connection {
    pub(super) async fn open(url: &str, token: &str) -> Result<Self, Broken> {
        let mut request = url.into_client_request()?;
        let protocols = HeaderValue::from_str(&format!("turnlog.v1, {token}")).map_err(|_| Broken::Token)?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
        // The buffer is filled with zeros before every read, which would be most of the load generator's work.
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let (socket, _) = connect_async_with_config(request, Some(config), true).await?;
        Ok(Self { socket, refusals: Vec::new(), passed_over: Vec::new() })
    }

    pub(super) async fn send(&mut self, frame: &str) -> Result<(), Broken> {
        Ok(self.socket.send(Message::text(frame)).await?)
    }

    /// The next frame of the server. Cancel-safe: only the socket is awaited.
    pub(super) async fn receive(&mut self) -> Result<Frame, Broken> {
        loop {
            match self.socket.next().await.ok_or(Broken::Closed)?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(_) => return Err(Broken::Closed),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Sends a frame and waits until it is accepted, for as long as its caller does.
    pub(super) async fn ask(&mut self, mut frame: Value) -> Result<Frame, Broken> {
        let id = Uuid::new_v4();
        frame["id"] = id.to_string().into();
        let text = frame.to_string();
        self.send(&text).await?;
        loop {
            let answer = self.receive().await?;
            if answer.id != Some(id) {
                self.passed_over.push(answer);
                continue;
            }
            if answer.is_accepted() {
                return Ok(answer);
            }
            let Some(pause) = answer.resend_after() else { return Err(answer.refused()) };
            self.refusals.push(answer.code().to_owned());
            tokio::time::sleep(pause).await;
            self.send(&text).await?;
        }
    }
}

impl Frame {
    pub(super) fn is_accepted(&self) -> bool {
        self.kind.as_deref() == Some("accepted")
    }

    /// What is wrong: a code, or the text of a frame that API Gateway sends by itself.
    pub(super) fn code(&self) -> &str {
        [&self.code, &self.message, &self.kind].into_iter().flatten().next().map_or("unknown", String::as_str)
    }

    /// After how long a refused frame is sent again; never where that cannot help.
    pub(super) fn resend_after(&self) -> Option<Duration> {
        self.retryable.then(|| self.retry_after_ms.map_or(RESEND_AFTER, Duration::from_millis))
    }

    pub(super) fn refused(self) -> Broken {
        Broken::Refused { code: self.code().to_owned(), message: self.message.unwrap_or_default() }
    }
}

impl Broken {
    /// What it is called among the errors; nothing where what is missing says it.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Token | Self::Closed | Self::Socket(_) => Some("connection_closed"),
            Self::Unreadable(_) => Some("unreadable_frame"),
            Self::Refused { code, .. } => Some(code),
            Self::Silent => None,
            Self::Stuck => Some("nobody_in_turn"),
            Self::Rules(_) | Self::Event(_) => Some("other_rules"),
        }
    }
}
