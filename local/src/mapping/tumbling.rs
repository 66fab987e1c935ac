//! Tumbling windows: a function adds up what it sees within a time, and is told when that time is over.
//!
//! Source: "Implementing stateful DynamoDB stream processing in Lambda", Lambda Developer Guide.

use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::record::{Record, Sequence};

/// The state at the beginning.
const NOTHING: &str = "{}";

/// A window that is open, with what the function has added up in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// In seconds since 1970.
    start: i64,
    end: i64,
    /// JSON.
    state: String,
    /// The last record that was processed. It becomes a checkpoint when the window is closed.
    pub(super) through: Option<Sequence>,
}

/// Why the function is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// To add up records.
    Adds,
    /// The window is over.
    Closes,
    /// The state has become too large.
    ClosesEarly,
}

impl Window {
    /// The empty window of a record. Windows follow each other without a gap, and the time of writing decides.
    pub(super) fn of(record: &Record, seconds: i64) -> Self {
        let start = start_of(record, seconds);
        Self { start, end: start + seconds, state: NOTHING.to_owned(), through: None }
    }

    pub(super) fn contains(&self, record: &Record) -> bool {
        (self.start..self.end).contains(&record.written_at)
    }

    /// In seconds since 1970.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// The event `{"Records":…}` with what such a function gets beside.
    pub(super) fn event(&self, records: &str, call: Call, shard_id: &str, stream_arn: &str) -> String {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        let time = |seconds| time(seconds).to_rfc3339_opts(SecondsFormat::Secs, true);
        let window = json!({ "start": time(self.start), "end": time(self.end) });
        let (is_final, is_early) = (call != Call::Adds, call == Call::ClosesEarly);
        let records = records.strip_suffix('}').unwrap_or(records);
        let (shard_id, stream_arn, state) = (Value::from(shard_id), Value::from(stream_arn), &self.state);
        format!(
            r#"{records},"window":{window},"state":{state},"shardId":{shard_id},"eventSourceARN":{stream_arn},"isFinalInvokeForWindow":{is_final},"isWindowTerminatedEarly":{is_early}}}"#
        )
    }

    /// Takes the state from the function's answer, without which the invocation has failed.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn take_state(&mut self, answer: &str) -> Result<(), NoState> {
        #[derive(Deserialize)]
        struct Answer {
            state: Option<Box<RawValue>>,
        }
        let answer: Answer = serde_json::from_str(answer).map_err(|_| NoState)?;
        answer.state.ok_or(NoState)?.get().clone_into(&mut self.state);
        Ok(())
    }

    pub(super) fn state_bytes(&self) -> usize {
        self.state.len()
    }

    /// The rest of the window begins anew.
    pub(super) fn forget_state(&mut self) {
        NOTHING.clone_into(&mut self.state);
    }
}

/// A function answered without a state.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoState;

/// When the window of a record began.
pub(super) fn start_of(record: &Record, seconds: i64) -> i64 {
    record.written_at.div_euclid(seconds) * seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(written_at: i64) -> Record {
        let (sequence, json) = (Sequence::new("1"), String::new());
        Record { sequence, written_at, partition_hash: 0, item_hash: 0, json }
    }

    /// E: `TumblingWindow`: a record's window is that of its time; the event has window, state, shard and stream.
    #[test]
    fn an_event_of_a_tumbling_window_says_where_it_stands() {
        let mut window = Window::of(&record(1_700_000_007), 5);
        assert!(window.contains(&record(1_700_000_005)) && window.contains(&record(1_700_000_009)));
        assert!(!window.contains(&record(1_700_000_004)) && !window.contains(&record(1_700_000_010)));
        window.take_state(r#"{"batchItemFailures":[],"state":{"a":1}}"#).unwrap();
        for (call, is_final, is_early) in
            [(Call::Adds, false, false), (Call::Closes, true, false), (Call::ClosesEarly, true, true)]
        {
            let event = window.event(r#"{"Records":[{"a":{}}]}"#, call, "shard", "arn");
            let expected = json!({
                "Records": [{"a": {}}],
                "window": {"start": "2023-11-14T22:13:25Z", "end": "2023-11-14T22:13:30Z"},
                "state": {"a": 1},
                "shardId": "shard",
                "eventSourceARN": "arn",
                "isFinalInvokeForWindow": is_final,
                "isWindowTerminatedEarly": is_early,
            });
            assert_eq!(serde_json::from_str::<Value>(&event).unwrap(), expected);
        }
    }

    /// E: `TumblingWindow`: an answer without a state is a failed invocation.
    #[test]
    fn an_answer_without_a_state_is_a_failure() {
        let mut window = Window::of(&record(0), 5);
        for answer in ["", "null", "{}", "[]", r#"{"state":null}"#] {
            assert_eq!(window.take_state(answer), Err(NoState), "{answer}");
        }
        assert_eq!(window.take_state(r#"{"state":{}}"#), Ok(()));
    }
}
