//! The folded state of a game, and how it is stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

use crate::{
    bot::Bot,
    game::{
        event::Created, invitation::Renewal, offer::Offer, phase::Phase, recent::Recent, seating::Seating,
        settings::Settings, talk::Talk, timer::Timer,
    },
    ids::{Actor, CommandId, GameId, PlayerId, Seat, Seq, Timestamp},
    invalid_event::InvalidEvent,
    kind::{Kind, Kinds, Position},
    seed::{Entropy, Promise},
};

/// One played game: the fold of its log.
///
/// The JSON of this type is the snapshot that the read model keeps, and what `state_hash` is taken over. Its layout has a
/// version: [`Game::FORMAT`].
#[derive(Debug, Serialize)]
pub struct Game {
    #[serde(rename = "game")]
    pub(crate) id: GameId,
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) creator: Actor,
    /// How it was made, which never changes; shared, since every append copies the game.
    pub(crate) created: Arc<Created>,
    #[serde(skip)]
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) renewal: Option<Renewal>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kicked: Vec<PlayerId>,
    pub(crate) phase: Phase,
    pub(crate) seats: Vec<Option<Occupant>>,
    /// Empty where there is no clock.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) timers: Vec<Timer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) offers: Vec<Offer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rematch: Option<GameId>,
    #[serde(skip_serializing_if = "Talk::is_empty")]
    pub(crate) talk: Talk,
    #[serde(skip_serializing_if = "Seating::is_empty")]
    pub(crate) seating: Seating,
    pub(crate) recent: Recent,
    #[serde(serialize_with = "stored_position")]
    pub(crate) position: Box<dyn Position>,
}

/// Who sits on a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupant {
    /// The player.
    pub player_id: PlayerId,
    /// What they contribute to the game's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entropy: Option<Entropy>,
    /// Which bot it is; none for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Bot>,
    /// Where their latest accepted move stands, whether or not it was taken back.
    pub last_play: Option<Seq>,
    /// Where their latest move that was not taken back stands.
    pub last_move: Option<Seq>,
}

impl Game {
    /// The version of the stored layout, without what is the kind's own. A hash over another layout is never compared with
    /// one over this.
    pub const FORMAT: u32 = 4;

    /// The version of the stored layout with that of its kind, which is left out while it is the first.
    pub fn format(&self) -> String {
        match self.kind.version() {
            1 => Self::FORMAT.to_string(),
            version => format!("{}.{version}", Self::FORMAT),
        }
    }

    /// The id of the game.
    pub fn id(&self) -> GameId {
        self.id
    }

    /// The last message that is folded into this state.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The time of that message.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// When the game was made.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Who made the game.
    pub fn creator(&self) -> &Actor {
        &self.creator
    }

    /// The game kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How far the game has come.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Who sits where; `None` is a free seat.
    pub fn seats(&self) -> &[Option<Occupant>] {
        &self.seats
    }

    /// The players at the table, in the order of the seats.
    pub fn players(&self) -> impl Iterator<Item = &PlayerId> {
        self.seats.iter().flatten().map(|occupant| &occupant.player_id)
    }

    /// The players at the table who are no bots, in the order of the seats.
    pub fn people(&self) -> impl Iterator<Item = &PlayerId> {
        let people = self.seats.iter().flatten().filter(|occupant| occupant.bot.is_none());
        people.map(|occupant| &occupant.player_id)
    }

    /// The state of the rules.
    pub fn position(&self) -> &dyn Position {
        self.position.as_ref()
    }

    /// The seats that may act now; none before the start and after the end.
    pub fn turn(&self) -> Vec<Seat> {
        match self.phase {
            Phase::Playing => self.position.turn(),
            Phase::Waiting | Phase::Paused | Phase::Finished(_) => Vec::new(),
        }
    }

    /// The seat of a player.
    pub fn seat_of(&self, player: &PlayerId) -> Option<Seat> {
        let sits = |(_, occupant): &(Seat, &Option<Occupant>)| {
            occupant.as_ref().is_some_and(|occupant| occupant.player_id == *player)
        };
        (0..=u8::MAX).map(Seat).zip(&self.seats).find(sits).map(|(seat, _)| seat)
    }

    /// Who sits on a seat.
    pub fn occupant(&self, seat: Seat) -> Option<&Occupant> {
        self.seats.get(seat.index()).and_then(Option::as_ref)
    }

    /// What was agreed for this game beside the options of its kind.
    pub fn settings(&self) -> &Settings {
        &self.created.settings
    }

    /// The kind's options, complete with their defaults.
    pub fn options(&self) -> &Value {
        &self.created.options
    }

    /// Whether people need an invitation.
    pub fn is_private(&self) -> bool {
        self.created.invitation.is_some()
    }

    /// Where the invitation was last renewed, from which its code is derived.
    pub fn invitation_renewed(&self) -> Option<Seq> {
        self.renewal.map(|renewal| renewal.seq)
    }

    /// For whom the seats are kept, in their order; nobody in particular when it is empty.
    pub fn reserved(&self) -> &[PlayerId] {
        &self.created.reserved
    }

    /// The game whose players agreed on this one.
    pub fn rematch_of(&self) -> Option<GameId> {
        self.created.rematch_of
    }

    /// The players whom a host has sent away.
    pub fn kicked(&self) -> &[PlayerId] {
        &self.kicked
    }

    /// What is promised about chance, where the kind uses it.
    pub fn chance(&self) -> Option<&Promise> {
        self.created.chance.as_ref()
    }

    /// The offers that have not lapsed.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The game that the players agreed to play after this one.
    pub fn rematch(&self) -> Option<GameId> {
        self.rematch
    }

    /// Who may start the game, add bots, and send players away: its creator while seated, otherwise the person on the lowest
    /// seat, otherwise its creator again.
    pub fn host(&self) -> Option<&PlayerId> {
        let creator = self.creator.player().filter(|creator| self.seat_of(creator).is_some());
        creator.or_else(|| self.people().next()).or(self.creator.player())
    }

    /// Where this command of this actor stands in the log, if it is among the recent ones.
    pub fn recorded(&self, actor: &Actor, command: CommandId) -> Option<Seq> {
        self.recent.find(actor, command)
    }

    /// The state as it is stored and hashed: JSON text, the same everywhere for the same log.
    #[expect(clippy::missing_panics_doc, reason = "a game always has a JSON form")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a game has string keys and no foreign serializer")
    }

    /// Reads a stored state of a game of one of `kinds`.
    ///
    /// # Errors
    /// When the text is none, or of a layout or kind that this code does not know.
    pub fn from_json(kinds: &Kinds, text: &str) -> Result<Self, UnreadableState> {
        let stored: Stored = serde_json::from_str(text)?;
        Ok(stored.read(kinds)?)
    }
}

/// A stored state that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableState {
    /// It is of another layout.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is of a kind, or of a version of its kind, that is not played here.
    #[error(transparent)]
    Kind(#[from] InvalidEvent),
}

impl Clone for Game {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            seq: self.seq,
            at: self.at,
            created_at: self.created_at,
            creator: self.creator.clone(),
            created: Arc::clone(&self.created),
            kind: self.kind,
            renewal: self.renewal,
            kicked: self.kicked.clone(),
            phase: self.phase.clone(),
            seats: self.seats.clone(),
            timers: self.timers.clone(),
            offers: self.offers.clone(),
            rematch: self.rematch,
            talk: self.talk.clone(),
            seating: self.seating.clone(),
            recent: self.recent.clone(),
            position: self.position.boxed(),
        }
    }
}

impl PartialEq for Game {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

#[expect(clippy::borrowed_box, reason = "serde passes the field as it is declared")]
fn stored_position<S: Serializer>(position: &Box<dyn Position>, serializer: S) -> Result<S::Ok, S::Error> {
    position.stored().serialize(serializer)
}

/// A game as it is read, before kind and position are known to be good.
#[derive(Deserialize)]
struct Stored {
    game: GameId,
    seq: Seq,
    at: Timestamp,
    created_at: Timestamp,
    creator: Actor,
    created: Arc<Created>,
    #[serde(default)]
    renewal: Option<Renewal>,
    #[serde(default)]
    kicked: Vec<PlayerId>,
    phase: Phase,
    seats: Vec<Option<Occupant>>,
    #[serde(default)]
    timers: Vec<Timer>,
    #[serde(default)]
    offers: Vec<Offer>,
    #[serde(default)]
    rematch: Option<GameId>,
    #[serde(default)]
    talk: Talk,
    #[serde(default)]
    seating: Seating,
    recent: Recent,
    position: Box<RawValue>,
}

impl Stored {
    fn read(self, kinds: &Kinds) -> Result<Game, InvalidEvent> {
        let kind = kinds.find(&self.created.kind).ok_or(InvalidEvent("this server does not play that kind"))?;
        // A state is never brought to a newer form: the log tells it anew.
        if self.created.kind_version != kind.version() {
            return Err(InvalidEvent("the state is of another version of its kind"));
        }
        Ok(Game {
            id: self.game,
            seq: self.seq,
            at: self.at,
            created_at: self.created_at,
            creator: self.creator,
            created: self.created,
            kind,
            renewal: self.renewal,
            kicked: self.kicked,
            phase: self.phase,
            seats: self.seats,
            timers: self.timers,
            offers: self.offers,
            rematch: self.rematch,
            talk: self.talk,
            seating: self.seating,
            recent: self.recent,
            position: kind.restore(&self.position)?,
        })
    }
}
