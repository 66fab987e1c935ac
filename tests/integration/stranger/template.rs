//! A template of another project, and faults on demand.

use serde_json::{Value, json};

use super::{Talker, start, turnlog};

/// Parameters, conditions, mappings and globals reach the functions; a function with a schedule runs on demand.
#[tokio::test]
async fn a_template_is_resolved_with_its_parameters() {
    for (arguments, greeting, volume) in
        [(&[][..], "hello", "quiet"), (&["--parameter", "Greeting=HELLO"][..], "HELLO", "loud")]
    {
        let stack = start(arguments).await;
        let (succeeded, printed) = turnlog(&stack, &["invoke", "Tick"]).await;
        assert!(succeeded, "{printed}");
        let printed: Value = serde_json::from_str(&printed).expect("it prints what the function returns");
        assert_eq!((&printed["GREETING"], &printed["VOLUME"]), (&json!(greeting), &json!(volume)));
        assert_eq!(printed["LAST_ROOM"], "attic");
        assert_eq!(printed["event"]["detail-type"], "Scheduled Event");
        assert_eq!(printed["event"]["resources"][0], "arn:aws:events:us-east-1:000000000000:rule/Tick.Events.EveryDay");
        let (_, printed) = turnlog(&stack, &["invoke", "Remind"]).await;
        let printed: Value = serde_json::from_str(&printed).expect("it prints what the function returns");
        assert_eq!(printed["event"], json!({ "room": "attic" }), "the input of its schedule");
    }
}

/// `turnlog invoke` gives a function any event, and tells when there is no such function or it fails.
#[tokio::test]
async fn a_function_is_invoked_with_an_event() {
    let stack = start(&[]).await;
    let event = json!({ "queryStringParameters": { "key": "ann" }, "methodArn": "*" }).to_string();
    let (succeeded, printed) = turnlog(&stack, &["invoke", "Authorize", "--event", &event]).await;
    assert!(succeeded && printed.contains("\"principalId\""), "{printed}");
    assert!(!turnlog(&stack, &["invoke", "Authorize", "--event", "{}"]).await.0, "the function fails");
    assert!(!turnlog(&stack, &["invoke", "Nobody"]).await.0);
}

/// Every fault of the database and the management API, each always.
#[tokio::test]
async fn faults_come_when_they_are_asked_for() {
    let item = json!({ "room": { "S": "room-1" }, "at": { "N": "1" }, "text": { "S": "hi" } });
    let put = json!({ "TableName": "Lines", "Item": item });
    let stack = start(&["--fault", "throttled=1"]).await;
    let (status, answer) = Talker::open(&stack).await.database("PutItem", put.clone()).await;
    let kind = answer["__type"].as_str().unwrap_or_default().to_owned();
    assert!(status == 400 && kind.ends_with("#ThrottlingException"), "{answer}");

    let stack = start(&["--fault", "lost-reply=1"]).await;
    let (status, _) = Talker::open(&stack).await.database("PutItem", put).await;
    assert!(status >= 500, "{status}");

    let stack = start(&["--fault", "gone=1"]).await;
    assert_eq!(Talker::open(&stack).await.ask("whisper", json!({ "text": "hi" })).await, "410");
    let stack = start(&[]).await;
    let mut ann = Talker::open(&stack).await;
    assert_eq!(ann.ask("whisper", json!({ "text": "hi" })).await, "hi");
    assert_eq!(ann.text().await, "200");
}
