//! The records of a shard that wait for the function, in order. A shard has as many lanes as batches of it may be
//! processed at once; records of one item share a lane.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    record::{Record, Sequence},
    tumbling::{self, Window},
};

/// `{"Records":[` and `]}`.
const FRAME_BYTES: usize = 13;

/// When a batch is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filling {
    pub(super) batch_size: usize,
    pub(super) window: Duration,
    pub(super) payload_bytes_max: usize,
    /// How long tumbling windows are, in seconds; a batch has records of one only.
    pub(super) tumbling: Option<i64>,
}

/// A queue of records in front of the function.
#[derive(Debug)]
pub(super) struct Lane {
    waiting: VecDeque<Record>,
    /// How large their JSON is.
    waiting_bytes: usize,
    /// When the first waiting record came.
    since: Option<Instant>,
    work: Work,
    /// Everything up to here is finished.
    finished: Option<Sequence>,
    /// What the function adds up, between two batches.
    window: Option<Window>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Idle,
    Busy,
}

impl Lane {
    pub(super) fn new(finished: Option<Sequence>) -> Self {
        Self { waiting: VecDeque::new(), waiting_bytes: 0, since: None, work: Work::Idle, finished, window: None }
    }

    /// Takes a record in, unless it was finished before the stack was restarted.
    pub(super) fn push(&mut self, record: Record, now: Instant) {
        if self.finished.as_ref().is_some_and(|finished| record.sequence <= *finished) {
            return;
        }
        self.since.get_or_insert(now);
        self.waiting_bytes += record.json.len();
        self.waiting.push_back(record);
    }

    /// Whether nothing happens here until something is read.
    pub(super) fn is_hungry(&self) -> bool {
        self.work == Work::Idle && self.waiting.is_empty()
    }

    /// Whether a batch is being gathered that is not complete yet.
    pub(super) fn is_gathering(&self, filling: &Filling) -> bool {
        self.work == Work::Idle && !self.waiting.is_empty() && self.complete(filling).is_none()
    }

    /// When the batch that is being gathered must be sent.
    pub(super) fn deadline(&self, filling: &Filling) -> Option<Instant> {
        match self.work {
            Work::Idle => self.since.map(|since| since + filling.window),
            Work::Busy => None,
        }
    }

    /// The next batch, if it is time: the window ended, the batch is full, or the payload is.
    pub(super) fn take(&mut self, filling: &Filling, now: Instant) -> Option<Vec<Record>> {
        let time_is_up = self.deadline(filling).is_some_and(|deadline| deadline <= now);
        let count = match self.work {
            Work::Busy => return None,
            Work::Idle if time_is_up => self.count(filling),
            Work::Idle => self.complete(filling)?,
        };
        if count == 0 {
            return None;
        }
        self.work = Work::Busy;
        let batch: Vec<Record> = self.waiting.drain(..count).collect();
        self.waiting_bytes -= batch.iter().map(|record| record.json.len()).sum::<usize>();
        self.since = if self.waiting.is_empty() { None } else { Some(now) };
        Some(batch)
    }

    /// Records up to this one are finished.
    pub(super) fn advance(&mut self, through: Sequence) {
        self.finished = Some(through);
    }

    /// What was taken is finished. A window may be left open.
    pub(super) fn release(&mut self, window: Option<Window>) {
        self.work = Work::Idle;
        self.window = window;
    }

    /// The window that a batch goes on with.
    pub(super) fn take_window(&mut self) -> Option<Window> {
        self.window.take()
    }

    /// When a window is over, in seconds since 1970, of which no record waits any more.
    pub(super) fn window_end(&self) -> Option<i64> {
        self.window.as_ref().filter(|_| self.is_hungry()).map(Window::end)
    }

    /// Takes such a window, to be closed.
    pub(super) fn take_over(&mut self) -> Option<Window> {
        self.work = Work::Busy;
        self.window.take()
    }

    /// Where a restart has to begin for this lane, if the shard was read up to `read`.
    pub(super) fn position(&self, read: Option<&Sequence>) -> Option<Sequence> {
        // What a window has added up is lost with the stack, so that its records have to be added up again.
        let is_through = self.is_hungry() && self.window.is_none();
        if is_through { read.cloned().max(self.finished.clone()) } else { self.finished.clone() }
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// How many records fit into a batch.
    fn count(&self, filling: &Filling) -> usize {
        let mut bytes = FRAME_BYTES;
        let fits = |record: &&Record| {
            bytes += record.json.len() + 1;
            bytes <= filling.payload_bytes_max
        };
        let window = |record: &Record| filling.tumbling.map(|seconds| tumbling::start_of(record, seconds));
        let first = self.waiting.front().and_then(window);
        let together = self.waiting.iter().take(filling.batch_size).take_while(|record| window(record) == first);
        // A record alone is always sent: nothing else could be done with it.
        together.take_while(fits).count().max(self.waiting.len().min(1))
    }

    /// The size of the batch if nothing more fits into it.
    fn complete(&self, filling: &Filling) -> Option<usize> {
        let count = self.count(filling);
        (count == filling.batch_size || count < self.waiting.len()).then_some(count)
    }
}

/// The event for a batch.
pub(super) fn event<'a>(records: impl ExactSizeIterator<Item = &'a Record> + Clone) -> String {
    let mut event =
        String::with_capacity(FRAME_BYTES + records.clone().map(|record| record.json.len() + 1).sum::<usize>());
    event.push_str(r#"{"Records":["#);
    for (index, record) in records.enumerate() {
        if index > 0 {
            event.push(',');
        }
        event.push_str(&record.json);
    }
    event.push_str("]}");
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sequence: u32, bytes: usize) -> Record {
        let json = format!("\"{}\"", "x".repeat(bytes - 2));
        let sequence = Sequence::new(&sequence.to_string());
        Record { sequence, written_at: 0, partition_hash: 0, item_hash: 0, json }
    }

    fn filling(batch_size: usize, window: u64, payload_bytes_max: usize) -> Filling {
        Filling { batch_size, window: Duration::from_secs(window), payload_bytes_max, tumbling: None }
    }

    fn lane(records: u32, now: Instant) -> Lane {
        let mut lane = Lane::new(None);
        (1..=records).for_each(|sequence| lane.push(record(sequence, 10), now));
        lane
    }

    /// E: a function is invoked when `BatchSize` is reached, and without a window with what there is.
    #[test]
    fn without_a_window_a_batch_is_what_there_is_up_to_the_batch_size() {
        let now = Instant::now();
        let mut lane = lane(5, now);
        assert_eq!(lane.take(&filling(3, 0, 1000), now).unwrap().len(), 3);
        assert!(lane.take(&filling(3, 0, 1000), now).is_none(), "one batch at a time");
        lane.release(None);
        assert_eq!(lane.waiting_bytes(), 2 * 10);
        assert_eq!(lane.take(&filling(3, 0, 1000), now).unwrap().len(), 2);
        assert_eq!((lane.waiting(), lane.waiting_bytes()), (0, 0));
    }

    /// E: a function is invoked when the window ends or `BatchSize` is reached.
    #[test]
    fn with_a_window_a_batch_waits_for_its_end_or_until_it_is_full() {
        let now = Instant::now();
        let mut lane = lane(2, now);
        let filling = filling(3, 1, 1000);
        assert!(lane.take(&filling, now).is_none());
        assert!(lane.is_gathering(&filling));
        assert_eq!(lane.take(&filling, now + Duration::from_secs(1)).unwrap().len(), 2);
        lane.release(None);
        (3..=5).for_each(|sequence| lane.push(record(sequence, 10), now));
        assert_eq!(lane.take(&filling, now).unwrap().len(), 3, "full before the window ends");
    }

    /// E: … or the payload comes to 6 MB.
    #[test]
    fn a_batch_is_cut_where_the_payload_would_become_too_big() {
        let now = Instant::now();
        let mut lane = lane(5, now);
        let filling = filling(100, 60, FRAME_BYTES + 2 * 11);
        let batch = lane.take(&filling, now).expect("a full payload does not wait for the window");
        assert_eq!(batch.len(), 2);
        assert!(event(batch.iter()).len() <= filling.payload_bytes_max);
        lane.release(None);
        let tiny = Filling { payload_bytes_max: 1, ..filling };
        assert_eq!(lane.take(&tiny, now).unwrap().len(), 1);
    }

    /// E: first-time processing is in order per shard; at least once.
    #[test]
    fn a_restart_begins_after_what_is_finished_and_skips_it() {
        let now = Instant::now();
        let mut lane = lane(3, now);
        let read = Sequence::new("3");
        assert_eq!(lane.position(Some(&read)), None);
        lane.take(&filling(2, 0, 1000), now).unwrap();
        lane.advance(Sequence::new("2"));
        lane.release(None);
        assert_eq!(lane.position(Some(&read)), Some(Sequence::new("2")));
        let mut restarted = Lane::new(lane.position(Some(&read)));
        (1..=3).for_each(|sequence| restarted.push(record(sequence, 10), now));
        assert_eq!(restarted.waiting(), 1);
        lane.take(&filling(2, 0, 1000), now).unwrap();
        lane.advance(read.clone());
        lane.release(None);
        assert_eq!(lane.position(Some(&Sequence::new("9"))), Some(Sequence::new("9")), "what was read for other lanes");
    }

    /// E: `TumblingWindow`: a batch has records of one window, and a restart adds up again what was not finished.
    #[test]
    fn a_batch_has_records_of_one_tumbling_window() {
        let now = Instant::now();
        let mut lane = Lane::new(None);
        for (sequence, written_at) in [(1, 8), (2, 9), (3, 10)] {
            lane.push(Record { written_at, ..record(sequence, 10) }, now);
        }
        let filling = Filling { tumbling: Some(5), ..filling(100, 60, 1000) };
        let batch = lane.take(&filling, now).expect("a record of the next window completes a batch");
        assert_eq!(batch.len(), 2);
        assert_eq!(lane.window_end(), None, "it is at work");
        let window = Window::of(&batch[0], 5);
        lane.release(Some(window.clone()));
        assert_eq!(lane.window_end(), None, "a record waits");
        assert_eq!(lane.take(&filling, now + filling.window).unwrap().len(), 1);
        lane.release(Some(window));
        assert_eq!(lane.window_end(), Some(10));
        let read = Sequence::new("3");
        assert_eq!(lane.position(Some(&read)), None);
        assert!(lane.take_over().is_some());
        lane.release(None);
        assert_eq!(lane.position(Some(&read)), Some(read));
    }

    /// E: `{"Records": […]}`, in order.
    #[test]
    fn an_event_holds_its_records_in_order() {
        assert_eq!(event([record(1, 3), record(2, 3)].iter()), r#"{"Records":["x","x"]}"#);
    }
}
