//! Talk at the table.

use super::Context;
use crate::{
    game::{
        event::{Event, Muted, Said},
        invitation::Invitation,
        rejection::Rejection,
        state::Game,
        talk::{Audience, clean},
    },
    ids::PlayerId,
    limits::MUTED_MAX,
};

pub(super) fn say(
    game: &Game,
    context: &Context<'_>,
    player: &PlayerId,
    to: &Audience,
    text: &str,
    invitation: Option<&Invitation>,
) -> Result<Vec<Event>, Rejection> {
    game.may_watch(player, invitation)?;
    let is_seated = game.seat_of(player).is_some();
    let fits = match to {
        Audience::All => is_seated,
        Audience::Player(other) => is_seated && other != player && game.seat_of(other).is_some(),
        Audience::Spectators => !is_seated,
    };
    if !fits {
        return Err(Rejection::WrongAudience);
    }
    game.talk.require_allowed(player, context.at, |speaker| game.seat_of(speaker).is_some())?;
    let text = Some(clean(text)?);
    Ok(vec![Event::Said(Said { player_id: player.clone(), to: to.clone(), text })])
}

pub(super) fn mute(game: &Game, host: &PlayerId, player: &PlayerId) -> Result<Vec<Event>, Rejection> {
    game.require_host(host)?;
    let muted = &game.talk.muted;
    if muted.contains(player) {
        return Ok(Vec::new());
    }
    if muted.len() >= MUTED_MAX {
        return Err(Rejection::TooManyBanned);
    }
    Ok(vec![Event::Muted(Muted { player_id: player.clone() })])
}
