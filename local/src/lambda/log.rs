//! What functions write: one line of the stack's log each, with the function's name.

use serde_json::{Map, Value};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt as _, BufReader},
    process::{ChildStderr, ChildStdout},
};

/// How much a line matters that says nothing about it.
#[derive(Debug, Clone, Copy)]
enum Unmarked {
    Information,
    /// A panic, or what a library complains about.
    Warning,
}

/// Carries over both outputs of a process until they end. A longer line is cut into several.
pub(super) fn follow(function: &str, stdout: Option<ChildStdout>, stderr: Option<ChildStderr>, line_bytes_max: u64) {
    if let Some(stdout) = stdout {
        tokio::spawn(carry_over(function.to_owned(), stdout, Unmarked::Information, line_bytes_max));
    }
    if let Some(stderr) = stderr {
        tokio::spawn(carry_over(function.to_owned(), stderr, Unmarked::Warning, line_bytes_max));
    }
}

async fn carry_over(function: String, output: impl AsyncRead + Unpin, unmarked: Unmarked, line_bytes_max: u64) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output).take(line_bytes_max).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            // Whatever the bytes are, they must be read: a process that nobody listens to stops at a full pipe.
            Ok(_) => write(&function, String::from_utf8_lossy(&line).trim_end(), unmarked),
        }
    }
}

fn write(function: &str, line: &str, unmarked: Unmarked) {
    if line.is_empty() {
        return;
    }
    let record = serde_json::from_str::<Value>(line).ok().and_then(|value| match value {
        Value::Object(record) => Some(record),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    });
    let text = record.as_ref().and_then(text_of).unwrap_or_else(|| line.to_owned());
    let level = record.as_ref().and_then(|record| record.get("level")).and_then(Value::as_str);
    match (level, unmarked) {
        (Some("ERROR" | "FATAL"), _) => tracing::error!(target: "function", function, "{text}"),
        (Some("WARN"), _) | (None, Unmarked::Warning) => tracing::warn!(target: "function", function, "{text}"),
        (Some("DEBUG"), _) => tracing::debug!(target: "function", function, "{text}"),
        (Some("TRACE"), _) => tracing::trace!(target: "function", function, "{text}"),
        (Some(_), _) | (None, Unmarked::Information) => tracing::info!(target: "function", function, "{text}"),
    }
}

/// `message field=value …`, from the lines of `tracing`'s JSON format, or of Lambda's own with the message at the top.
fn text_of(record: &Map<String, Value>) -> Option<String> {
    let fields = record.get("fields").and_then(Value::as_object).unwrap_or(record);
    let mut text = fields.get("message")?.as_str()?.to_owned();
    for (name, value) in fields.iter().filter(|(name, _)| !["message", "level", "timestamp"].contains(&name.as_str())) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.extend([" ", name, "=", &value]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> Option<String> {
        text_of(serde_json::from_str::<Value>(line).unwrap().as_object().unwrap())
    }

    #[test]
    fn a_structured_line_becomes_text() {
        let line = r#"{"level":"INFO","fields":{"message":"accepted","action":"play","seq":4},"target":"x"}"#;
        assert_eq!(text(line).unwrap(), "accepted action=play seq=4");
        assert_eq!(text(r#"{"level":"INFO","message":"ready","requestId":"1"}"#).unwrap(), "ready requestId=1");
    }

    #[test]
    fn other_objects_stay_as_they_are() {
        assert_eq!(text(r#"{"_aws":{"CloudWatchMetrics":[]}}"#), None);
    }
}
