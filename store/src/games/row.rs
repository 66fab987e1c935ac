//! The row of a game as an item: how it is written, read and compared.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use turnlog_domain::{Game, Kinds, Phase};

use super::{due::Duty, key};
use crate::{
    attributes::{self, SdkItem, number, number_of, text, text_of},
    entry::Folded,
    hash::Hash,
    limits::INDEX_BUCKETS,
};

/// Whether a row rings for the bots of its game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doorbell {
    Rings,
    Silent,
}

pub(super) fn row_name(version: u32) -> String {
    format!("state#{version}")
}

pub(crate) fn row_item(version: u32, folded: &Folded, doorbell: Doorbell) -> SdkItem {
    let game = &folded.game;
    let (game_id, kind) = (game.id(), game.kind().name());
    let bucket = game_id.bucket(INDEX_BUCKETS);
    let mut item = key(game_id, &row_name(version));
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    set("seq", number(game.seq().0));
    set("at", number(game.at().as_ms()));
    set("created_at", number(game.created_at().as_ms()));
    set("kind", text(kind));
    set("format", number(Game::FORMAT.into()));
    set("kind_version", number(game.kind().version().into()));
    set("state", text(game.to_json()));
    set("head", text(folded.head.as_str()));
    // The lobby lists what anybody may join.
    if matches!(game.phase(), Phase::Waiting) && !game.is_private() && game.reserved().is_empty() {
        set("open", text(format!("{version}#{kind}#{bucket}")));
    }
    if let Some((duty, due)) = Duty::next(game) {
        set("active", text(duty.list(version, bucket)));
        set("due", number(due.as_ms()));
    }
    if game.bot_task().is_some() && doorbell == Doorbell::Rings {
        // The stream of this table rings for bots only where this stands.
        set("errand", text("bot"));
    }
    item
}

/// How the layout of a stored row stands to ours. One that its own state contradicts is damage, and no layout.
pub(crate) fn layout_of(stored: &SdkItem, expected: &SdkItem) -> Ordering {
    let (theirs, ours) = (kind_version(stored), kind_version(expected));
    if theirs == ours || state_version(stored) != Some(theirs) {
        return Ordering::Equal;
    }
    theirs.cmp(&ours)
}

/// The version of the kind in a stored state, whatever else the state holds.
pub(super) fn state_version(item: &SdkItem) -> Option<u64> {
    #[derive(Deserialize)]
    struct State {
        created: Created,
    }
    #[derive(Deserialize)]
    struct Created {
        kind_version: Option<u64>,
    }
    let state: State = serde_json::from_str(text_of(item, "state")?).ok()?;
    Some(state.created.kind_version.unwrap_or(1))
}

/// Rows of the first layout of a kind did not name it once.
fn kind_version(row: &SdkItem) -> u64 {
    number_of(row, "kind_version").unwrap_or(1)
}

/// The attributes in which a stored row differs. The state says nothing where it is of another layout; the doorbell of bots stands
/// only in what a function has written.
pub(crate) fn row_differences(expected: &SdkItem, stored: &SdkItem) -> Vec<String> {
    let is_ours = layout_of(stored, expected).is_eq();
    let mut names = attributes::differences(expected, stored);
    names.retain(|name| match name.as_str() {
        "errand" => false,
        "kind_version" => is_ours && stored.contains_key(name),
        "state" => is_ours,
        _ => true,
    });
    names
}

/// A row of another layout, or one that cannot be read, counts as missing: the log decides then.
pub(super) fn read_row(kinds: &Kinds, item: &SdkItem) -> Option<Folded> {
    if number_of(item, "format") != Some(Game::FORMAT.into()) {
        return None;
    }
    let game = Game::from_json(kinds, text_of(item, "state")?).ok()?;
    let head = Hash::from_stored(text_of(item, "head")?);
    (number_of(item, "seq") == Some(game.seq().0)).then_some(Folded { game, head })
}
