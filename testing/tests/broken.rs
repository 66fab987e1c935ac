//! The kit finds what is wrong with a broken kind, and says it to somebody who has only read how to write a game.

#[path = "broken/duel.rs"]
mod duel;
#[path = "broken/round.rs"]
mod round;

use std::panic::catch_unwind;

use turnlog_domain::{Kind, Kinds};
use turnlog_testing::{bots, fuzz, laws, secrecy, wire};

use self::{
    duel::{
        Duel, LEAKS_IN_EVENT, LEAKS_IN_VIEW, NEEDS_OPTIONS, NEVER_DRAWS_ANEW, OFFERS_ILLEGAL_ACTION, PANICS,
        REFUSES_OWN_EVENT, REMEMBERS, SOUND, STORES_TOO_LITTLE, TAKES_BACK,
    },
    round::Round,
};

/// The same game, not broken, obeys all laws, and so do games for other numbers of players than the six kinds take.
mod sound {
    use super::*;

    turnlog_testing::laws!(Kinds::new([
        Kind::of::<Duel<SOUND>>(),
        Kind::of::<Round<1, 1>>(),
        Kind::of::<Round<3, 9>>(),
    ]));
}

/// Demands that a kind with this fault breaks a law, and that these words are said of it.
#[track_caller]
fn require_broken<const FAULT: u8>(law: fn(&Kinds), words: &[&str]) {
    let kinds = Kinds::new([Kind::of::<Duel<FAULT>>()]);
    let panic = catch_unwind(|| law(&kinds)).expect_err("the kind is broken");
    let said = panic.downcast_ref::<String>().expect("a broken law says what is wrong");
    for words in [&["the kind \"broken-duel\" breaks the law"], words].concat() {
        assert!(said.contains(words), "{words:?} is not said in: {said}");
    }
}

#[test]
fn a_view_that_shows_what_is_hidden_is_found() {
    let words = ["`view` tells seat ", " what is hidden from it", "The smallest input", "TURNLOG_SEED="];
    require_broken::<LEAKS_IN_VIEW>(secrecy::what_is_hidden_makes_no_difference, &words);
    let words = ["`view` tells ", " more than the events that it is shown", "TURNLOG_SEED="];
    require_broken::<LEAKS_IN_VIEW>(
        wire::what_a_player_may_not_see_makes_no_difference_in_anything_that_is_sent,
        &words,
    );
}

#[test]
fn an_event_that_shows_what_is_hidden_is_found() {
    let words = ["the events tell ", " what its view hides", "`redact`", "TURNLOG_SEED="];
    require_broken::<LEAKS_IN_EVENT>(secrecy::what_is_hidden_makes_no_difference, &words);
    let words = ["what is sent to ", " tells what is hidden from it", "`redact` must leave out", "TURNLOG_SEED="];
    require_broken::<LEAKS_IN_EVENT>(
        wire::what_a_player_may_not_see_makes_no_difference_in_anything_that_is_sent,
        &words,
    );
}

#[test]
fn a_kind_that_hides_something_and_never_draws_it_anew_is_found() {
    let words = ["`resample` never changed anything", "draw anew whatever the viewer cannot see"];
    require_broken::<NEVER_DRAWS_ANEW>(secrecy::a_kind_that_hides_something_can_draw_it_anew, &words);
}

#[test]
fn a_kind_that_takes_back_what_was_hidden_is_found() {
    let words = ["TAKE_BACKS is true", "Set it to false"];
    require_broken::<TAKES_BACK>(wire::everything_that_is_hidden_was_compared, &words);
}

#[test]
fn an_event_that_evolve_refuses_is_found() {
    let words = ["`evolve`", "`decide`", "nothing can be shown"];
    require_broken::<REFUSES_OWN_EVENT>(laws::any_course_of_a_game_obeys_the_laws, &words);
    require_broken::<REFUSES_OWN_EVENT>(secrecy::what_is_hidden_makes_no_difference, &words);
    require_broken::<REFUSES_OWN_EVENT>(bots::bots_play_every_kind_to_the_end, &words);
}

#[test]
fn a_legal_action_that_decide_refuses_is_found() {
    let words = ["`legal_actions` offers an action that `decide` refuses", "There is no such number.", "TURNLOG_SEED="];
    require_broken::<OFFERS_ILLEGAL_ACTION>(laws::any_course_of_a_game_obeys_the_laws, &words);
    require_broken::<OFFERS_ILLEGAL_ACTION>(fuzz::lines_of_commands_break_no_law, &words);
    let words = ["`legal_actions` offers {\"choose\":4} to seat ", "`decide` refuses it: There is no such number."];
    require_broken::<OFFERS_ILLEGAL_ACTION>(secrecy::what_is_hidden_makes_no_difference, &words);
}

#[test]
fn a_decision_that_depends_on_something_else_is_found() {
    let words = ["in two ways, although the state was the same", "no clock, no random numbers", "TURNLOG_SEED="];
    require_broken::<REMEMBERS>(laws::any_course_of_a_game_obeys_the_laws, &words);
}

#[test]
#[should_panic(expected = "no game of the kind broken-duel can be made with the options `{}`")]
fn options_without_a_default_make_no_kinds() {
    let _ = Kinds::new([Kind::of::<Duel<NEEDS_OPTIONS>>()]);
}

#[test]
fn a_state_that_is_not_stored_whole_is_found() {
    let words = ["a state that was stored as JSON and read back goes on differently", "TURNLOG_SEED="];
    require_broken::<STORES_TOO_LITTLE>(laws::any_course_of_a_game_obeys_the_laws, &words);
}

#[test]
fn a_panic_in_the_rules_is_found() {
    let words = ["a panic at ", "broken/duel.rs:", "index out of bounds", "TURNLOG_SEED="];
    require_broken::<PANICS>(laws::any_course_of_a_game_obeys_the_laws, &words);
}
