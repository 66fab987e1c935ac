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
                let event = spec.input.unwrap_or_else(|| event(&spec.id, next));
                lambda.invoke_asynchronously(&spec.function, event).await;
            });
        }
    })
}

/// The next time after this one.
fn next(when: &When, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match when {
        When::Every(interval) => after.checked_add_signed(TimeDelta::from_std(*interval).ok()?),
        When::Cron(cron) => cron.find_next_occurrence(&after, false).ok(),
    }
}

/// The event that `EventBridge` makes for a schedule of this name.
pub fn event(schedule: &str, at: DateTime<Utc>) -> String {
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
    use super::*;

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
