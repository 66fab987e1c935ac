//! What a client offers in `Sec-WebSocket-Protocol`, and what of it Turnlog speaks.

use aws_lambda_events::http::{HeaderMap, header::SEC_WEBSOCKET_PROTOCOL};

/// The subprotocol that a client names before its token.
pub(crate) const SUBPROTOCOL: &str = "turnlog.v1";

/// Everything that is offered, in its order. Several lines of the header are one list (RFC 6455, section 11.3.4), and
/// API Gateway has all of them in the multi-value form of the headers only.
pub(crate) fn offered<'a>(all: &'a HeaderMap, last: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let headers = if all.contains_key(SEC_WEBSOCKET_PROTOCOL) { all } else { last };
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|protocol| !protocol.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (SEC_WEBSOCKET_PROTOCOL, line.parse().unwrap())).collect()
    }

    #[test]
    fn lines_and_commas_separate_what_is_offered() {
        let expected = ["turnlog.v1", "token"];
        for lines in [&["turnlog.v1, token"][..], &["turnlog.v1", "token"], &[" turnlog.v1,", ",token "]] {
            let (all, last) = (headers(lines), headers(&lines[lines.len() - 1..]));
            assert_eq!(offered(&all, &last).collect::<Vec<_>>(), expected, "{lines:?}");
        }
        assert_eq!(offered(&HeaderMap::new(), &headers(&["turnlog.v1,token"])).collect::<Vec<_>>(), expected);
        assert_eq!(offered(&HeaderMap::new(), &HeaderMap::new()).count(), 0);
    }
}
