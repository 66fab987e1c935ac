//! Snapshots: the folded states that stand at intervals beside the row of a game, so that no look back reads the whole log.

use turnlog_domain::{Game, GameId, Kinds, Seq};

use super::{Games, key, row::state_version};
use crate::{
    attributes::{self, SdkItem, number, number_of, text, text_of},
    entry::{Entry, Folded, LogFault},
    error::StoreError,
    hash::{Hash, state_hash},
    limits::SNAPSHOT_INTERVAL_MESSAGES,
};

/// A state as it was kept. It is worth nothing until its own message proves it.
#[derive(Debug)]
pub(crate) struct Snapshot(Folded);

impl Games {
    /// Keeps a state for those who look back. What stands at a position is a function of the log alone, so it does not matter
    /// how often or by whom it is written.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_snapshot(&self, folded: &Folded) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(snapshot_item(folded)));
        put.send().await.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

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

/// Whether the state after this message is kept.
pub fn has_snapshot(seq: Seq) -> bool {
    seq.0 > 0 && seq.0.is_multiple_of(SNAPSHOT_INTERVAL_MESSAGES)
}

/// The positions up to `seq` at which a state is kept, the latest first.
pub(crate) fn snapshots_up_to(seq: Seq) -> impl Iterator<Item = Seq> {
    (1..=seq.0 / SNAPSHOT_INTERVAL_MESSAGES).rev().map(|number| Seq(number * SNAPSHOT_INTERVAL_MESSAGES))
}

/// States of another layout of the game have names of their own, so that binaries of both can keep theirs. Numbers have so
/// many digits that the order of the items is that of the log.
pub(crate) fn snapshot_name(seq: Seq) -> String {
    format!("snapshot#{}#{:012}", Game::FORMAT, seq.0)
}

pub(crate) fn snapshot_item(folded: &Folded) -> SdkItem {
    let game = &folded.game;
    let mut item = key(game.id(), &snapshot_name(game.seq()));
    let attributes = [
        ("seq", number(game.seq().0)),
        ("at", number(game.at().as_ms())),
        ("format", number(Game::FORMAT.into())),
        ("state", text(game.to_json())),
        ("state_hash", text(state_hash(game))),
        ("head", text(folded.head.as_str())),
    ];
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    item
}

/// The attributes in which a stored snapshot differs. The state says nothing where the layout of its kind is another one, as both
/// its hash and the state itself say.
pub(crate) fn snapshot_differences(expected: &SdkItem, stored: &SdkItem) -> Vec<String> {
    let theirs = layout_of_hash(stored);
    let is_ours = theirs == layout_of_hash(expected) || theirs.is_none() || theirs != state_version(stored);
    let mut names = attributes::differences(expected, stored);
    names.retain(|name| is_ours || (name != "state" && name != "state_hash"));
    names
}

/// The version of the kind that a stored hash of a state is over; none if it is of another layout of the game.
fn layout_of_hash(item: &SdkItem) -> Option<u64> {
    let (layout, _) = text_of(item, "state_hash")?.split_once(':')?;
    let (format, version) = layout.split_once('.').unwrap_or((layout, "1"));
    version.parse().ok().filter(|_| format == Game::FORMAT.to_string())
}

/// A snapshot of another layout, or one that was damaged, counts as missing.
fn read_snapshot(kinds: &Kinds, item: &SdkItem) -> Option<Snapshot> {
    if number_of(item, "format") != Some(Game::FORMAT.into()) {
        return None;
    }
    let game = Game::from_json(kinds, text_of(item, "state")?).ok()?;
    let head = Hash::from_stored(text_of(item, "head")?);
    let is_whole = text_of(item, "state_hash") == Some(state_hash(&game).as_str());
    is_whole.then_some(Snapshot(Folded { game, head }))
}
