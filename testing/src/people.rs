//! Who plays.

use turnlog_domain::{PlayerId, testing::player};

/// So many people.
pub(crate) fn people(count: usize) -> Vec<PlayerId> {
    const NAMES: [&str; 7] = ["ada", "bob", "cleo", "dan", "eve", "fay", "gus"];
    let name = |number: usize| NAMES.get(number).map_or_else(|| format!("player-{number}"), |&name| name.to_owned());
    (0..count).map(|number| player(&name(number))).collect()
}
