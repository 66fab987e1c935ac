//! What the Games table holds of no game: how far long work has come.

use serde::{Serialize, de::DeserializeOwned};

use super::{Games, control_key};
use crate::{
    attributes::{text, text_of},
    error::StoreError,
};

const VALUE: &str = "value";

impl Games {
    /// What is kept under a name; none where nothing is, or what this code cannot read: the work begins anew then.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn kept<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(control_key(name))).consistent_read(true);
        let item = get.send().await.map_err(|error| StoreError::of("GetItem", &error))?.item;
        Ok(item.as_ref().and_then(|item| text_of(item, VALUE)).and_then(|json| serde_json::from_str(json).ok()))
    }

    /// Keeps something under a name.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn keep<T: Serialize + Sync>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_string(value).map_err(|error| StoreError::invalid("PutItem", error))?;
        let mut item = control_key(name);
        item.insert(VALUE.to_owned(), text(json));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

    /// Keeps nothing under a name any more.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn forget(&self, name: &str) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(control_key(name)));
        delete.send().await.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error))
    }
}
