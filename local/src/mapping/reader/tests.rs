use super::*;
use crate::{
    access::Access,
    circumstances::Circumstances,
    database::{Data, Database, Engine},
    mapping::{
        Mapping,
        source::Shard,
        tests::{lambda, spec, table},
    },
    template::model::MappingSpec,
};

/// Issue 13, 1. A.2: the reader has other things to do while it waits. The wait that it breaks off for them, at whatever moment,
/// loses no announcement: the next one ends as soon as reading has rested.
#[tokio::test]
async fn a_wait_that_is_broken_off_loses_no_announcement() {
    let (table, mut written) = watch::channel(());
    let at_the_latest = Instant::now() + Duration::from_mins(1);
    let not_before =
        |pause: u64| NextRead::WhenWritten { not_before: Instant::now() + Duration::from_millis(pause), at_the_latest };
    table.send_replace(());
    let mut wait = Box::pin(wait_to_read(not_before(60_000), &mut written));
    assert!(futures::poll!(&mut wait).is_pending(), "reading rests");
    drop(wait);
    let next = wait_to_read(not_before(1), &mut written);
    tokio::time::timeout(Duration::from_secs(20), next).await.expect("the announcement is still there");
    let mut wait = Box::pin(wait_to_read(not_before(0), &mut written));
    assert!(futures::poll!(&mut wait).is_pending(), "nothing was written since");
}

/// Issue 13, 1. After a read that a busy machine held up for 280 ms, three times as long would be 840 ms in which nobody's
/// move is read.
#[test]
fn a_rest_after_a_read_has_its_longest() {
    let limits = MappingLimits::default();
    assert_eq!(rest(Duration::from_millis(2), 1, &limits), Duration::from_millis(6));
    assert_eq!(rest(Duration::from_millis(2), 4, &limits), Duration::from_millis(24), "many wait for functions anyway");
    assert_eq!(rest(Duration::from_millis(2), 0, &limits), Duration::ZERO, "nobody is at work");
    assert_eq!(rest(Duration::from_millis(280), 1, &limits), limits.rest_max);
    assert!(limits.rest_max <= Duration::from_millis(50), "people wait for it");
}

/// Issue 3. Large records that wait for their function take up a bounded amount of memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_read_than_fits_into_memory() {
    let circumstances = Circumstances::good();
    let database =
        Database::open(&Data::Ephemeral, &[table()], Engine::default(), &circumstances, &Access::to_nothing())
            .await
            .unwrap();
    let spec = MappingSpec { batch_size: 100, window_seconds: 60, ..spec() };
    let limits = MappingLimits { waiting_bytes_max: 1000, ..MappingLimits::default() };
    let mapping = Mapping::new(spec, lambda(&database), database.clone(), circumstances, limits).unwrap();
    let shard = Shard { id: "shard".to_owned(), parent: None };
    let mut reader = Reader::new(mapping.settings(&shard, &Start::Oldest), mpsc::unbounded_channel().0);
    let record = |number: u32| Record {
        sequence: Sequence::new(&number.to_string()),
        written_at: 0,
        partition_hash: 0,
        item_hash: 0,
        json: "x".repeat(600),
    };
    reader.push(record(1), Instant::now());
    assert!(matches!(reader.next_read(), NextRead::At(_)), "the window is open");
    reader.push(record(2), Instant::now());
    assert_eq!(reader.next_read(), NextRead::Never);
    let records = reader.lanes[0].take(&reader.settings.filling, Instant::now() + Duration::from_mins(1)).unwrap();
    assert_eq!(records.len(), 2);
    reader.lanes[0].release(None);
    assert_ne!(reader.next_read(), NextRead::Never);
    database.stop().await;
}
