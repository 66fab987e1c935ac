//! The fields of a client's frame, each read by its name.

use serde_json::{Map, Value};
use turnlog_domain::{Audience, Bot, Entropy, GameId, Invitation, Moment, OfferKind, PlayerId, Seat, Seq, Timestamp};

use crate::{
    code::{ErrorCode, Refusal},
    limits::{HISTORY_MESSAGES_MAX, PLAYER_IDS_MAX},
};

/// What a field must be that holds a seat.
const SEAT: &str = "a whole number from 0 to 255";
/// What a field must be that holds a position in a log.
const SEQ: &str = "a whole number from 0 to 18446744073709551615";

/// The fields of a frame. A field that is null counts as absent.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    pub(super) fn present(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&str, Refusal> {
        self.present(name).and_then(Value::as_str).ok_or_else(|| bad_field(name, "a text"))
    }

    pub(super) fn game(&self) -> Result<GameId, Refusal> {
        GameId::parse(self.text("game")?).map_err(|_| bad_field("game", "a game id, which is a UUID"))
    }

    pub(super) fn seat(&self) -> Result<Option<Seat>, Refusal> {
        let read = |value: &Value| value.as_u64().and_then(|seat| u8::try_from(seat).ok()).map(Seat);
        self.present("seat").map(|value| read(value).ok_or_else(|| bad_field("seat", SEAT))).transpose()
    }

    pub(super) fn seq(&self, name: &'static str) -> Result<Option<Seq>, Refusal> {
        let read = |value: &Value| value.as_u64().map(Seq);
        self.present(name).map(|value| read(value).ok_or_else(|| bad_field(name, SEQ))).transpose()
    }

    pub(super) fn required_seat(&self) -> Result<Seat, Refusal> {
        self.seat()?.ok_or_else(|| bad_field("seat", SEAT))
    }

    pub(super) fn required_seq(&self, name: &'static str) -> Result<Seq, Refusal> {
        self.seq(name)?.ok_or_else(|| bad_field(name, SEQ))
    }

    pub(super) fn moment(&self) -> Result<Moment, Refusal> {
        let bad = || bad_field("at", &format!(r#"{{"seq":…}} or {{"time":…}}, {SEQ}"#));
        let at = self.present("at").and_then(Value::as_object).ok_or_else(bad)?;
        let number = |name| at.get(name).filter(|value| !value.is_null());
        match (number("seq"), number("time")) {
            (Some(seq), None) => seq.as_u64().map(|seq| Moment::After(Seq(seq))).ok_or_else(bad),
            (None, Some(time)) => time.as_u64().map(|time| Moment::At(Timestamp::from_ms(time))).ok_or_else(bad),
            (Some(_), Some(_)) | (None, None) => Err(bad()),
        }
    }

    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        let Some(value) = self.present("limit") else { return Ok(HISTORY_MESSAGES_MAX) };
        let bad = || bad_field("limit", "a whole number from 1 to 18446744073709551615");
        let limit = value.as_u64().filter(|&limit| limit > 0).ok_or_else(bad)?;
        Ok(usize::try_from(limit).map_or(HISTORY_MESSAGES_MAX, |limit| limit.min(HISTORY_MESSAGES_MAX)))
    }

    pub(super) fn player_ids(&self) -> Result<Vec<PlayerId>, Refusal> {
        let bad = || bad_field("ids", "a list of 1 to 50 player ids");
        let ids = self.present("ids").and_then(Value::as_array).ok_or_else(bad)?;
        if !(1..=PLAYER_IDS_MAX).contains(&ids.len()) {
            return Err(bad());
        }
        let read = |id: &Value| id.as_str().and_then(|id| PlayerId::parse(id).ok()).ok_or_else(bad);
        ids.iter().map(read).collect()
    }

    pub(super) fn player(&self, name: &'static str) -> Result<PlayerId, Refusal> {
        PlayerId::parse(self.text(name)?).map_err(|_| bad_field(name, "a player id"))
    }

    pub(super) fn entropy(&self) -> Result<Option<Entropy>, Refusal> {
        let read = |value: &Value| value.as_str().and_then(|text| Entropy::parse(text).ok());
        let bad = || bad_field("entropy", "2 to 64 hexadecimal digits");
        self.present("entropy").map(|value| read(value).ok_or_else(bad)).transpose()
    }

    pub(super) fn invitation(&self) -> Result<Option<Invitation>, Refusal> {
        let read = |value: &Value| value.as_str().and_then(|text| Invitation::parse(text).ok());
        let bad = || bad_field("invitation", "an invitation, which has 32 hexadecimal digits");
        self.present("invitation").map(|value| read(value).ok_or_else(bad)).transpose()
    }

    pub(super) fn bot(&self) -> Result<Bot, Refusal> {
        Bot::find(self.text("bot").unwrap_or_default()).ok_or_else(|| bad_field("bot", "random or search"))
    }

    pub(super) fn offer(&self) -> Result<OfferKind, Refusal> {
        match self.text("offer") {
            Ok("draw") => Ok(OfferKind::Draw),
            Ok("take_back") => Ok(OfferKind::TakeBack),
            Ok("pause") => Ok(OfferKind::Pause),
            Ok("rematch") => Ok(OfferKind::Rematch),
            Ok(_) | Err(_) => Err(bad_field("offer", "draw, take_back, pause or rematch")),
        }
    }

    pub(super) fn audience(&self) -> Result<Audience, Refusal> {
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
    pub(super) fn choices(&mut self, name: &str) -> Value {
        match self.0.remove(name) {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(choices) => choices,
        }
    }

    /// The kind's action.
    pub(super) fn action(&mut self) -> Result<Value, Refusal> {
        self.0.remove("move").ok_or_else(|| bad_field("move", "the move of the game kind"))
    }
}

fn bad_field(name: &str, expected: &str) -> Refusal {
    Refusal::new(ErrorCode::BadField, format!("The field {name} must be {expected}."))
}
