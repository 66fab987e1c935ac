//! Functions that run by the clock, as EventBridge does it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    aws,
    lambda::Lambda,
    template::model::{ScheduleSpec, When},
};

/// Invokes the function whenever the schedule is due, the first time after one interval. Ends when it is aborted.
pub(crate) fn spawn(spec: ScheduleSpec, lambda: Lambda) -> JoinHandle<()> {
    tokio::spawn(async move {
        let began = Utc::now();
        let mut last = began;
        while let Some(next) = next(&spec.when, last) {
            // A machine that was asleep makes up for nothing.
            last = next.max(Utc::now() - TimeDelta::minutes(1));
            tokio::time::sleep((next - Utc::now()).to_std().unwrap_or_default()).await;
            // EventBridge does not wait for a run that takes longer than the interval.
            let (lambda, spec) = (lambda.clone(), spec.clone());
            tokio::spawn(async move {
                let event = due(&spec, next);
                lambda.invoke_asynchronously(&spec.function, event).await;
            });
        }
    })
}

/// What a function gets when this schedule is due at that time.
pub(crate) fn due(spec: &ScheduleSpec, at: DateTime<Utc>) -> String {
    spec.input.clone().unwrap_or_else(|| event(&spec.id, at))
}

/// The next time after this one.
fn next(when: &When, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match when {
        When::Every(interval) => after.checked_add_signed(TimeDelta::from_std(*interval).ok()?),
        When::Cron(cron) => cron.find_next_occurrence(&after, false).ok(),
    }
}

/// The event that `EventBridge` makes for a schedule of this name.
pub(crate) fn event(schedule: &str, at: DateTime<Utc>) -> String {
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": aws::ACCOUNT_ID,
        "time": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "region": aws::REGION,
        "resources": [format!("arn:aws:events:{}:{}:rule/{schedule}", aws::REGION, aws::ACCOUNT_ID)],
        "detail": {},
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use croner::parser::{CronParser, Seconds};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn a_schedule_is_due_after_each_interval_and_at_each_time_of_its_expression() {
        let began = at("2026-11-24T12:00:30Z");
        assert_eq!(next(&When::Every(Duration::from_mins(5)), began), Some(at("2026-11-24T12:05:30Z")));
        let parser = CronParser::builder().seconds(Seconds::Required).build();
        let every_hour = When::Cron(Box::new(parser.parse("0 0 * * * *").unwrap()));
        let first = next(&every_hour, began).unwrap();
        assert_eq!(first, at("2026-11-24T13:00:00Z"));
        assert_eq!(next(&every_hour, first), Some(at("2026-11-24T14:00:00Z")), "not the same time again");
        assert_eq!(next(&When::Every(Duration::MAX), began), None);
    }

    #[test]
    fn a_schedule_with_an_input_sends_that_instead_of_the_event() {
        let spec = |input| ScheduleSpec {
            id: "Sweep".to_owned(),
            function: "Sweeper".to_owned(),
            when: When::Every(Duration::from_mins(1)),
            input,
        };
        let now = at("2026-11-24T12:00:00Z");
        assert_eq!(due(&spec(Some("{\"all\":true}".to_owned())), now), "{\"all\":true}");
        assert!(due(&spec(None), now).contains("Scheduled Event"));
    }

    #[test]
    fn the_event_is_a_scheduled_event_of_eventbridge() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let mut event: serde_json::Value = serde_json::from_str(&event("Sweep", at)).unwrap();
        assert!(event["id"].take().is_string());
        let expected = json!({
            "version": "0", "id": null, "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "000000000000", "time": "2023-11-14T22:13:20Z", "region": "us-east-1",
            "resources": ["arn:aws:events:us-east-1:000000000000:rule/Sweep"], "detail": {},
        });
        assert_eq!(event, expected);
    }
}
