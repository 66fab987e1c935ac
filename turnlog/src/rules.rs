//! What a file of rules needs beside the derives of serde.
//!
//! ```
//! use turnlog::rules::*;
//!
//! let kinds = Kinds::new([]);
//! assert!(kinds.find("nim").is_none());
//! ```

/// JSON, as [`Rules::upcast`] gets what was stored, and the macro that writes some.
pub use serde_json::{Value, json};
pub use turnlog_domain::{
    Chance, Form, Illegal, InvalidEvent, InvalidOptions, Kind, Kinds, Outcome, Roll, Rules, Seat, Shuffle, Viewer,
};
