//! What a client sends.

use serde_json::{Map, Value};
use turnlog_domain::{
    Audience, Bot, Entropy, GameId, Invitation, Moment, OfferKind, PlayerId, Seat, Seq, Text, Timestamp,
};

use crate::{
    code::{ErrorCode, Refusal},
    id::FrameId,
    json,
    limits::{CLIENT_FRAME_BYTES_MAX, HISTORY_MESSAGES_MAX, PLAYER_IDS_MAX},
};

/// What a field must be that holds a seat.
const SEAT: &str = "a whole number from 0 to 255";
/// What a field must be that holds a position in a log.
const SEQ: &str = "a whole number from 0 to 18446744073709551615";

/// A client's frame: what it asks for, under an id of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The id that the answer carries; for commands the id by which a repeat is recognised. Only `sendmessage` may come
    /// without one, as the prototype's clients send it.
    pub id: Option<FrameId>,
    /// What is asked for.
    pub request: Request,
}

/// What a client can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Make a game.
    Create {
        /// Name of the game kind.
        kind: String,
        /// The kind's options.
        options: Value,
        /// What is agreed beside them.
        settings: Value,
    },
    /// Make the game on which the players of a finished one agreed.
    Rematch {
        /// The finished game.
        game: GameId,
    },
    /// Take a seat.
    Join {
        /// The game.
        game: GameId,
        /// A certain seat, or any.
        seat: Option<Seat>,
        /// What the player contributes to chance.
        entropy: Option<Entropy>,
        /// The code of a private game.
        invitation: Option<Invitation>,
    },
    /// Set a bot on a seat before the start.
    AddBot {
        /// The game.
        game: GameId,
        /// A certain seat, or any.
        seat: Option<Seat>,
        /// Which bot.
        bot: Bot,
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
    /// Send a player away before the start.
    Kick {
        /// The game.
        game: GameId,
        /// Where they sit.
        seat: Seat,
        /// Who is meant; whoever sits there when nobody is named.
        player: Option<PlayerId>,
    },
    /// Begin with those who are there.
    Start {
        /// The game.
        game: GameId,
    },
    /// Say that the time of whoever is in turn is up.
    Claim {
        /// The game.
        game: GameId,
    },
    /// Offer something to the others.
    Offer {
        /// The game.
        game: GameId,
        /// What.
        offer: OfferKind,
    },
    /// Agree to an offer.
    Accept {
        /// The game.
        game: GameId,
        /// What was offered.
        offer: OfferKind,
        /// Where it was made; whichever is open when that is not named.
        seq: Option<Seq>,
    },
    /// Refuse an offer.
    Decline {
        /// The game.
        game: GameId,
        /// What was offered.
        offer: OfferKind,
        /// Where it was made; whichever is open when that is not named.
        seq: Option<Seq>,
    },
    /// Take back an offer of one's own.
    Withdraw {
        /// The game.
        game: GameId,
        /// What was offered.
        offer: OfferKind,
        /// Where it was made; whichever is open when that is not named.
        seq: Option<Seq>,
    },
    /// Go on after a pause.
    Resume {
        /// The game.
        game: GameId,
    },
    /// Say something at the table.
    Say {
        /// The game.
        game: GameId,
        /// To whom.
        to: Audience,
        /// What.
        text: String,
        /// The code of a private game.
        invitation: Option<Invitation>,
    },
    /// Keep somebody from saying anything more.
    Mute {
        /// The game.
        game: GameId,
        /// Who.
        player: PlayerId,
    },
    /// Make another code for a private game.
    RenewInvitation {
        /// The game.
        game: GameId,
    },
    /// Follow a game on this connection, and learn what happened after `after`.
    Watch {
        /// The game.
        game: GameId,
        /// The last message that the client has.
        after: Seq,
        /// The code of a private game.
        invitation: Option<Invitation>,
    },
    /// Follow a game on this connection no longer.
    Unwatch {
        /// The game.
        game: GameId,
    },
    /// Read a page of the log.
    History {
        /// The game.
        game: GameId,
        /// The last message that the client has.
        after: Seq,
        /// Messages at most.
        limit: usize,
        /// The code of a private game.
        invitation: Option<Invitation>,
    },
    /// Look at the game as it was at some moment.
    View {
        /// The game.
        game: GameId,
        /// When.
        moment: Moment,
        /// The code of a private game.
        invitation: Option<Invitation>,
    },
    /// Learn what the server plays.
    Kinds {
        /// The last kind that the client has.
        after: Option<String>,
    },
    /// Learn what the player may do now.
    Actions {
        /// The game.
        game: GameId,
    },
    /// Send a direct message.
    SendMessage {
        /// To whom.
        to: PlayerId,
        /// What.
        text: Text,
    },
    /// Read a page of one's own direct messages.
    Inbox {
        /// The last one that the client has; none for what is unread.
        after: Option<Seq>,
        /// Messages at most.
        limit: usize,
    },
    /// Mark one's own direct messages as read.
    Read {
        /// The last one that was read.
        seq: Seq,
    },
    /// Get no direct messages of somebody any more.
    Block {
        /// Whose.
        player: PlayerId,
    },
    /// Get the direct messages of somebody again.
    Unblock {
        /// Whose.
        player: PlayerId,
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
        /// The code of a private game, in case that the connection does not follow it any more.
        invitation: Option<Invitation>,
    },
}

impl Request {
    /// The action's name on the wire.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Rematch { .. } => "rematch",
            Self::Join { .. } => "join",
            Self::AddBot { .. } => "add_bot",
            Self::Leave { .. } => "leave",
            Self::Play { .. } => "play",
            Self::Resign { .. } => "resign",
            Self::Kick { .. } => "kick",
            Self::Start { .. } => "start",
            Self::Claim { .. } => "claim",
            Self::Offer { .. } => "offer",
            Self::Accept { .. } => "accept",
            Self::Decline { .. } => "decline",
            Self::Withdraw { .. } => "withdraw",
            Self::Resume { .. } => "resume",
            Self::Say { .. } => "say",
            Self::Mute { .. } => "mute",
            Self::RenewInvitation { .. } => "renew_invitation",
            Self::Watch { .. } => "watch",
            Self::Unwatch { .. } => "unwatch",
            Self::History { .. } => "history",
            Self::View { .. } => "view",
            Self::Kinds { .. } => "kinds",
            Self::Actions { .. } => "actions",
            Self::SendMessage { .. } => "sendmessage",
            Self::Inbox { .. } => "inbox",
            Self::Read { .. } => "read",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Players { .. } => "players",
            Self::Ping { .. } => "ping",
        }
    }
}

/// A frame that cannot be served, with its id as far as that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFrame {
    /// The frame's id.
    pub id: Option<FrameId>,
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
        let Some(Value::Object(fields)) = json::read(text) else {
            return Err(bad(json::find_id(text), ErrorCode::BadFrame, "A frame must be a JSON object."));
        };
        let fields = Fields(fields);
        let id = fields.0.get("id").and_then(Value::as_str).and_then(|id| FrameId::parse(id).ok());
        if text.len() > CLIENT_FRAME_BYTES_MAX {
            return Err(bad(id, ErrorCode::FrameTooLarge, "The frame is too large."));
        }
        let action = fields.0.get("action").and_then(Value::as_str).map(str::to_owned);
        let may_lack_id = action.as_deref() == Some("sendmessage") && fields.present("id").is_none();
        if id.is_none() && !may_lack_id {
            return Err(bad(None, ErrorCode::BadFrame, "A frame must have an id, which is a UUID."));
        }
        let Some(action) = action else {
            return Err(bad(id, ErrorCode::BadFrame, "A frame must have an action, which is a text."));
        };
        match fields.request(&action) {
            Ok(request) => Ok(Self { id, request }),
            Err(refusal) => Err(BadFrame { id, refusal }),
        }
    }
}

/// The fields of a frame. A field that is null counts as absent.
struct Fields(Map<String, Value>);

impl Fields {
    fn request(mut self, action: &str) -> Result<Request, Refusal> {
        match action {
            "create" => Ok(Request::Create {
                kind: self.text("kind")?.to_owned(),
                options: self.choices("options"),
                settings: self.choices("table"),
            }),
            "rematch" => Ok(Request::Rematch { game: self.game()? }),
            "join" => Ok(Request::Join {
                game: self.game()?,
                seat: self.seat()?,
                entropy: self.entropy()?,
                invitation: self.invitation()?,
            }),
            "add_bot" => Ok(Request::AddBot { game: self.game()?, seat: self.seat()?, bot: self.bot()? }),
            "leave" => Ok(Request::Leave { game: self.game()? }),
            "play" => Ok(Request::Play { game: self.game()?, seen: self.seq("seq")?, action: self.action()? }),
            "resign" => Ok(Request::Resign { game: self.game()? }),
            "kick" => Ok(Request::Kick {
                game: self.game()?,
                seat: self.seat()?.ok_or_else(|| bad_field("seat", SEAT))?,
                player: self.present("player").map(|_| self.player("player")).transpose()?,
            }),
            "start" => Ok(Request::Start { game: self.game()? }),
            "claim" => Ok(Request::Claim { game: self.game()? }),
            "offer" => Ok(Request::Offer { game: self.game()?, offer: self.offer()? }),
            "accept" => Ok(Request::Accept { game: self.game()?, offer: self.offer()?, seq: self.seq("seq")? }),
            "decline" => Ok(Request::Decline { game: self.game()?, offer: self.offer()?, seq: self.seq("seq")? }),
            "withdraw" => Ok(Request::Withdraw { game: self.game()?, offer: self.offer()?, seq: self.seq("seq")? }),
            "resume" => Ok(Request::Resume { game: self.game()? }),
            "say" => Ok(Request::Say {
                game: self.game()?,
                to: self.audience()?,
                text: self.text("text")?.to_owned(),
                invitation: self.invitation()?,
            }),
            "mute" => Ok(Request::Mute { game: self.game()?, player: self.player("player")? }),
            "renew_invitation" => Ok(Request::RenewInvitation { game: self.game()? }),
            "sendmessage" => Ok(Request::SendMessage {
                to: self.player("destinationPlayerId")?,
                text: Text::parse(self.text("message")?)?,
            }),
            "block" => Ok(Request::Block { player: self.player("player")? }),
            "unblock" => Ok(Request::Unblock { player: self.player("player")? }),
            _ => self.ask_to_read(action),
        }
    }

    /// The actions that change no game.
    fn ask_to_read(&self, action: &str) -> Result<Request, Refusal> {
        match action {
            "watch" => Ok(Request::Watch {
                game: self.game()?,
                after: self.seq("after")?.unwrap_or_default(),
                invitation: self.invitation()?,
            }),
            "unwatch" => Ok(Request::Unwatch { game: self.game()? }),
            "history" => Ok(Request::History {
                game: self.game()?,
                after: self.seq("after")?.unwrap_or_default(),
                limit: self.limit()?,
                invitation: self.invitation()?,
            }),
            "view" => Ok(Request::View { game: self.game()?, moment: self.moment()?, invitation: self.invitation()? }),
            "kinds" => Ok(Request::Kinds {
                after: self.present("after").map(|_| self.text("after").map(str::to_owned)).transpose()?,
            }),
            "actions" => Ok(Request::Actions { game: self.game()? }),
            "inbox" => Ok(Request::Inbox { after: self.seq("after")?, limit: self.limit()? }),
            "read" => {
                let seq = self.seq("seq")?;
                Ok(Request::Read { seq: seq.ok_or_else(|| bad_field("seq", SEQ))? })
            }
            "players" => Ok(Request::Players { ids: self.player_ids()? }),
            "ping" => {
                self.seq("seq")?;
                let game = if self.present("game").is_some() { Some(self.game()?) } else { None };
                Ok(Request::Ping { game, invitation: self.invitation()? })
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
        self.present("seat").map(|value| read(value).ok_or_else(|| bad_field("seat", SEAT))).transpose()
    }

    fn seq(&self, name: &'static str) -> Result<Option<Seq>, Refusal> {
        let read = |value: &Value| value.as_u64().map(Seq);
        self.present(name).map(|value| read(value).ok_or_else(|| bad_field(name, SEQ))).transpose()
    }

    fn moment(&self) -> Result<Moment, Refusal> {
        let bad = || bad_field("at", &format!(r#"{{"seq":…}} or {{"time":…}}, {SEQ}"#));
        let at = self.present("at").and_then(Value::as_object).ok_or_else(bad)?;
        let number = |name| at.get(name).filter(|value| !value.is_null());
        match (number("seq"), number("time")) {
            (Some(seq), None) => seq.as_u64().map(|seq| Moment::After(Seq(seq))).ok_or_else(bad),
            (None, Some(time)) => time.as_u64().map(|time| Moment::At(Timestamp::from_ms(time))).ok_or_else(bad),
            (Some(_), Some(_)) | (None, None) => Err(bad()),
        }
    }

    fn limit(&self) -> Result<usize, Refusal> {
        let Some(value) = self.present("limit") else { return Ok(HISTORY_MESSAGES_MAX) };
        let bad = || bad_field("limit", "a whole number from 1 to 18446744073709551615");
        let limit = value.as_u64().filter(|&limit| limit > 0).ok_or_else(bad)?;
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

    fn player(&self, name: &'static str) -> Result<PlayerId, Refusal> {
        PlayerId::parse(self.text(name)?).map_err(|_| bad_field(name, "a player id"))
    }

    fn entropy(&self) -> Result<Option<Entropy>, Refusal> {
        let read = |value: &Value| value.as_str().and_then(|text| Entropy::parse(text).ok());
        let bad = || bad_field("entropy", "2 to 64 hexadecimal digits");
        self.present("entropy").map(|value| read(value).ok_or_else(bad)).transpose()
    }

    fn invitation(&self) -> Result<Option<Invitation>, Refusal> {
        let read = |value: &Value| value.as_str().and_then(|text| Invitation::parse(text).ok());
        let bad = || bad_field("invitation", "an invitation, which has 32 hexadecimal digits");
        self.present("invitation").map(|value| read(value).ok_or_else(bad)).transpose()
    }

    fn bot(&self) -> Result<Bot, Refusal> {
        Bot::find(self.text("bot").unwrap_or_default()).ok_or_else(|| bad_field("bot", "random or search"))
    }

    fn offer(&self) -> Result<OfferKind, Refusal> {
        match self.text("offer") {
            Ok("draw") => Ok(OfferKind::Draw),
            Ok("take_back") => Ok(OfferKind::TakeBack),
            Ok("pause") => Ok(OfferKind::Pause),
            Ok("rematch") => Ok(OfferKind::Rematch),
            Ok(_) | Err(_) => Err(bad_field("offer", "draw, take_back, pause or rematch")),
        }
    }

    fn audience(&self) -> Result<Audience, Refusal> {
        let bad = || bad_field("to", r#""all", "spectators" or {"player":…}"#);
        match self.present("to") {
            None => Ok(Audience::All),
            Some(Value::String(text)) if text == "all" => Ok(Audience::All),
            Some(Value::String(text)) if text == "spectators" => Ok(Audience::Spectators),
            Some(to) => {
                let player = to.get("player").and_then(Value::as_str).and_then(|player| PlayerId::parse(player).ok());
                player.map(Audience::Player).ok_or_else(bad)
            }
        }
    }

    /// What may be chosen for a new game; nothing is chosen by default.
    fn choices(&mut self, name: &str) -> Value {
        match self.0.remove(name) {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(choices) => choices,
        }
    }

    fn action(&mut self) -> Result<Value, Refusal> {
        self.0.remove("move").ok_or_else(|| bad_field("move", "the move of the game kind"))
    }
}

fn bad_field(name: &str, expected: &str) -> Refusal {
    Refusal::new(ErrorCode::BadField, format!("The field {name} must be {expected}."))
}
