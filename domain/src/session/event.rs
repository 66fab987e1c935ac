//! What happens in a session, and the form in which it is stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct};
use serde_json::{Value, json};

use crate::{
    bot::Bot,
    ids::{GameId, PlayerId, Seat, Seq},
    outcome::Outcome,
    seed::{Entropy, Promise, Revealed},
    session::{
        invitation::InvitationHash,
        offer::OfferKind,
        table::{Table, Timeout},
        talk::Audience,
    },
};

/// Something that happened in a session.
///
/// The JSON of this type is the stored format: `{"type", "v", "data"}`. Never edit an old shape. A changed shape gets the
/// next version, an arm in [`Event::from_parts`] that reads the old one, and a golden file that stays in the tests.
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
    /// The rules moved on. The payload is the kind's own event. Open offers of the running game lapse.
    Played(Value),
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
    pub table: Table,
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

/// The server's part of the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedRevealed {
    /// What the commitment of `created` is the hash of.
    pub server_part: Revealed,
}

/// A stored event is of a type or version that this code does not know, or its data is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown event {kind:?} v{version}")]
pub struct UnknownEvent {
    kind: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Empty {}

impl Event {
    /// The name of the event's type, in snake case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::SeatTaken(_) => "seat_taken",
            Self::SeatLeft(_) => "seat_left",
            Self::Kicked(_) => "kicked",
            Self::Started => "started",
            Self::Played(_) => "played",
            Self::Resigned(_) => "resigned",
            Self::TimedOut(_) => "timed_out",
            Self::Offered(_) => "offered",
            Self::Accepted(_) => "accepted",
            Self::Declined(_) => "declined",
            Self::Withdrawn(_) => "withdrawn",
            Self::TakenBack(_) => "taken_back",
            Self::Paused => "paused",
            Self::Resumed(_) => "resumed",
            Self::RematchAgreed(_) => "rematch_agreed",
            Self::Said(_) => "said",
            Self::Muted(_) => "muted",
            Self::Finished(_) => "finished",
            Self::SeedRevealed(_) => "seed_revealed",
        }
    }

    /// The version in which events of this type are stored now.
    fn version(&self) -> u32 {
        version_of(self.name())
    }

    /// The payload as JSON.
    #[expect(clippy::missing_panics_doc, reason = "the payloads always have a JSON form")]
    pub fn data(&self) -> Value {
        let data = match self {
            Self::Created(data) => serde_json::to_value(data),
            Self::SeatTaken(data) => serde_json::to_value(data),
            Self::SeatLeft(data) | Self::Kicked(data) | Self::Resigned(data) | Self::Resumed(data) => {
                serde_json::to_value(data)
            }
            Self::Started | Self::Paused => serde_json::to_value(Empty {}),
            Self::Played(event) => return event.clone(),
            Self::TimedOut(data) => serde_json::to_value(data),
            Self::Offered(data) | Self::Accepted(data) | Self::Declined(data) | Self::Withdrawn(data) => {
                serde_json::to_value(data)
            }
            Self::TakenBack(data) => serde_json::to_value(data),
            Self::RematchAgreed(data) => serde_json::to_value(data),
            Self::Said(data) => serde_json::to_value(data),
            Self::Muted(data) => serde_json::to_value(data),
            Self::Finished(outcome) => serde_json::to_value(outcome),
            Self::SeedRevealed(data) => serde_json::to_value(data),
        };
        data.expect("payloads are plain structs with string keys")
    }

    /// Reads an event as viewers are shown it: always in the form in which its type is stored now.
    ///
    /// # Errors
    /// When the type is unknown, or the data does not fit it.
    pub fn from_shown(kind: &str, data: Value) -> Result<Self, UnknownEvent> {
        Self::from_parts(kind, version_of(kind), data)
    }

    /// Reads an event from its stored parts.
    ///
    /// # Errors
    /// When type or version are unknown, or the data does not fit them.
    pub fn from_parts(kind: &str, version: u32, data: Value) -> Result<Self, UnknownEvent> {
        let unknown = || UnknownEvent { kind: kind.to_owned(), version };
        let event = match (kind, version) {
            ("created", 1) => serde_json::from_value(created_1_to_2(data)).map(Self::Created),
            ("created", 2) => serde_json::from_value(data).map(Self::Created),
            // The first version had neither a contribution to chance nor bots, which read as none.
            ("seat_taken", 1 | 2) => serde_json::from_value(data).map(Self::SeatTaken),
            ("seat_left", 1) => serde_json::from_value(data).map(Self::SeatLeft),
            ("kicked", 1) => serde_json::from_value(data).map(Self::Kicked),
            ("started", 1) => serde_json::from_value(data).map(|Empty {}| Self::Started),
            ("played", 1) => Ok(Self::Played(data)),
            ("resigned", 1) => serde_json::from_value(data).map(Self::Resigned),
            ("timed_out", 1) => serde_json::from_value(data).map(Self::TimedOut),
            ("offered", 1) => serde_json::from_value(data).map(Self::Offered),
            ("accepted", 1) => serde_json::from_value(data).map(Self::Accepted),
            ("declined", 1) => serde_json::from_value(data).map(Self::Declined),
            ("withdrawn", 1) => serde_json::from_value(data).map(Self::Withdrawn),
            ("taken_back", 1) => serde_json::from_value(data).map(Self::TakenBack),
            ("paused", 1) => serde_json::from_value(data).map(|Empty {}| Self::Paused),
            ("resumed", 1) => serde_json::from_value(data).map(Self::Resumed),
            ("rematch_agreed", 1) => serde_json::from_value(data).map(Self::RematchAgreed),
            ("said", 1) => serde_json::from_value(data).map(Self::Said),
            ("muted", 1) => serde_json::from_value(data).map(Self::Muted),
            ("finished", 1) => serde_json::from_value(data).map(Self::Finished),
            ("seed_revealed", 1) => serde_json::from_value(data).map(Self::SeedRevealed),
            _ => return Err(unknown()),
        };
        event.map_err(|_| unknown())
    }
}

fn version_of(kind: &str) -> u32 {
    // These two learnt of tables, chance and invitations.
    if matches!(kind, "created" | "seat_taken") { 2 } else { 1 }
}

/// The first version knew neither tables nor chance nor private games; all of its kinds were for two.
fn created_1_to_2(mut data: Value) -> Value {
    if let Value::Object(fields) = &mut data {
        fields.insert("table".to_owned(), json!(Table::before_choice()));
    }
    data
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
        #[derive(Deserialize)]
        struct Parts {
            r#type: String,
            v: u32,
            data: Value,
        }
        let Parts { r#type, v, data } = Parts::deserialize(deserializer)?;
        Self::from_parts(&r#type, v, data).map_err(D::Error::custom)
    }
}
