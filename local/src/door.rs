//! The one check at every door of the stack: who may come in over HTTP.
//!
//! Any page in a browser on this machine can send requests here. Its owner can also let a name of their own lead to this
//! machine (DNS rebinding), and the page then reads the answers. So every listener looks at the name by which it is asked
//! for, and at the page that asks. Only the handshake of a WebSocket is open to all pages, since API Gateway ignores
//! `Origin`.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::{self, Next},
    response::IntoResponse as _,
};

use crate::invoke::Refusal;

/// What a browser says of the page that makes a request, also where it sends no `Origin`.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The check for everything that is served at one address.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    names: Names,
}

/// Under which names one may ask.
#[derive(Debug, Clone, Copy)]
enum Names {
    /// Those of this machine, and this address.
    Own(IpAddr),
    /// Any: it is for everybody, and nothing behind it is only for this machine.
    Any,
}

/// Which pages in a browser may come through a door, beside programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// None: what is behind is for programs.
    None,
    /// Those that are served under the same name and port.
    OfThisStack,
    /// Those also that another server of this machine serves, such as Vite.
    OfThisMachine,
    /// All.
    All,
}

impl Door {
    /// The check for a listener.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { names: Names::Own(address.ip().to_canonical()) }
    }

    /// The check for a listener that strangers are to reach, under whatever name leads to it.
    pub(crate) fn open() -> Self {
        Self { names: Names::Any }
    }

    /// Puts the check before everything that these routes serve.
    pub fn guard<S: Clone + Send + Sync + 'static>(self, routes: Router<S>, pages: Pages) -> Router<S> {
        routes.layer(middleware::from_fn(move |request: Request, next: Next| async move {
            match self.check(request.headers(), request.uri().authority(), pages) {
                Ok(()) => next.run(request).await,
                Err(why) => Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", why).into_response(),
            }
        }))
    }

    /// # Errors
    /// With what the caller is told.
    fn check(self, headers: &HeaderMap, asked: Option<&Authority>, pages: Pages) -> Result<(), &'static str> {
        let host = one(headers, header::HOST).and_then(authority).filter(|host| self.is_at(host.host()));
        // A whole URL in the request line comes before the header.
        let host = host.filter(|_| asked.is_none_or(|asked| self.is_at(asked.host())));
        let host = host.ok_or("The stack answers under localhost and its own addresses only.")?;
        let is_allowed = match pages {
            Pages::All => true,
            Pages::None => !headers.contains_key(header::ORIGIN) && !is_of_a_page(headers),
            Pages::OfThisStack => has_origin(headers, |origin| origin.as_str().eq_ignore_ascii_case(host.as_str())),
            Pages::OfThisMachine => has_origin(headers, |origin| {
                is_loopback(origin.host()) || origin.host().eq_ignore_ascii_case(host.host())
            }),
        };
        if is_allowed { Ok(()) } else { Err("Pages of other origins may not call this.") }
    }

    /// Whether a name or address leads here by itself. No stranger can give an address to this machine, and nobody can
    /// register a name below `localhost`.
    fn is_at(self, host: &str) -> bool {
        let Names::Own(own) = self.names else { return is_plain(host) };
        let is_own = |address: IpAddr| own.is_unspecified() || own == address;
        is_loopback(host) || ip(host).is_some_and(is_own)
    }
}

/// Whether a text is such as stands in addresses and in the names of DNS, so that it can be repeated in a header.
fn is_plain(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}

fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || ip(host).is_some_and(|address| address.is_loopback())
}

/// An address as it stands in a URL, where that of IPv6 has brackets.
fn ip(host: &str) -> Option<IpAddr> {
    let address = match host.strip_prefix('[') {
        Some(rest) => IpAddr::V6(rest.strip_suffix(']')?.parse().ok()?),
        None => IpAddr::V4(host.parse().ok()?),
    };
    Some(address.to_canonical())
}

/// A name with or without a port, and nothing else. Which port it is tells nothing: one may be forwarded here.
fn authority(text: &str) -> Option<Authority> {
    let authority = Authority::try_from(text).ok().filter(|authority| !authority.host().is_empty())?;
    let port = text.strip_prefix(authority.host())?;
    (port.is_empty() || authority.port_u16().is_some()).then_some(authority)
}

/// The value of a header that came once.
fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether a request that says where its page is from says a good place. Without `Origin` it reads or changes nothing that
/// a page could use: browsers send it with everything but plain reads, whose answers other pages do not see.
fn has_origin(headers: &HeaderMap, is_good: impl FnOnce(&Authority) -> bool) -> bool {
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let origin = one(headers, header::ORIGIN).and_then(|origin| origin.split_once("://"));
    let origin = origin.filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    origin.and_then(|(_, origin)| authority(origin)).is_some_and(|origin| is_good(&origin))
}

/// Whether a page makes this request. A plain read of another origin has no `Origin`, and may still take something away
/// from a program; what a person types into the address bar is of no page.
fn is_of_a_page(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_SITE).is_some_and(|site| site != "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(listening: &str, pages: Pages, sent: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        Door::at(listening.parse().unwrap()).check(&headers, None, pages).is_ok()
    }

    #[test]
    fn a_door_is_found_by_loopback_names_and_its_own_address_only() {
        let everywhere = ["localhost", "LOCALHOST:3000", "app.localhost:1", "127.0.0.1", "127.8.9.1:3000", "[::1]:80"];
        let mapped = "[::ffff:127.0.0.1]:3000";
        for host in everywhere.into_iter().chain([mapped]) {
            for listening in ["127.0.0.1:3000", "[::1]:3000", "0.0.0.0:3000", "192.0.2.7:3000"] {
                assert!(admits(listening, Pages::All, &[("host", host)]), "{host} at {listening}");
            }
        }
        let strangers = [
            "rebind.example",
            "rebind.example:3000",
            "localhost.rebind.example:3000",
            "127.0.0.1.rebind.example",
            "notlocalhost",
            "localhost.",
            "localhost:port",
            "localhost:",
            "localhost:99999",
            "user@localhost",
            "[::1",
            "[fe80::1]",
            "0x7f.1",
            "",
        ];
        for host in strangers {
            assert!(!admits("127.0.0.1:3000", Pages::All, &[("host", host)]), "{host}");
        }
        assert!(!admits("127.0.0.1:3000", Pages::All, &[]), "no name at all");
        assert!(!admits("127.0.0.1:3000", Pages::All, &[("host", "localhost"), ("host", "localhost")]), "two names");
    }

    #[test]
    fn an_address_of_the_network_is_a_name_where_the_stack_listens_there() {
        for (listening, is_good) in [("192.0.2.7:3000", true), ("0.0.0.0:3000", true), ("[::]:3000", true)] {
            assert_eq!(admits(listening, Pages::All, &[("host", "192.0.2.7:3000")]), is_good, "{listening}");
        }
        for listening in ["127.0.0.1:3000", "192.0.2.8:3000"] {
            assert!(!admits(listening, Pages::All, &[("host", "192.0.2.7:3000")]), "{listening}");
        }
        assert!(!admits("0.0.0.0:3000", Pages::All, &[("host", "rebind.example:3000")]));
    }

    #[test]
    fn an_open_door_is_found_by_any_name_and_still_knows_its_own_pages() {
        let admits = |host: &str, origin: Option<&'static str>, pages: Pages| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            headers.extend(origin.map(|origin| (header::ORIGIN, header::HeaderValue::from_static(origin))));
            Door::open().check(&headers, None, pages).is_ok()
        };
        assert!(admits("play.example.org", None, Pages::OfThisStack));
        assert!(admits("play.example.org", Some("https://play.example.org"), Pages::OfThisStack));
        assert!(!admits("play.example.org", Some("https://other.example"), Pages::OfThisStack));
        for strange in ["user@play.example.org", "play.example.org;script-src", ""] {
            assert!(!admits(strange, None, Pages::All), "{strange} is no name");
        }
    }

    #[test]
    fn a_url_in_the_request_line_is_no_way_around_the_name() {
        let headers = HeaderMap::from_iter([(header::HOST, "localhost:3000".parse().unwrap())]);
        let door = Door::at("127.0.0.1:3000".parse().unwrap());
        for (asked, is_good) in [("localhost:3000", true), ("rebind.example", false)] {
            let asked = Authority::from_static(asked);
            assert_eq!(door.check(&headers, Some(&asked), Pages::All).is_ok(), is_good, "{asked}");
        }
    }

    #[test]
    fn pages_of_other_origins_are_kept_out() {
        use Pages::{All, None, OfThisMachine, OfThisStack};
        // Which of the four lets a page of this origin in.
        let cases: [(&str, [bool; 4]); 11] = [
            ("http://localhost:3000", [false, true, true, true]),
            ("https://localhost:3000", [false, true, true, true]),
            ("http://localhost:5173", [false, false, true, true]),
            ("http://127.0.0.1:3000", [false, false, true, true]),
            ("http://[::1]:5173", [false, false, true, true]),
            ("http://rebind.example:3000", [false, false, false, true]),
            ("http://localhost.rebind.example", [false, false, false, true]),
            ("http://192.0.2.7", [false, false, false, true]),
            ("file://localhost", [false, false, false, true]),
            ("null", [false, false, false, true]),
            ("", [false, false, false, true]),
        ];
        for (origin, expected) in cases {
            for (pages, is_good) in [None, OfThisStack, OfThisMachine, All].into_iter().zip(expected) {
                let sent = [("host", "localhost:3000"), ("origin", origin)];
                assert_eq!(admits("127.0.0.1:3000", pages, &sent), is_good, "{origin} for {pages:?}");
            }
        }
        for pages in [None, OfThisStack, OfThisMachine, All] {
            assert!(admits("127.0.0.1:3000", pages, &[("host", "localhost:3000")]), "a program, for {pages:?}");
        }
    }

    #[test]
    fn a_page_takes_nothing_from_programs_by_a_plain_read() {
        for (site, is_good) in [("cross-site", false), ("same-site", false), ("same-origin", false), ("none", true)] {
            let sent = [("host", "localhost:3000"), ("sec-fetch-site", site)];
            assert_eq!(admits("127.0.0.1:3000", Pages::None, &sent), is_good, "{site}");
            assert!(admits("127.0.0.1:3000", Pages::OfThisStack, &sent), "{site}: links to the page work");
        }
    }
}
