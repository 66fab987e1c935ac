//! The verification of a finished game: that chance decided what the log says, and nothing else did.

use std::sync::Arc;

use crate::{
    game::{
        command::Command,
        decide::{Context, decide},
        event::{Event, SeatTaken},
        fold::FoldError,
        message::Message,
        offer::OfferKind,
        phase::Phase,
        seating::Seating,
        state::Game,
    },
    ids::Seq,
    invalid_event::InvalidEvent,
    kind::Kinds,
    seed::ServerPart,
};

/// Why a game is not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The log does not fold.
    #[error("the log is damaged: {0}")]
    Damaged(#[from] FoldError),
    /// The game is not over, so that its seed is still a secret.
    #[error("the game is not over")]
    NotFinished,
    /// The game left something to chance and ended without revealing its seed.
    #[error("the game ended without revealing its seed")]
    NotRevealed,
    /// What this message says is not what its player's command causes with the chance of the seed.
    #[error("message {0} is not what its command causes")]
    Differs(Seq),
}

/// Recomputes every move, deal, roll and take-back of a finished game from its log, and names the first message that differs.
///
/// The log holds no commands. For every message it is tried which of those that its player could have given causes
/// exactly its events: for moves all that the rules allow. Where nothing is left to chance, that is done for take-backs,
/// and the fold checks the rest. That a kind with chance has promised something, and that the revealed server's part fits
/// that promise, is checked by the fold.
///
/// # Errors
/// When the game is not over, or something does not match.
pub fn verify(kinds: &Kinds, log: &[Message]) -> Result<(), Unverified> {
    let end = log.iter().try_fold(None, |game, message| Game::fold(kinds, game, message).map(Some))?;
    let Some(end) = end.filter(|end| matches!(end.phase, Phase::Finished(_))) else {
        return Err(Unverified::NotFinished);
    };
    let part = revealed(log);
    if end.chance().is_some() && part.is_none() {
        return Err(Unverified::NotRevealed);
    }
    let mut game: Option<Game> = None;
    for message in log {
        if let Some(before) = &game
            && !is_caused(kinds, before, message, part, log)?
        {
            return Err(Unverified::Differs(message.seq));
        }
        game = Some(fold_without_code(kinds, game, message)?);
    }
    Ok(())
}

/// Codes are not in the log, and who was let in has no part in what chance decided. Nor has how often somebody may sit down,
/// which older code did not limit.
fn fold_without_code(kinds: &Kinds, game: Option<Game>, message: &Message) -> Result<Game, FoldError> {
    let mut after = Game::fold(kinds, game, message)?;
    Arc::make_mut(&mut after.created).invitation = None;
    after.seating = Seating::default();
    after.renewal = None;
    Ok(after)
}

fn revealed(log: &[Message]) -> Option<ServerPart> {
    let part = |event: &Event| {
        if let Event::SeedRevealed(revealed) = event { Some(revealed.server_part.server_part()) } else { None }
    };
    log.iter().flat_map(|message| &message.events).find_map(part)
}

/// Whether some command of the message's actor causes its events. Messages without a part of the rules are not tried.
fn is_caused(
    kinds: &Kinds,
    before: &Game,
    message: &Message,
    part: Option<ServerPart>,
    log: &[Message],
) -> Result<bool, FoldError> {
    // Where nothing is left to chance, the fold knows a move that the rules forbid.
    let is_ruled = |event: &Event| {
        matches!(event, Event::TakenBack(_)) || (part.is_some() && matches!(event, Event::Started | Event::Played(_)))
    };
    if !message.events.iter().any(is_ruled) {
        return Ok(true);
    }
    let Ok(events) = message.events.iter().map(|event| newest(before, event)).collect::<Result<Vec<_>, _>>() else {
        return Ok(false);
    };
    for command in commands(before, message) {
        let earlier = match before.needs_earlier(&message.actor, &command) {
            Some(seq) => log
                .iter()
                .take_while(|message| message.seq <= seq)
                .try_fold(None, |game, message| fold_without_code(kinds, game, message).map(Some))?,
            None => None,
        };
        let server = before.chance().map(|promise| &promise.key).zip(part);
        let context = Context { server, earlier: earlier.as_ref(), ..Context::new(kinds, message.at) };
        let caused = decide(Some(before), &message.actor, &command, &context);
        if caused.is_ok_and(|caused| caused == events) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An event as it would be stored now.
fn newest(before: &Game, event: &Event) -> Result<Event, InvalidEvent> {
    let Event::Played(played) = event else { return Ok(event.clone()) };
    let payload = before.kind.payload(played)?.into_owned();
    Ok(Event::Played(before.kind.played(payload)))
}

/// The commands that can have caused a message that a kind has a part in.
fn commands(before: &Game, message: &Message) -> Vec<Command> {
    match message.events.first() {
        Some(Event::SeatTaken(SeatTaken { seat, bot: Some(bot), .. })) => {
            let add = |seat| Command::AddBot { seat, bot: *bot };
            vec![add(None), add(Some(*seat))]
        }
        Some(Event::SeatTaken(taken)) => {
            let sit = |seat| Command::TakeSeat { seat, entropy: taken.entropy.clone(), invitation: None };
            vec![sit(None), sit(Some(taken.seat))]
        }
        Some(Event::Started) => vec![Command::Start],
        Some(Event::Resigned(_)) => vec![Command::Resign],
        Some(Event::TimedOut(_)) => vec![Command::ClaimTimeout],
        Some(Event::Accepted(_)) => vec![Command::accept(OfferKind::TakeBack)],
        _ => {
            let seat = message.actor.player().and_then(|player| before.seat_of(player));
            let actions = seat.map(|seat| before.position.legal_actions(seat)).unwrap_or_default();
            actions.into_iter().map(|action| Command::Play { action, seen: None }).collect()
        }
    }
}
