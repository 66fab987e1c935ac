//! Arbitrary bytes as a frame of a client.

use turnlog_protocol::Frame;

/// Reads the bytes as a frame, and panics when the answer could not be given.
pub(crate) fn check(bytes: &[u8]) {
    // A WebSocket has text frames of UTF-8 only.
    let text = String::from_utf8_lossy(bytes);
    match Frame::parse(&text) {
        Ok(frame) => {
            let named: serde_json::Value = serde_json::from_str(&text).expect("a frame is JSON");
            assert_eq!(named["action"], frame.action, "a frame is read as what it says");
            assert_eq!(Frame::parse(&text), Ok(frame), "reading is deterministic");
        }
        Err(bad) => {
            assert!(!bad.refusal.message.is_empty(), "a refusal says something");
            assert!(serde_json::to_string(&bad.refusal.code).is_ok(), "a refusal has a code");
        }
    }
}
