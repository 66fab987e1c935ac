//! What a client sends.

use serde_json::{Map, Value};
use turnlog_domain::{CommandId, GameId, PlayerId, Seat, Seq};

use crate::{
    code::{ErrorCode, Refusal},
    limits::{CLIENT_FRAME_BYTES_MAX, HISTORY_MESSAGES_MAX, PLAYER_IDS_MAX},
};

/// A client's frame: what it asks for, under an id of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The id that the answer carries; for commands the id by which a repeat is recognised.
    pub id: CommandId,
    /// What is asked for.
    pub ask: Ask,
}

/// What a client can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Make a game.
    Create {
        /// Name of the game kind.
        kind: String,
        /// The kind's options.
        options: Value,
    },
    /// Take a seat.
    Join {
        /// The game.
        game: GameId,
        /// A certain seat, or any.
        seat: Option<Seat>,
    },
    /// Give the seat back before the start.
    Leave {
        /// The game.
        game: GameId,
    },
    /// Make a move.
    Play {
        /// The game.
        game: GameId,
        /// The kind's action.
        action: Value,
        /// The head that the player saw.
        seen: Option<Seq>,
    },
    /// Give up.
    Resign {
        /// The game.
        game: GameId,
    },
    /// Follow a game on this connection, and learn what happened after `after`.
    Watch {
        /// The game.
        game: GameId,
        /// The last message that the client has.
        after: Seq,
    },
    /// Read a page of the log.
    History {
        /// The game.
        game: GameId,
        /// The last message that the client has.
        after: Seq,
        /// Messages at most.
        limit: usize,
    },
    /// Learn the names of players.
    Players {
        /// Who.
        ids: Vec<PlayerId>,
    },
    /// Keep the connection, and learn the head of a game.
    Ping {
        /// The game that the connection follows, if any.
        game: Option<GameId>,
    },
}

impl Ask {
    /// The action's name on the wire.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::Play { .. } => "play",
            Self::Resign { .. } => "resign",
            Self::Watch { .. } => "watch",
            Self::History { .. } => "history",
            Self::Players { .. } => "players",
            Self::Ping { .. } => "ping",
        }
    }
}

/// A frame that cannot be served, with its id as far as that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFrame {
    /// The frame's id.
    pub id: Option<CommandId>,
    /// What is wrong with it.
    pub refusal: Refusal,
}

impl Frame {
    /// Reads a frame. Unknown fields are ignored.
    ///
    /// # Errors
    /// When it is no frame of the protocol, with the code that says why.
    pub fn parse(text: &str) -> Result<Self, BadFrame> {
        let bad = |id, code, message: &str| BadFrame { id, refusal: Refusal::new(code, message) };
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
            return Err(bad(None, ErrorCode::BadFrame, "A frame must be a JSON object."));
        };
        let fields = Fields(fields);
        let id = fields.0.get("id").and_then(Value::as_str).and_then(|id| CommandId::parse(id).ok());
        if text.len() > CLIENT_FRAME_BYTES_MAX {
            return Err(bad(id, ErrorCode::FrameTooLarge, "The frame is too large."));
        }
        let Some(command) = id else {
            return Err(bad(None, ErrorCode::BadFrame, "A frame must have an id, which is a UUID."));
        };
        let Some(action) = fields.0.get("action").and_then(Value::as_str).map(str::to_owned) else {
            return Err(bad(id, ErrorCode::BadFrame, "A frame must have an action, which is a text."));
        };
        let ask = fields.ask(&action).map_err(|refusal| BadFrame { id, refusal })?;
        Ok(Self { id: command, ask })
    }
}

/// The fields of a frame. A field that is null counts as absent.
struct Fields(Map<String, Value>);

impl Fields {
    fn ask(mut self, action: &str) -> Result<Ask, Refusal> {
        match action {
            "create" => Ok(Ask::Create { kind: self.text("kind")?.to_owned(), options: self.options() }),
            "join" => Ok(Ask::Join { game: self.game()?, seat: self.seat()? }),
            "leave" => Ok(Ask::Leave { game: self.game()? }),
            "play" => Ok(Ask::Play { game: self.game()?, seen: self.seq("seq")?, action: self.action()? }),
            "resign" => Ok(Ask::Resign { game: self.game()? }),
            "watch" => Ok(Ask::Watch { game: self.game()?, after: self.seq("after")?.unwrap_or_default() }),
            "history" => Ok(Ask::History {
                game: self.game()?,
                after: self.seq("after")?.unwrap_or_default(),
                limit: self.limit()?,
            }),
            "players" => Ok(Ask::Players { ids: self.player_ids()? }),
            "ping" => {
                self.seq("seq")?;
                let game = if self.present("game").is_some() { Some(self.game()?) } else { None };
                Ok(Ask::Ping { game })
            }
            _ => Err(Refusal::new(ErrorCode::UnknownAction, "There is no such action.")),
        }
    }

    fn present(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &'static str) -> Result<&str, Refusal> {
        self.present(name).and_then(Value::as_str).ok_or_else(|| bad_field(name, "a text"))
    }

    fn game(&self) -> Result<GameId, Refusal> {
        GameId::parse(self.text("game")?).map_err(|_| bad_field("game", "a game id, which is a UUID"))
    }

    fn seat(&self) -> Result<Option<Seat>, Refusal> {
        let read = |value: &Value| value.as_u64().and_then(|seat| u8::try_from(seat).ok()).map(Seat);
        self.present("seat").map(|value| read(value).ok_or_else(|| bad_field("seat", "a whole number"))).transpose()
    }

    fn seq(&self, name: &'static str) -> Result<Option<Seq>, Refusal> {
        let read = |value: &Value| value.as_u64().map(Seq);
        self.present(name).map(|value| read(value).ok_or_else(|| bad_field(name, "a whole number"))).transpose()
    }

    fn limit(&self) -> Result<usize, Refusal> {
        let Some(value) = self.present("limit") else { return Ok(HISTORY_MESSAGES_MAX) };
        let limit =
            value.as_u64().filter(|&limit| limit > 0).ok_or_else(|| bad_field("limit", "a number above zero"))?;
        Ok(usize::try_from(limit).map_or(HISTORY_MESSAGES_MAX, |limit| limit.min(HISTORY_MESSAGES_MAX)))
    }

    fn player_ids(&self) -> Result<Vec<PlayerId>, Refusal> {
        let bad = || bad_field("ids", "a list of 1 to 50 player ids");
        let ids = self.present("ids").and_then(Value::as_array).ok_or_else(bad)?;
        if !(1..=PLAYER_IDS_MAX).contains(&ids.len()) {
            return Err(bad());
        }
        let read = |id: &Value| id.as_str().and_then(|id| PlayerId::parse(id).ok()).ok_or_else(bad);
        ids.iter().map(read).collect()
    }

    fn options(&mut self) -> Value {
        match self.0.remove("options") {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(options) => options,
        }
    }

    fn action(&mut self) -> Result<Value, Refusal> {
        self.0.remove("move").ok_or_else(|| bad_field("move", "the move of the game kind"))
    }
}

fn bad_field(name: &str, expected: &str) -> Refusal {
    Refusal::new(ErrorCode::BadField, format!("The field {name} must be {expected}."))
}
