//! The verification of a finished game as anybody may read it: names what chance did not decide.

use std::{error::Error, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message as Text, client::IntoClientRequest as _, http::HeaderValue},
};
use turnlog_domain::{
    Actor, CommandId, Commitment, Event, Game, GameId, Kind, Kinds, Message, PlayerId, Seq, Timestamp, verify,
};
use uuid::Uuid;

use crate::arguments::Verify;

/// The variable that holds a token for a deployed stack.
const TOKEN_VARIABLE: &str = "TURNLOG_TOKEN";
const NO_TOKEN: &str = "set TURNLOG_TOKEN to a player's token";
/// How long reading a log may take.
const PATIENCE: Duration = Duration::from_mins(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A page of `history`, or the refusal of one.
#[derive(Debug, Deserialize)]
struct Page {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    retry_after_ms: Option<u64>,
    #[serde(default)]
    messages: Vec<Shown>,
    #[serde(default)]
    more: bool,
}

/// A message as it is shown to whoever may see everything.
#[derive(Debug, Deserialize)]
struct Shown {
    seq: u64,
    at: u64,
    player_id: Option<PlayerId>,
    events: Vec<ShownEvent>,
}

#[derive(Debug, Deserialize)]
struct ShownEvent {
    r#type: String,
    data: Value,
}

/// Says whether the log of a game is what its commands and its seed cause.
pub(crate) fn run(arguments: &Verify, kinds: &Kinds) -> Result<(), Box<dyn Error>> {
    let game_id = GameId::parse(arguments.game.as_deref().unwrap_or_default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Cancel-safe: the command ends with it.
    let read = async { tokio::time::timeout(PATIENCE, read_log(arguments, kinds, game_id)).await };
    let log = runtime.block_on(read).map_err(|_| "the log could not be read in a minute")??;
    verify(kinds, &log)?;
    let fold = |game, message| Game::fold(kinds, game, message).map(Some);
    let end = log.iter().try_fold(None, fold)?.ok_or("the log is empty")?;
    let seen = arguments.commitment.as_deref().map(commitment).transpose()?;
    if seen.is_some() && seen != end.chance().map(|promise| promise.commitment) {
        return Err("the log names another promise than the one that was seen".into());
    }
    println!("{}", told(&log, &end, seen.is_some()));
    Ok(())
}

fn commitment(text: &str) -> Result<Commitment, Box<dyn Error>> {
    serde_json::from_value(json!(text)).map_err(|_| "a commitment has 64 hexadecimal digits".into())
}

fn told(log: &[Message], end: &Game, is_promise_seen: bool) -> String {
    let (count, kind) = (log.len(), end.kind().name());
    match end.chance() {
        Some(_) => {
            let promise = if is_promise_seen { "which was promised as it was seen" } else { "as the log has it" };
            format!(
                "verified: {count} messages of {kind}; every shuffle and roll follows from the revealed seed, {promise}"
            )
        }
        None => format!("verified: {count} messages of {kind}, which leaves nothing to chance"),
    }
}

async fn read_log(arguments: &Verify, kinds: &Kinds, game: GameId) -> Result<Vec<Message>, Box<dyn Error>> {
    let mut socket = connect(arguments).await?;
    let mut log: Vec<Message> = Vec::new();
    let mut kind = None;
    loop {
        let after = log.last().map_or(0, |message| message.seq.0);
        let page = ask(&mut socket, arguments, after).await?;
        kind = kind.or_else(|| page.messages.first().and_then(|shown| shown.kind(kinds)));
        let kind = kind.ok_or("the log does not begin with a game of a known kind")?;
        let messages: Vec<Message> =
            page.messages.into_iter().map(|shown| shown.read(kind, game)).collect::<Result<_, _>>()?;
        let is_last = messages.is_empty() || !page.more;
        log.extend(messages);
        if is_last {
            return Ok(log);
        }
    }
}

async fn connect(arguments: &Verify) -> Result<Socket, Box<dyn Error>> {
    let url = arguments.url.as_ref().ok_or("no stack is named")?;
    let token = std::env::var(TOKEN_VARIABLE).map_err(|_| NO_TOKEN)?;
    let mut request = url.into_client_request()?;
    let protocols = HeaderValue::from_str(&format!("turnlog.v1, {token}"))?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
    Ok(connect_async(request).await?.0)
}

async fn ask(socket: &mut Socket, arguments: &Verify, after: u64) -> Result<Page, Box<dyn Error>> {
    let id = Uuid::new_v4().to_string();
    let (game, invitation) = (&arguments.game, &arguments.invitation);
    let frame =
        json!({ "action": "history", "id": id, "game": game, "after": after, "invitation": invitation }).to_string();
    socket.send(Text::text(frame.clone())).await?;
    loop {
        let Text::Text(text) = socket.next().await.ok_or("the stack closed the connection")?? else { continue };
        let page: Page = serde_json::from_str(&text)?;
        if page.id.as_ref() != Some(&id) {
            continue;
        }
        if page.kind.as_deref() == Some("accepted") {
            return Ok(page);
        }
        // Long logs have more pages than a connection may ask for at once.
        if let Some(wait_ms) = page.retry_after_ms {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            socket.send(Text::text(frame.clone())).await?;
            continue;
        }
        return Err(page.message.unwrap_or_else(|| "the stack gave no page".to_owned()).into());
    }
}

impl Shown {
    /// The kind of the game that begins with this message.
    fn kind(&self, kinds: &Kinds) -> Option<Kind> {
        let created = self.events.first().filter(|event| event.r#type == "created")?;
        created.data["kind"].as_str().and_then(|name| kinds.find(name))
    }

    fn read(self, kind: Kind, game: GameId) -> Result<Message, Box<dyn Error>> {
        let read = |event: ShownEvent| Event::from_shown(kind, &event.r#type, event.data);
        Ok(Message {
            game,
            seq: Seq(self.seq),
            at: Timestamp::from_ms(self.at),
            // Ids of commands are shown to nobody, and have no part in what a command causes.
            command: CommandId::of_system(game, Seq(self.seq), "verify"),
            actor: Actor::from(self.player_id),
            events: self.events.into_iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}
