//! Gives records that were given up to their function once more.

use serde_json::Value;

use super::{
    batch::Outcome,
    filter::Filter,
    lane,
    record::{self, Record, Sequence, Shape, View},
    report,
    source::{Source, Start},
};
use crate::{
    circumstances::Circumstances, database::Database, lambda::Lambda, limits::MappingLimits,
    template::model::MappingSpec,
};

/// Repeats one invocation record of a failure destination: its payload, or, where it has none, what the stream still has.
///
/// # Errors
/// With the reason why the records count as unprocessed as before.
pub(crate) async fn repeat(
    spec: &MappingSpec,
    database: &Database,
    lambda: &Lambda,
    circumstances: &Circumstances,
    failure: &Value,
) -> Result<(), String> {
    let event = match failure["payload"].as_str() {
        Some(payload) => payload.to_owned(),
        None => lane::event(read(spec, database, super::lanes(spec, circumstances), failure).await?.iter()),
    };
    let sequences = sequences(&event);
    let invocation = lambda.invoke(&spec.function, event).await.map_err(|error| format!("not invoked: {error:?}"))?;
    let answer = invocation.outcome.map_err(|error| format!("{}: {}", error.error_type, error.error_message))?;
    if !spec.report_item_failures {
        return Ok(());
    }
    match report::outcome(&answer, &sequences.iter().collect::<Vec<_>>()) {
        Outcome::Succeeded => Ok(()),
        Outcome::Failed | Outcome::FailedFrom(_) | Outcome::NotInvoked => {
            Err("the function reports failures again".to_owned())
        }
    }
}

/// The records from the first to the last of a batch, as long as the stream keeps them: a day.
async fn read(spec: &MappingSpec, database: &Database, lanes: usize, failure: &Value) -> Result<Vec<Record>, String> {
    let limits = MappingLimits::default();
    let info = &failure["DDBStreamBatchInfo"];
    let sequence = |name: &str| info[name].as_str().map(Sequence::new).ok_or_else(|| format!("it names no {name}"));
    let (first, last) = (sequence("startSequenceNumber")?, sequence("endSequenceNumber")?);
    let shard = info["shardId"].as_str().ok_or("it names no shardId")?;
    let table = database.table(&spec.table).ok_or("its table is gone")?;
    let stream = table.stream.as_ref().ok_or("its table has no stream any more")?;
    let shape = Shape {
        view: View::parse(&stream.view),
        partition_key: table.partition_key.clone(),
        arn: record::arn_on_aws(&stream.arn),
    };
    let filter = Filter::new(&spec.filters)?;
    let source = Source::new(&database.own_endpoint(), &stream.arn, &limits);
    let gone = |error| format!("the stream no longer has its records: {error}");
    let mut iterator = source.iterator(shard, &Start::At(first)).await.map_err(gone)?;
    let mut records: Vec<Record> = Vec::new();
    loop {
        let page = source.read(&iterator).await.map_err(gone)?;
        for record in page.records.iter().filter_map(|record| Record::read(record, &shape)) {
            if record.sequence > last {
                return Ok(records);
            }
            // The batch came from one lane; what others had in between was processed by them.
            let is_of_lane = records.first().is_none_or(|first| first.lane(lanes) == record.lane(lanes));
            if is_of_lane && filter.passes(&record.json) {
                records.push(record);
            }
        }
        match page.next {
            Some(next) if records.last().is_none_or(|record| record.sequence < last) => iterator = next,
            Some(_) | None => return Ok(records),
        }
    }
}

fn sequences(event: &str) -> Vec<Sequence> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(|record| record["dynamodb"]["SequenceNumber"].as_str().map(Sequence::new)).collect()
}
