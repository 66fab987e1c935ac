//! The keys that an identity provider publishes at an address, kept from one connection to the next.

use std::{fmt, net::IpAddr};

use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use http::{StatusCode, Uri, uri::Scheme};
use http_body_util::{BodyExt as _, Limited};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};
use tracing::{info, warn};
use turnlog_domain::Timestamp;
use turnlog_protocol::token::PublicKeys;

use crate::limits::{KEYS_AGE_MS_MAX, KEYS_BYTES_MAX, KEYS_INTERVAL_MS_MIN, KEYS_TIMEOUT};

/// Keys at an address.
pub struct Published {
    address: Uri,
    connector: SharedHttpConnector,
    kept: Mutex<Kept>,
}

/// What was fetched last.
#[derive(Default)]
struct Kept {
    keys: PublicKeys,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

/// Why keys could not be fetched. Those of before stay.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("there was no answer in time")]
    TimedOut,
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("the answer broke off, or is too long: {0}")]
    Body(String),
    #[error("the answer holds no keys that are of use")]
    NoKeys,
}

impl Published {
    /// The keys at an address that begins with `https`; `http` is for this machine only. Nothing is fetched yet.
    pub fn at(address: &str) -> Option<Self> {
        let address: Uri = address.parse().ok()?;
        let host = address.host()?;
        let is_safe =
            address.scheme() == Some(&Scheme::HTTPS) || (address.scheme() == Some(&Scheme::HTTP) && is_loopback(host));
        let connector = default_connector(&HttpConnectorSettings::default(), None)?;
        is_safe.then(|| Self { address, connector, kept: Mutex::default() })
    }

    /// The keys as they are known, asked for when that was long ago.
    pub async fn keys(&self, now: Timestamp) -> PublicKeys {
        let mut kept = self.kept.lock().await;
        if kept.fetched_at.is_none_or(|at| now.ms_since(at) >= KEYS_AGE_MS_MAX) {
            self.ask(&mut kept, now).await;
        }
        kept.keys.clone()
    }

    /// The keys asked for anew, for a token that none of them fits. None when they were asked for a moment ago, or do not come.
    pub async fn newer_keys(&self, now: Timestamp) -> Option<PublicKeys> {
        let mut kept = self.kept.lock().await;
        self.ask(&mut kept, now).await.then(|| kept.keys.clone())
    }

    /// Asks, unless that was done a moment ago; returns whether new keys came.
    async fn ask(&self, kept: &mut MutexGuard<'_, Kept>, now: Timestamp) -> bool {
        if kept.asked_at.is_some_and(|at| now.ms_since(at) < KEYS_INTERVAL_MS_MIN) {
            return false;
        }
        kept.asked_at = Some(now);
        // Whatever the time-out drops, the keys are replaced only where nothing is awaited any more.
        match timeout(KEYS_TIMEOUT, self.fetch()).await.unwrap_or(Err(FetchError::TimedOut)) {
            Ok(keys) => {
                info!(keys = ?keys, "published keys fetched");
                (kept.keys, kept.fetched_at) = (keys, Some(now));
                true
            }
            Err(error) => {
                warn!(address = %self.address, cause = %error, "published keys could not be fetched; those of before stay");
                false
            }
        }
    }

    async fn fetch(&self) -> Result<PublicKeys, FetchError> {
        let request = http::Request::get(self.address.clone()).header("accept", "application/json");
        let request = request.body(aws_smithy_types::body::SdkBody::empty()).ok();
        let request = request.and_then(|request| HttpRequest::try_from(request).ok());
        let request = request.ok_or_else(|| FetchError::Unreachable("the address is none".to_owned()))?;
        let answer = self.connector.call(request).await;
        let answer = answer.map_err(|error| FetchError::Unreachable(format!("{error:?}")))?;
        // No other address is followed: keys come from where the template says, or not at all.
        if answer.status().as_u16() != StatusCode::OK.as_u16() {
            let status = StatusCode::from_u16(answer.status().as_u16());
            return Err(FetchError::Status(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)));
        }
        let body = Limited::new(answer.into_body(), KEYS_BYTES_MAX).collect().await;
        let body = body.map_err(|error| FetchError::Body(error.to_string()))?.to_bytes();
        PublicKeys::parse(&body).ok_or(FetchError::NoKeys)
    }
}

impl fmt::Debug for Published {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Published").field("address", &self.address).finish_non_exhaustive()
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
        for good in [
            "https://example.org/.well-known/jwks.json",
            "http://127.0.0.1:8080/keys",
            "http://localhost/keys",
            "http://[::1]:1/keys",
        ] {
            assert!(Published::at(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "keys",
            "/keys",
            "http://example.org/keys",
            "http://127.0.0.1@example.org/keys",
            "http://127.0.0.1.example.org/keys",
            "http://10.0.0.1/keys",
            "ftp://127.0.0.1/keys",
            "file:///etc/passwd",
        ] {
            assert!(Published::at(bad).is_none(), "{bad}");
        }
    }
}
