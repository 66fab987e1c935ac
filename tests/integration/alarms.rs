//! What raises an alarm: the names of AWS's metrics by its documentation, and our own filters on lines that the functions write.

mod pattern;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use turnlog_tests::{Database, Function, root};

use self::pattern::{matches, value};

/// The metrics of AWS that alarms look at, each with the dimensions under which it is reported, as of November 2026.
const METRICS: [(&str, &str, &[&[&str]]); 15] = [
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    ("AWS/Lambda", "Errors", &[&["FunctionName"]]),
    ("AWS/Lambda", "Throttles", &[&["FunctionName"]]),
    ("AWS/Lambda", "Invocations", &[&["FunctionName"]]),
    ("AWS/Lambda", "IteratorAge", &[&["FunctionName"]]),
    ("AWS/Lambda", "DestinationDeliveryFailures", &[&["FunctionName"]]),
    ("AWS/Lambda", "OnFailureDestinationDeliveredEventCount", &[&["EventSourceMappingUUID"]]),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    ("AWS/DynamoDB", "ReadThrottleEvents", &[&["TableName"], &["GlobalSecondaryIndexName", "TableName"]]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &[&["TableName"], &["GlobalSecondaryIndexName", "TableName"]]),
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
    ("AWS/ApiGateway", "ExecutionError", &[&["ApiId"], &["ApiId", "Stage"]]),
    ("AWS/ApiGateway", "IntegrationError", &[&["ApiId"], &["ApiId", "Stage"]]),
    ("AWS/ApiGateway", "ClientError", &[&["ApiId"], &["ApiId", "Stage"]]),
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &[&["QueueName"]]),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
    ("AWS/S3", "NumberOfObjects", &[&["BucketName", "StorageType"]]),
    ("AWS/S3", "BucketSizeBytes", &[&["BucketName", "StorageType"]]),
    ("AWS/Lambda", "Duration", &[&["FunctionName"]]),
];

fn resources(kind: &str) -> BTreeMap<String, Value> {
    let template = turnlog_local::document(&root().join("template.yaml")).expect("it reads");
    let resources = template["Resources"].as_object().expect("there are some").iter();
    let of_kind = resources.filter(|(_, resource)| resource["Type"] == kind);
    of_kind.map(|(name, resource)| (name.clone(), resource["Properties"].clone())).collect()
}

/// The metrics of an alarm, with what the alarm says around it.
fn metrics(alarm: &Value) -> Vec<Value> {
    match alarm["Metrics"].as_array() {
        Some(metrics) => {
            metrics.iter().map(|metric| metric["MetricStat"]["Metric"].clone()).filter(Value::is_object).collect()
        }
        None => vec![alarm.clone()],
    }
}

fn dimensions(metric: &Value) -> BTreeMap<String, Value> {
    let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
    dimensions
        .map(|dimension| (dimension["Name"].as_str().expect("a text").to_owned(), dimension["Value"].clone()))
        .collect()
}

#[test]
fn every_alarm_looks_at_a_metric_that_aws_documents_or_that_a_filter_makes() {
    let filters: BTreeSet<String> = resources("AWS::Logs::MetricFilter")
        .values()
        .map(|filter| filter["MetricTransformations"][0]["MetricName"].as_str().expect("a text").to_owned())
        .collect();
    for (name, alarm) in resources("AWS::CloudWatch::Alarm") {
        for metric in metrics(&alarm) {
            let (namespace, metric_name) = (&metric["Namespace"], metric["MetricName"].as_str().expect("a text"));
            let names: Vec<String> = dimensions(&metric).into_keys().collect();
            let Some(namespace) = namespace.as_str() else {
                assert!(filters.contains(metric_name) && names.is_empty(), "{name}: {metric_name} of ours");
                continue;
            };
            let known = METRICS.iter().find(|(space, metric, _)| (*space, *metric) == (namespace, metric_name));
            let (_, _, sets) = known.unwrap_or_else(|| panic!("{name}: {namespace} has no {metric_name}"));
            assert!(sets.iter().any(|set| *set == names), "{name}: {metric_name} is not reported by {names:?}");
        }
    }
}

#[test]
fn every_function_table_and_index_has_its_alarms_and_the_gateway_too() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    let watched: BTreeSet<(String, String)> = alarms
        .values()
        .flat_map(metrics)
        .map(|metric| {
            (metric["MetricName"].as_str().expect("a text").to_owned(), json!(dimensions(&metric)).to_string())
        })
        .collect();
    let is_watched = |metric: &str, dimensions: Value| watched.contains(&(metric.to_owned(), dimensions.to_string()));
    for function in resources("AWS::Serverless::Function").keys() {
        for metric in ["Errors", "Throttles"] {
            assert!(is_watched(metric, json!({ "FunctionName": { "Ref": function } })), "{metric} of {function}");
        }
    }
    for (table, properties) in resources("AWS::DynamoDB::Table") {
        let name = json!({ "Ref": table });
        let indexes = properties["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        let indexes = indexes.map(|index| json!({ "TableName": name, "GlobalSecondaryIndexName": index["IndexName"] }));
        for dimensions in indexes.chain([json!({ "TableName": name })]) {
            for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
                assert!(is_watched(metric, dimensions.clone()), "{metric} of {dimensions}");
            }
        }
    }
    let gateway = json!({ "ApiId": { "Ref": "WebSocketApi" }, "Stage": { "Ref": "WebSocketStage" } });
    for metric in ["ExecutionError", "IntegrationError", "ClientError"] {
        assert!(is_watched(metric, gateway.clone()), "{metric}");
    }
}

#[test]
fn an_alarm_over_several_metrics_adds_up_each_of_them() {
    for (name, alarm) in resources("AWS::CloudWatch::Alarm") {
        let Some(metrics) = alarm["Metrics"].as_array() else { continue };
        let id = |metric: &Value| metric["Id"].as_str().expect("a text").to_owned();
        let (sum, parts): (Vec<&Value>, Vec<&Value>) =
            metrics.iter().partition(|metric| metric["Expression"].is_string());
        let parts: Vec<String> = parts.into_iter().map(|part| format!("FILL({}, 0)", id(part))).collect();
        assert_eq!(sum.iter().map(|sum| &sum["Expression"]).collect::<Vec<_>>(), [&json!(parts.join(" + "))], "{name}");
    }
}

#[test]
fn the_operators_guide_has_every_alarm_and_what_they_cost_is_counted() {
    let guide = std::fs::read_to_string(root().join("docs/operate.md")).expect("it reads");
    let alarms = resources("AWS::CloudWatch::Alarm");
    for name in alarms.keys() {
        assert!(guide.contains(&format!("`{name}`")), "{name} is not in the table of docs/operate.md");
    }
    let (count, metrics) = (alarms.len(), alarms.values().flat_map(metrics).count());
    let ours = resources("AWS::Logs::MetricFilter").len();
    let deploy = std::fs::read_to_string(root().join("docs/deploy.md")).expect("it reads");
    let cost = format!("{count} alarms over {metrics} metrics, {ours} of them our own");
    assert!(deploy.contains(&cost), "docs/deploy.md does not say: {cost}");
}

/// A record of the stream of Messages.
fn modified() -> Value {
    let keys = json!({ "game_id": { "S": "11111111-1111-5111-8111-111111111111" }, "seq": { "N": "1" } });
    let change = json!({
        "ApproximateCreationDateTime": 1_700_000_000, "Keys": keys, "NewImage": keys, "SequenceNumber": "1",
        "SizeBytes": 1, "StreamViewType": "NEW_IMAGE",
    });
    json!({ "Records": [{
        "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1", "dynamodb": change,
    }] })
}

fn scheduled() -> Value {
    json!({
        "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "account": "000000000000",
        "time": "2026-01-01T00:00:00Z", "region": "eu-central-1", "resources": [], "detail": {},
    })
}

/// The values that a filter takes from the lines of its function.
fn found(filter: &Value, lines: &[Value]) -> Vec<f64> {
    let pattern = filter["FilterPattern"].as_str().expect("a text");
    let taken = filter["MetricTransformations"][0]["MetricValue"].as_str().expect("a text");
    lines.iter().filter(|line| matches(pattern, line)).map(|line| value(taken, line)).collect()
}

#[tokio::test]
async fn every_filter_matches_what_its_function_really_writes() {
    let database = Database::start().await;
    let time = Duration::from_secs(55);
    let mut games = Function::start("games", &database, &[]).await;
    games.invoke(&modified(), time).await;

    let parked = turnlog_domain::GameId::parse("11111111-1111-5111-8111-111111111111").expect("it is an id");
    let at = turnlog_domain::Timestamp::from_ms(1);
    database.games().park(parked, turnlog_domain::Seq(1), "a test", at).await.expect("it is written");
    let put = database.client().put_item().table_name(database.table("GamesTable"));
    let put =
        put.item("game_id", AttributeValue::S("no game".to_owned())).item("item", AttributeValue::S("x".to_owned()));
    let put = put.item("active", AttributeValue::S("0#bot".to_owned())).item("due", AttributeValue::N("1".to_owned()));
    put.send().await.expect("it is written");
    let mut sweep = Function::start("sweep", &database, &[]).await;
    sweep.invoke(&scheduled(), time).await;
    let well = sweep.lines();
    // Without the log it cannot see whether games have begun, and so it does not get through.
    let mut without_log = Function::start("sweep", &database, &[("MESSAGES_TABLE", "nowhere")]).await;
    without_log.invoke(&scheduled(), time).await;

    let filters = resources("AWS::Logs::MetricFilter");
    let lines = [games.lines(), well.clone(), without_log.lines()].concat();
    let of = |name: &str, lines: &[Value]| found(&filters[name], lines);
    let first = |name: &str| of(name, &lines).into_iter().next();
    assert_eq!(
        filters.keys().map(|name| (name.as_str(), first(name))).collect::<Vec<_>>(),
        [
            ("GamesParkedFilter", Some(1.0)),
            ("MessageChangedFilter", Some(1.0)),
            ("SweepIncompleteFilter", Some(1.0)),
            ("SweepUnreadableFilter", Some(2.0)),
        ]
    );
    assert!(of("SweepIncompleteFilter", &well).is_empty(), "a run that got through raises nothing: {well:?}");
    for (name, filter) in &filters {
        let group = filter["LogGroupName"]["Ref"].as_str().expect("it is a reference");
        let function = if name == "MessageChangedFilter" { "GamesLogGroup" } else { "SweepLogGroup" };
        assert_eq!(group, function, "{name} looks at the lines of the function that writes them");
    }
}
