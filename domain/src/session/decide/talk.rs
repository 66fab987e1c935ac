//! Talk at the table.

use super::Situation;
use crate::{
    ids::PlayerId,
    limits::MUTED_MAX,
    session::{
        event::{Event, Muted, Said},
        invitation::Invitation,
        rejection::Rejection,
        talk::{Audience, clean},
    },
};

pub(super) fn say(
    situation: Situation<'_>,
    player: &PlayerId,
    to: &Audience,
    text: &str,
    invitation: Option<&Invitation>,
) -> Result<Vec<Event>, Rejection> {
    let session = situation.session;
    session.may_watch(player, invitation)?;
    let is_seated = session.seat_of(player).is_some();
    let fits = match to {
        Audience::All => is_seated,
        Audience::Player(other) => is_seated && other != player && session.seat_of(other).is_some(),
        Audience::Spectators => !is_seated,
    };
    if !fits {
        return Err(Rejection::WrongAudience);
    }
    session.talk.require_allowed(player, situation.at, |speaker| session.seat_of(speaker).is_some())?;
    let text = Some(clean(text)?);
    Ok(vec![Event::Said(Said { player_id: player.clone(), to: to.clone(), text })])
}

pub(super) fn mute(situation: Situation<'_>, host: &PlayerId, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    situation.require_host(host)?;
    let muted = &situation.session.talk.muted;
    if muted.contains(player) {
        return Ok(Vec::new());
    }
    if muted.len() >= MUTED_MAX {
        return Err(Rejection::TooManyBanned);
    }
    Ok(vec![Event::Muted(Muted { player_id: player.clone() })])
}
