//! Which versions of the read models there are. It is data, not code: one item of the Games table, which everybody reads
//! who reads or writes rows, so that a version is filled beside the live one and takes its place in one step.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use aws_sdk_dynamodb::{Client, error::SdkError};
use serde::{Deserialize, Serialize};
use turnlog_domain::Session;

use crate::{
    attributes::{SdkItem, number, number_of, text, text_of},
    error::{StoreError, StoreErrorKind},
    limits::VERSIONS_KNOWN_FOR,
    scan::Place,
};

/// The partition of the Games table that holds what is of no game. No game has such an id.
pub(crate) const CONTROL: &str = "control";
const VERSIONS: &str = "versions";
const PROGRESS: &str = "rebuild";

/// The format of standings, which change with a new version only.
const STANDINGS_FORMAT: u32 = 1;

/// What is derived from the log and kept in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Model {
    /// The state of every game, in the Games table.
    Games,
    /// How players stand in their games, in the Players table.
    Players,
}

/// The versions of every read model.
///
/// This is a stored format: never rename, never reuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions(BTreeMap<Model, ModelVersions>);

/// The versions of one read model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelVersions {
    /// The one that is read.
    pub live: u32,
    /// Those that are written, the live one among them.
    pub kept: BTreeMap<u32, Kept>,
}

/// A version that is written with every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The format of its rows. A binary reads and writes rows of its own format only.
    pub format: u32,
    /// Whether a rebuild has found it complete.
    pub is_filled: bool,
}

/// How far a rebuild has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it fills.
    pub target: BTreeMap<Model, u32>,
    /// Where the list of all games goes on.
    pub place: Place,
}

/// A change of the versions was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionsError {
    /// A table did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The version holds rows that this code does not write.
    #[error(
        "version {version} of {model} has rows of format {found}, and this command writes format {ours}; \
             choose another version, or drop this one"
    )]
    OtherFormat {
        /// The read model.
        model: Model,
        /// The version.
        version: u32,
        /// The format of its rows.
        found: u32,
        /// That of this code.
        ours: u32,
    },
    /// The version is not there.
    #[error("{model} has no version {version}")]
    Unknown {
        /// The read model.
        model: Model,
        /// The version.
        version: u32,
    },
    /// The version is read by everybody.
    #[error("version {version} of {model} is live; switch to another one first")]
    Live {
        /// The read model.
        model: Model,
        /// The version.
        version: u32,
    },
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Games, Self::Players];

    /// The format in which this code writes its rows.
    pub const fn format(self) -> u32 {
        match self {
            Self::Games => Session::FORMAT,
            Self::Players => STANDINGS_FORMAT,
        }
    }

    /// The version with which every deployment begins.
    const fn first_version(self) -> u32 {
        match self {
            Self::Games => 2,
            Self::Players => 1,
        }
    }
}

impl std::fmt::Display for Model {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Games => "GAMES",
            Self::Players => "PLAYERS",
        })
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self(Model::ALL.into_iter().map(|model| (model, ModelVersions::first(model))).collect())
    }
}

impl Versions {
    /// Those of one read model.
    pub fn of(&self, model: Model) -> ModelVersions {
        self.0.get(&model).cloned().unwrap_or_else(|| ModelVersions::first(model))
    }

    /// The version that this code reads: the live one if its rows are of our format, otherwise another one of our format. Where
    /// there is none, the log decides.
    pub fn read(&self, model: Model) -> Option<u32> {
        let ModelVersions { live, kept } = self.of(model);
        let is_ours = |version: &u32| kept.get(version).is_some_and(|kept| kept.format == model.format());
        Some(live).filter(is_ours).or_else(|| kept.keys().copied().rev().find(is_ours))
    }

    /// The versions that this code writes, the one that it reads last: whoever finds that one forward may rely on the others.
    pub fn written(&self, model: Model) -> Vec<u32> {
        let read = self.read(model);
        let ours = self.of(model).kept.into_iter().filter(|(_, kept)| kept.format == model.format());
        ours.map(|(version, _)| version).filter(|version| Some(*version) != read).chain(read).collect()
    }

    /// The same with a version for each read model that this code can write; `None` when there are some already.
    fn with_ours(&self) -> Option<Self> {
        let mut versions = self.clone();
        for model in Model::ALL.into_iter().filter(|model| self.read(*model).is_none()) {
            let mut of_model = versions.of(model);
            let next = of_model.kept.keys().max().map_or(of_model.live, |last| last + 1);
            of_model.kept.insert(next, Kept { format: model.format(), is_filled: false });
            versions.0.insert(model, of_model);
        }
        (versions != *self).then_some(versions)
    }
}

impl ModelVersions {
    fn first(model: Model) -> Self {
        let version = model.first_version();
        Self { live: version, kept: [(version, Kept { format: model.format(), is_filled: true })].into() }
    }
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
        let add = |versions: &mut Versions| {
            if let Some(changed) = versions.with_ours() {
                *versions = changed;
            }
            Ok::<(), StoreError>(())
        };
        let versions = self.change(add).await?;
        Ok(self.keep(versions, true, asked))
    }

    /// Keeps a version up from now on, unless it is already. It is filled only once a rebuild says so.
    ///
    /// # Errors
    /// When it has rows of another format, or the table does not take it.
    pub async fn keep_up(&self, target: &BTreeMap<Model, u32>) -> Result<Versions, VersionsError> {
        let add = |versions: &mut Versions| {
            for (&model, &version) in target {
                let ours = model.format();
                let mut of_model = versions.of(model);
                let kept = of_model.kept.entry(version).or_insert(Kept { format: ours, is_filled: false });
                if kept.format != ours {
                    return Err(VersionsError::OtherFormat { model, version, found: kept.format, ours });
                }
                versions.0.insert(model, of_model);
            }
            Ok(())
        };
        self.change(add).await
    }

    /// Makes versions that are kept up the ones that are read, all in one step.
    ///
    /// # Errors
    /// When one is not kept up, or the table does not take it.
    pub async fn switch(&self, target: &BTreeMap<Model, u32>) -> Result<Versions, VersionsError> {
        let switch = |versions: &mut Versions| {
            for (&model, &version) in target {
                let mut of_model = versions.of(model);
                let kept = of_model.kept.get_mut(&version).ok_or(VersionsError::Unknown { model, version })?;
                kept.is_filled = true;
                of_model.live = version;
                versions.0.insert(model, of_model);
            }
            Ok(())
        };
        self.change(switch).await
    }

    /// Keeps a version up no longer.
    ///
    /// # Errors
    /// When it is live, or the table does not take it.
    pub async fn give_up(&self, model: Model, version: u32) -> Result<Versions, VersionsError> {
        let remove = |versions: &mut Versions| {
            let mut of_model = versions.of(model);
            if of_model.live == version {
                return Err(VersionsError::Live { model, version });
            }
            of_model.kept.remove(&version);
            versions.0.insert(model, of_model);
            Ok(())
        };
        self.change(remove).await
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
        change: impl Fn(&mut Versions) -> Result<(), E>,
    ) -> Result<Versions, E> {
        for _ in 0..crate::limits::VERSIONS_ROUNDS_MAX {
            let Read { versions: before, revision } = self.read().await?;
            let mut versions = before.clone();
            change(&mut versions)?;
            let is_stored = revision.is_some() && versions == before;
            if is_stored || self.put(&versions, revision).await? {
                return Ok(versions);
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
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = match revision {
            None => put.condition_expression("attribute_not_exists(revision)"),
            Some(revision) => {
                let put = put.condition_expression("revision = :revision");
                put.expression_attribute_values(":revision", number(revision))
            }
        };
        match put.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(StoreError::of("PutItem", &error)),
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
    [("game_id".to_owned(), text(CONTROL)), ("item".to_owned(), text(name))].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(live: u32, kept: &[(u32, u32)]) -> Versions {
        let kept = kept.iter().map(|&(version, format)| (version, Kept { format, is_filled: true })).collect();
        Versions([(Model::Games, ModelVersions { live, kept })].into())
    }

    const OURS: u32 = Model::Games.format();

    #[test]
    fn the_live_version_is_read_if_its_rows_are_ours() {
        assert_eq!(versions(2, &[(2, OURS), (3, OURS)]).read(Model::Games), Some(2));
        assert_eq!(versions(3, &[(2, OURS), (3, OURS)]).read(Model::Games), Some(3));
        assert_eq!(versions(3, &[(2, OURS), (3, OURS + 1)]).read(Model::Games), Some(2));
        assert_eq!(versions(3, &[(3, OURS + 1)]).read(Model::Games), None);
    }

    #[test]
    fn what_is_read_is_written_last_and_other_formats_are_left_alone() {
        assert_eq!(versions(2, &[(2, OURS), (3, OURS), (4, OURS + 1)]).written(Model::Games), [3, 2]);
        assert_eq!(versions(4, &[(2, OURS), (4, OURS + 1)]).written(Model::Games), [2]);
    }

    #[test]
    fn code_of_a_format_that_no_version_has_adds_its_own() {
        let changed = versions(3, &[(3, OURS + 1)]).with_ours().expect("there is none of ours");
        assert_eq!((changed.read(Model::Games), changed.of(Model::Games).live), (Some(4), 3));
        assert!(!changed.of(Model::Games).kept[&4].is_filled);
        assert_eq!(changed.with_ours(), None);
    }

    #[test]
    fn the_stored_form_stays_as_it_is() {
        let json = r#"{"GAMES":{"live":2,"kept":{"2":{"format":2,"is_filled":true}}}}"#;
        let read: Versions = serde_json::from_str(json).expect("it reads");
        assert_eq!(serde_json::to_string(&read).expect("it writes"), json);
        assert_eq!(read.of(Model::Players), ModelVersions::first(Model::Players));
    }
}
