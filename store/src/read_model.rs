//! Read models: rows that are a function of a game's log. They can be deleted and built anew at any time. Whatever is derived is
//! written, compared and removed in one way.

mod rows;

use turnlog_domain::{GameId, Message, Seq};

pub use self::rows::ReadModels;
use crate::{
    attributes::{SdkItem, differences, number_of, text_of},
    entry::Folded,
};

/// The message that a row has come to.
pub(crate) const SEQ: &str = "seq";
/// The format of its read model in which a row is written.
pub(crate) const FORMAT: &str = "format";
/// The version of the kind whose state a row holds, where it holds one.
pub(crate) const KIND_VERSION: &str = "kind_version";
/// Says that a bot has something to do: the stream of Games wakes the function of the bots only for rows that have it.
pub(crate) const BOT_TASK: &str = "bot_task";

/// Something that is derived from the logs of games and kept in rows.
///
/// A row names its layout: the format of its read model, and the version of the kind whose state it holds. A row of another
/// layout counts as missing for whoever reads states, and the log decides; what an index reads means the same in every layout.
#[derive(Debug)]
pub struct ReadModel {
    /// Its name.
    pub name: &'static str,
    /// The format in which this code writes its rows.
    pub format: u32,
    /// Where its rows are.
    pub table: RowTable,
    /// How the names of its rows begin.
    pub prefix: &'static str,
    /// The attributes that only code of the same layout can read.
    pub(crate) bound: &'static [&'static str],
    pub(crate) rows: Rows,
}

/// A table that holds rows of read models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowTable {
    /// Games, where a row belongs to a game.
    Games,
    /// Players, where a row belongs to a player.
    Players,
}

/// Which rows follow from a log.
#[derive(Debug)]
pub(crate) enum Rows {
    /// These from each message that led to this state.
    OfMessage(fn(&Folded, &Message) -> Vec<SdkItem>),
    /// One from the last message that is known.
    OfHead(fn(&Folded) -> SdkItem),
}

/// A row as the log has it.
#[derive(Debug, Clone)]
pub struct Row {
    pub(crate) model: &'static ReadModel,
    pub(crate) item: SdkItem,
}

/// A row as it is stored, whatever it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    pub(crate) table: RowTable,
    pub(crate) item: SdkItem,
}

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    /// Whose row it is: a game in Games, a player in Players.
    pub owner: String,
    /// What it is.
    pub item: String,
}

/// How a stored row stands to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// It is what the log adds up to.
    Equal,
    /// There is none.
    Missing,
    /// It has come to another message.
    At(Seq),
    /// It is as far as the log, but of another layout, so that this code does not read its state. These attributes, which mean
    /// the same in every layout, are different.
    OtherLayout(Vec<String>),
    /// It is as far as the log, and these attributes are different.
    Differs(Vec<String>),
}

impl RowTable {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Games, Self::Players];

    /// The attribute that says whose row it is. The partition key.
    pub const fn owner(self) -> &'static str {
        match self {
            Self::Games => "game_id",
            Self::Players => "player_id",
        }
    }

    /// The attribute that says what the row is. The sort key.
    pub const fn item(self) -> &'static str {
        "item"
    }

    fn key(self, item: &SdkItem) -> RowKey {
        let part = |name| text_of(item, name).unwrap_or_default().to_owned();
        RowKey { owner: part(self.owner()), item: part(self.item()) }
    }
}

impl Row {
    /// Its key.
    pub fn key(&self) -> RowKey {
        self.model.table.key(&self.item)
    }

    /// Where it is.
    pub fn table(&self) -> RowTable {
        self.model.table
    }

    /// The message that it has come to.
    pub fn seq(&self) -> Seq {
        seq_of(&self.item)
    }

    /// How what is stored under its key stands to it.
    pub fn compare(&self, stored: Option<&StoredRow>) -> Agreement {
        let Some(StoredRow { item: stored, .. }) = stored else { return Agreement::Missing };
        let (is_foreign, at) = (self.is_foreign(stored), seq_of(stored));
        let mut names = differences(&self.item, stored);
        names.retain(|name| match name.as_str() {
            // It stands only in what a function has written.
            BOT_TASK => false,
            FORMAT | KIND_VERSION => !is_foreign,
            other => !is_foreign || !self.model.bound.contains(&other),
        });
        if at != seq_of(&self.item) {
            Agreement::At(at)
        } else if is_foreign {
            Agreement::OtherLayout(names)
        } else if names.is_empty() {
            Agreement::Equal
        } else {
            Agreement::Differs(names)
        }
    }

    /// Whether a stored row is of another layout. A name of one that its own state contradicts is damage.
    fn is_foreign(&self, stored: &SdkItem) -> bool {
        let layout = |item| (number_of(item, FORMAT), number_of(item, KIND_VERSION));
        let (theirs, ours) = (layout(stored), layout(&self.item));
        let is_same_format = theirs.0 == ours.0;
        theirs != ours && (!is_same_format || state_version(stored) == theirs.1)
    }
}

impl StoredRow {
    /// What somebody has read from a table.
    pub fn of_item(table: RowTable, item: SdkItem) -> Self {
        Self { table, item }
    }

    /// Where it is.
    pub fn table(&self) -> RowTable {
        self.table
    }

    /// Its key.
    pub fn key(&self) -> RowKey {
        self.table.key(&self.item)
    }

    /// The game that it was derived from, as its key says.
    ///
    /// # Errors
    /// With what stands in place of the id of a game.
    pub fn game(&self) -> Result<GameId, String> {
        let RowKey { owner, item } = self.key();
        let id = match self.table {
            RowTable::Games => owner,
            RowTable::Players => match item.split_once('#') {
                Some((_, id)) => id.to_owned(),
                None => item,
            },
        };
        GameId::parse(&id).map_err(|_| id)
    }

    /// The message that it has come to; 0 where it names none.
    pub fn seq(&self) -> Seq {
        seq_of(&self.item)
    }
}

impl std::fmt::Display for RowKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { owner, item } = self;
        write!(formatter, "{item} of {owner}")
    }
}

/// The version of the kind in a stored state, whatever else the state holds.
fn state_version(item: &SdkItem) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct State {
        created: Created,
    }
    #[derive(serde::Deserialize)]
    struct Created {
        kind_version: Option<u64>,
    }
    let state: State = serde_json::from_str(text_of(item, "state")?).ok()?;
    Some(state.created.kind_version.unwrap_or(1))
}

fn seq_of(item: &SdkItem) -> Seq {
    Seq(number_of(item, SEQ).unwrap_or_default())
}
