//! The rows in their tables: written forwards, read, replaced and removed on condition of what was read.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use super::{BOT_TASK, FORMAT, KIND_VERSION, Row, RowKey, RowTable, SEQ, StoredRow, seq_of};
use crate::{
    attributes::{SdkItem, conditional, text},
    batch::get_items,
    error::StoreError,
};

/// The tables with the rows of all read models.
#[derive(Debug, Clone)]
pub struct ReadModels {
    client: Client,
    games: String,
    players: String,
}

impl ReadModels {
    /// Those in the tables of these names.
    pub fn new(client: Client, games: String, players: String) -> Self {
        Self { client, games, players }
    }

    /// The client behind them.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The name of a table.
    pub fn name(&self, table: RowTable) -> &str {
        match table {
            RowTable::Games => &self.games,
            RowTable::Players => &self.players,
        }
    }

    /// Writes a row, unless one is there that has come as far or further: rows go forwards along the log, and at one message from
    /// an older layout to a newer one. What is there already counts as success.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put(&self, row: Row) -> Result<(), StoreError> {
        let Row { model, item } = row;
        let put = self.client.put_item().table_name(self.name(model.table));
        let put = put.expression_attribute_names("#format", FORMAT);
        let value = |name: &str| item.get(name).cloned();
        let put = put.set_expression_attribute_values(Some(
            [(":seq", value(SEQ)), (":format", value(FORMAT)), (":version", value(KIND_VERSION))]
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
        ));
        let is_older = if item.contains_key(KIND_VERSION) {
            "(#format < :format OR (#format = :format AND kind_version < :version))"
        } else {
            "#format < :format"
        };
        let is_further = format!("attribute_not_exists(seq) OR seq < :seq OR (seq = :seq AND {is_older})");
        let put = put.condition_expression(is_further).set_item(Some(item));
        conditional("PutItem", put.send().await).map(|_| ())
    }

    /// What is stored under the keys of some rows, in their order; strongly consistent.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub async fn stored(&self, rows: &[Row]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let mut found: HashMap<(RowTable, RowKey), StoredRow> = HashMap::new();
        for table in RowTable::ALL {
            let keys = rows.iter().filter(|row| row.table() == table).map(|row| key_item(table, &row.key())).collect();
            for item in get_items(&self.client, self.name(table), keys, true).await? {
                let stored = StoredRow { table, item };
                found.insert((table, stored.key()), stored);
            }
        }
        Ok(rows.iter().map(|row| found.remove(&(row.table(), row.key()))).collect())
    }

    /// Puts a row in the place of what was read there, if it is still there, and tells whether it was. Where that moves the row
    /// forwards, it rings for a bot that has something to do, as the projection would have.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn replace(&self, row: &Row, read: Option<&StoredRow>) -> Result<bool, StoreError> {
        let mut item = row.item.clone();
        if read.is_some_and(|read| read.seq() >= seq_of(&item)) {
            item.remove(BOT_TASK);
        }
        let (condition, values) = unchanged(read);
        let put = self.client.put_item().table_name(self.name(row.table())).set_item(Some(item));
        let put = put.condition_expression(condition).set_expression_attribute_values(values);
        let put = put.set_expression_attribute_names(read.map(|_| names()));
        Ok(conditional("PutItem", put.send().await)?.is_ok())
    }

    /// Removes what was read, if it is still there, and tells whether it was.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn remove(&self, read: &StoredRow) -> Result<bool, StoreError> {
        let (condition, values) = unchanged(Some(read));
        let key = key_item(read.table, &read.key());
        let delete = self.client.delete_item().table_name(self.name(read.table)).set_key(Some(key));
        let delete = delete.condition_expression(condition).set_expression_attribute_values(values);
        let delete = delete.set_expression_attribute_names(Some(names()));
        Ok(conditional("DeleteItem", delete.send().await)?.is_ok())
    }
}

/// The condition that a row is still the one that was read: at the same message, and of the same layout.
fn unchanged(read: Option<&StoredRow>) -> (String, Option<HashMap<String, AttributeValue>>) {
    let Some(StoredRow { item, .. }) = read else { return ("attribute_not_exists(seq)".to_owned(), None) };
    let mut values = HashMap::new();
    let terms = [SEQ, FORMAT, KIND_VERSION].map(|name| match item.get(name) {
        Some(value) => {
            values.insert(format!(":{name}"), value.clone());
            format!("#{name} = :{name}")
        }
        None => format!("attribute_not_exists(#{name})"),
    });
    (terms.join(" AND "), (!values.is_empty()).then_some(values))
}

fn names() -> HashMap<String, String> {
    [SEQ, FORMAT, KIND_VERSION].map(|name| (format!("#{name}"), name.to_owned())).into()
}

fn key_item(table: RowTable, key: &RowKey) -> SdkItem {
    HashMap::from([(table.owner().to_owned(), text(&key.owner)), (table.item().to_owned(), text(&key.item))])
}
