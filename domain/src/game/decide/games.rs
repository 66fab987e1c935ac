//! How games come about, and how forgotten ones end.

use serde_json::Value;

use super::{Context, course::finished};
use crate::{
    game::{
        event::{Created, Event, InvitationRenewed, SeatTaken},
        invitation::InvitationHash,
        rejection::Rejection,
        settings::{Settings, Start},
        state::Game,
    },
    ids::{Actor, PlayerId, Seat},
    kind::Kind,
    seed::Promise,
};

pub(super) fn create(
    kind: &str,
    options: &Value,
    settings: &Value,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    let kind = context.kinds.find(kind).ok_or(Rejection::UnknownKind)?;
    let setup = kind.setup(options)?;
    let (settings, is_private) = Settings::read(settings, &setup.position.seats(), kind.default_moves())?;
    let invitation = invitation(is_private, context)?;
    Ok(vec![Event::Created(Box::new(Created {
        kind: kind.name().to_owned(),
        options: setup.options,
        settings,
        chance: promise(kind, context)?,
        invitation,
        rematch_of: None,
        reserved: Vec::new(),
        kind_version: kind.version(),
    }))])
}

/// The same game again, with every seat kept for whom the old game named. It starts when all have come.
pub(super) fn create_rematch(actor: &Actor, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let old = context.earlier.ok_or(Rejection::Unprepared)?;
    if old.rematch.is_none() {
        return Err(Rejection::NotFinished);
    }
    if actor.player().is_some_and(|player| old.seat_of(player).is_none()) {
        return Err(Rejection::NotSeated);
    }
    let reserved = old.rotated_players();
    let players = u8::try_from(reserved.len()).unwrap_or(u8::MAX);
    let mut settings = old.created.settings.clone();
    (settings.min_players, settings.max_players) = (players, players);
    // Nobody is left to wait for, so that there is nothing for a host to say.
    settings.start = Start::Full;
    let bots: Vec<Event> = seated_bots(old, &reserved).collect();
    let created = Event::Created(Box::new(Created {
        kind: old.kind.name().to_owned(),
        options: old.options().clone(),
        settings,
        chance: promise(old.kind, context)?,
        invitation: invitation(old.is_private(), context)?,
        rematch_of: Some(old.id),
        reserved,
        kind_version: old.kind.version(),
    }));
    Ok([created].into_iter().chain(bots).collect())
}

/// Refuses whoever did not play the old game, just as before its rematch was made.
pub(super) fn require_awaited(rematch: &Game, actor: &Actor) -> Result<(), Rejection> {
    let is_awaited = |player| rematch.created.reserved.contains(player);
    if actor.player().is_none_or(is_awaited) { Ok(()) } else { Err(Rejection::NotSeated) }
}

/// The bots of the old game, who are there from the beginning.
fn seated_bots(old: &Game, reserved: &[PlayerId]) -> impl Iterator<Item = Event> {
    (0..=u8::MAX).map(Seat).zip(reserved).filter_map(|(seat, player)| {
        let bot = old.seat_of(player).and_then(|old_seat| old.occupant(old_seat))?.bot?;
        Some(Event::SeatTaken(SeatTaken { seat, player_id: player.clone(), entropy: None, bot: Some(bot) }))
    })
}

/// Makes another code for a private game. Those at the table need none.
pub(super) fn renew_invitation(game: &Game, context: &Context<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    game.require_host(player)?;
    match invitation(game.is_private(), context)? {
        None => Err(Rejection::NotPrivate),
        invitation => Ok(vec![Event::InvitationRenewed(InvitationRenewed { invitation })]),
    }
}

fn invitation(is_private: bool, context: &Context<'_>) -> Result<Option<InvitationHash>, Rejection> {
    if !is_private {
        return Ok(None);
    }
    context.invitation.map(|invitation| Some(invitation.hash())).ok_or(Rejection::Unprepared)
}

fn promise(kind: Kind, context: &Context<'_>) -> Result<Option<Promise>, Rejection> {
    if !kind.chance() {
        return Ok(None);
    }
    let (key, part) = context.server.ok_or(Rejection::Unprepared)?;
    Ok(Some(Promise { key: key.clone(), commitment: part.commitment() }))
}

pub(super) fn abandon(game: &Game, context: &Context<'_>) -> Result<Vec<Event>, Rejection> {
    let Some(from) = game.abandoned_from() else { return Ok(Vec::new()) };
    if context.at < from {
        return Err(Rejection::NotAbandoned);
    }
    let outcome = game.outcome_without(&[], "abandoned");
    match finished(game, context, outcome.clone()) {
        // A lost key must not keep a forgotten game open for ever. Its chance can then not be verified.
        Err(Rejection::Unprepared) => Ok(vec![Event::Finished(outcome)]),
        other => other,
    }
}
