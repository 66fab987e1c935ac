//! When tumbling windows are closed.

use std::time::Instant;

use chrono::{DateTime, Utc};

use super::{Lane, Reader, ShardState};

impl Reader {
    /// Closes the windows that are over, as soon as everything was read that was written in them.
    pub(super) fn close_windows(&mut self, now: Instant) {
        let has_read_all = self.due > now;
        let read_at = self.read_at.filter(|_| has_read_all).map(|read_at| Utc::now() - now.duration_since(read_at));
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            let Some(end) = lane.window_end() else { continue };
            let is_over = read_at.is_some_and(|read_at| end <= read_at.timestamp());
            if !is_over && self.shard == ShardState::Open {
                continue;
            }
            if let Some(window) = lane.take_over() {
                let (delivery, progress) = (self.settings.delivery.clone(), self.progress.clone());
                self.batches.spawn(async move { delivery.finish(index, window, &progress).await });
            }
        }
    }

    /// When the next window is over, so that the last of what was written in it is read.
    pub(super) fn window_end(&self) -> Option<Instant> {
        let end = self.lanes.iter().filter_map(Lane::window_end).min()?;
        let left = DateTime::from_timestamp(end, 0)? - Utc::now();
        Some(Instant::now() + left.to_std().unwrap_or_default())
    }
}
