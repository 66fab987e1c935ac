//! Identifiers and positions: newtypes that can only hold what has been checked.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::limits::{PLAYER_ID_BOT_PREFIX, PLAYER_ID_GUEST_PREFIX, PLAYER_ID_LENGTH_MAX};

/// Namespace of the UUIDv5 from which game ids are made.
const GAME_NAMESPACE: Uuid = Uuid::from_u128(0x7475_726e_6c6f_6700_8000_6761_6d65_0001);
/// Namespace of the UUIDv5 from which the ids of rematches are made.
const REMATCH_NAMESPACE: Uuid = Uuid::from_u128(0x7475_726e_6c6f_6700_8000_7265_6d61_0001);
/// Namespace of the UUIDv5 from which the ids of the system's own commands are made.
const SYSTEM_NAMESPACE: Uuid = Uuid::from_u128(0x7475_726e_6c6f_6700_8000_7379_7374_0001);

/// A text is no identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}")]
pub struct InvalidId {
    pub(crate) what: &'static str,
}

/// The key of one played game and of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GameId(Uuid);

impl GameId {
    /// The id of the game that this `create` makes, the same for every repeat of it.
    pub fn of_create(player: &PlayerId, command: CommandId) -> Self {
        let mut name = player.as_str().as_bytes().to_vec();
        // No player id contains a zero byte, so no two pairs share a name.
        name.push(0);
        name.extend_from_slice(command.0.as_bytes());
        Self(Uuid::new_v5(&GAME_NAMESPACE, &name))
    }

    /// The id of the game on which the players of `game` agreed in its message at `seq`.
    pub fn of_rematch(game: Self, seq: Seq) -> Self {
        Self(Uuid::new_v5(&REMATCH_NAMESPACE, format!("{game}/{seq}").as_bytes()))
    }

    /// Reads the hyphenated form.
    ///
    /// # Errors
    /// When the text is no UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        parse_uuid(text).map(Self).ok_or(InvalidId { what: "game id" })
    }

    /// Spreads games evenly over `buckets` index partitions. The same game always falls into the same one.
    pub fn bucket(self, buckets: u8) -> u8 {
        self.0.as_bytes()[15] % buckets.max(1)
    }
}

/// The client-made id of a command, by which a repeat is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandId(Uuid);

impl CommandId {
    /// Reads the hyphenated form.
    ///
    /// # Errors
    /// When the text is no UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        parse_uuid(text).map(Self).ok_or(InvalidId { what: "command id" })
    }

    /// The id of a command that the system itself gives about a game at `seq`; every attempt makes the same one.
    pub fn of_system(game: GameId, seq: Seq, purpose: &str) -> Self {
        Self(Uuid::new_v5(&SYSTEM_NAMESPACE, format!("{game}/{seq}/{purpose}").as_bytes()))
    }
}

fn parse_uuid(text: &str) -> Option<Uuid> {
    // Only the usual form: the braced and the URN form would make two texts of one id.
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

impl fmt::Display for GameId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An authenticated person, as the authorizer established it, or a bot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PlayerId(String);

impl PlayerId {
    /// Reads a player id: 1 to 64 visible ASCII characters other than `#`.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
        let valid = (1..=PLAYER_ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidId { what: "player id" }) }
    }

    /// Reads the id of a person, which cannot be taken for that of a bot.
    ///
    /// # Errors
    /// When the text is no player id, or begins like those of bots.
    pub fn parse_person(text: &str) -> Result<Self, InvalidId> {
        let person = Some(text).filter(|text| !text.starts_with(PLAYER_ID_BOT_PREFIX));
        person.map_or(Err(InvalidId { what: "id of a person" }), Self::parse)
    }

    /// Reads the id that a signed token names. It is never that of a guest: where people choose their own id with whoever signs,
    /// one of them could take the place of a guest, whose id everybody at the table sees.
    ///
    /// # Errors
    /// When the text is no id of a person, or begins like those of guests.
    pub fn parse_signed(text: &str) -> Result<Self, InvalidId> {
        let is_guest = text.starts_with(PLAYER_ID_GUEST_PREFIX);
        if is_guest { Err(InvalidId { what: "id for a signed token" }) } else { Self::parse_person(text) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PlayerId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl fmt::Display for PlayerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Who gives a command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Option<PlayerId>", into = "Option<PlayerId>")]
pub enum Actor {
    /// Turnlog itself, for instance when it closes an abandoned game.
    System,
    /// A player.
    Player(PlayerId),
}

impl Actor {
    /// The player, if it is one.
    pub fn player(&self) -> Option<&PlayerId> {
        match self {
            Self::System => None,
            Self::Player(player) => Some(player),
        }
    }
}

impl From<Option<PlayerId>> for Actor {
    fn from(player: Option<PlayerId>) -> Self {
        player.map_or(Self::System, Self::Player)
    }
}

impl From<Actor> for Option<PlayerId> {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::System => None,
            Actor::Player(player) => Some(player),
        }
    }
}

/// A place at the table: 0, 1, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seat(pub u8);

impl Seat {
    /// The seat as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The position of a message in its game's log: 1, 2, 3 … with no gap. Zero stands before the first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Seq {
    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A moment of server time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `ms` milliseconds after the start of 1970.
    pub fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the start of 1970.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// Milliseconds from `earlier` to this moment; zero when it lies after it.
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time of a message that follows one at `previous` when the clock shows this moment: later by a millisecond
    /// at least, so that time orders a log as `seq` does.
    #[must_use]
    pub fn after(self, previous: Self) -> Self {
        self.max(Self(previous.0.saturating_add(1)))
    }
}
