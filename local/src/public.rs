//! What strangers reach: an address of its own, with nothing behind it that is for this machine only.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use ipnet::IpNet;

use crate::{
    certificate::{self, CertificateError},
    crowd::{Crowd, is_among},
    listener::{Room, Speaks},
};

/// Who a request was made for, by the proxies on its way, the last one at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// So many connections of one address are held for each WebSocket that it may have: a browser also fetches the page.
const CONNECTIONS_PER_WEBSOCKET: usize = 2;

/// The address that strangers reach. The stack's own is for its operator then.
#[derive(Debug, Clone)]
pub struct Public {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// The certificate; none: plain HTTP, behind a proxy or in a network that is trusted.
    pub tls: Option<TlsFiles>,
    /// The proxies in front, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpNet>,
    /// How many WebSockets one address may have: one of IPv4, or 64 bits of IPv6.
    pub websockets_per_address_max: usize,
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate and those that lead to a known authority, in PEM.
    pub chain: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// What each request of a stranger passes.
#[derive(Debug)]
struct Entrance {
    proxies: Vec<IpNet>,
    websockets: Crowd,
}

impl Public {
    /// What is spoken there.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub(crate) fn speaks(&self) -> Result<Speaks, CertificateError> {
        Ok(match &self.tls {
            None => Speaks::Http,
            Some(TlsFiles { chain, key }) => Speaks::Https(certificate::read(chain, key)?),
        })
    }

    /// Who may have how many connections.
    pub(crate) fn room(&self) -> Room {
        let max = self.websockets_per_address_max.saturating_mul(CONNECTIONS_PER_WEBSOCKET);
        Room::PerAddress(Crowd::new(max), self.proxies.clone())
    }

    /// Puts before these WebSockets that each address has its number of them, and before both that the address is the client's.
    pub(crate) fn entrance(&self, websockets: Router, others: Router) -> Router {
        let entrance =
            Entrance { proxies: self.proxies.clone(), websockets: Crowd::new(self.websockets_per_address_max) };
        let entrance = Arc::new(entrance);
        websockets
            .layer(from_fn_with_state(Arc::clone(&entrance), take_place))
            .merge(others)
            .layer(from_fn_with_state(entrance, find_client))
    }
}

/// Names the client where a proxy stands between.
async fn find_client(State(entrance): State<Arc<Entrance>>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(from)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = entrance.client(from.ip(), request.headers());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, from.port())));
    }
    next.run(request).await
}

/// The place goes with the request, and from there with the connection.
async fn take_place(State(entrance): State<Arc<Entrance>>, mut request: Request, next: Next) -> Response {
    let Some(ConnectInfo(client)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Some(place) = entrance.websockets.enter(client.ip()) else {
        return (StatusCode::TOO_MANY_REQUESTS, "Too many connections of this address.").into_response();
    };
    request.extensions_mut().insert(Arc::new(place));
    next.run(request).await
}

impl Entrance {
    fn is_proxy(&self, address: IpAddr) -> bool {
        is_among(&self.proxies, address)
    }

    /// The nearest address that is no proxy of ours. What stands further away in the header, anybody can have written.
    fn client(&self, from: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_proxy(from) {
            return from;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut client = from;
        for hop in hops.into_iter().rev() {
            // A proxy that writes no address hides who comes through it.
            let Some(address) = address(hop) else { break };
            client = address;
            if !self.is_proxy(address) {
                break;
            }
        }
        client
    }
}

/// An address, which some proxies write with a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entrance(proxies: &[&str]) -> Entrance {
        Entrance { proxies: proxies.iter().map(|net| net.parse().unwrap()).collect(), websockets: Crowd::new(1) }
    }

    fn client(entrance: &Entrance, from: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        entrance.client(from.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_header_of_somebody_who_is_no_proxy_is_not_believed() {
        assert_eq!(client(&entrance(&[]), "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client(&entrance(&["10.0.0.0/8"]), "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn a_proxy_names_its_client() {
        let entrance = entrance(&["10.0.0.0/8", "::1/128"]);
        assert_eq!(client(&entrance, "10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&entrance, "::ffff:10.1.2.3", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client(&entrance, "::1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client(&entrance, "10.1.2.3", &[]), "10.1.2.3", "it says nothing");
        assert_eq!(client(&entrance, "10.1.2.3", &["unknown"]), "10.1.2.3");
    }

    #[test]
    fn what_a_client_has_written_itself_stands_before_what_the_proxies_wrote() {
        let entrance = entrance(&["10.0.0.0/8"]);
        assert_eq!(client(&entrance, "10.1.2.3", &["1.2.3.4, 198.51.100.7, 10.9.9.9"]), "198.51.100.7");
        assert_eq!(client(&entrance, "10.1.2.3", &["1.2.3.4", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&entrance, "10.1.2.3", &["1.2.3.4, unknown"]), "10.1.2.3");
    }
}
