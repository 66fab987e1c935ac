//! What a client hears of is on the disk.

use super::*;
use crate::durability::tests::disk;

/// Issue 15, 2. The writes of which a frame tells are counted before it is sent, so that it waits for their flush.
#[tokio::test]
async fn nothing_goes_out_before_it_is_on_the_disk() {
    let (durable, done, _) = disk();
    let limits = GatewayLimits::default();
    let running =
        start_on(durable.clone(), Circumstances::good(), (Vec::new(), None), limits, Access::to_nothing()).await;
    let (mut client, id) = running.open_with_id().await;
    durable.committed();
    assert_eq!(running.call("POST", &id, "first").await.0, StatusCode::OK, "functions go on");
    let early = tokio::time::timeout(Duration::from_millis(200), client.next()).await;
    assert!(early.is_err(), "{early:?}");
    durable.committed();
    assert_eq!(running.call("POST", &id, "second").await.0, StatusCode::OK);
    done.send(Ok(())).unwrap();
    assert_eq!(text(&mut client).await, "first");
    let early = tokio::time::timeout(Duration::from_millis(200), client.next()).await;
    assert!(early.is_err(), "the second was written after that flush had begun: {early:?}");
    done.send(Ok(())).unwrap();
    assert_eq!(text(&mut client).await, "second");
}
