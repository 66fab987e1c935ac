//! Direct messages, over two tables: Messages has each player's inbox, a log of its own; Players has three items beside it.
//!
//! - `message`: what a message is, and how it is stored in its addressee's inbox.
//! - `inbox`: the way into that log, once and only once, and the reading of it.
//! - `marks`: the item `inbox` of the addressee: how far they have read, and whom they block; and `unread`, which rings for
//!   clients that cannot say so.
//! - `sent`: the item `sent` of the sender, which limits them and tells repeats, and all that is read before a message is sent.

mod inbox;
mod marks;
pub(crate) mod message;
mod sent;

pub use self::{
    inbox::{Inbox, Outgoing, SendError},
    marks::{Blocked, InboxMarks},
    message::{DirectEntry, DirectMessage, owner_of},
};
