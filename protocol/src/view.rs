//! What a viewer sees of a session and of its log.

use serde::Serialize;
use serde_json::Value;
use turnlog_domain::{Event, Message, Misfit, Occupant, Outcome, Phase, PlayerId, Seat, Session, Viewer};

/// What one viewer may see of a session. A pure function of the fold: names come from `players`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    kind: &'static str,
    phase: &'static str,
    seats: Vec<Option<SeatView>>,
    turn: Vec<Seat>,
    outcome: Option<OutcomeView>,
    you: Option<Seat>,
    game: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SeatView {
    player_id: PlayerId,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct OutcomeView {
    winners: Vec<Seat>,
    places: Vec<u8>,
    reason: String,
}

impl View {
    /// The view of one viewer.
    pub fn of(session: &Session, viewer: Viewer) -> Self {
        let (phase, outcome) = match session.phase() {
            Phase::Waiting => ("waiting", None),
            Phase::Playing => ("playing", None),
            Phase::Finished(outcome) => ("finished", Some(OutcomeView::of(outcome))),
        };
        Self {
            kind: session.kind().name(),
            phase,
            seats: session.seats().iter().map(|seat| seat.as_ref().map(SeatView::of)).collect(),
            turn: session.turn(),
            outcome,
            you: match viewer {
                Viewer::Seat(seat) => Some(seat),
                Viewer::Spectator => None,
            },
            game: session.position().view(viewer),
        }
    }
}

impl SeatView {
    fn of(occupant: &Occupant) -> Self {
        Self { player_id: occupant.player_id.clone() }
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
    /// When an event is none of the session's kind, which is so only in a damaged log.
    pub fn of(session: &Session, message: &Message, viewer: Viewer) -> Result<Self, Misfit> {
        let redact = |event: &Event| {
            let event = session.redact(event, viewer)?;
            Ok(WireEvent { r#type: event.name(), data: event.data() })
        };
        Ok(Self {
            seq: message.seq.0,
            at: message.at.as_ms(),
            player_id: message.actor.player().cloned(),
            events: message.events.iter().map(redact).collect::<Result<_, Misfit>>()?,
        })
    }

    fn bytes(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len() + 1)
    }
}

/// How many of the first messages fit into `bytes`: at least one, if there is any.
pub fn fitting(messages: &[WireMessage], bytes: usize) -> usize {
    count_fitting(messages.iter(), bytes)
}

/// How many of the last messages fit into `bytes`: at least one, if there is any.
pub fn fitting_last(messages: &[WireMessage], bytes: usize) -> usize {
    count_fitting(messages.iter().rev(), bytes)
}

fn count_fitting<'a>(messages: impl Iterator<Item = &'a WireMessage>, bytes: usize) -> usize {
    let mut left = bytes;
    let mut count = 0;
    for message in messages {
        let Some(rest) = left.checked_sub(message.bytes()) else { return count.max(1) };
        left = rest;
        count += 1;
    }
    count
}
