//! What a client sends.

mod fields;

use serde_json::Value;
use turnlog_domain::{Command, GameId, Invitation, Moment, PlayerId, Seq, Text};

use self::fields::Fields;
use crate::{
    code::{ErrorCode, Refusal},
    id::FrameId,
    json,
    limits::CLIENT_FRAME_BYTES_MAX,
};

/// A client's frame: what it asks for, under an id of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The id that the answer carries; for commands the id by which a repeat is recognised. Only `sendmessage` may come
    /// without one, as the prototype's clients send it.
    pub id: Option<FrameId>,
    /// The name under which it is asked for.
    pub action: String,
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
    /// Change a game.
    Command {
        /// The game.
        game: GameId,
        /// How.
        command: Command,
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
        if text.len() > CLIENT_FRAME_BYTES_MAX {
            return Err(bad(json::find_id(text), ErrorCode::FrameTooLarge, "The frame is too large."));
        }
        let Some(Value::Object(fields)) = json::read(text) else {
            return Err(bad(json::find_id(text), ErrorCode::BadFrame, "A frame must be a JSON object."));
        };
        let mut fields = Fields::new(fields);
        let id = fields.present("id").and_then(Value::as_str).and_then(|id| FrameId::parse(id).ok());
        let action = fields.present("action").and_then(Value::as_str).map(str::to_owned);
        let may_lack_id = action.as_deref() == Some("sendmessage") && fields.present("id").is_none();
        if id.is_none() && !may_lack_id {
            return Err(bad(None, ErrorCode::BadFrame, "A frame must have an id, which is a UUID."));
        }
        let Some(action) = action else {
            return Err(bad(id, ErrorCode::BadFrame, "A frame must have an action, which is a text."));
        };
        match Request::read(&action, &mut fields) {
            Ok(request) => Ok(Self { id, action, request }),
            Err(refusal) => Err(BadFrame { id, refusal }),
        }
    }
}

impl Request {
    fn read(action: &str, fields: &mut Fields) -> Result<Self, Refusal> {
        match action {
            "create" => Ok(Self::Create {
                kind: fields.text("kind")?.to_owned(),
                options: fields.choices("options"),
                settings: fields.choices("table"),
            }),
            "rematch" => Ok(Self::Rematch { game: fields.game()? }),
            "watch" => Ok(Self::Watch {
                game: fields.game()?,
                after: fields.seq("after")?.unwrap_or_default(),
                invitation: fields.invitation()?,
            }),
            "unwatch" => Ok(Self::Unwatch { game: fields.game()? }),
            "history" => Ok(Self::History {
                game: fields.game()?,
                after: fields.seq("after")?.unwrap_or_default(),
                limit: fields.limit()?,
                invitation: fields.invitation()?,
            }),
            "view" => {
                Ok(Self::View { game: fields.game()?, moment: fields.moment()?, invitation: fields.invitation()? })
            }
            "kinds" => Ok(Self::Kinds {
                after: fields.present("after").map(|_| fields.text("after").map(str::to_owned)).transpose()?,
            }),
            "actions" => Ok(Self::Actions { game: fields.game()? }),
            "sendmessage" => Ok(Self::SendMessage {
                to: fields.player("destinationPlayerId")?,
                text: Text::parse(fields.text("message")?)?,
            }),
            "inbox" => Ok(Self::Inbox { after: fields.seq("after")?, limit: fields.limit()? }),
            "read" => Ok(Self::Read { seq: fields.required_seq("seq")? }),
            "block" => Ok(Self::Block { player: fields.player("player")? }),
            "unblock" => Ok(Self::Unblock { player: fields.player("player")? }),
            "players" => Ok(Self::Players { ids: fields.player_ids()? }),
            "ping" => {
                fields.seq("seq")?;
                let game = fields.present("game").is_some().then(|| fields.game()).transpose()?;
                Ok(Self::Ping { game, invitation: fields.invitation()? })
            }
            _ => {
                let command = read_command(action, fields)?;
                Ok(Self::Command { game: fields.game()?, command })
            }
        }
    }
}

/// The command of that name, on a game that is there.
fn read_command(action: &str, fields: &mut Fields) -> Result<Command, Refusal> {
    match action {
        "join" => {
            Ok(Command::TakeSeat { seat: fields.seat()?, entropy: fields.entropy()?, invitation: fields.invitation()? })
        }
        "add_bot" => Ok(Command::AddBot { seat: fields.seat()?, bot: fields.bot()? }),
        "leave" => Ok(Command::LeaveSeat),
        "kick" => Ok(Command::Kick {
            seat: fields.required_seat()?,
            player: fields.present("player").map(|_| fields.player("player")).transpose()?,
        }),
        "start" => Ok(Command::Start),
        "play" => Ok(Command::Play { seen: fields.seq("seq")?, action: fields.action()? }),
        "resign" => Ok(Command::Resign),
        "claim" => Ok(Command::ClaimTimeout),
        "offer" => Ok(Command::Offer(fields.offer()?)),
        "accept" => Ok(Command::Accept { offer: fields.offer()?, seq: fields.seq("seq")? }),
        "decline" => Ok(Command::Decline { offer: fields.offer()?, seq: fields.seq("seq")? }),
        "withdraw" => Ok(Command::Withdraw { offer: fields.offer()?, seq: fields.seq("seq")? }),
        "resume" => Ok(Command::Resume),
        "say" => Ok(Command::Say {
            to: fields.audience()?,
            text: fields.text("text")?.to_owned(),
            invitation: fields.invitation()?,
        }),
        "mute" => Ok(Command::Mute { player: fields.player("player")? }),
        "renew_invitation" => Ok(Command::RenewInvitation),
        _ => Err(Refusal::new(ErrorCode::UnknownAction, "There is no such action.")),
    }
}
