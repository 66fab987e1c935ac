//! Reads what a function with `ReportBatchItemFailures` returned.

use serde_json::Value;

use super::{batch::Outcome, record::Sequence};
use crate::limits::StrangeAnswer;

/// What the answer means for the records with these sequence numbers.
pub(super) fn outcome(answer: &str, sequences: &[&Sequence], strange: StrangeAnswer) -> Outcome {
    if answer.trim().is_empty() {
        return Outcome::Succeeded;
    }
    let failures = match serde_json::from_str(answer) {
        Ok(Value::Null) => return Outcome::Succeeded,
        Ok(Value::Object(mut answer)) => answer.remove("batchItemFailures").unwrap_or_default(),
        Ok(_) | Err(_) => {
            return match strange {
                StrangeAnswer::Fails => Outcome::Failed,
                StrangeAnswer::Succeeds => Outcome::Succeeded,
            };
        }
    };
    match failures {
        Value::Null => Outcome::Succeeded,
        Value::Array(failures) => lowest(&failures, sequences),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Outcome::Failed,
    }
}

fn lowest(failures: &[Value], sequences: &[&Sequence]) -> Outcome {
    let mut lowest: Option<usize> = None;
    for failure in failures {
        let identifier = failure["itemIdentifier"].as_str().unwrap_or_default();
        let Some(index) = sequences.iter().position(|sequence| sequence.as_str() == identifier) else {
            return Outcome::Failed;
        };
        lowest = Some(lowest.map_or(index, |lowest| lowest.min(index)));
    }
    lowest.map_or(Outcome::Succeeded, Outcome::FailedFrom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Outcome {
        read_with(answer, StrangeAnswer::Fails)
    }

    fn read_with(answer: &str, strange: StrangeAnswer) -> Outcome {
        let sequences = ["100", "101", "102"].map(Sequence::new);
        outcome(answer, &sequences.iter().collect::<Vec<_>>(), strange)
    }

    /// E, undocumented: an answer of any other kind, a setting.
    #[test]
    fn an_answer_that_is_no_object_fails_the_whole_batch() {
        for answer in ["[]", "7", "\"ok\"", "true", "no JSON"] {
            assert_eq!(read(answer), Outcome::Failed, "{answer}");
            assert_eq!(read_with(answer, StrangeAnswer::Succeeds), Outcome::Succeeded, "{answer}");
        }
    }

    /// E: `ReportBatchItemFailures`, success.
    #[test]
    fn an_empty_or_null_list_and_an_empty_or_null_answer_are_success() {
        for answer in ["", "null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#] {
            assert_eq!(read(answer), Outcome::Succeeded, "{answer}");
        }
    }

    /// E: `ReportBatchItemFailures`, complete failure.
    #[test]
    fn an_empty_or_null_identifier_or_a_bad_key_name_fails_the_whole_batch() {
        for item in [r#"{"itemIdentifier":""}"#, r#"{"itemIdentifier":null}"#, r#"{"itemId":"101"}"#, "{}", "7"] {
            let answer = format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"101"}},{item}]}}"#);
            assert_eq!(read(&answer), Outcome::Failed, "{answer}");
        }
    }

    /// E: `ReportBatchItemFailures`, complete failure.
    #[test]
    fn an_identifier_that_is_not_in_the_batch_fails_the_whole_batch() {
        assert_eq!(read(r#"{"batchItemFailures":[{"itemIdentifier":"99"}]}"#), Outcome::Failed);
    }

    /// E: the checkpoint is at the lowest returned sequence number.
    #[test]
    fn the_lowest_failure_counts() {
        let answer = r#"{"batchItemFailures":[{"itemIdentifier":"102"},{"itemIdentifier":"101"}]}"#;
        assert_eq!(read(answer), Outcome::FailedFrom(1));
    }
}
