//! What happens in a game, and the form in which it is stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct};
use serde_json::{Value, from_value};

use crate::{
    bot::Bot,
    game::{
        invitation::InvitationHash,
        offer::OfferKind,
        settings::{Settings, Timeout},
        talk::Audience,
    },
    ids::{GameId, PlayerId, Seat, Seq},
    outcome::Outcome,
    seed::{Entropy, Promise, Revealed},
    upcast::upcast,
};

/// Something that happened in a game.
///
/// The JSON of this type is the stored format: `{"type", "v", "data"}`. Never edit an old shape. A changed shape gets the
/// next version, a line in `upcast.rs` that brings the old one to it, and a golden file that stays in the tests.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The game was made.
    Created(Box<Created>),
    /// A player took a seat.
    SeatTaken(SeatTaken),
    /// A player gave a seat back, which is free now.
    SeatLeft(OfSeat),
    /// The host sent a player away. The seat is free now.
    Kicked(OfSeat),
    /// Play began. Free seats are gone from the table: players move up, in the same order.
    Started,
    /// The rules moved on. Open offers of the running game lapse.
    Played(Played),
    /// A player gave up.
    Resigned(OfSeat),
    /// A player's time was up.
    TimedOut(TimedOut),
    /// A player offered something to the others.
    Offered(OfOffer),
    /// A player agreed to an offer.
    Accepted(OfOffer),
    /// A player refused an offer, which is closed now.
    Declined(OfOffer),
    /// A player took an offer back, which is closed now.
    Withdrawn(OfOffer),
    /// All agreed to go back.
    TakenBack(Box<TakenBack>),
    /// All agreed to stop the clocks.
    Paused,
    /// A player went on.
    Resumed(OfSeat),
    /// All agreed to play again.
    RematchAgreed(RematchAgreed),
    /// Somebody said something.
    Said(Said),
    /// The host keeps somebody from saying anything more.
    Muted(Muted),
    /// The host made another code for a private game. The one before lets nobody in any more.
    InvitationRenewed(InvitationRenewed),
    /// The game ended.
    Finished(Outcome),
    /// What the server had committed to is no secret any more.
    SeedRevealed(SeedRevealed),
}

/// How a game was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// Name of the game kind.
    pub kind: String,
    /// The kind's options, complete with their defaults.
    pub options: Value,
    /// What was agreed beside them.
    #[serde(rename = "table")]
    pub settings: Settings,
    /// What is promised about chance, where the kind uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<Promise>,
    /// The hash of the invitation that a private game asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationHash>,
    /// The game whose players agreed on this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rematch_of: Option<GameId>,
    /// For whom the seats are kept, in their order; nobody in particular when it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<PlayerId>,
    /// The version of the kind in which the options are stored.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub kind_version: u32,
}

/// What the rules say happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// The version of the kind in which it is stored; the `v` of the event.
    pub version: u32,
    /// The kind's own event.
    pub payload: Value,
}

/// Who sat down where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeatTaken {
    /// The seat.
    pub seat: Seat,
    /// Who sits there now.
    pub player_id: PlayerId,
    /// What they contribute to the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entropy: Option<Entropy>,
    /// Which bot it is; none for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Bot>,
}

/// The seat that an event is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfSeat {
    /// The seat.
    pub seat: Seat,
}

/// Whose time was up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimedOut {
    /// Their seat.
    pub seat: Seat,
    /// What became of them.
    pub then: Timeout,
}

/// Who did something about an offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfOffer {
    /// Their seat.
    pub seat: Seat,
    /// The offer.
    pub offer: OfferKind,
}

/// Where the game went back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakenBack {
    /// The message whose state is restored.
    pub to: Seq,
    /// Where the latest move of every seat stood then.
    pub last_moves: Vec<Option<Seq>>,
    /// The restored state of the rules; hidden while the game hides anything.
    pub position: Option<Value>,
    /// The version of the kind in which that state is stored.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub kind_version: u32,
}

/// The game that follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RematchAgreed {
    /// Its id.
    pub game: GameId,
    /// Who sits where: everybody one seat further, so that another begins.
    pub players: Vec<PlayerId>,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Who spoke.
    pub player_id: PlayerId,
    /// To whom.
    pub to: Audience,
    /// The words; hidden from everybody who is not meant.
    pub text: Option<String>,
}

/// Who was silenced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Muted {
    /// The player.
    pub player_id: PlayerId,
}

/// The code that a private game asks for now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvitationRenewed {
    /// Its hash; hidden from everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationHash>,
}

/// The server's part of the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedRevealed {
    /// What the commitment of `created` is the hash of.
    pub server_part: Revealed,
}

/// A stored event cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// It was written by a newer code.
    #[error("event {name:?} v{version} is from the future: this code does not know it")]
    FromFuture {
        /// The type of the event.
        name: String,
        /// Its version.
        version: u32,
    },
    /// Its data is none of its type and version.
    #[error("the data of event {name:?} v{version} is damaged")]
    Damaged {
        /// The type of the event.
        name: String,
        /// Its version.
        version: u32,
    },
    /// It is no event at all.
    #[error("no event: {0}")]
    Unreadable(String),
}

/// An event as it stands in a stored list.
#[derive(Deserialize)]
struct Parts {
    r#type: String,
    v: u32,
    data: Value,
}

#[derive(Serialize, Deserialize)]
struct Empty {}

/// The payload of an event, of whatever type.
trait Data {
    fn to_json(&self) -> Value;
}

impl<T: Serialize> Data for T {
    fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("payloads are plain structs with string keys")
    }
}

/// A type of event, the newest version of its data, and how that is read.
struct Type {
    name: &'static str,
    version: u32,
    read: fn(Value) -> Result<Event, serde_json::Error>,
}

/// Every type but `played`, whose data is the kind's own.
static TYPES: [Type; 20] = [
    // The second version learnt of tables, chance and invitations, the third of versions of kinds.
    Type { name: "created", version: 3, read: |data| from_value(data).map(Event::Created) },
    // The first version had neither a contribution to chance nor bots, which read as none.
    Type { name: "seat_taken", version: 2, read: |data| from_value(data).map(Event::SeatTaken) },
    Type { name: "seat_left", version: 1, read: |data| from_value(data).map(Event::SeatLeft) },
    Type { name: "kicked", version: 1, read: |data| from_value(data).map(Event::Kicked) },
    Type { name: "started", version: 1, read: |data| from_value(data).map(|Empty {}| Event::Started) },
    Type { name: "resigned", version: 1, read: |data| from_value(data).map(Event::Resigned) },
    Type { name: "timed_out", version: 1, read: |data| from_value(data).map(Event::TimedOut) },
    Type { name: "offered", version: 1, read: |data| from_value(data).map(Event::Offered) },
    Type { name: "accepted", version: 1, read: |data| from_value(data).map(Event::Accepted) },
    Type { name: "declined", version: 1, read: |data| from_value(data).map(Event::Declined) },
    Type { name: "withdrawn", version: 1, read: |data| from_value(data).map(Event::Withdrawn) },
    // The second version learnt of versions of kinds.
    Type { name: "taken_back", version: 2, read: |data| from_value(data).map(Event::TakenBack) },
    Type { name: "paused", version: 1, read: |data| from_value(data).map(|Empty {}| Event::Paused) },
    Type { name: "resumed", version: 1, read: |data| from_value(data).map(Event::Resumed) },
    Type { name: "rematch_agreed", version: 1, read: |data| from_value(data).map(Event::RematchAgreed) },
    Type { name: "said", version: 1, read: |data| from_value(data).map(Event::Said) },
    Type { name: "muted", version: 1, read: |data| from_value(data).map(Event::Muted) },
    Type { name: "invitation_renewed", version: 1, read: |data| from_value(data).map(Event::InvitationRenewed) },
    Type { name: "finished", version: 1, read: |data| from_value(data).map(Event::Finished) },
    Type { name: "seed_revealed", version: 1, read: |data| from_value(data).map(Event::SeedRevealed) },
];

impl Type {
    fn find(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|of_type| of_type.name == name)
    }
}

/// The version of a kind that is not stored, since every kind begins with it.
fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_first(version: &u32) -> bool {
    *version == first()
}

/// What an event is about. The decisions that cause events are divided alike (`decide/`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventGroup {
    /// How the game came about, who may come to it, and its end.
    Game,
    /// Who sits where.
    Seats,
    /// The course of play.
    Play,
    /// Offers, and what all agreed on.
    Offers,
    /// What is said.
    Talk,
}

impl Event {
    /// The name of the event's type, in snake case.
    pub fn name(&self) -> &'static str {
        self.parts().0
    }

    /// What the event is about.
    pub fn group(&self) -> EventGroup {
        self.parts().1
    }

    /// The payload as JSON.
    pub fn data(&self) -> Value {
        self.parts().2.to_json()
    }

    /// Name, group and payload: the one list of all events, beside that of how they are read.
    fn parts(&self) -> (&'static str, EventGroup, &dyn Data) {
        match self {
            Self::Created(data) => ("created", EventGroup::Game, data),
            Self::InvitationRenewed(data) => ("invitation_renewed", EventGroup::Game, data),
            Self::Finished(outcome) => ("finished", EventGroup::Game, outcome),
            Self::SeedRevealed(data) => ("seed_revealed", EventGroup::Game, data),
            Self::SeatTaken(data) => ("seat_taken", EventGroup::Seats, data),
            Self::SeatLeft(data) => ("seat_left", EventGroup::Seats, data),
            Self::Kicked(data) => ("kicked", EventGroup::Seats, data),
            Self::Started => ("started", EventGroup::Play, &Empty {}),
            Self::Played(played) => ("played", EventGroup::Play, &played.payload),
            Self::Resigned(data) => ("resigned", EventGroup::Play, data),
            Self::TimedOut(data) => ("timed_out", EventGroup::Play, data),
            Self::Offered(data) => ("offered", EventGroup::Offers, data),
            Self::Accepted(data) => ("accepted", EventGroup::Offers, data),
            Self::Declined(data) => ("declined", EventGroup::Offers, data),
            Self::Withdrawn(data) => ("withdrawn", EventGroup::Offers, data),
            Self::TakenBack(data) => ("taken_back", EventGroup::Offers, data),
            Self::Paused => ("paused", EventGroup::Offers, &Empty {}),
            Self::Resumed(data) => ("resumed", EventGroup::Offers, data),
            Self::RematchAgreed(data) => ("rematch_agreed", EventGroup::Offers, data),
            Self::Said(data) => ("said", EventGroup::Talk, data),
            Self::Muted(data) => ("muted", EventGroup::Talk, data),
        }
    }

    /// The version in which this event is stored.
    fn version(&self) -> u32 {
        if let Self::Played(played) = self {
            return played.version;
        }
        let newest = Type::find(self.name()).map_or(1, |of_type| of_type.version);
        match self.kind_version() {
            // What the newest version has learnt is the version of the kind, and there is nothing to say about the first.
            Some(1) => newest - 1,
            Some(_) | None => newest,
        }
    }

    /// The newest version of the events of a type; that of `played` is its kind's.
    #[cfg(test)]
    pub(crate) fn newest_version(name: &str) -> Option<u32> {
        Type::find(name).map(|of_type| of_type.version)
    }

    /// The version of the kind in which it holds something of the kind; `None` when it holds nothing of it.
    pub(crate) fn kind_version(&self) -> Option<u32> {
        if let Self::Played(Played { version, .. }) = self {
            return Some(*version);
        }
        if let Self::Created(created) = self {
            return Some(created.kind_version);
        }
        if let Self::TakenBack(taken_back) = self { Some(taken_back.kind_version) } else { None }
    }

    /// Reads the data of an event of the newest version of its type.
    pub(super) fn from_newest(name: &str, data: Value) -> Result<Self, UnknownEvent> {
        Self::from_parts(name, Type::find(name).map_or(1, |of_type| of_type.version), data)
    }

    /// Reads a stored list of events.
    ///
    /// # Errors
    /// When it is none, or one of them cannot be read.
    pub fn list_from_json(text: &str) -> Result<Vec<Self>, UnknownEvent> {
        let parts: Vec<Parts> =
            serde_json::from_str(text).map_err(|error| UnknownEvent::Unreadable(error.to_string()))?;
        parts.into_iter().map(|Parts { r#type, v, data }| Self::from_parts(&r#type, v, data)).collect()
    }

    /// Reads an event from its stored parts. What a kind has stored in it stays in the form in which it was stored: the fold
    /// knows the kind and its versions.
    ///
    /// # Errors
    /// When type or version are unknown, or the data does not fit them.
    pub fn from_parts(name: &str, version: u32, data: Value) -> Result<Self, UnknownEvent> {
        let damaged = || UnknownEvent::Damaged { name: name.to_owned(), version };
        if version == 0 {
            return Err(damaged());
        }
        if name == "played" {
            return Ok(Self::Played(Played { version, payload: data }));
        }
        let Some(of_type) = Type::find(name).filter(|of_type| version <= of_type.version) else {
            return Err(UnknownEvent::FromFuture { name: name.to_owned(), version });
        };
        let data = upcast(of_type.name, version, of_type.version, data);
        (of_type.read)(data).map_err(|_| damaged())
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct("Event", 3)?;
        parts.serialize_field("type", self.name())?;
        parts.serialize_field("v", &self.version())?;
        parts.serialize_field("data", &self.data())?;
        parts.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { r#type, v, data } = Parts::deserialize(deserializer)?;
        Self::from_parts(&r#type, v, data).map_err(D::Error::custom)
    }
}
