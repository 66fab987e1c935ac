//! Games and messages as text for a terminal.

use turnlog_domain::{Event, Message, Misfit, Phase, Seat, Session, Viewer};

use crate::games::time;

/// A game as a viewer sees it who looks back from the head of its log: a line about it, who sits where, and the board.
pub(crate) fn game(head: &Session, session: &Session, viewer: Viewer) -> String {
    let about =
        format!("{}  {}  message {}  {}", session.game(), session.kind().name(), session.seq(), time(session.at()));
    let mut lines = vec![about, phase(session)];
    for (seat, occupant) in session.seats().iter().enumerate() {
        let player = occupant.as_ref().map_or("(free)", |occupant| occupant.player_id.as_str());
        lines.push(format!("seat {seat}  {player}"));
    }
    lines.push(String::new());
    lines.push(session.text_from(head, viewer).trim_end().to_owned());
    lines.join("\n")
}

fn phase(session: &Session) -> String {
    match session.phase() {
        Phase::Waiting => "waiting for players".to_owned(),
        Phase::Playing => format!("in turn: {}", seats(&session.turn())),
        Phase::Paused => "paused".to_owned(),
        Phase::Finished(outcome) if outcome.winners().is_empty() => format!("finished: drawn ({})", outcome.reason()),
        Phase::Finished(outcome) => format!("finished: won by {} ({})", seats(&outcome.winners()), outcome.reason()),
    }
}

fn seats(seats: &[Seat]) -> String {
    let named: Vec<String> = seats.iter().map(|seat| format!("seat {}", seat.0)).collect();
    named.join(", ")
}

/// A message in one line, as a viewer sees it in a session that has come that far at least. Open eyes see all that is stored.
///
/// # Errors
/// When an event is none of the session's kind.
pub(crate) fn message(session: &Session, message: &Message, viewer: Viewer) -> Result<String, Misfit> {
    let seen = |event: &Event| match viewer {
        Viewer::Open => Ok(event.clone()),
        Viewer::Seat(_) | Viewer::Spectator => session.redact(event, viewer),
    };
    let events: Vec<String> =
        message.events.iter().map(|happened| seen(happened).map(|seen| event(&seen))).collect::<Result<_, _>>()?;
    let who = message.actor.player().map_or("(server)", |player| player.as_str());
    Ok(format!("{:>5}  {}  {who:<16} {}", message.seq, time(message.at), events.join("; ")))
}

fn event(event: &Event) -> String {
    let stored = serde_json::to_value(event).unwrap_or_default();
    let name = stored["type"].as_str().unwrap_or_default();
    let data = &stored["data"];
    if data.is_null() || data.as_object().is_some_and(serde_json::Map::is_empty) {
        return name.to_owned();
    }
    format!("{name} {data}")
}
