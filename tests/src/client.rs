//! A player's connection: a real WebSocket, with no cleverness beyond sorting what arrives.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderValue, Request},
        protocol::frame::coding::CloseCode,
    },
};
use turnlog_protocol::token::{Claims, TokenKeys};
use uuid::Uuid;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A player's open connection.
#[derive(Debug)]
pub struct Client {
    // Tests hold several of them, and with TLS each is large.
    socket: Box<Socket>,
    pushed: VecDeque<Value>,
    /// The messages of every game that this connection heard of, by game and seq.
    log: BTreeMap<String, BTreeMap<u64, Value>>,
    views: BTreeMap<String, (u64, Value)>,
    /// Every frame of the server.
    received: Vec<Value>,
}

/// The handshake was refused with this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(pub u16);

/// A token of this player, signed with the newest of these secrets, that expires in `seconds` from now; less than zero is over
/// already.
///
/// # Panics
/// When these are no secrets, or the clock stands before 1970.
pub fn token(player: &str, secrets: &str, seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970").as_secs();
    let (sub, name, exp) = (player.to_owned(), player.to_owned(), now.saturating_add_signed(seconds));
    let claims = Claims { sub, name, iat: now, exp, aud: None, iss: None };
    TokenKeys::parse(secrets).expect("they are secrets").sign(&claims)
}

/// A handshake with a token in the subprotocol.
fn request(url: &str, token: &str) -> Request<()> {
    let mut request = url.into_client_request().expect("it is a URL");
    let protocols = HeaderValue::from_str(&format!("turnlog.v1, {token}")).expect("a token is a header value");
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
    request
}

impl Client {
    /// Connects with a token in the subprotocol.
    ///
    /// # Errors
    /// When the handshake is refused.
    ///
    /// # Panics
    /// When there is no server.
    pub async fn connect(url: &str, token: &str) -> Result<Self, Refused> {
        Self::handshake(request(url, token)).await
    }

    /// Connects with a token in the subprotocol from another address of this machine.
    ///
    /// # Errors
    /// When the handshake is refused.
    ///
    /// # Panics
    /// When there is no server, or no such address.
    pub async fn connect_from(address: Ipv4Addr, url: &str, token: &str) -> Result<Self, Refused> {
        let request = request(url, token);
        let host = request.uri().authority().expect("a URL of a server has an authority").as_str();
        let server: SocketAddr = host.parse().expect("the stack is named by its address");
        let socket = TcpSocket::new_v4().expect("there is room for a socket");
        socket.bind((address, 0).into()).expect("it is an address of this machine");
        let stream = MaybeTlsStream::Plain(socket.connect(server).await.expect("the server is there"));
        Self::opened(timeout(PATIENCE, client_async(request, stream)).await.expect("the handshake ends"))
    }

    /// The same through a proxy that names the client's address.
    ///
    /// # Errors
    /// When the handshake is refused.
    ///
    /// # Panics
    /// When there is no server.
    pub async fn connect_through(url: &str, token: &str, address: &str) -> Result<Self, Refused> {
        let mut request = url.into_client_request().expect("it is a URL");
        let protocols = HeaderValue::from_str(&format!("turnlog.v1, {token}")).expect("a token is a header value");
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
        request.headers_mut().insert("X-Forwarded-For", HeaderValue::from_str(address).expect("it is a header value"));
        Self::handshake(request).await
    }

    /// Connects to a URL as it stands.
    ///
    /// # Errors
    /// When the handshake is refused.
    ///
    /// # Panics
    /// When there is no server.
    pub async fn connect_plain(url: &str) -> Result<Self, Refused> {
        Self::handshake(url.into_client_request().expect("it is a URL")).await
    }

    async fn handshake(request: Request<()>) -> Result<Self, Refused> {
        Self::opened(timeout(PATIENCE, connect_async(request)).await.expect("the handshake ends"))
    }

    fn opened(handshake: tungstenite::Result<(Socket, Response)>) -> Result<Self, Refused> {
        match handshake {
            Ok((socket, response)) => {
                let selected = response.headers().get("sec-websocket-protocol").map(HeaderValue::as_bytes);
                assert!(matches!(selected, None | Some(b"turnlog.v1")), "the token is never echoed");
                Ok(Self {
                    socket: Box::new(socket),
                    pushed: VecDeque::new(),
                    log: BTreeMap::new(),
                    views: BTreeMap::new(),
                    received: Vec::new(),
                })
            }
            Err(tungstenite::Error::Http(response)) => Err(Refused(response.status().as_u16())),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    /// Sends a frame and waits for its answer; an `id` is made when the frame has none.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        let id = frame.get("id").cloned().unwrap_or_else(|| json!(Uuid::new_v4()));
        frame["id"] = id.clone();
        self.send(Message::text(frame.to_string())).await;
        self.answer_to(&id).await
    }

    /// Sends an accepted frame.
    ///
    /// # Panics
    /// When it is not accepted.
    pub async fn accept(&mut self, frame: Value) -> Value {
        let answer = self.ask(frame.clone()).await;
        assert_eq!(answer["type"], "accepted", "{frame} was answered with {answer}");
        answer
    }

    /// Sends a rejected frame; returns its code.
    ///
    /// # Panics
    /// When it is not rejected.
    pub async fn reject(&mut self, frame: Value) -> String {
        let answer = self.ask(frame.clone()).await;
        assert_eq!(answer["type"], "rejected", "{frame} was answered with {answer}");
        answer["code"].as_str().expect("a rejection has a code").to_owned()
    }

    /// Sends anything.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send(&mut self, message: Message) {
        self.socket.send(message).await.expect("the connection is open");
    }

    /// Sends anything, and tells whether the connection was still there.
    pub async fn try_send(&mut self, message: Message) -> bool {
        self.socket.send(message).await.is_ok()
    }

    /// Waits for the answer with this id, which may be null.
    ///
    /// # Panics
    /// When none comes.
    pub async fn answer_to(&mut self, id: &Value) -> Value {
        loop {
            let frame = self.receive().await.unwrap_or_else(|code| panic!("closed with {code:?}"));
            if frame.get("id") == Some(id) {
                return frame;
            }
            assert!(frame.get("id").is_none(), "an answer that nobody asked for: {frame}");
            self.pushed.push_back(frame);
        }
    }

    /// The next frame of the server, or the code with which it closed.
    ///
    /// # Errors
    /// When the connection is closed.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn receive(&mut self) -> Result<Value, Option<CloseCode>> {
        loop {
            // Cancel-safe: what `next` has not returned stays in the socket.
            let received = timeout(PATIENCE, self.socket.next()).await.expect("something comes in time");
            match received {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("the server sends JSON");
                    self.learn(&frame);
                    self.received.push(frame.clone());
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Waits until the messages 1 to `seq` of a game are there, asking for none of them.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn hears(&mut self, game: &str, seq: u64) {
        self.hears_after(game, 0, seq).await;
    }

    /// Waits until the messages after `after` up to `seq` are there, asking for none of them.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn hears_after(&mut self, game: &str, after: u64, seq: u64) {
        while !self.has(game, after + 1..=seq) {
            self.receive().await.unwrap_or_else(|code| panic!("closed with {code:?}"));
        }
    }

    /// Waits until the view of a game satisfies a condition.
    ///
    /// # Panics
    /// When it never does.
    pub async fn sees(&mut self, game: &str, condition: impl Fn(&Value) -> bool) {
        while !self.views.get(game).is_some_and(|(_, view)| condition(view)) {
            self.receive().await.unwrap_or_else(|code| panic!("closed with {code:?}"));
        }
    }

    /// The messages of a game, in order.
    pub fn messages(&self, game: &str) -> Vec<Value> {
        self.log.get(game).map(|messages| messages.values().cloned().collect()).unwrap_or_default()
    }

    /// The seqs of the messages of a game.
    pub fn seqs(&self, game: &str) -> Vec<u64> {
        self.log.get(game).map(|messages| messages.keys().copied().collect()).unwrap_or_default()
    }

    /// Every frame that the server has sent so far.
    pub fn received(&self) -> &[Value] {
        &self.received
    }

    /// Waits until the server has sent a frame that satisfies a condition.
    ///
    /// # Panics
    /// When it never does.
    pub async fn receives(&mut self, condition: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(frame) = self.received.iter().find(|frame| condition(frame)) {
                return frame.clone();
            }
            self.receive().await.unwrap_or_else(|code| panic!("closed with {code:?}"));
        }
    }

    /// The latest view of a game.
    ///
    /// # Panics
    /// When there is none yet.
    pub fn view(&self, game: &str) -> &Value {
        &self.views.get(game).expect("the game was seen").1
    }

    /// Ends the connection in order.
    pub async fn close(mut self) {
        // The server may be gone already, which is as good.
        let _ = WebSocketStream::close(&mut self.socket, None).await;
    }

    fn has(&self, game: &str, mut seqs: RangeInclusive<u64>) -> bool {
        self.log.get(game).is_some_and(|messages| seqs.all(|seq| messages.contains_key(&seq)))
    }

    fn learn(&mut self, frame: &Value) {
        let Some(game) = frame["game"].as_str() else { return };
        let messages = frame["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        for message in messages {
            let seq = message["seq"].as_u64().expect("a message has a seq");
            let known = self.log.entry(game.to_owned()).or_default().insert(seq, message.clone());
            assert!(known.is_none_or(|known| agree(&known, message)), "one seq, one message");
        }
        let (Some(seq), Some(view)) = (frame["seq"].as_u64(), frame.get("view")) else { return };
        if self.views.get(game).is_none_or(|(latest, _)| *latest <= seq) {
            self.views.insert(game.to_owned(), (seq, view.clone()));
        }
    }
}

/// Whether two copies of a message tell the same, as far as both tell it: what is hidden is null until the end opens it.
fn agree(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| agree(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.keys().eq(other.keys()) && one.iter().zip(other).all(|((_, one), (_, other))| agree(one, other))
        }
        _ => one == other,
    }
}
