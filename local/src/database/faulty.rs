//! How DynamoDB misleads on demand: transactions that meet others, and reads that come too early.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    body::{Body, Bytes},
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
};
use http_body_util::BodyExt as _;
use lru::LruCache;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    faults::{Fault, Faults},
    limits::{STALE_ANSWER_BYTES_MAX, STALE_ANSWERS_MAX},
    timing::STALE_WITHIN,
};

/// What DynamoDB's own protocol is called.
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// A transaction that is refused by [`Fault::TransactionConflict`], as if another one were at its first item.
pub(super) fn conflict(faults: &Faults, operation: &str, body: &[u8]) -> Option<Response<Body>> {
    let items = match operation {
        "TransactWriteItems" | "TransactGetItems" => "TransactItems",
        "ExecuteTransaction" => "TransactStatements",
        _ => return None,
    };
    if !faults.strikes(Fault::TransactionConflict) {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let count = body[items].as_array().map_or(1, Vec::len).max(1);
    let codes: Vec<_> = std::iter::once("TransactionConflict").chain(std::iter::repeat_n("None", count - 1)).collect();
    let mut reasons: Vec<_> = codes.iter().map(|code| json!({ "Code": code })).collect();
    reasons[0]["Message"] = "Transaction is ongoing for the item".into();
    let message = "Transaction cancelled, please refer cancellation reasons for specific reasons";
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!("{message} [{}]", codes.join(", ")),
        "CancellationReasons": reasons,
    });
    Some((StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, CONTENT_TYPE)], body.to_string()).into_response())
}

/// What reads were answered a moment ago, as a replica that lags behind would still answer them. Cheap to clone.
///
/// Empty unless [`Fault::StaleRead`] can strike.
#[derive(Debug, Clone)]
pub(super) struct Replica {
    faults: Faults,
    answers: Arc<Mutex<LruCache<Read, (Instant, Bytes)>>>,
}

/// A read that may be stale: it does not ask for consistency.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Read {
    operation: String,
    body: Bytes,
}

impl Replica {
    pub(super) fn new(faults: &Faults) -> Self {
        let answers = LruCache::new(NonZeroUsize::new(STALE_ANSWERS_MAX).expect("it is not zero"));
        Self { faults: faults.clone(), answers: Arc::new(Mutex::new(answers)) }
    }

    /// Whether a request is a read that may be stale.
    pub(super) fn read(&self, operation: &str, body: &Bytes) -> Option<Read> {
        #[derive(Deserialize)]
        struct Consistency {
            #[serde(rename = "ConsistentRead", default)]
            is_consistent: bool,
        }
        if !self.faults.can_strike(Fault::StaleRead) || !matches!(operation, "GetItem" | "Query" | "Scan") {
            return None;
        }
        let consistency: Consistency = serde_json::from_slice(body).ok()?;
        (!consistency.is_consistent).then(|| Read { operation: operation.to_owned(), body: body.clone() })
    }

    /// What the same read was answered before, if that was a moment ago and the fault strikes.
    pub(super) fn stale(&self, read: &Read) -> Option<Response<Body>> {
        let (at, answer) = self.answers.lock().expect("nothing panics while it is held").get(read).cloned()?;
        if at.elapsed() > STALE_WITHIN || !self.faults.strikes(Fault::StaleRead) {
            return None;
        }
        let headers =
            [(header::CONTENT_TYPE.as_str(), CONTENT_TYPE), ("x-amzn-requestid", &Uuid::new_v4().to_string())];
        Some((headers, answer).into_response())
    }

    /// Remembers an answer, which passes unchanged.
    pub(super) async fn remember(&self, read: Read, answer: Response<Body>) -> Response<Body> {
        let (parts, body) = answer.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        if parts.status.is_success() && body.len() <= STALE_ANSWER_BYTES_MAX {
            let mut answers = self.answers.lock().expect("nothing panics while it is held");
            answers.put(read, (Instant::now(), body.clone()));
        }
        Response::from_parts(parts, Body::from(body))
    }
}
