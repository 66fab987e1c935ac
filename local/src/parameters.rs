//! The parameters of this machine: what templates name as `{{resolve:ssm:NAME}}`, and what functions read as secrets.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;

/// Named secrets, kept in a file of the data folder. One that is missing is made from random bytes.
#[derive(Debug)]
pub(crate) struct Parameters {
    file: PathBuf,
    values: Mutex<BTreeMap<String, String>>,
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
        Ok(Self { file, values: Mutex::new(values) })
    }

    /// The value of a parameter that there is.
    pub(crate) fn known(&self, name: &str) -> Option<String> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The value of a parameter; 32 random bytes in base64url when it is new.
    ///
    /// # Errors
    /// When a new one cannot be kept.
    pub(crate) fn value(&self, name: &str) -> Result<String, std::io::Error> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(name) {
            return Ok(value.clone());
        }
        let value = URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>());
        values.insert(name.to_owned(), value.clone());
        self.keep(&values)?;
        Ok(value)
    }

    /// Writes a new file and puts it in the place of the old one, so that a crash leaves one of the two.
    fn keep(&self, values: &BTreeMap<String, String>) -> Result<(), std::io::Error> {
        let new = self.file.with_extension("new");
        // They are secrets, so nobody else on this machine may read them.
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(serde_json::to_string_pretty(values)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(new, &self.file)
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
}
