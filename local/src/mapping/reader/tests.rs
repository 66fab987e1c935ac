use super::*;
use crate::{
    access::Access,
    circumstances::Circumstances,
    database::Database,
    mapping::{
        Mapping,
        source::Shard,
        tests::{lambda, spec, table},
    },
    stack::Data,
    template::model::MappingSpec,
};

/// Issue 3. Large records that wait for their function take up a bounded amount of memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_read_than_fits_into_memory() {
    let circumstances = Circumstances::good();
    let database =
        Database::open(&Data::Ephemeral, &[table()], None, &circumstances, &Access::to_nothing()).await.unwrap();
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
