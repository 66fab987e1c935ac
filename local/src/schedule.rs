//! Functions that run at a fixed interval, as EventBridge does it.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};

use crate::{
    aws,
    lambda::{InvokeError, Lambda},
    template::model::ScheduleSpec,
};

/// Invokes the function once per interval, the first time after one. Ends when it is aborted.
pub(crate) fn spawn(spec: ScheduleSpec, lambda: Lambda) -> JoinHandle<()> {
    tokio::spawn(async move {
        let every = Duration::from_secs(spec.every_seconds.max(1));
        let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // EventBridge does not wait for a run that takes longer than the interval.
            tokio::spawn(run(lambda.clone(), spec.clone()));
        }
    })
}

async fn run(lambda: Lambda, spec: ScheduleSpec) {
    match lambda.invoke(&spec.function, event(&spec.id, Utc::now())).await {
        Ok(invocation) => match invocation.outcome {
            Ok(_) => tracing::debug!(schedule = spec.id, request_id = invocation.request_id, "scheduled function ran"),
            Err(error) => {
                let request_id = invocation.request_id;
                tracing::warn!(
                    schedule = spec.id,
                    request_id,
                    error_type = error.error_type,
                    "scheduled function failed"
                );
            }
        },
        Err(InvokeError::Stopped) => {}
        Err(error @ (InvokeError::UnknownFunction(_) | InvokeError::Throttled | InvokeError::CannotStart(_))) => {
            tracing::warn!(schedule = spec.id, ?error, "scheduled function was not invoked");
        }
    }
}

fn event(schedule: &str, at: DateTime<Utc>) -> String {
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
