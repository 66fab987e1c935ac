//! What happens in a session, and the form in which it is stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct};
use serde_json::Value;

use crate::{
    game::Outcome,
    ids::{PlayerId, Seat},
};

/// Something that happened in a session.
///
/// The JSON of this type is the stored format: `{"type", "v", "data"}`. Never edit an old shape. A changed shape gets the
/// next version, an arm in [`Event::from_parts`] that reads the old one, and a golden file that stays in the tests.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The game was made.
    Created {
        /// Name of the game kind.
        kind: String,
        /// The kind's options, complete with their defaults.
        options: Value,
    },
    /// A player took a seat.
    SeatTaken {
        /// The seat.
        seat: Seat,
        /// Who sits there now.
        player_id: PlayerId,
    },
    /// A player gave a seat back.
    SeatLeft {
        /// The seat, which is free now.
        seat: Seat,
    },
    /// All seats were taken, so play began.
    Started,
    /// The rules moved on. The payload is the kind's own event.
    Played(Value),
    /// A player gave up.
    Resigned {
        /// Their seat.
        seat: Seat,
    },
    /// The game ended.
    Finished(Outcome),
}

/// A stored event is of a type or version that this code does not know, or its data is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown event {kind:?} v{version}")]
pub struct UnknownEvent {
    kind: String,
    version: u32,
}

/// The version of every stored shape so far.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct CreatedData {
    kind: String,
    options: Value,
}

#[derive(Serialize, Deserialize)]
struct SeatTakenData {
    seat: Seat,
    player_id: PlayerId,
}

#[derive(Serialize, Deserialize)]
struct SeatData {
    seat: Seat,
}

#[derive(Serialize, Deserialize)]
struct Empty {}

impl Event {
    /// The name of the event's type, in snake case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::SeatTaken { .. } => "seat_taken",
            Self::SeatLeft { .. } => "seat_left",
            Self::Started => "started",
            Self::Played(_) => "played",
            Self::Resigned { .. } => "resigned",
            Self::Finished(_) => "finished",
        }
    }

    /// The payload as JSON.
    #[expect(clippy::missing_panics_doc, reason = "the payloads always have a JSON form")]
    pub fn data(&self) -> Value {
        let data = match self {
            Self::Created { kind, options } => {
                serde_json::to_value(CreatedData { kind: kind.clone(), options: options.clone() })
            }
            Self::SeatTaken { seat, player_id } => {
                serde_json::to_value(SeatTakenData { seat: *seat, player_id: player_id.clone() })
            }
            Self::SeatLeft { seat } | Self::Resigned { seat } => serde_json::to_value(SeatData { seat: *seat }),
            Self::Started => serde_json::to_value(Empty {}),
            Self::Played(event) => return event.clone(),
            Self::Finished(outcome) => serde_json::to_value(outcome),
        };
        data.expect("payloads are plain structs with string keys")
    }

    /// Reads an event from its stored parts.
    ///
    /// # Errors
    /// When type or version are unknown, or the data does not fit them.
    pub fn from_parts(kind: &str, version: u32, data: Value) -> Result<Self, UnknownEvent> {
        let event = match (kind, version) {
            ("created", 1) => {
                serde_json::from_value(data).map(|CreatedData { kind, options }| Self::Created { kind, options })
            }
            ("seat_taken", 1) => serde_json::from_value(data)
                .map(|SeatTakenData { seat, player_id }| Self::SeatTaken { seat, player_id }),
            ("seat_left", 1) => serde_json::from_value(data).map(|SeatData { seat }| Self::SeatLeft { seat }),
            ("started", 1) => serde_json::from_value(data).map(|Empty {}| Self::Started),
            ("played", 1) => Ok(Self::Played(data)),
            ("resigned", 1) => serde_json::from_value(data).map(|SeatData { seat }| Self::Resigned { seat }),
            ("finished", 1) => serde_json::from_value(data).map(Self::Finished),
            _ => return Err(UnknownEvent { kind: kind.to_owned(), version }),
        };
        event.map_err(|_| UnknownEvent { kind: kind.to_owned(), version })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct("Event", 3)?;
        parts.serialize_field("type", self.name())?;
        parts.serialize_field("v", &VERSION)?;
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
