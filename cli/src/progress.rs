//! Progress bars on standard error, for people only: where it is no terminal, nothing is drawn.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use turnlog_operations::Notice;

/// How often a bar of unknown length moves.
const TICK: Duration = Duration::from_millis(200);

/// A bar that counts messages; `total` is left out where nobody knows it.
pub(crate) fn messages(what: &'static str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{msg} {wide_bar} {human_pos}/{human_len} messages, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {human_pos} messages, {per_sec}"),
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    bar.enable_steady_tick(TICK);
    bar
}

/// A bar that counts games, of which nobody knows how many there are.
pub(crate) fn games(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} games, {per_sec}");
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(TICK);
    bar
}

/// Shows on a bar how something goes on, and says on standard error what people have to know.
pub(crate) fn showing(bar: &ProgressBar) -> impl Fn(Notice<'_>) {
    |notice| match notice {
        Notice::Done(count) => bar.inc(count),
        Notice::Remark(text) => bar.suspend(|| eprintln!("{text}")),
    }
}
