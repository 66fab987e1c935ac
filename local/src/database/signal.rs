//! Tells the readers of a table's stream that the table was written to, so that they need not poll.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::watch;

/// Who waits for writes to which table. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Signal {
    tables: Arc<BTreeMap<String, watch::Sender<()>>>,
}

/// What a request may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    Nothing,
    Table(String),
    /// Several tables: it is cheaper to wake every reader than to read the request.
    Several,
}

impl Signal {
    pub(super) fn new(tables: impl Iterator<Item = String>) -> Self {
        Self { tables: Arc::new(tables.map(|name| (name, watch::Sender::new(()))).collect()) }
    }

    /// Follows the writes to a table. A table that is not in the template is never written to.
    pub(crate) fn follow(&self, table: &str) -> watch::Receiver<()> {
        self.tables.get(table).map_or_else(|| watch::Sender::new(()).subscribe(), watch::Sender::subscribe)
    }

    pub(super) fn tell(&self, written: &Written) {
        match written {
            Written::Nothing => {}
            Written::Table(name) => {
                if let Some(table) = self.tables.get(name) {
                    table.send_replace(());
                }
            }
            Written::Several => {
                for table in self.tables.values() {
                    table.send_replace(());
                }
            }
        }
    }
}
