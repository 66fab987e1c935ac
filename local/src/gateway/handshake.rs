//! The way from an HTTP request to an open socket.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts as _, Query, Request, State, WebSocketUpgrade, ws::WebSocket},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use tokio::sync::oneshot;

use super::{
    Shared,
    calls::{Admitted, Refused},
    closing::Closing,
    connection::Connection,
    event::Handshake,
    refusal, socket,
};
use crate::{crowd::Place, metrics};

/// Answers a request for a WebSocket. The 101 goes out after authorizer and `$connect` have agreed.
pub(super) async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if parts.uri.to_string().len() > shared.limits.url_chars_max {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    let handshake = read(&parts);
    let place = parts.extensions.remove::<Arc<Place>>();
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    match admit(Arc::clone(&shared), handshake).await {
        Ok(admitted) => open(shared, upgrade, admitted, place),
        Err(refused) => refused.response(),
    }
}

impl Refused {
    pub(super) fn response(&self) -> Response {
        let status = StatusCode::from_u16(self.refusal.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let body = refusal::body(self.refusal.message, &self.connection_id, &self.request_id);
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// Asks the functions in a task of its own: if the client goes away in the meantime, the ones that were told of it are
/// told of its end as well.
async fn admit(shared: Arc<Shared>, handshake: Handshake) -> Result<Admitted, Refused> {
    let decide = {
        let shared = Arc::clone(&shared);
        async move { shared.admit(&handshake).await }
    };
    in_a_task(decide, async move |decision| {
        if let Ok(admitted) = decision {
            shared.disconnected(&admitted.identity, &Closing::Lost).await;
        }
    })
    .await
}

/// Decides in a task of its own. Where the caller is dropped before it has the decision, `lost` gets it: also when it was on
/// its way already, which sending alone does not tell.
async fn in_a_task<T, F>(
    decide: impl Future<Output = T> + Send + 'static,
    lost: impl FnOnce(T) -> F + Send + 'static,
) -> T
where
    T: Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let (sender, decided) = oneshot::channel();
    let (receipt, received) = oneshot::channel();
    tokio::spawn(async move {
        let decision = decide.await;
        // Whoever is gone sends no receipt.
        let _ = sender.send(decision.clone());
        if received.await.is_err() {
            lost(decision).await;
        }
    });
    let decision = decided.await.expect("it is always sent");
    // Nothing is awaited between the decision and its receipt. The task waits for it.
    let _ = receipt.send(());
    decision
}

fn open(shared: Arc<Shared>, upgrade: WebSocketUpgrade, admitted: Admitted, place: Option<Arc<Place>>) -> Response {
    let lost = (Arc::clone(&shared), admitted.identity.clone());
    let protocol = admitted.opened.protocol.as_deref().and_then(|protocol| HeaderValue::from_str(protocol).ok());
    let mut response = upgrade
        // A buffer is filled with zeros before every read from the socket, and a message of a game is small.
        .read_buffer_size(shared.limits.read_buffer_bytes)
        .max_frame_size(shared.limits.frame_bytes_max)
        .max_message_size(shared.limits.message_bytes_max)
        .on_failed_upgrade(move |error| {
            tracing::debug!(%error, "the client left during the handshake");
            tokio::spawn(async move { lost.0.disconnected(&lost.1, &Closing::Lost).await });
        })
        .on_upgrade(async move |socket| {
            serve(shared, socket, admitted).await;
            drop(place);
        });
    if let Some(protocol) = protocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

/// The life of a connection.
async fn serve(shared: Arc<Shared>, socket: WebSocket, admitted: Admitted) {
    let limits = &shared.limits;
    // Until it is entered below, whoever sends to it is told that it is gone, although `$connect` has succeeded.
    shared.circumstances.timing.opening.pass().await;
    let (connection, outgoing) = Connection::new(admitted.identity, limits.unread_bytes_max);
    let connection = Arc::new(connection);
    let (sink, mut reader) = socket::split(socket, limits);
    let unfinished = shared.connections.insert(Arc::clone(&connection));
    metrics::connected(&shared.api);
    let writer = tokio::spawn(socket::write(sink, outgoing, shared.durable.clone()));
    let closing = loop {
        match reader.next(&connection, limits).await {
            Err(closing) => break closing,
            Ok(incoming) => {
                let (shared, connection) = (Arc::clone(&shared), Arc::clone(&connection));
                let processing = tokio::spawn(async move { shared.process(&connection, incoming).await });
                if limits.serial
                    && let Err(error) = processing.await
                {
                    tracing::error!(%error, "a message ended with a bug");
                }
            }
        }
    };
    if closing == Closing::Stopping {
        // No further frame is read, and who waits for an answer gets it.
        reader.answered(limits).await;
    }
    shared.connections.remove(&connection.identity.connection_id);
    if let Some((code, reason)) = closing.frame(limits) {
        connection.send_close(code, reason);
    }
    connection.shut();
    tokio::join!(reader.drain(&closing, limits), shared.disconnected(&connection.identity, &closing));
    writer.abort();
    drop(unfinished);
}

fn read(parts: &Parts) -> Handshake {
    let client = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let source_ip = client.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |client| client.0.ip());
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(query)| query);
    Handshake {
        headers: headers(&parts.headers),
        query: query.unwrap_or_default(),
        source_ip: source_ip.to_string(),
        port: host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80),
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (usual_case(name), text(value))).collect()
}

/// API Gateway keeps the case in which the client sent a name. The HTTP library forgets it, so that names appear in
/// the case in which nearly every client sends them.
fn usual_case(name: &HeaderName) -> String {
    let capitalized = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        _ => word.split_at_checked(1).map_or_else(String::new, |(first, rest)| first.to_uppercase() + rest),
    };
    name.as_str().split('-').map(capitalized).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issue 13, 1. D.6: a client that leaves at the last moment leaves no connection that nobody ends.
    #[tokio::test]
    async fn a_decision_that_nobody_takes_is_not_lost() {
        let (lost, mut was_lost) = tokio::sync::mpsc::unbounded_channel();
        let decide = |number: u8| {
            let lost = lost.clone();
            in_a_task(async move { number }, async move |number| lost.send(number).unwrap())
        };
        assert_eq!(decide(1).await, 1);
        let mut dropped = Box::pin(decide(2));
        assert!(futures::poll!(&mut dropped).is_pending());
        // The task runs, and the decision is on its way.
        tokio::task::yield_now().await;
        drop(dropped);
        // Where nobody is told, nobody can be any more: the test fails, and does not wait for ever.
        drop(lost);
        assert_eq!(was_lost.recv().await, Some(2));
    }

    /// D.1: header names keep the client's case. Ours is the case that clients use.
    #[test]
    fn header_names_have_their_usual_case() {
        for (name, expected) in
            [("host", "Host"), ("sec-websocket-key", "Sec-WebSocket-Key"), ("x-forwarded-for", "X-Forwarded-For")]
        {
            assert_eq!(usual_case(&HeaderName::from_static(name)), expected);
        }
    }

    #[test]
    fn a_handshake_is_read_with_decoded_query() {
        let request = axum::http::Request::get("/v1?k=a&k=b%20c+d").header("host", "127.0.0.1:3000").body(()).unwrap();
        let handshake = read(&request.into_parts().0);
        let query = [("k", "a"), ("k", "b c d")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(handshake.query, query);
        assert_eq!((handshake.port, handshake.source_ip.as_str()), (3000, "127.0.0.1"));
    }
}
