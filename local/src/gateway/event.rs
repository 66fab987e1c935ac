//! The events that functions receive, with every field that API Gateway gives them. No I/O, no clock.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::aws;

/// A handshake, as the client sent it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Handshake {
    /// In the order in which they came.
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) source_ip: String,
    pub(super) port: u16,
}

/// What all events of one connection have in common.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) api: String,
    pub(super) stage: String,
    pub(super) connection_id: String,
    /// In milliseconds since 1970.
    pub(super) connected_at: i64,
    pub(super) domain: String,
    pub(super) source_ip: String,
    pub(super) user_agent: Option<String>,
    /// What the authorizer said. From then on it is on every event.
    pub(super) authorizer: Option<Map<String, Value>>,
}

/// One request to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) id: String,
    /// In milliseconds since 1970.
    pub(super) at: i64,
}

impl Handshake {
    /// The first value of a header, whatever the case of its name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.lines(name).next()
    }

    /// Every line of a header.
    fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str())
    }

    /// Whether an identity source such as `route.request.header.Auth` is there. One that is missing or empty is
    /// refused before the authorizer is asked.
    pub(super) fn has(&self, identity_source: &str) -> bool {
        if let Some(name) = identity_source.strip_prefix("route.request.header.") {
            self.lines(name).any(|line| !line.is_empty())
        } else if let Some(name) = identity_source.strip_prefix("route.request.querystring.") {
            self.query.iter().find(|(other, _)| other == name).is_some_and(|(_, value)| !value.is_empty())
        } else {
            // The context always exists, and stage variables are not supported.
            identity_source.starts_with("context.")
        }
    }

    fn query(&self) -> (Map<String, Value>, Map<String, Value>) {
        (last(&self.query), all(&self.query))
    }
}

impl Identity {
    /// What a policy of an authorizer is about.
    pub(super) fn method_arn(&self) -> String {
        let Self { api, stage, .. } = self;
        format!("arn:aws:execute-api:{}:{}:{api}/{stage}/$connect", aws::REGION, aws::ACCOUNT_ID)
    }

    /// The event for a REQUEST authorizer.
    pub(super) fn authorizer_event(&self, handshake: &Handshake, request: &Request) -> String {
        let headers = self.forwarded(handshake, request);
        let (query, queries) = handshake.query();
        json!({
            "type": "REQUEST",
            "methodArn": self.method_arn(),
            "headers": last(&headers),
            "multiValueHeaders": all(&headers),
            "queryStringParameters": query,
            "multiValueQueryStringParameters": queries,
            "stageVariables": {},
            "requestContext": self.context("$connect", "CONNECT", request),
        })
        .to_string()
    }

    /// The event for the `$connect` function.
    pub(super) fn connect_event(&self, handshake: &Handshake, request: &Request) -> String {
        let mut headers = self.forwarded(handshake, request);
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("connection") && !name.eq_ignore_ascii_case("upgrade"));
        let mut event = json!({
            "headers": last(&headers),
            "multiValueHeaders": all(&headers),
            "requestContext": self.context("$connect", "CONNECT", request),
            "isBase64Encoded": false,
        });
        let (query, queries) = handshake.query();
        if !query.is_empty() {
            event["queryStringParameters"] = query.into();
            event["multiValueQueryStringParameters"] = queries.into();
        }
        event.to_string()
    }

    /// The event for a message: neither headers nor query.
    pub(super) fn message_event(&self, route: &str, message_id: &str, body: &str, request: &Request) -> String {
        let mut context = self.context(route, "MESSAGE", request);
        context.insert("messageId".to_owned(), message_id.into());
        json!({ "requestContext": context, "body": body, "isBase64Encoded": false }).to_string()
    }

    /// The event after the end of a connection.
    pub(super) fn disconnect_event(&self, code: u16, reason: &str, request: &Request) -> String {
        let headers = [("Host", self.domain.as_str()), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")];
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut context = self.context("$disconnect", "DISCONNECT", request);
        context.insert("disconnectStatusCode".to_owned(), code.into());
        context.insert("disconnectReason".to_owned(), reason.into());
        json!({
            "headers": last(&headers),
            "multiValueHeaders": all(&headers),
            "requestContext": context,
            "isBase64Encoded": false,
        })
        .to_string()
    }

    fn context(&self, route: &str, event_type: &str, request: &Request) -> Map<String, Value> {
        let mut identity = Map::new();
        identity.insert("sourceIp".to_owned(), self.source_ip.clone().into());
        if let Some(user_agent) = &self.user_agent {
            identity.insert("userAgent".to_owned(), user_agent.clone().into());
        }
        let mut context = Map::new();
        for (key, value) in [
            ("routeKey", route.into()),
            ("eventType", event_type.into()),
            ("extendedRequestId", request.id.clone().into()),
            ("requestTime", request.time().into()),
            ("messageDirection", "IN".into()),
            ("stage", self.stage.clone().into()),
            ("connectedAt", self.connected_at.into()),
            ("requestTimeEpoch", request.at.into()),
            ("identity", identity.into()),
            ("requestId", request.id.clone().into()),
            ("domainName", self.domain.clone().into()),
            ("connectionId", self.connection_id.clone().into()),
            ("apiId", self.api.clone().into()),
        ] {
            let value: Value = value;
            context.insert(key.to_owned(), value);
        }
        if let Some(authorizer) = &self.authorizer {
            context.insert("authorizer".to_owned(), authorizer.clone().into());
        }
        context
    }

    /// The client's headers and those that API Gateway adds.
    fn forwarded(&self, handshake: &Handshake, request: &Request) -> Vec<(String, String)> {
        let mut headers = handshake.headers.clone();
        let trace = format!("Root=1-{:08x}-{}", request.at / 1000, trace_id(&request.id));
        let added = [
            ("X-Amzn-Trace-Id", trace),
            ("X-Forwarded-For", self.source_ip.clone()),
            ("X-Forwarded-Port", handshake.port.to_string()),
            ("X-Forwarded-Proto", "http".to_owned()),
        ];
        headers.extend(added.map(|(name, value)| (name.to_owned(), value)));
        headers
    }
}

impl Request {
    /// `22/Feb/2022:19:07:37 +0000`
    fn time(&self) -> String {
        let time = DateTime::from_timestamp_millis(self.at).unwrap_or_default();
        time.format("%d/%b/%Y:%H:%M:%S +0000").to_string()
    }
}

/// 24 hexadecimal digits that belong to the request.
fn trace_id(request_id: &str) -> String {
    let hex = |digit: u8| char::from_digit(digit.into(), 16).expect("it is below 16");
    let digits = request_id.bytes().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]);
    digits.chain(std::iter::repeat('0')).take(24).collect()
}

/// The last value of a name wins.
fn last(pairs: &[(String, String)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()
}

fn all(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, value) in pairs {
        let list = values.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(value.clone().into());
        }
    }
    values
}

#[cfg(test)]
mod tests;
