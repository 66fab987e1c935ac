//! What messages add up to in all read models: a function of the log, whatever pieces it is read in.

use std::collections::BTreeMap;

use turnlog_domain::{Kinds, Message};

use crate::{
    entry::{Entry, Folded, LogFault},
    games::{Games, SNAPSHOTS, STATES},
    players::{Players, STANDINGS},
    read_model::{ReadModel, ReadModels, Row, RowKey, RowTable, Rows},
};

/// All read models, in the order in which they are written: the row of the game comes last, since it says that everything before
/// it is there.
pub static READ_MODELS: [&ReadModel; 3] = [&STANDINGS, &SNAPSHOTS, &STATES];

/// What messages add up to.
#[derive(Debug, Default)]
pub struct Derived {
    /// The state after the last of them.
    pub folded: Option<Folded>,
    /// The rows that followed from single messages, each as the last of them left it.
    rows: BTreeMap<(RowTable, RowKey), Row>,
}

impl Derived {
    /// Folds messages on what is known.
    ///
    /// # Errors
    /// When one cannot follow.
    pub fn over(kinds: &Kinds, known: Option<Folded>, entries: &[Entry]) -> Result<Self, LogFault> {
        Self { folded: known, ..Self::default() }.then(kinds, entries)
    }

    /// Folds further messages.
    ///
    /// # Errors
    /// When one cannot follow.
    pub fn then(mut self, kinds: &Kinds, entries: &[Entry]) -> Result<Self, LogFault> {
        for entry in entries {
            let folded = Folded::fold(kinds, self.folded.take(), entry)?;
            self.note(&folded, &entry.message);
            self.folded = Some(folded);
        }
        Ok(self)
    }

    /// Takes note of a message that led to `folded`, which somebody else has folded.
    pub fn note(&mut self, folded: &Folded, message: &Message) {
        for model in READ_MODELS {
            let Rows::OfMessage(rows) = &model.rows else { continue };
            for item in rows(folded, message) {
                let row = Row { model, item };
                self.rows.insert((row.table(), row.key()), row);
            }
        }
    }

    /// Takes the rows that follow from the messages so far, so that nobody has to hold those of a long log.
    pub fn take_rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows).into_values().collect()
    }

    /// All rows that follow, in the order in which they are written.
    pub fn rows(&self) -> Vec<Row> {
        self.rows.values().cloned().chain(self.folded.iter().flat_map(rows_of_head)).collect()
    }
}

/// The rows that follow from the head of a log.
pub fn rows_of_head(folded: &Folded) -> Vec<Row> {
    let row = |model: &'static ReadModel| match &model.rows {
        Rows::OfHead(row) => Some(Row { model, item: row(folded) }),
        Rows::OfMessage(_) => None,
    };
    READ_MODELS.into_iter().filter_map(row).collect()
}

impl ReadModels {
    /// Those of these tables.
    pub fn over(games: &Games, players: &Players) -> Self {
        Self::new(games.client().clone(), games.name().to_owned(), players.name().to_owned())
    }
}
