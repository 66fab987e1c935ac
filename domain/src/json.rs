//! JSON that players have written.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::limits::REASON_LENGTH_MAX;

/// Reads a player's JSON, or says what is wrong with it in a length that can be shown: it may quote what they sent.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    // Serde would read a struct from an array too, by the order of its fields.
    if !value.is_object() {
        return Err("it must be an object".to_owned());
    }
    T::deserialize(value).map_err(|error| error.to_string().chars().take(REASON_LENGTH_MAX).collect())
}
