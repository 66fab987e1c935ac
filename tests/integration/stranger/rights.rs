//! What functions may do, and what comes of it when they try more.

use serde_json::{Value, json};

use super::{Talker, start};

fn line(room: &str) -> Value {
    json!({ "room": { "S": room }, "at": { "N": "1" }, "text": { "S": "hi" } })
}

/// IAM: a call without a right is answered as by AWS, and so is one that a condition on the leading keys or a Deny forbids; at
/// the end of the run all of them are listed, and the rights that no call used.
#[tokio::test]
async fn a_function_may_do_what_its_policies_say() {
    let stack = start(&["--iam-report"]).await;
    let mut ann = Talker::open(&stack).await;
    let put = |room: &str| json!({ "TableName": "Lines", "Item": line(room) });
    assert_eq!(ann.database("PutItem", put("room-1")).await.0, 200);
    let key = json!({ "room": { "S": "room-1" }, "at": { "N": "1" } });
    let tries = [
        ("PutItem", put("attic"), "because no identity-based policy allows the dynamodb:PutItem action"),
        ("Scan", json!({ "TableName": "Lines" }), "because no identity-based policy allows the dynamodb:Scan action"),
        (
            "DeleteItem",
            json!({ "TableName": "Lines", "Key": key }),
            "with an explicit deny in an identity-based policy",
        ),
    ];
    for (action, request, why) in tries {
        let (status, answer) = ann.database(action, request).await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["__type"], "com.amazon.coral.service#AccessDeniedException");
        let message = answer["Message"].as_str().or_else(|| answer["message"].as_str()).unwrap_or_default();
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/Lines";
        assert!(
            message.contains(&format!("is not authorized to perform: dynamodb:{action} on resource: {table} {why}"))
        );
    }
    let told = stack.stop("TERM").await;
    let (missing, unused) = told.split_once("Rights that no call used:").expect("both are listed");
    assert!(
        missing.contains("Talk: dynamodb:Scan on arn:aws:dynamodb:us-east-1:000000000000:table/Lines"),
        "{missing}"
    );
    assert!(unused.contains("Talk: dynamodb:Query on "), "{unused}");
    assert!(!unused.contains("Talk: dynamodb:PutItem"), "{unused}");
}

/// IAM: `--no-iam` lets the calls through, and lists them all the same.
#[tokio::test]
async fn missing_rights_can_be_listed_only() {
    let stack = start(&["--no-iam"]).await;
    let mut ann = Talker::open(&stack).await;
    let (status, answer) = ann.database("Scan", json!({ "TableName": "Lines" })).await;
    assert_eq!(status, 200, "{answer}");
    assert!(stack.stop("TERM").await.contains("Talk: dynamodb:Scan"));
}
