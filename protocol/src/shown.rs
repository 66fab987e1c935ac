//! What leaves the server about a game, for one viewer: the only way from a game and its log to a frame.
//!
//! The functions render and nothing else. The tests of secrecy call them, and so does the code that is deployed.

use std::{
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use turnlog_domain::{Game, InvalidEvent, Message, PlayerId, Seat, Seq, Viewer};

use crate::{
    answer::{Accepted, Push, encode},
    kinds::KindView,
    limits::{ACTIONS_MAX, SERVER_FRAME_BYTES_MAX, VIEW_BYTES_MAX},
    view::{View, WireMessage, count_fitting, fitting, fitting_last},
};

/// Bytes that an answer needs beside its messages and its view.
const ENVELOPE_BYTES: usize = 512;
/// Bytes for the messages of a page.
const PAGE_BYTES_MAX: usize = SERVER_FRAME_BYTES_MAX - ENVELOPE_BYTES;
/// Bytes for the messages of an answer that carries a view too.
const WATCH_BYTES_MAX: usize = PAGE_BYTES_MAX - VIEW_BYTES_MAX;

impl Accepted {
    /// The answer to a command of `player` that stands at `seq`, with the message that it added, if it added one.
    /// Whether the player may know the invitation is for the caller to say.
    ///
    /// # Errors
    /// When an event is none of the game's kind, which is so only in a damaged log.
    pub fn command(
        game: &Game,
        player: &PlayerId,
        seq: Seq,
        message: Option<&Message>,
        invitation: Option<String>,
    ) -> Result<Self, InvalidEvent> {
        let viewer = game.viewer(player);
        Ok(Self::Command {
            game: game.id(),
            seq: seq.0,
            seat: game.seat_of(player),
            invitation,
            messages: redacted(game, viewer, message)?,
            view: message.map(|_| Box::new(View::of(game, viewer))),
        })
    }

    /// The answer to `watch` by a player who has everything up to `after`: the last of `messages` that fit, and the view.
    /// Whether the player may know the invitation is for the caller to say.
    ///
    /// # Errors
    /// When an event is none of the game's kind, which is so only in a damaged log.
    pub fn watch<'a>(
        game: &Game,
        player: &PlayerId,
        after: Seq,
        messages: impl IntoIterator<Item = &'a Message>,
        invitation: Option<String>,
    ) -> Result<Self, InvalidEvent> {
        let viewer = game.viewer(player);
        let mut messages = redacted(game, viewer, messages)?;
        messages.drain(..messages.len() - fitting_last(&messages, WATCH_BYTES_MAX));
        let first = messages.first().map(|message| message.seq);
        Ok(Self::Watch {
            game: game.id(),
            seq: game.seq().0,
            from: first.filter(|&first| first > after.next().0),
            messages,
            view: Box::new(View::of(game, viewer)),
            more: false,
            invitation,
        })
    }

    /// The answer to `history`: the first of `messages` that fit.
    ///
    /// # Errors
    /// When an event is none of the game's kind, which is so only in a damaged log.
    pub fn history<'a>(
        game: &Game,
        player: &PlayerId,
        messages: impl IntoIterator<Item = &'a Message>,
    ) -> Result<Self, InvalidEvent> {
        let mut messages = redacted(game, game.viewer(player), messages)?;
        messages.truncate(fitting(&messages, PAGE_BYTES_MAX));
        let head = game.seq().0;
        let more = messages.last().is_some_and(|message| message.seq < head);
        Ok(Self::History { game: game.id(), seq: head, messages, more })
    }

    /// The answer to `view`: an earlier state of the game, as it was for whoever the player was then. Once the end has
    /// opened everything, the head tells so, and nothing is hidden in any state.
    pub fn moment(head: &Game, earlier: &Game, player: &PlayerId) -> Self {
        Self::Moment {
            game: earlier.id(),
            seq: earlier.seq().0,
            at: earlier.at().as_ms(),
            head: head.seq().0,
            view: Box::new(View::from(head, earlier, earlier.viewer(player))),
            text: earlier.text_from(head, earlier.viewer(player)),
        }
    }

    /// The answer to `actions` by the player on `seat`: the first of their legal actions, as many as are listed and fit.
    pub fn actions(game: &Game, seat: Seat) -> Self {
        let mut actions = if game.turn().contains(&seat) { game.position().legal_actions(seat) } else { Vec::new() };
        let count = actions.len();
        actions.truncate(count_fitting(actions.iter(), PAGE_BYTES_MAX).min(ACTIONS_MAX));
        let cut = actions.len() < count;
        Self::Actions { game: game.id(), seq: game.seq().0, actions, cut }
    }

    /// The answer to `kinds`: what is played, after the kind of that name or from the first on, as far as it fits.
    pub fn kinds(kinds: &[KindView], after: Option<&str>) -> Self {
        let first = after.map_or(0, |after| {
            kinds.iter().position(|kind| kind.name() == after).map_or(kinds.len(), |place| place + 1)
        });
        let kinds = &kinds[first..];
        let count = count_fitting(kinds.iter(), PAGE_BYTES_MAX).max(1).min(kinds.len());
        Self::Kinds { kinds: kinds[..count].to_vec(), more: count < kinds.len() }
    }
}

impl Push {
    /// The texts that tell these viewers of `messages`, as [`Push::text`] makes them: one for each kind of viewer.
    ///
    /// # Errors
    /// When an event is none of the game's kind, which is so only in a damaged log.
    pub fn texts<'a>(
        game: &Game,
        viewers: impl IntoIterator<Item = Viewer>,
        messages: impl IntoIterator<Item = &'a Message> + Clone,
    ) -> Result<BTreeMap<Viewer, Arc<str>>, InvalidEvent> {
        let mut texts = BTreeMap::new();
        for viewer in viewers {
            if let btree_map::Entry::Vacant(text) = texts.entry(viewer) {
                text.insert(Self::text(game, viewer, messages.clone())?.into());
            }
        }
        Ok(texts)
    }

    /// The text of the frame that tells a viewer of `messages`, the last of which led to this game; when they are none or too
    /// large, of the frame that tells them to ask.
    ///
    /// # Errors
    /// When an event is none of the game's kind, which is so only in a damaged log.
    pub fn text<'a>(
        game: &Game,
        viewer: Viewer,
        messages: impl IntoIterator<Item = &'a Message>,
    ) -> Result<String, InvalidEvent> {
        let (game_id, seq) = (game.id(), game.seq().0);
        let messages = redacted(game, viewer, messages)?;
        if messages.is_empty() {
            return Ok(encode(&Self::Behind { game: game_id, seq }));
        }
        let text = encode(&Self::Messages { game: game_id, seq, messages, view: Box::new(View::of(game, viewer)) });
        if text.len() <= SERVER_FRAME_BYTES_MAX {
            return Ok(text);
        }
        Ok(encode(&Self::Behind { game: game_id, seq }))
    }
}

fn redacted<'a>(
    game: &Game,
    viewer: Viewer,
    messages: impl IntoIterator<Item = &'a Message>,
) -> Result<Vec<WireMessage>, InvalidEvent> {
    messages.into_iter().map(|message| WireMessage::of(game, message, viewer)).collect()
}
