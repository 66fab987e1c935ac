//! The parameters of this machine: what templates name as `{{resolve:ssm:NAME}}`, and what functions read as secrets.

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;

/// Named secrets.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// Where those are kept that are made from random bytes when they are missing; none: nothing is made.
    file: Option<PathBuf>,
    values: Mutex<BTreeMap<String, String>>,
}

/// Where the values of parameters come from.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ParameterSource {
    /// A file of the data folder. One that is missing is made from random bytes.
    #[default]
    Kept,
    /// These, by name, and no others. They are kept nowhere.
    Given(BTreeMap<String, String>),
}

/// It shows no value when printed.
impl fmt::Debug for ParameterSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => formatter.write_str("Kept"),
            Self::Given(values) => formatter.debug_tuple("Given").field(&values.keys()).finish(),
        }
    }
}

impl Parameters {
    /// Opens the store of a data folder.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub(crate) fn open(folder: &Path) -> Result<Self, std::io::Error> {
        let file = folder.join("parameters.json");
        let values = match std::fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { file: Some(file), values: Mutex::new(values) })
    }

    /// The store of a data folder, or what is given instead of it.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub(crate) fn from(source: &ParameterSource, folder: &Path) -> Result<Self, std::io::Error> {
        match source {
            ParameterSource::Kept => Self::open(folder),
            ParameterSource::Given(values) => Ok(Self { file: None, values: Mutex::new(values.clone()) }),
        }
    }

    /// The value of a parameter that there is.
    pub(crate) fn known(&self, name: &str) -> Option<String> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The value of a parameter; 32 random bytes in base64url when it is new.
    ///
    /// # Errors
    /// When a new one cannot be kept, or none may be made.
    pub(crate) fn value(&self, name: &str) -> Result<String, std::io::Error> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(name) {
            return Ok(value.clone());
        }
        let Some(file) = &self.file else {
            return Err(std::io::Error::other(format!("there is no parameter {name}")));
        };
        let value = URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>());
        values.insert(name.to_owned(), value.clone());
        keep(file, &values)?;
        Ok(value)
    }

    /// A text with every `{{resolve:ssm:NAME}}` in it replaced.
    ///
    /// # Errors
    /// When a new parameter cannot be kept.
    pub(crate) fn resolve(&self, text: &str) -> Result<String, std::io::Error> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{resolve:") {
            let Some((reference, after)) = after.split_once("}}") else { break };
            result.push_str(before);
            // `ssm:NAME`, `ssm-secure:NAME` or `secretsmanager:NAME`; names themselves hold no colon.
            let name = reference.split(':').nth(1).unwrap_or(reference);
            result.push_str(&self.value(name)?);
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// Writes a new file and puts it in the place of the old one, so that a crash leaves one of the two.
fn keep(kept: &Path, values: &BTreeMap<String, String>) -> Result<(), std::io::Error> {
    let new = kept.with_extension("new");
    // They are secrets, so nobody else on this machine may read them.
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(serde_json::to_string_pretty(values)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(new, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_made_once_and_kept() {
        let folder = std::env::temp_dir().join(format!("parameters-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let resolved = Parameters::open(&folder).unwrap().resolve("a {{resolve:ssm:/x/y}} b").unwrap();
        let value = Parameters::open(&folder).unwrap().value("/x/y").unwrap();
        assert_eq!(resolved, format!("a {value} b"));
        assert_eq!(value.len(), 43);
        assert_ne!(value, Parameters::open(&folder).unwrap().value("/x/z").unwrap());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nothing_is_made_beside_what_is_given() {
        let source = ParameterSource::Given(BTreeMap::from([("/x/y".to_owned(), "secret".to_owned())]));
        assert!(!format!("{source:?}").contains("secret"));
        let parameters = Parameters::from(&source, Path::new("/nowhere")).unwrap();
        assert_eq!(parameters.value("/x/y").unwrap(), "secret");
        assert!(parameters.value("/x/z").is_err());
    }
}
