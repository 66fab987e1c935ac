//! Functions that are invoked by the clock.

use super::*;
use crate::{
    schedule,
    template::model::{ScheduleSpec, When},
};

/// A function is invoked whenever its schedule is due, with the schedule's own input, and not once more when it is over.
#[tokio::test]
async fn a_schedule_invokes_its_function_again_and_again() {
    let (lambda, meeting) = (usual(Way::Processes), Meeting::new().await);
    let spec = ScheduleSpec {
        id: "Often".to_owned(),
        function: FUNCTION.to_owned(),
        when: When::Every(Duration::from_millis(20)),
        input: Some(format!("\"{}\"", meeting.what)),
    };
    let running = schedule::spawn(spec, lambda.clone());
    // The second comes while the first is still at work: nothing waits for a run that takes long.
    let (first, second) = (meeting.meet().await, meeting.meet().await);
    first.release().await;
    second.release().await;
    meeting.meet().await.release().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    lambda.stop().await;
}
