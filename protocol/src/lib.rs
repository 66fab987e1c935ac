//! What travels on Turnlog's WebSocket: the frames of clients, the answers and pushes of the server, error codes, and the
//! token that a client connects with.
//!
//! Frames are JSON text. [`Frame::parse`] reads what a client sent; [`Answer`] and [`Push`] are what it gets. The wire is
//! not the domain: a player receives a [`View`] and redacted [`WireMessage`]s, never a game.
//!
//! ```
//! use turnlog_protocol::{Request, Frame};
//!
//! let frame = Frame::parse(r#"{"action":"ping","id":"67e55044-10b1-426f-9247-bb680e5fe0c8"}"#).expect("it is complete");
//! assert!(matches!(frame.request, Request::Ping { game: None, .. }));
//! ```

mod answer;
mod code;
mod direct;
mod frame;
mod id;
mod json;
mod kinds;
pub mod limits;
mod shown;
pub mod token;
mod view;

pub use answer::{Accepted, Answer, Player, Push, encode};
pub use code::{ErrorCode, Refusal};
pub use direct::WireDirect;
pub use frame::{BadFrame, Frame, Request};
pub use id::FrameId;
pub use kinds::KindView;
pub use view::{View, WireEvent, WireMessage, fitting, fitting_last};
