//! What AWS does that nobody documents. Each is a guess, which can be changed here and nowhere else.

/// What becomes of a connection whose message takes no route, after it was told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "a guess has alternatives, of which only tests make use"))]
pub(crate) enum AfterNoRoute {
    StaysOpen,
    Closes { code: u16 },
}

/// What a message selects whose action is `$connect`, `$disconnect` or `$default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LifecycleAction {
    MatchesNothing,
    MatchesItsRoute,
}

/// What a client gets of a body with `isBase64Encoded`: only text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "a guess has alternatives, of which only tests make use"))]
pub(crate) enum EncodedBody {
    Decoded,
    AsItIs,
}

/// What later events have of a key without a value in the context of an authorizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "a guess has alternatives, of which only tests make use"))]
pub(crate) enum NullContext {
    LeftOut,
    /// The text `null`.
    Text,
}

/// Whether it is a retry when the rest of a batch is repeated of which the function has reported the first part as
/// successful, without bisecting. With bisecting it is none, which is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    IsRetry,
    IsNoRetry,
}

/// What bisecting does with a batch whose function reports that the first record failed, so that nothing can be cut off.
/// If it is retried whole, one bad record takes all that follow with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "a guess has alternatives, of which only tests make use"))]
pub(crate) enum FirstFailed {
    Halves,
    Retries,
}

/// What an answer means that is neither empty nor an object, of a function that reports failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "a guess has alternatives, of which only tests make use"))]
pub(crate) enum StrangeAnswer {
    Fails,
    Succeeds,
}
