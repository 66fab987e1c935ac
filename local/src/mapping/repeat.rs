//! Gives records that were given up to their function once more.

use serde_json::Value;

use super::{
    batch::Outcome,
    filter::Filter,
    lane,
    record::{Lanes, Record, Sequence, Shape, View},
    report,
    source::{ReadError, Source, Start},
};
use crate::{
    aws, circumstances::Circumstances, database::Database, lambda::Lambda, limits::MappingLimits,
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
    let strange = MappingLimits::default().strange_answer;
    match report::outcome(&answer, &sequences.iter().collect::<Vec<_>>(), strange) {
        Outcome::Succeeded => Ok(()),
        Outcome::Failed | Outcome::FailedFrom(_) | Outcome::NotInvoked => {
            Err("the function reports failures again".to_owned())
        }
    }
}

/// A batch as its invocation record names it.
struct Wanted<'a> {
    shard: &'a str,
    first: Sequence,
    last: Sequence,
    count: usize,
}

impl<'a> Wanted<'a> {
    fn read(failure: &'a Value) -> Result<Self, String> {
        let info = &failure["DDBStreamBatchInfo"];
        let sequence = |name: &str| info[name].as_str().map(Sequence::new).ok_or_else(|| format!("it names no {name}"));
        let count = info["batchSize"].as_u64().and_then(|count| usize::try_from(count).ok());
        Ok(Self {
            shard: info["shardId"].as_str().ok_or("it names no shardId")?,
            first: sequence("startSequenceNumber")?,
            last: sequence("endSequenceNumber")?,
            count: count.ok_or("it names no batchSize")?,
        })
    }

    /// Whether these are all of its records, and no others.
    fn is(&self, records: &[Record]) -> bool {
        let ends = records.first().zip(records.last()).map(|(first, last)| (&first.sequence, &last.sequence));
        records.len() == self.count && ends == Some((&self.first, &self.last))
    }
}

/// The records of a batch, as long as the stream keeps them: a day.
///
/// # Errors
/// When one of them is missing: the rest alone would count as the whole batch.
async fn read(spec: &MappingSpec, database: &Database, lanes: Lanes, failure: &Value) -> Result<Vec<Record>, String> {
    let limits = MappingLimits::default();
    let wanted = Wanted::read(failure)?;
    let table = database.table(&spec.table).ok_or("its table is gone")?;
    let stream = table.stream.as_ref().ok_or("its table has no stream any more")?;
    let shape = Shape {
        view: View::parse(&stream.view),
        partition_key: table.partition_key.clone(),
        arn: aws::stream_arn(&table.name),
    };
    let filter = Filter::new(&spec.filters)?;
    let source = Source::new(&database.own_endpoint(), database.own_http(), &stream.arn, &limits);
    let between = between(&source, &wanted, &shape, limits.empty_reads_max);
    let between = between.await.map_err(|error| format!("the stream no longer has its records: {error}"))?;
    // The batch came from one lane; what others had in between was processed by them.
    let lane = between.first().map(|first| first.lane(lanes));
    let is_wanted = |record: &Record| Some(record.lane(lanes)) == lane && filter.passes(&record.json);
    let records: Vec<Record> = between.into_iter().filter(is_wanted).collect();
    if wanted.is(&records) {
        return Ok(records);
    }
    Err(format!(
        "of its {} records, {} are found: the stream no longer has the others, or the stack ran with another --timing or \
         template when they were given up",
        wanted.count,
        records.len()
    ))
}

/// What the stream has from the first to the last record of a batch, of all lanes.
async fn between(
    source: &Source,
    wanted: &Wanted<'_>,
    shape: &Shape,
    empty_reads_max: u32,
) -> Result<Vec<Record>, ReadError> {
    let mut iterator = source.iterator(wanted.shard, &Start::At(wanted.first.clone())).await?;
    let mut records: Vec<Record> = Vec::new();
    let mut empty_reads = 0;
    while empty_reads <= empty_reads_max {
        let page = source.read(&iterator).await?;
        for record in page.records.iter().filter_map(|record| Record::read(record, shape)) {
            if record.sequence > wanted.last {
                return Ok(records);
            }
            records.push(record);
        }
        let read = page.records.last().and_then(|record| record.dynamodb()?.sequence_number().map(Sequence::new));
        if read.as_ref().is_some_and(|read| *read >= wanted.last) {
            return Ok(records);
        }
        empty_reads = if read.is_none() { empty_reads + 1 } else { 0 };
        iterator = match (page.next, read.filter(|_| page.is_cut)) {
            // The database's own iterator is behind what was left out.
            (_, Some(read)) => source.iterator(wanted.shard, &Start::After(read)).await?,
            (Some(next), None) => next,
            (None, None) => return Ok(records),
        };
    }
    Ok(records)
}

fn sequences(event: &str) -> Vec<Sequence> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(|record| record["dynamodb"]["SequenceNumber"].as_str().map(Sequence::new)).collect()
}

#[cfg(test)]
mod tests;
