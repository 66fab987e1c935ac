//! What a long operation tells while it goes on.

/// Something that is told before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice<'a> {
    /// So many further messages, games or rows are done.
    Done(u64),
    /// Something that people have to know.
    Remark(&'a str),
}
