//! What a viewer sees of a game and of its log.

use serde::Serialize;
use serde_json::Value;
use turnlog_domain::{
    Bot, Event, Game, GameId, InvalidEvent, Message, Occupant, Offer, OfferKind, Outcome, Phase, PlayerId, Promise,
    Seat, Settings, Timer, Timestamp, Viewer,
};

/// What one viewer may see of a game. A pure function of the fold: names come from `players`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    kind: &'static str,
    phase: &'static str,
    seats: Vec<Option<SeatView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<PlayerId>,
    turn: Vec<Seat>,
    outcome: Option<OutcomeView>,
    you: Option<Seat>,
    /// As it stands in `created`.
    #[serde(rename = "table")]
    settings: Settings,
    #[serde(skip_serializing_if = "is_false")]
    private: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    chance: Option<Promise>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clock: Vec<ClockView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<OfferView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reserved: Vec<PlayerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rematch_of: Option<GameId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rematch: Option<GameId>,
    game: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SeatView {
    player_id: PlayerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot: Option<Bot>,
    #[serde(skip_serializing_if = "is_false")]
    out: bool,
}

/// The time of one seat: what was left at `since`, and since when it runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ClockView {
    left_ms: u64,
    since: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct OfferView {
    offer: OfferKind,
    seat: Seat,
    seq: u64,
    accepted: Vec<Seat>,
    declined: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct OutcomeView {
    winners: Vec<Seat>,
    places: Vec<u8>,
    reason: String,
}

impl View {
    /// The view of one viewer.
    pub fn of(game: &Game, viewer: Viewer) -> Self {
        Self::with_game(game, viewer, game.view(viewer))
    }

    /// The view of one viewer who looks back at an earlier state when the game has come as far as `head`.
    pub fn from(head: &Game, earlier: &Game, viewer: Viewer) -> Self {
        Self::with_game(earlier, viewer, earlier.view_from(head, viewer))
    }

    fn with_game(game: &Game, viewer: Viewer, game_id: Value) -> Self {
        let (phase, outcome) = match game.phase() {
            Phase::Waiting => ("waiting", None),
            Phase::Playing => ("playing", None),
            Phase::Paused => ("paused", None),
            Phase::Finished(outcome) => ("finished", Some(OutcomeView::of(outcome))),
        };
        Self {
            kind: game.kind().name(),
            phase,
            seats: seats(game),
            host: game.host().cloned(),
            turn: game.turn(),
            outcome,
            you: match viewer {
                Viewer::Seat(seat) => Some(seat),
                Viewer::Spectator | Viewer::Open => None,
            },
            settings: game.settings().clone(),
            private: game.is_private(),
            chance: game.chance().cloned(),
            clock: game.timers().iter().map(ClockView::of).collect(),
            deadline: game.deadline().map(Timestamp::as_ms),
            offers: game.offers().iter().map(OfferView::of).collect(),
            reserved: game.reserved().to_vec(),
            rematch_of: game.rematch_of(),
            rematch: game.rematch(),
            game: game_id,
        }
    }
}

fn seats(game: &Game) -> Vec<Option<SeatView>> {
    let is_under_way = match game.phase() {
        Phase::Playing | Phase::Paused | Phase::Finished(_) => true,
        Phase::Waiting => false,
    };
    let view = |(seat, occupant): (Seat, &Option<Occupant>)| {
        let out = is_under_way && game.position().is_out(seat);
        occupant.as_ref().map(|occupant| SeatView { player_id: occupant.player_id.clone(), bot: occupant.bot, out })
    };
    (0..=u8::MAX).map(Seat).zip(game.seats()).map(view).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}

impl ClockView {
    fn of(timer: &Timer) -> Self {
        Self { left_ms: timer.left_ms, since: timer.since.map(Timestamp::as_ms) }
    }
}

impl OfferView {
    fn of(offer: &Offer) -> Self {
        let Offer { offer, seat, seq, accepted, declined } = offer.clone();
        Self { offer, seat, seq: seq.0, accepted, declined }
    }
}

impl OutcomeView {
    fn of(outcome: &Outcome) -> Self {
        Self { winners: outcome.winners(), places: outcome.as_places().to_vec(), reason: outcome.reason().to_owned() }
    }
}

/// A message as one viewer may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WireMessage {
    /// Its position in the log.
    pub seq: u64,
    /// Server time in milliseconds since 1970.
    pub at: u64,
    /// Who did it; absent for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub player_id: Option<PlayerId>,
    /// What it caused.
    pub events: Vec<WireEvent>,
}

/// An event as one viewer may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WireEvent {
    r#type: &'static str,
    data: Value,
}

impl WireMessage {
    /// The message as `viewer` may see it.
    ///
    /// # Errors
    /// When an event is none of the game's kind, which is so only in a damaged log.
    pub fn of(game: &Game, message: &Message, viewer: Viewer) -> Result<Self, InvalidEvent> {
        let redact = |event: &Event| {
            let event = game.redact(event, viewer)?;
            Ok(WireEvent { r#type: event.name(), data: event.data() })
        };
        Ok(Self {
            seq: message.seq.0,
            at: message.at.as_ms(),
            player_id: message.actor.player().cloned(),
            events: message.events.iter().map(redact).collect::<Result<_, InvalidEvent>>()?,
        })
    }
}

/// How many of the first messages fit into `bytes`: at least one, if there is any.
pub fn fitting(messages: &[WireMessage], bytes: usize) -> usize {
    count_fitting(messages.iter(), bytes).max(1).min(messages.len())
}

/// How many of the last messages fit into `bytes`: at least one, if there is any.
pub fn fitting_last(messages: &[WireMessage], bytes: usize) -> usize {
    count_fitting(messages.iter().rev(), bytes).max(1).min(messages.len())
}

/// How many of the first items fit into `bytes` as JSON.
pub(crate) fn count_fitting<T: Serialize>(items: impl Iterator<Item = T>, bytes: usize) -> usize {
    let mut left = bytes;
    let mut count = 0;
    for item in items {
        let Some(rest) = left.checked_sub(json_bytes(&item)) else { return count };
        left = rest;
        count += 1;
    }
    count
}

/// The bytes of an item in a list.
fn json_bytes(item: &impl Serialize) -> usize {
    serde_json::to_vec(item).map_or(usize::MAX, |json| json.len() + 1)
}
