//! DynamoDB Streams as their functions see them.

use serde_json::{Value, json};
use turnlog_tests::eventually;

use super::{Chat, Talker, heard, heard_item, say_at_once, start, turnlog};

/// E: the record's fields; a filtered record advances the iterator; every record that passes is seen.
#[tokio::test]
async fn a_function_sees_the_records_that_pass_its_filter() {
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    for at in 0..20 {
        ann.say(&format!("room-{}", at % 5), at, &format!("line {at}")).await;
    }
    // Said again with other words, line 19 is MODIFY; said as it is, line 18 is no record at all.
    ann.say("room-4", 19, "changed").await;
    ann.say("room-3", 18, "line 18").await;
    ann.say("room-0", 20, "the last").await;
    let record = eventually("the last line", || heard(&stack, "room-0 the last")).await;
    for at in 0..20 {
        let id = format!("room-{} line {at}", at % 5);
        eventually(&id, || heard(&stack, &id)).await;
    }
    assert_eq!(heard(&stack, "room-4 changed").await, None, "the filter asks for INSERT");
    let record: Value = serde_json::from_str(&record).expect("it is a record");
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (text("eventName"), text("eventVersion"), text("awsRegion")),
        ("INSERT".into(), "1.1".into(), "us-east-1".into())
    );
    assert_eq!(text("eventSource"), "aws:dynamodb");
    let stream = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}Lines/stream/20", stack.prefix);
    assert!(text("eventSourceARN").starts_with(&stream), "{record}");
    assert_eq!(names_of_the_stream(&stack).await, vec![text("eventSourceARN"); 3]);
    assert_eq!(record["dynamodb"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    assert_eq!(record["dynamodb"]["Keys"], json!({ "room": { "S": "room-0" }, "at": { "N": "20" } }));
}

/// Issue 13, 24. What the template, the table and the stream itself call the stream, as a function finds it that reads it with
/// the rights that its policy names by the template's name.
async fn names_of_the_stream(stack: &Chat) -> Vec<String> {
    let (succeeded, printed) = turnlog(stack, &["invoke", "Tick", "--event", "{\"read\":true}"]).await;
    assert!(succeeded, "{printed}");
    let found: Value = serde_json::from_str(&printed).expect("it prints what the function returns");
    let records = found["records"][1]["Records"].as_array().expect("it may read them");
    assert_eq!(records[0]["dynamodb"]["Keys"]["room"], json!({ "S": "room-0" }), "{found}");
    let names = [
        &found["StreamArn"],
        &found["table"][1]["Table"]["LatestStreamArn"],
        &found["described"][1]["StreamDescription"]["StreamArn"],
    ];
    names.map(|name| name.as_str().expect("it has a name").to_owned()).to_vec()
}

/// E: bisecting isolates a poisoned record, which goes to the failure destination after its retries, and stops nobody
/// else; there a person looks at it, and gives it to the function again when that can bear it.
#[tokio::test]
async fn a_poisoned_record_stops_nobody_and_can_be_redriven() {
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    for (at, text) in ["before", "poison", "after"].into_iter().enumerate() {
        ann.say("room-1", u32::try_from(at).expect("small"), text).await;
    }
    for id in ["room-1 before", "room-1 after"] {
        eventually(id, || heard(&stack, id)).await;
    }
    let given_up = || async { (turnlog(&stack, &["dlq", "list"]).await.1 == "Unheard (queue): 1\n").then_some(()) };
    eventually("the record in its queue", given_up).await;
    let (_, shown) = turnlog(&stack, &["dlq", "show", "Unheard"]).await;
    let shown: Value = serde_json::from_str(&shown).expect("a line of JSON");
    assert_eq!(shown["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert!(shown["requestContext"]["approximateInvokeCount"].as_u64() >= Some(2), "it was retried: {shown}");
    assert_eq!(shown["DDBStreamBatchInfo"]["batchSize"], 1, "it was cut out of its batch");
    let record: Value =
        serde_json::from_str(&heard(&stack, "room-1 before").await.expect("it was heard")).expect("JSON");
    assert_eq!(shown["DDBStreamBatchInfo"]["streamArn"], record["eventSourceARN"]);

    assert!(!turnlog(&stack, &["dlq", "redrive", "Unheard"]).await.0, "it is as poisonous as before");
    let antidote = stack.dynamodb().await.put_item().table_name(format!("{}Heard", stack.prefix));
    let id = aws_sdk_dynamodb::types::AttributeValue::S("antidote".to_owned());
    antidote.item("id", id).send().await.expect("it is written");
    assert_eq!(turnlog(&stack, &["dlq", "redrive", "Unheard"]).await, (true, "processed: 1\n".to_owned()));
    assert!(heard(&stack, "room-1 poison").await.is_some());
    assert_eq!(turnlog(&stack, &["dlq", "list"]).await.1, "Unheard (queue): 0\n");
}

/// E: at least once: with the faults that say so, every batch comes twice, and in another order.
#[tokio::test]
async fn batches_come_twice_and_shuffled_when_that_is_asked_for() {
    let stack = start(&["--fault", "duplicated-batch=1", "--fault", "shuffled-batch=1"]).await;
    say_at_once(&stack, &["room-1"; 20]).await;
    let mut batches = Vec::new();
    for at in 0..20 {
        let id = format!("room-1 line {at}");
        let twice = || async {
            let item = heard_item(&stack, &id).await?;
            let deliveries: u32 = item["deliveries"].as_n().ok()?.parse().ok()?;
            (deliveries >= 2).then(|| item["came_with"].as_s().expect("it is text").clone())
        };
        batches.push(eventually(&id, twice).await);
    }
    let order =
        |batch: &str| batch.split(',').map(|number| number.parse::<u128>().expect("a number")).collect::<Vec<_>>();
    assert!(batches.iter().any(|batch| !order(batch).is_sorted()), "{batches:?}");
}

/// E: at least once: with every batch delivered twice and shuffled, and functions that crash, every line is heard.
#[tokio::test]
async fn lines_are_heard_whatever_befalls_the_functions() {
    let faults = ["duplicated-batch=0.5", "shuffled-batch=0.5", "crash=0.2", "slow-function=0.05"];
    let faults: Vec<&str> = faults.into_iter().flat_map(|fault| ["--fault", fault]).collect();
    let stack = start(&faults).await;
    // Commands of the function may crash too, and nobody is told; so the lines are written past it.
    let client = stack.dynamodb().await;
    for at in 0..30 {
        use aws_sdk_dynamodb::types::AttributeValue;
        let put = client
            .put_item()
            .table_name(format!("{}Lines", stack.prefix))
            .item("room", AttributeValue::S("room-1".to_owned()));
        let put = put.item("at", AttributeValue::N(at.to_string()));
        put.item("text", AttributeValue::S(format!("line {at}"))).send().await.expect("it is written");
    }
    for at in 0..30 {
        let id = format!("room-1 line {at}");
        let is_settled = || async {
            let given_up = turnlog(&stack, &["dlq", "list"]).await.1 != "Unheard (queue): 0\n";
            (heard(&stack, &id).await.is_some() || given_up).then_some(())
        };
        eventually(&id, is_settled).await;
    }
    let mut redriven = false;
    while !redriven {
        redriven = turnlog(&stack, &["dlq", "redrive", "Unheard"]).await.0;
    }
    for at in 0..30 {
        let id = format!("room-1 line {at}");
        eventually(&id, || heard(&stack, &id)).await;
    }
}
