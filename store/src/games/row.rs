//! The row of a game: its state, which is also what commands begin with, and its entries in the lists of the lobby and of the sweep.

use aws_sdk_dynamodb::types::AttributeValue;
use turnlog_domain::{Game, Kinds, Phase};

use super::{due::Duty, key};
use crate::{
    attributes::{SdkItem, number, number_of, text, text_of},
    entry::Folded,
    hash::Hash,
    limits::INDEX_BUCKETS,
    read_model::{BOT_TASK, FORMAT, KIND_VERSION, ReadModel, RowTable, Rows, SEQ},
};

/// The state of every game: one row for each.
pub(crate) static STATES: ReadModel = ReadModel {
    name: "states",
    format: Game::FORMAT,
    table: RowTable::Games,
    prefix: STATE,
    bound: &["state"],
    rows: Rows::OfHead(row_item),
};

/// What the row of a game is called.
pub(super) const STATE: &str = "state";

fn row_item(folded: &Folded) -> SdkItem {
    let game = &folded.game;
    let (game_id, kind) = (game.id(), game.kind().name());
    let bucket = game_id.bucket(INDEX_BUCKETS);
    let mut item = key(game_id, STATE);
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    set(SEQ, number(game.seq().0));
    set("at", number(game.at().as_ms()));
    set("created_at", number(game.created_at().as_ms()));
    set("kind", text(kind));
    set(FORMAT, number(STATES.format.into()));
    set(KIND_VERSION, number(game.kind().version().into()));
    set("state", text(game.to_json()));
    set("head", text(folded.head.as_str()));
    // The lobby lists what anybody may join.
    if matches!(game.phase(), Phase::Waiting) && !game.is_private() && game.reserved().is_empty() {
        set("open", text(format!("{kind}#{bucket}")));
    }
    if let Some((duty, due)) = Duty::next(game) {
        set("active", text(duty.list(bucket)));
        set("due", number(due.as_ms()));
    }
    if game.bot_task().is_some() {
        set(BOT_TASK, text("bot"));
    }
    item
}

/// A row of another layout, or one that cannot be read, counts as missing: the log decides then.
pub(super) fn read_row(kinds: &Kinds, item: &SdkItem) -> Option<Folded> {
    if number_of(item, FORMAT) != Some(STATES.format.into()) {
        return None;
    }
    let game = Game::from_json(kinds, text_of(item, "state")?).ok()?;
    let head = Hash::from_stored(text_of(item, "head")?);
    (number_of(item, SEQ) == Some(game.seq().0)).then_some(Folded { game, head })
}
