//! How games come about, and how forgotten ones end.

use serde_json::Value;

use super::{Circumstances, Situation};
use crate::{
    ids::{Actor, PlayerId, Seat},
    kind::Kind,
    seed::Promise,
    session::{
        event::{Created, Event, InvitationRenewed, SeatTaken},
        invitation::InvitationHash,
        rejection::Rejection,
        state::Session,
        table::{Start, Table},
    },
};

pub(super) fn create(
    kind: &str,
    options: &Value,
    table: &Value,
    given: &Circumstances<'_>,
) -> Result<Vec<Event>, Rejection> {
    let kind = Kind::find(kind).ok_or(Rejection::UnknownKind)?;
    let setup = kind.setup(options)?;
    let (table, is_private) = Table::read(table, kind, &setup.position.seats())?;
    let invitation = invitation(is_private, given)?;
    Ok(vec![Event::Created(Box::new(Created {
        kind: kind.name().to_owned(),
        options: setup.options,
        table,
        chance: promise(kind, given)?,
        invitation,
        rematch_of: None,
        reserved: Vec::new(),
        kind_version: kind.version(),
    }))])
}

/// The same game again, with every seat kept for whom the old game named. It starts when all have come.
pub(super) fn create_rematch(actor: &Actor, given: &Circumstances<'_>) -> Result<Vec<Event>, Rejection> {
    let old = given.earlier.ok_or(Rejection::Unprepared)?;
    if old.rematch.is_none() {
        return Err(Rejection::NotFinished);
    }
    if actor.player().is_some_and(|player| old.seat_of(player).is_none()) {
        return Err(Rejection::NotSeated);
    }
    let reserved = old.rotated_players();
    let players = u8::try_from(reserved.len()).unwrap_or(u8::MAX);
    let mut table = old.created.table.clone();
    (table.min_players, table.max_players) = (players, players);
    // Nobody is left to wait for, so that there is nothing for a host to say.
    table.start = Start::Full;
    let bots: Vec<Event> = seated_bots(old, &reserved).collect();
    let created = Event::Created(Box::new(Created {
        kind: old.kind.name().to_owned(),
        options: old.options().clone(),
        table,
        chance: promise(old.kind, given)?,
        invitation: invitation(old.is_private(), given)?,
        rematch_of: Some(old.game),
        reserved,
        kind_version: old.kind.version(),
    }));
    Ok([created].into_iter().chain(bots).collect())
}

/// Refuses whoever did not play the old game, just as before its rematch was made.
pub(super) fn require_awaited(rematch: &Session, actor: &Actor) -> Result<(), Rejection> {
    let is_awaited = |player| rematch.created.reserved.contains(player);
    if actor.player().is_none_or(is_awaited) { Ok(()) } else { Err(Rejection::NotSeated) }
}

/// The bots of the old game, who are there from the beginning.
fn seated_bots(old: &Session, reserved: &[PlayerId]) -> impl Iterator<Item = Event> {
    (0..=u8::MAX).map(Seat).zip(reserved).filter_map(|(seat, player)| {
        let bot = old.seat_of(player).and_then(|old_seat| old.occupant(old_seat))?.bot?;
        Some(Event::SeatTaken(SeatTaken { seat, player_id: player.clone(), entropy: None, bot: Some(bot) }))
    })
}

/// Makes another code for a private game. Those at the table need none.
pub(super) fn renew_invitation(situation: Situation<'_>, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    situation.require_host(player)?;
    match invitation(situation.session.is_private(), situation.given)? {
        None => Err(Rejection::NotPrivate),
        invitation => Ok(vec![Event::InvitationRenewed(InvitationRenewed { invitation })]),
    }
}

fn invitation(is_private: bool, given: &Circumstances<'_>) -> Result<Option<InvitationHash>, Rejection> {
    if !is_private {
        return Ok(None);
    }
    given.invitation.map(|invitation| Some(invitation.hash())).ok_or(Rejection::Unprepared)
}

fn promise(kind: &Kind, given: &Circumstances<'_>) -> Result<Option<Promise>, Rejection> {
    if !kind.chance() {
        return Ok(None);
    }
    let (key, part) = given.server.ok_or(Rejection::Unprepared)?;
    Ok(Some(Promise { key: key.clone(), commitment: part.commitment() }))
}

pub(super) fn abandon(situation: Situation<'_>) -> Result<Vec<Event>, Rejection> {
    let Some(from) = situation.session.abandoned_from() else { return Ok(Vec::new()) };
    if situation.at < from {
        return Err(Rejection::NotAbandoned);
    }
    let outcome = situation.without(&[], "abandoned");
    match situation.finished(outcome.clone()) {
        // A lost key must not keep a forgotten game open for ever. Its chance can then not be verified.
        Err(Rejection::Unprepared) => Ok(vec![Event::Finished(outcome)]),
        other => other,
    }
}
