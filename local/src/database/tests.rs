//! The front, the file and the tables, as a function sees them.

use serde_json::{Value, json};

use super::*;
use crate::circumstances::{FaultPlan, Pace};

fn messages() -> TableSpec {
    TableSpec {
        id: "MessagesTable".to_owned(),
        name: "messages".to_owned(),
        create: json!({
            "AttributeDefinitions": [
                {"AttributeName": "game_id", "AttributeType": "S"},
                {"AttributeName": "seq", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "game_id", "KeyType": "HASH"},
                {"AttributeName": "seq", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": true,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true},
        }),
        stream_view: Some("NEW_IMAGE".to_owned()),
        expiry_attribute: Some("expires_at".to_owned()),
    }
}

async fn opened(data: &Data) -> Database {
    Database::open(data, &[messages()], Engine::default(), &Circumstances::good(), &Access::to_nothing()).await.unwrap()
}

async fn put(database: &Database, seq: u32) {
    let item = json!({"game_id": {"S": "g"}, "seq": {"N": seq.to_string()}});
    database.call_as_function("PutItem", &json!({"TableName": "messages", "Item": item})).await;
}

async fn count(database: &Database) -> Value {
    let query = json!({
        "TableName": "messages",
        "KeyConditionExpression": "game_id = :g",
        "ExpressionAttributeValues": {":g": {"S": "g"}},
        "Select": "COUNT",
    });
    database.call_as_function("Query", &query).await["Count"].take()
}

/// Issue 15, 2. Whatever changes something is counted, so that who hears of it waits for the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_is_counted_and_no_read() {
    let engine = Engine::Embedded(Durability::Power);
    let nobody = Access::to_nothing();
    let database =
        Database::open(&Data::Ephemeral, &[messages()], engine, &Circumstances::good(), &nobody).await.unwrap();
    let before = database.durable().count();
    put(&database, 1).await;
    let key = json!({"game_id": {"S": "g"}, "seq": {"N": "1"}});
    let item = json!({"game_id": {"S": "g"}, "seq": {"N": "2"}});
    let several = json!({"TransactItems": [{"Put": {"TableName": "messages", "Item": item}}]});
    database.call_as_function("TransactWriteItems", &several).await;
    database.call_as_function("DeleteItem", &json!({"TableName": "messages", "Key": key})).await;
    assert_eq!(database.durable().count(), before + 3);
    count(&database).await;
    assert_eq!(database.durable().count(), before + 3);
    database.durable().reached().await;
    database.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_made_once_and_their_items_survive_a_restart() {
    let path = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
    let data = Data::Folder(path.clone());
    let database = opened(&data).await;
    put(&database, 1).await;
    let table = database.table("MessagesTable").unwrap();
    assert_eq!(table.partition_key, "game_id");
    let in_use =
        Database::open(&data, &[messages()], Engine::default(), &Circumstances::good(), &Access::to_nothing()).await;
    assert!(matches!(in_use, Err(DatabaseError::InUse(_))));
    database.stop().await;
    drop(database);
    let database = opened(&data).await;
    assert_eq!(count(&database).await, 1);
    assert_eq!(database.table("MessagesTable"), Some(table), "the same stream");
    database.stop().await;
    drop(database);
    std::fs::remove_dir_all(&path).unwrap();
}

/// A.2: what has expired is swept. The first sweep is at the start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_expired_is_deleted() {
    let path = std::env::temp_dir().join(format!("local-stack-{}", uuid::Uuid::new_v4().simple()));
    let data = Data::Folder(path.clone());
    let database = opened(&data).await;
    put(&database, 1).await;
    let expired = json!({"game_id": {"S": "g"}, "seq": {"N": "2"}, "expires_at": {"N": "1000000000"}});
    database.call_as_function("PutItem", &json!({"TableName": "messages", "Item": expired})).await;
    database.stop().await;
    drop(database);
    let database = opened(&data).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while count(&database).await != 1 {
        assert!(std::time::Instant::now() < deadline, "it is still there");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // The stream says who removed it in the words of the API's model, which are those that SDKs read.
    let stream = json!({"StreamArn": crate::aws::stream_arn("messages")});
    let described = database.call_as_function("DescribeStream", &stream).await;
    let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
    let from = json!({"StreamArn": stream["StreamArn"], "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = database.call_as_function("GetShardIterator", &from).await["ShardIterator"].take();
    let read = database.call_as_function("GetRecords", &json!({"ShardIterator": iterator})).await;
    let removed = read["Records"].as_array().unwrap().iter().find(|record| record["eventName"] == "REMOVE").unwrap();
    assert_eq!(removed["userIdentity"], json!({"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}));
    database.stop().await;
    drop(database);
    std::fs::remove_dir_all(&path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ephemeral_database_leaves_nothing_behind() {
    let database = Database::open(
        &Data::Ephemeral,
        &[messages()],
        Engine::default(),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .await
    .unwrap();
    let folder = database.folder().to_owned();
    assert!(folder.join("dynamodb.sqlite").exists());
    database.stop().await;
    assert!(!folder.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successful_write_is_announced_and_a_refused_one_is_not() {
    let database = Database::open(
        &Data::Ephemeral,
        &[messages()],
        Engine::default(),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .await
    .unwrap();
    let mut written = database.signal().follow("messages");
    assert!(!written.has_changed().unwrap());
    put(&database, 1).await;
    assert!(written.has_changed().unwrap());
    written.borrow_and_update();
    let refused = json!({
        "TableName": "messages",
        "Item": {"game_id": {"S": "g"}, "seq": {"N": "1"}},
        "ConditionExpression": "attribute_not_exists(game_id)",
    });
    let function = Upstream::new(&database.endpoint()).unwrap();
    let error = function.call("PutItem", &refused).await.unwrap_err();
    assert!(error.to_string().contains("ConditionalCheckFailedException"), "{error}");
    assert!(!written.has_changed().unwrap());
    database.stop().await;
}

/// Issue 13, 1. A.2: a function that is ended while the database is at its write takes no announcement along.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_announced_though_its_caller_has_left() {
    use axum::{Router, extract::State};
    use tokio::{
        io::AsyncWriteExt as _,
        sync::{Semaphore, mpsc},
    };
    /// Passes everything on, and keeps the answers to writes until there is a permit.
    async fn hold_writes(
        State((upstream, answers, arrived)): State<(Upstream, Arc<Semaphore>, mpsc::UnboundedSender<()>)>,
        request: axum::extract::Request,
    ) -> axum::response::Response {
        let (parts, body) = request.into_parts();
        let is_write = parts.headers["x-amz-target"].to_str().unwrap().ends_with(".PutItem");
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let answer = upstream.forward(axum::http::Request::from_parts(parts, body)).await.unwrap();
        if is_write {
            arrived.send(()).unwrap();
            answers.acquire().await.unwrap().forget();
        }
        answer
    }
    let (good, nobody) = (Circumstances::good(), Access::to_nothing());
    let other = Database::open(&Data::Ephemeral, &[], Engine::default(), &good, &nobody).await.unwrap();
    let (answers, (arrived, mut arrivals)) = (Arc::new(Semaphore::new(0)), mpsc::unbounded_channel());
    let state = (Upstream::new(&other.own_endpoint()).unwrap(), Arc::clone(&answers), arrived);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(hold_writes).with_state(state);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let database = Database::open(&Data::Ephemeral, &[messages()], Engine::At(endpoint), &good, &nobody).await.unwrap();
    let mut written = database.signal().follow("messages");

    let body = json!({"TableName": "messages", "Item": {"game_id": {"S": "g"}, "seq": {"N": "1"}}}).to_string();
    let mut caller = tokio::net::TcpStream::connect(database.address()).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-date: 20261123T120000Z\r\nx-amz-target: DynamoDB_20120810.PutItem\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=local/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0\r\n\r\n",
        body.len(),
    );
    caller.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    arrivals.recv().await.unwrap();
    assert!(!written.has_changed().unwrap());
    drop(caller);
    // The front has noticed that when a later request of another caller has been answered.
    assert_eq!(count(&database).await, 1);
    answers.add_permits(1);
    tokio::time::timeout(std::time::Duration::from_secs(10), written.changed()).await.expect("it is told").unwrap();
    database.stop().await;
    other.stop().await;
}

/// Issue 15, 1: whoever reads a stream asks the embedded database itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_embedded_database_is_read_without_a_socket() {
    use axum::http::{HeaderMap, HeaderValue};
    use http_body_util::BodyExt as _;
    let database = opened(&Data::Ephemeral).await;
    put(&database, 1).await;
    let direct = database.shared.embedded.as_ref().unwrap().direct();
    let ask = async |operation: &str, body: Value| -> Value {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
        headers.insert("authorization", HeaderValue::from_static("signed"));
        headers.insert("x-amz-target", format!("DynamoDBStreams_20120810.{operation}").parse().unwrap());
        let answer = direct.answer(&headers, &body.to_string().into()).expect("it needs no socket");
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
    };
    let named = json!({"StreamArn": crate::aws::stream_arn("messages")});
    let described = database.call_as_function("DescribeStream", &named);
    let shard = described.await["StreamDescription"]["Shards"][0]["ShardId"].take();
    let stream = database.table("MessagesTable").unwrap().stream.clone().unwrap().arn;
    let from = json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = ask("GetShardIterator", from).await["ShardIterator"].take();
    let read = ask("GetRecords", json!({"ShardIterator": iterator})).await;
    assert_eq!(read["Records"][0]["dynamodb"]["NewImage"]["seq"], json!({"N": "1"}));
    database.stop().await;
}

/// Issue 13, 24. E, A.2: the stream of a table has one name: in templates, in `DescribeTable`, and wherever it is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_and_its_stream_have_the_names_of_aws() {
    let (good, nobody) = (Circumstances::good(), Access::to_nothing());
    let other = Database::open(&Data::Ephemeral, &[], Engine::default(), &good, &nobody).await.unwrap();
    for engine in [Engine::default(), Engine::At(other.own_endpoint())] {
        let database = Database::open(&Data::Ephemeral, &[messages()], engine, &good, &nobody).await.unwrap();
        let table = json!({"TableName": "messages"});
        let description = database.call_as_function("DescribeTable", &table).await["Table"].take();
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/messages";
        let stream = crate::aws::stream_arn("messages");
        assert_eq!(description["TableArn"], arn);
        assert_eq!(description["LatestStreamArn"], stream);
        assert_eq!(stream, format!("{arn}/stream/{}", description["LatestStreamLabel"].as_str().unwrap()));
        let listed = database.call_as_function("ListStreams", &table).await;
        assert_eq!(
            (&listed["Streams"][0]["StreamArn"], listed["Streams"].as_array().unwrap().len()),
            (&json!(stream), 1)
        );

        put(&database, 1).await;
        let described = database.call_as_function("DescribeStream", &json!({"StreamArn": stream})).await;
        assert!(described.get("Records").is_none(), "{described}");
        let described = &described["StreamDescription"];
        assert_eq!(
            (&described["StreamArn"], &described["StreamLabel"]),
            (&json!(stream), &description["LatestStreamLabel"])
        );
        let shard = &described["Shards"][0]["ShardId"];
        let from = json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = database.call_as_function("GetShardIterator", &from).await["ShardIterator"].take();
        assert!(iterator.as_str().unwrap().starts_with(&format!("{stream}|1|")), "{iterator}");
        let read = database.call_as_function("GetRecords", &json!({"ShardIterator": iterator})).await;
        assert_eq!(
            (&read["Records"][0]["awsRegion"], read["Records"].as_array().unwrap().len()),
            (&json!("us-east-1"), 1)
        );
        let next = json!({"ShardIterator": read["NextShardIterator"]});
        let internal = database.table("MessagesTable").unwrap().stream.clone().unwrap().arn;
        let item = json!({"game_id": {"S": "g"}, "seq": {"N": "2"}, "note": {"S": internal}});
        database.call_as_function("PutItem", &json!({"TableName": "messages", "Item": item})).await;
        let read = database.call_as_function("GetRecords", &next).await;
        assert_eq!(read["Records"][0]["dynamodb"]["NewImage"]["note"]["S"], internal, "nobody's data is renamed");
        assert_eq!(read["Records"][0]["dynamodb"]["Keys"]["seq"], json!({"N": "2"}));
        database.stop().await;
    }
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_dynamodb_takes_the_place_of_the_embedded_one() {
    let other = Database::open(&Data::Ephemeral, &[], Engine::default(), &Circumstances::good(), &Access::to_nothing())
        .await
        .unwrap();
    let database = Database::open(
        &Data::Ephemeral,
        &[messages()],
        Engine::At(other.own_endpoint()),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .await
    .unwrap();
    put(&database, 1).await;
    assert_eq!(count(&other).await, 1);
    assert!(!database.announces_every_write());
    let wrong = Database::open(
        &Data::Ephemeral,
        &[],
        Engine::At("https://example.com".to_owned()),
        &Circumstances::good(),
        &Access::to_nothing(),
    )
    .await;
    assert!(matches!(wrong, Err(DatabaseError::Endpoint(_))));
    database.stop().await;
    other.stop().await;
}

/// Sends a request that is signed with this key, and returns the answer's status and body.
async fn signed(database: &Database, key: &str, operation: &str, body: &Value) -> (u16, Value) {
    use http_body_util::BodyExt as _;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let scope = format!("{key}/20261123/us-east-1/dynamodb/aws4_request");
    let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0");
    let request = axum::http::Request::post(database.endpoint())
        .header("authorization", signature)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20261123T120000Z")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(http_body_util::Full::new(axum::body::Bytes::from(body.to_string())));
    let answer = client.build_http().request(request.unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

/// IAM, issue 3: a process that has ended leaves credentials behind, which DynamoDB calls expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_of_an_ended_process_have_expired() {
    let access = Access::for_one("Play", vec![json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })]);
    let database = Database::open(&Data::Ephemeral, &[messages()], Engine::default(), &Circumstances::good(), &access)
        .await
        .unwrap();
    let issued = access.issue("Play");
    let (key, describe) = (issued.access_key_id.clone(), json!({"TableName": "messages"}));
    assert_eq!(signed(&database, &key, "DescribeTable", &describe).await.0, 200);
    drop(issued);
    let (status, answer) = signed(&database, &key, "DescribeTable", &describe).await;
    assert_eq!((status, &answer["__type"]), (400, &json!("com.amazon.coral.service#ExpiredTokenException")));
    database.stop().await;
}

async fn faulty(rates: &[&str]) -> Database {
    let rates = rates.iter().map(|rate| rate.parse().unwrap()).collect();
    let circumstances = Circumstances::new(Pace::Quick, &FaultPlan { rates, seed: 1 });
    Database::open(&Data::Ephemeral, &[messages()], Engine::default(), &circumstances, &Access::to_nothing())
        .await
        .unwrap()
}

/// A.2, "a fault-injecting proxy": conflict. Reads and single writes are no transactions.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_meets_another_on_demand() {
    let database = faulty(&["transaction-conflict=1"]).await;
    put(&database, 1).await;
    assert_eq!(count(&database).await, 1);
    let item =
        |seq: &str| json!({"Put": {"TableName": "messages", "Item": {"game_id": {"S": "g"}, "seq": {"N": seq}}}});
    let items = json!({"TransactItems": [item("2"), item("3")]});
    let (status, answer) = signed(&database, "local", "TransactWriteItems", &items).await;
    assert_eq!(status, 400);
    assert_eq!(answer["__type"], "com.amazonaws.dynamodb.v20120810#TransactionCanceledException");
    assert!(answer["Message"].as_str().unwrap().ends_with("[TransactionConflict, None]"), "{answer}");
    let reasons = json!([
        {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"},
        {"Code": "None"},
    ]);
    assert_eq!(answer["CancellationReasons"], reasons);
    assert_eq!(count(&database).await, 1, "nothing was written");
    database.stop().await;
}

/// A.2, "a fault-injecting proxy": stale read. A consistent read never is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_is_stale_on_demand() {
    let database = faulty(&["stale-read=1"]).await;
    let read = json!({"TableName": "messages", "Key": {"game_id": {"S": "g"}, "seq": {"N": "1"}}});
    let mut consistent = read.clone();
    consistent["ConsistentRead"] = json!(true);
    let is_there = async |read: &Value| signed(&database, "local", "GetItem", read).await.1["Item"].is_object();
    assert!(!is_there(&read).await && !is_there(&consistent).await);
    put(&database, 1).await;
    assert!(!is_there(&read).await, "it is answered as before");
    assert!(is_there(&consistent).await);
    let deadline = std::time::Instant::now() + 20 * crate::timing::STALE_WITHIN;
    while !is_there(&read).await {
        assert!(std::time::Instant::now() < deadline, "staleness has its end");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    database.stop().await;
}
