//! Games and messages as text for a terminal.

use turnlog_domain::{Event, Game, InvalidEvent, Message, Phase, Seat, Viewer};

use crate::games::time;

/// A game as a viewer sees it who looks back from the head of its log: a line about it, who sits where, and the board.
pub(crate) fn game(head: &Game, game: &Game, viewer: Viewer) -> String {
    let about = format!("{}  {}  message {}  {}", game.id(), game.kind().name(), game.seq(), time(game.at()));
    let mut lines = vec![about, phase(game)];
    for (seat, occupant) in game.seats().iter().enumerate() {
        let player = occupant.as_ref().map_or("(free)", |occupant| occupant.player_id.as_str());
        lines.push(format!("seat {seat}  {player}"));
    }
    lines.push(String::new());
    lines.push(game.text_from(head, viewer).trim_end().to_owned());
    lines.join("\n")
}

fn phase(game: &Game) -> String {
    match game.phase() {
        Phase::Waiting => "waiting for players".to_owned(),
        Phase::Playing => format!("in turn: {}", seats(&game.turn())),
        Phase::Paused => "paused".to_owned(),
        Phase::Finished(outcome) if outcome.winners().is_empty() => format!("finished: drawn ({})", outcome.reason()),
        Phase::Finished(outcome) => format!("finished: won by {} ({})", seats(&outcome.winners()), outcome.reason()),
    }
}

fn seats(seats: &[Seat]) -> String {
    let named: Vec<String> = seats.iter().map(|seat| format!("seat {}", seat.0)).collect();
    named.join(", ")
}

/// A message in one line, as a viewer sees it in a game that has come that far at least. Open eyes see all that is stored.
///
/// # Errors
/// When an event is none of the game's kind.
pub(crate) fn message(game: &Game, message: &Message, viewer: Viewer) -> Result<String, InvalidEvent> {
    let seen = |event: &Event| match viewer {
        Viewer::Open => Ok(event.clone()),
        Viewer::Seat(_) | Viewer::Spectator => game.redact(event, viewer),
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
