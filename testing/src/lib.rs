//! The laws that hold for every kind of game, as tests, and a harness for tests of one kind's own rules.
//!
//! One line in a project's `tests/laws.rs` tries all of them on all of its kinds, each law as a test of its own:
//!
//! ```
//! turnlog_testing::laws!(turnlog_games::kinds());
//! ```
//!
//! (In a project that depends on `turnlog` with the feature `testing`, it is `turnlog::testing::laws!(nim::kinds());`.) A law
//! that is broken says which kind breaks it, what is wrong, the smallest input that shows it, and the seed with which
//! it is seen again.
//!
//! What is particular to a kind is tested in its own words:
//!
//! ```
//! use turnlog_testing::{Rejection, given, json, play, player, take_seat};
//!
//! given(&turnlog_games::kinds(), "tic-tac-toe")
//!     .and(player("ada"), take_seat(0))
//!     .and(player("bob"), take_seat(1))
//!     .and(player("ada"), play(json!({ "cell": 4 })))
//!     .when(player("bob"), play(json!({ "cell": 4 })))
//!     .then_rejected(Rejection::IllegalMove { reason: "That cell is taken." });
//! ```
//!
//! All of it is for tests: nothing that is deployed depends on this crate.

mod bare;
pub mod bots;
pub mod fuzz;
pub mod golden;
pub mod laws;
mod people;
mod random;
pub mod secrecy;
mod tried;
pub mod wire;

/// JSON, in which tests write actions and options.
pub use serde_json::{Value, json};
pub use turnlog_domain::{
    Actor, Audience, Bot, Command, Event, Game, Kind, Kinds, Message, OfferKind, Phase, PlayerId, Rejection, Seat, Seq,
    Timestamp, Viewer, testing::*,
};

/// Tries every law on every kind: one test for each law.
///
/// It stands alone in a file of tests, and takes an expression for the [`Kinds`]. With the variable `TURNLOG_SEED` all of them
/// try what they have tried with that seed before; with `TURNLOG_NEW_GOLDEN` missing golden logs are made.
#[macro_export]
macro_rules! laws {
    ($kinds:expr $(,)?) => {
        $crate::laws! {
            @tests $kinds;
            laws::any_course_of_a_game_obeys_the_laws,
            laws::a_table_that_fills_and_empties_obeys_the_laws,
            laws::options_are_refused_or_make_a_game_but_never_panic,
            laws::foreign_payloads_never_panic,
            laws::a_kind_with_chance_opens_everything_at_the_end,
            secrecy::what_is_hidden_makes_no_difference,
            secrecy::a_kind_that_hides_something_can_draw_it_anew,
            wire::what_a_player_may_not_see_makes_no_difference_in_anything_that_is_sent,
            wire::everything_that_is_hidden_was_compared,
            bots::bots_play_every_kind_to_the_end,
            bots::what_a_seat_may_not_see_makes_no_difference_to_its_bot,
            fuzz::lines_of_commands_break_no_law,
        }

        #[test]
        fn golden_logs_of_every_kind_still_fold() {
            $crate::golden::golden_logs_of_every_kind_still_fold(&$kinds, env!("CARGO_MANIFEST_DIR"));
        }
    };
    (@tests $kinds:expr; $($module:ident :: $law:ident),+ $(,)?) => {
        $(
            #[test]
            fn $law() {
                $crate::$module::$law(&$kinds);
            }
        )+
    };
}
