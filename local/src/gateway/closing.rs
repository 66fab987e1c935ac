//! Why a connection ends, and what is said about it. No I/O.

use crate::limits::GatewayLimits;

/// Why a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closing {
    /// The client said so, perhaps with a code.
    ByClient { code: Option<u16>, reason: String },
    /// The client vanished.
    Lost,
    /// A frame or a message was too big.
    TooBig,
    /// A binary frame came.
    Binary,
    /// A text frame was not UTF-8.
    NotText,
    /// What came is no WebSocket frame.
    BadFrame,
    /// Nothing travelled for too long, or it was open for too long.
    Expired,
    /// A message took no route, and that ends it.
    Forbidden { code: u16 },
    /// `DeleteConnection`
    Deleted,
    /// The stack stops.
    Stopping,
}

impl Closing {
    /// Code and reason of the close frame; none where the client closed or is gone.
    pub(super) fn frame(&self, limits: &GatewayLimits) -> Option<(u16, &'static str)> {
        match self {
            Self::ByClient { .. } | Self::Lost => None,
            Self::TooBig => Some((1009, "Message too big")),
            Self::Binary => Some((1003, "Binary frames are not supported")),
            Self::NotText => Some((1007, "Text is not UTF-8")),
            Self::BadFrame => Some((1002, "Protocol error")),
            Self::Expired => Some((limits.expired_close_code, "Going away")),
            Self::Forbidden { code } => Some((*code, "Forbidden")),
            Self::Deleted => Some((1000, "Connection Closed Normally")),
            Self::Stopping => Some((1001, "Going away")),
        }
    }

    /// What the `$disconnect` function is told.
    pub(super) fn told(&self, limits: &GatewayLimits) -> (u16, String) {
        match self {
            Self::ByClient { code: None, .. } => (1005, "Client-side close frame status not set".to_owned()),
            Self::ByClient { code: Some(code), reason } => (*code, reason.clone()),
            Self::Lost => (1006, limits.lost_reason.to_owned()),
            Self::TooBig
            | Self::Binary
            | Self::NotText
            | Self::BadFrame
            | Self::Expired
            | Self::Forbidden { .. }
            | Self::Deleted
            | Self::Stopping => {
                let (code, reason) = self.frame(limits).expect("the gateway closes with a frame");
                (code, reason.to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D.5: larger → close 1009; binary frame → close 1003; idle and 2 h → 1001 (a setting).
    #[test]
    fn limits_close_with_their_codes() {
        let limits = GatewayLimits::default();
        let code = |closing: Closing| closing.frame(&limits).map(|(code, _)| code);
        assert_eq!(code(Closing::TooBig), Some(1009));
        assert_eq!(code(Closing::Binary), Some(1003));
        assert_eq!(code(Closing::Expired), Some(1001));
        assert_eq!(code(Closing::Lost), None);
        let other = GatewayLimits { expired_close_code: 4000, ..limits };
        assert_eq!(Closing::Expired.told(&other).0, 4000);
    }

    /// D.6: `DeleteConnection` 1000; a client's close without a code 1005; abnormal 1006.
    #[test]
    fn the_disconnect_function_is_told_code_and_reason() {
        let limits = GatewayLimits::default();
        let told = |closing: Closing| closing.told(&limits);
        assert_eq!(told(Closing::Deleted), (1000, "Connection Closed Normally".to_owned()));
        let silent = Closing::ByClient { code: None, reason: String::new() };
        assert_eq!(told(silent), (1005, "Client-side close frame status not set".to_owned()));
        let spoken = Closing::ByClient { code: Some(4001), reason: "bye".to_owned() };
        assert_eq!(told(spoken), (4001, "bye".to_owned()));
        assert_eq!(told(Closing::Lost), (1006, limits.lost_reason.to_owned()));
        let other = GatewayLimits { lost_reason: "gone", ..limits.clone() };
        assert_eq!(Closing::Lost.told(&other), (1006, "gone".to_owned()), "the text is a setting");
        assert_eq!(told(Closing::TooBig).0, 1009);
    }
}
