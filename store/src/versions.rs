//! Which versions of the read models there are, which of them a binary reads and writes, and how they change. It is data, not
//! code, so that a version is filled beside the live one and takes its place in one step.

mod control;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use turnlog_domain::Game;

pub(crate) use self::control::CONTROL;
pub use self::control::{Changed, Control, Progress, VersionsError};

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

/// One version of some of the read models.
pub type Target = BTreeMap<Model, u32>;

/// A change of the versions is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionsRefusal {
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
            Self::Games => Game::FORMAT,
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

    /// The same with these versions kept up; one that is new is filled only once a rebuild says so.
    ///
    /// # Errors
    /// When one has rows of another format.
    pub fn keeping_up(mut self, target: &Target) -> Result<Self, VersionsRefusal> {
        for (&model, &version) in target {
            let ours = model.format();
            let mut of_model = self.of(model);
            let kept = of_model.kept.entry(version).or_insert(Kept { format: ours, is_filled: false });
            if kept.format != ours {
                return Err(VersionsRefusal::OtherFormat { model, version, found: kept.format, ours });
            }
            self.0.insert(model, of_model);
        }
        Ok(self)
    }

    /// The same with these versions live, which a rebuild has found complete.
    ///
    /// # Errors
    /// When one is not kept up.
    pub fn switched_to(mut self, target: &Target) -> Result<Self, VersionsRefusal> {
        for (&model, &version) in target {
            let mut of_model = self.of(model);
            let kept = of_model.kept.get_mut(&version).ok_or(VersionsRefusal::Unknown { model, version })?;
            kept.is_filled = true;
            of_model.live = version;
            self.0.insert(model, of_model);
        }
        Ok(self)
    }

    /// The same without these versions.
    ///
    /// # Errors
    /// When one is live.
    pub fn without(mut self, target: &Target) -> Result<Self, VersionsRefusal> {
        for (&model, &version) in target {
            let mut of_model = self.of(model);
            if of_model.live == version {
                return Err(VersionsRefusal::Live { model, version });
            }
            of_model.kept.remove(&version);
            self.0.insert(model, of_model);
        }
        Ok(self)
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
    fn a_change_is_whole_or_refused() {
        let first = Versions::default();
        let target = |games, players| Target::from([(Model::Games, games), (Model::Players, players)]);
        let kept = first.clone().keeping_up(&target(3, 2)).expect("both are new");
        assert_eq!(kept.of(Model::Games).kept[&3], Kept { format: OURS, is_filled: false });
        assert_eq!(kept.clone().keeping_up(&target(3, 2)), Ok(kept.clone()));
        let switched = kept.clone().switched_to(&target(3, 2)).expect("both are kept up");
        assert_eq!((switched.of(Model::Games).live, switched.of(Model::Players).live), (3, 2));
        assert!(switched.of(Model::Games).kept[&3].is_filled);

        let unknown = VersionsRefusal::Unknown { model: Model::Players, version: 3 };
        assert_eq!(kept.clone().switched_to(&target(3, 3)), Err(unknown));
        let live = VersionsRefusal::Live { model: Model::Players, version: 1 };
        assert_eq!(kept.clone().without(&target(3, 1)), Err(live));
        assert_eq!(kept.without(&target(3, 2)), Ok(first));
        let other = VersionsRefusal::OtherFormat { model: Model::Games, version: 3, found: OURS + 1, ours: OURS };
        assert_eq!(versions(2, &[(2, OURS), (3, OURS + 1)]).keeping_up(&target(3, 2)), Err(other));
    }

    #[test]
    fn the_stored_form_stays_as_it_is() {
        let json = r#"{"GAMES":{"live":2,"kept":{"2":{"format":2,"is_filled":true}}}}"#;
        let read: Versions = serde_json::from_str(json).expect("it reads");
        assert_eq!(serde_json::to_string(&read).expect("it writes"), json);
        assert_eq!(read.of(Model::Players), ModelVersions::first(Model::Players));
    }
}
