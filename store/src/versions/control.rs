//! The item that says which versions there are: one of the Games table, which everybody reads who reads or writes rows.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use aws_sdk_dynamodb::Client;
use serde::{Deserialize, Serialize};

use super::{Target, Versions, VersionsRefusal};
use crate::{
    attributes::{SdkItem, number, number_of, put_if, text, text_of},
    cursor::Cursor,
    error::{StoreError, StoreErrorKind},
    games::Games,
    limits::VERSIONS_KNOWN_FOR,
};

/// The partition of the Games table that holds what is of no game. No game has such an id.
pub(crate) const CONTROL: &str = "control";
const VERSIONS: &str = "versions";
const PROGRESS: &str = "rebuild";

/// How far a rebuild has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it fills.
    pub target: Target,
    /// Where the list of all games goes on.
    pub place: Cursor,
}

/// The versions cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionsError {
    /// A table did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change is none of those that are allowed.
    #[error(transparent)]
    Refused(#[from] VersionsRefusal),
}

/// What one change has made of the versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As they were directly before it.
    pub before: Versions,
    /// As they are now.
    pub after: Versions,
}

/// The item that says which versions there are, as this process knows it.
#[derive(Debug, Clone)]
pub struct Control {
    client: Client,
    table: String,
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Debug, Clone)]
struct Known {
    versions: Arc<Versions>,
    /// Whether the item is there. Until somebody writes it, every code takes its own format for that of the first versions.
    is_stored: bool,
    /// By the wall clock, which goes on while a function is frozen.
    until: SystemTime,
}

/// The item as it was read; the revision tells whether somebody has changed it since.
struct Read {
    versions: Versions,
    /// None when there is no item yet.
    revision: Option<u64>,
}

impl Control {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table, known: Arc::default() }
    }

    /// The versions as of a few seconds ago at most.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn versions(&self) -> Result<Arc<Versions>, StoreError> {
        if let Some(known) = self.known() {
            return Ok(known.versions);
        }
        let asked = SystemTime::now();
        let Read { versions, revision } = self.read().await?;
        Ok(self.keep(versions, revision.is_some(), asked))
    }

    /// The same for whoever writes rows: it is stored by the first of them, so that newer code can tell what older code writes,
    /// and where no version is of this code's format, one is added.
    ///
    /// # Errors
    /// When the table cannot be read or does not take it.
    pub async fn versions_to_write(&self) -> Result<Arc<Versions>, StoreError> {
        if let Some(known) = self.known().filter(|known| known.is_stored && known.versions.with_ours().is_none()) {
            return Ok(known.versions);
        }
        let asked = SystemTime::now();
        let add = |versions: Versions| Ok::<_, StoreError>(versions.with_ours().unwrap_or(versions));
        Ok(self.keep(self.change(add).await?.after, true, asked))
    }

    /// Keeps versions up from now on, unless they are already.
    ///
    /// # Errors
    /// When one has rows of another format, or the table does not take it.
    pub async fn keep_up(&self, target: &Target) -> Result<Versions, VersionsError> {
        Ok(self.change(|versions| Ok::<_, VersionsError>(versions.keeping_up(target)?)).await?.after)
    }

    /// Makes versions that are kept up the ones that are read, all in one step.
    ///
    /// # Errors
    /// When one is not kept up, or the table does not take it.
    pub async fn switch(&self, target: &Target) -> Result<Changed, VersionsError> {
        self.change(|versions| Ok(versions.switched_to(target)?)).await
    }

    /// Keeps versions up no longer, all in one step; a rebuild that fills one of them begins anew.
    ///
    /// # Errors
    /// When one is live, or the table does not take it.
    pub async fn give_up(&self, target: &Target) -> Result<Versions, VersionsError> {
        let change = self.change(|versions| Ok::<_, VersionsError>(versions.without(target)?)).await?;
        let fills =
            |progress: &Progress| progress.target.iter().any(|(model, version)| target.get(model) == Some(version));
        if self.progress().await?.as_ref().is_some_and(fills) {
            self.put_progress(None).await?;
        }
        Ok(change.after)
    }

    /// How far the last rebuild came, if it did not end.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn progress(&self) -> Result<Option<Progress>, StoreError> {
        let item = self.item(PROGRESS).await?;
        // What cannot be read is begun anew, which is right, only slower.
        Ok(item.as_ref().and_then(|item| text_of(item, "progress")).and_then(|text| serde_json::from_str(text).ok()))
    }

    /// Notes how far a rebuild has come; `None` when it has ended.
    ///
    /// # Errors
    /// When the table does not take it.
    pub async fn put_progress(&self, progress: Option<&Progress>) -> Result<(), StoreError> {
        let Some(progress) = progress else {
            let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key(PROGRESS)));
            return delete.send().await.map(|_| ()).map_err(|error| StoreError::of("DeleteItem", &error));
        };
        let json = serde_json::to_string(progress).map_err(|error| StoreError::invalid("PutItem", error))?;
        let mut item = key(PROGRESS);
        item.insert("progress".to_owned(), text(json));
        let sent = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        sent.map(|_| ()).map_err(|error| StoreError::of("PutItem", &error))
    }

    /// Changes the item as it is now; tries again when somebody else has changed it meanwhile.
    async fn change<E: From<StoreError>>(
        &self,
        change: impl Fn(Versions) -> Result<Versions, E>,
    ) -> Result<Changed, E> {
        for _ in 0..crate::limits::VERSIONS_ROUNDS_MAX {
            let Read { versions: before, revision } = self.read().await?;
            let after = change(before.clone())?;
            let is_stored = revision.is_some() && after == before;
            if is_stored || self.put(&after, revision).await? {
                return Ok(Changed { before, after });
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "PutItem", "others change the versions all the time").into())
    }

    async fn read(&self) -> Result<Read, StoreError> {
        let Some(item) = self.item(VERSIONS).await? else {
            return Ok(Read { versions: Versions::default(), revision: None });
        };
        let json = text_of(&item, "versions").unwrap_or_default();
        let versions = serde_json::from_str(json).map_err(|error| StoreError::unreadable("GetItem", error))?;
        Ok(Read { versions, revision: number_of(&item, "revision") })
    }

    async fn item(&self, name: &str) -> Result<Option<SdkItem>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(name))).consistent_read(true);
        Ok(get.send().await.map_err(|error| StoreError::of("GetItem", &error))?.item)
    }

    /// Stores the item if it is still that revision; false when it is not.
    async fn put(&self, versions: &Versions, revision: Option<u64>) -> Result<bool, StoreError> {
        let json = serde_json::to_string(versions).map_err(|error| StoreError::invalid("PutItem", error))?;
        let mut item = key(VERSIONS);
        item.insert("versions".to_owned(), text(json));
        item.insert("revision".to_owned(), number(revision.unwrap_or_default() + 1));
        let (client, table) = (&self.client, &self.table);
        match revision {
            None => put_if(client, table, item, "attribute_not_exists(revision)", []).await,
            Some(revision) => {
                put_if(client, table, item, "revision = :revision", [(":revision", number(revision))]).await
            }
        }
    }

    fn known(&self) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let left = known.until.duration_since(SystemTime::now()).ok()?;
        // A clock that was set back must not make it last.
        (left <= VERSIONS_KNOWN_FOR).then_some(known)
    }

    fn keep(&self, versions: Versions, is_stored: bool, asked: SystemTime) -> Arc<Versions> {
        let versions = Arc::new(versions);
        let known = Known { versions: versions.clone(), is_stored, until: asked + VERSIONS_KNOWN_FOR };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        versions
    }
}

fn key(name: &str) -> SdkItem {
    [(Games::GAME_ID.to_owned(), text(CONTROL)), (Games::ITEM.to_owned(), text(name))].into()
}
