//! Snapshots: the folded states that stand at intervals beside the row of a game, so that no look back reads the whole log.

use turnlog_domain::{Game, GameId, Kinds, Message, Seq};

use super::{Games, key};
use crate::{
    attributes::{SdkItem, number, number_of, text, text_of},
    entry::{Entry, Folded, LogFault},
    error::StoreError,
    hash::{Hash, state_hash},
    limits::SNAPSHOT_INTERVAL_MESSAGES,
    read_model::{FORMAT, KIND_VERSION, ReadModel, RowTable, Rows, SEQ},
};

/// The states after every so many messages.
pub(crate) static SNAPSHOTS: ReadModel = ReadModel {
    name: "snapshots",
    format: Game::FORMAT,
    table: RowTable::Games,
    prefix: "snapshot#",
    bound: &["state", "state_hash"],
    rows: Rows::OfMessage(rows),
};

/// A state as it was kept. It is worth nothing until its own message proves it.
#[derive(Debug)]
pub(crate) struct Snapshot(Folded);

impl Games {
    /// What is kept of a game at this position; `None` when there is nothing that this code can use. Eventually consistent:
    /// what is not found yet, the log has.
    pub(crate) async fn snapshot(&self, game: GameId, seq: Seq) -> Result<Option<Snapshot>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(game, &snapshot_name(seq))));
        let answer = get.send().await.map_err(|error| StoreError::of("GetItem", &error))?;
        Ok(answer
            .item
            .as_ref()
            .and_then(|item| read_snapshot(&self.kinds, item))
            .filter(|snapshot| snapshot.0.game.seq() == seq))
    }
}

impl Snapshot {
    /// The state, if it is the one to which the message at its own position led.
    pub(crate) fn proved_by(self, entry: &Entry) -> Result<Folded, LogFault> {
        let Self(folded) = self;
        folded.proved_by(entry)
    }
}

fn rows(folded: &Folded, _: &Message) -> Vec<SdkItem> {
    let is_kept = folded.game.seq().0.is_multiple_of(SNAPSHOT_INTERVAL_MESSAGES);
    is_kept.then(|| snapshot_item(folded)).into_iter().collect()
}

/// The positions up to `seq` at which a state is kept, the latest first.
pub(crate) fn snapshots_up_to(seq: Seq) -> impl Iterator<Item = Seq> {
    (1..=seq.0 / SNAPSHOT_INTERVAL_MESSAGES).rev().map(|number| Seq(number * SNAPSHOT_INTERVAL_MESSAGES))
}

/// Numbers have so many digits that the order of the items is that of the log.
fn snapshot_name(seq: Seq) -> String {
    format!("{}{:012}", SNAPSHOTS.prefix, seq.0)
}

fn snapshot_item(folded: &Folded) -> SdkItem {
    let game = &folded.game;
    let mut item = key(game.id(), &snapshot_name(game.seq()));
    let attributes = [
        (SEQ, number(game.seq().0)),
        ("at", number(game.at().as_ms())),
        (FORMAT, number(SNAPSHOTS.format.into())),
        (KIND_VERSION, number(game.kind().version().into())),
        ("state", text(game.to_json())),
        ("state_hash", text(state_hash(game))),
        ("head", text(folded.head.as_str())),
    ];
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    item
}

/// A snapshot of another layout, or one that was damaged, counts as missing.
fn read_snapshot(kinds: &Kinds, item: &SdkItem) -> Option<Snapshot> {
    if number_of(item, FORMAT) != Some(SNAPSHOTS.format.into()) {
        return None;
    }
    let game = Game::from_json(kinds, text_of(item, "state")?).ok()?;
    let head = Hash::from_stored(text_of(item, "head")?);
    let is_whole = text_of(item, "state_hash") == Some(state_hash(&game).as_str());
    is_whole.then_some(Snapshot(Folded { game, head }))
}
