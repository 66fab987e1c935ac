//! How a law is tried on every kind, and what is said when a kind breaks it.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    env, fmt,
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook},
    sync::Once,
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner},
};
use turnlog_domain::{Kind, Kinds};

/// The variable that makes a random test try what it has tried before.
pub(crate) const SEED: &str = "TURNLOG_SEED";

/// How long a smaller input is looked for, and how many are tried at most.
const SHRINKING_MS_MAX: u32 = 10_000;
const SHRUNK_MAX: u32 = 100_000;

thread_local! {
    /// Whether a panic on this thread is a law's business, and not to be printed: a search for the smallest input has many.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// Where in the rules the last of them was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Tries a law on each kind with inputs at random.
///
/// # Panics
/// When a kind breaks the law. The message says what is wrong, and how to see it again.
pub(crate) fn at_random<S: Strategy>(
    kinds: &Kinds,
    law: &str,
    cases: u32,
    strategy: impl Fn() -> S,
    check: impl Fn(Kind, &S::Value),
) {
    let seed = seed();
    on_each(kinds, |kind| with_seed(seed, kind, law, cases, &strategy(), |input| check(kind, input)));
}

fn with_seed<S: Strategy>(
    seed: u64,
    kind: Kind,
    law: &str,
    cases: u32,
    strategy: &S,
    check: impl Fn(&S::Value),
) -> Result<(), String> {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: SHRUNK_MAX,
        max_shrink_time: SHRINKING_MS_MAX,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let outcome = TestRunner::new(config)
        .run(strategy, |input| caught(|| check(&input)).map_err(|Reason(reason)| TestCaseError::fail(reason)));
    outcome.map_err(|error| match error {
        TestError::Abort(reason) => broken(kind, law, reason, ""),
        TestError::Fail(reason, input) => {
            let smallest = format!("\n\nThe smallest input found that shows it:\n{input:?}");
            broken(kind, law, reason, &format!("{smallest}\n\nTo see it again: {SEED}={seed} cargo test {law}"))
        }
    })
}

/// Tries a law once on each kind.
///
/// # Panics
/// When a kind breaks the law. The message says what is wrong.
pub(crate) fn once(kinds: &Kinds, law: &str, check: impl Fn(Kind)) {
    on_each(kinds, |kind| {
        let again = format!("\n\nTo see it again: cargo test {law}");
        caught(|| check(kind)).map_err(|Reason(reason)| broken(kind, law, reason, &again))
    });
}

/// Tries a law on every kind, so that one which breaks it hides no other.
fn on_each(kinds: &Kinds, check: impl Fn(Kind) -> Result<(), String>) {
    assert!(kinds.iter().len() > 0, "there are no kinds to try the laws on");
    let problems: Vec<String> = kinds.iter().filter_map(|kind| check(kind).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Demands that two things are the same, or says what should have been.
pub(crate) fn require_same<T: PartialEq + fmt::Debug>(one: T, other: T, why: impl FnOnce() -> String) {
    assert!(one == other, "{}\n    once: {one:?}\n    then: {other:?}", why());
}

fn broken(kind: Kind, law: &str, reason: impl fmt::Display, again: &str) -> String {
    format!("the kind {:?} breaks the law `{law}`:\n\n{reason}{again}\n", kind.name())
}

fn seed() -> u64 {
    match env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED} must be a whole number, and is {text:?}")),
        // Every one of these comes with keys of its own, from the operating system.
        Err(_) => RandomState::new().hash_one(SEED),
    }
}

/// What is wrong.
pub(crate) struct Reason(pub(crate) String);

/// Runs something without printing its panics; the error says what the panic said, and where in the rules it was.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, Reason> {
    listen();
    let before = IS_CAUGHT.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    IS_CAUGHT.set(before);
    outcome.map_err(|payload| {
        let said = said(&*payload);
        Reason(match PLACE.take() {
            Some(place) => format!("a panic at {place}: {said}"),
            None => said,
        })
    })
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |info| {
            if IS_CAUGHT.get() {
                PLACE.set(place(info));
            } else {
                others(info);
            }
        }));
    });
}

/// Where a panic was; nothing where it was one of ours, whose text says all.
fn place(info: &PanicHookInfo<'_>) -> Option<String> {
    let here = file!().trim_end_matches("tried.rs");
    info.location().filter(|location| !location.file().starts_with(here)).map(ToString::to_string)
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a text".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_seed_shows_the_same_again() {
        let kind = turnlog_games::kinds().find("chess").expect("it is one of the six");
        let strategy = any::<u64>().no_shrink();
        let problem = |seed| {
            let outcome = with_seed(seed, kind, "law", 1, &strategy, |number| panic!("it is {number}"));
            outcome.expect_err("it is always broken")
        };
        assert!(problem(7).starts_with("the kind \"chess\" breaks the law `law`:\n\nit is "), "{}", problem(7));
        assert!(problem(7).contains("To see it again: TURNLOG_SEED=7 cargo test law"), "{}", problem(7));
        assert_eq!(problem(7), problem(7));
        assert_ne!(problem(7), problem(8).replace("SEED=8", "SEED=7"));
    }

    #[test]
    fn a_panic_in_the_rules_says_where_it_was() {
        let said = |run: fn()| caught(run).map_err(|Reason(reason)| reason).expect_err("it panics");
        let elsewhere = said(|| drop(turnlog_domain::testing::player("no id, since it has spaces")));
        assert!(elsewhere.contains("domain/src/testing.rs:"), "{elsewhere}");
        assert_eq!(said(|| panic!("a law is broken")), "a law is broken");
    }

    #[test]
    #[should_panic(expected = "there are no kinds")]
    fn a_law_needs_a_kind() {
        once(&Kinds::new([]), "law", |_| {});
    }
}
