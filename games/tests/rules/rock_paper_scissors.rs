//! Rock, paper, scissors.

use serde_json::{Value, json};
use turnlog_domain::{
    Command, Event, Outcome, Rejection, Seat, Viewer,
    testing::{Given, play, played},
};

use crate::{ada, bob, started};

fn choose(choice: &str) -> Command {
    play(json!({ "choose": choice }))
}

fn rounds(best_of: u8, choices: &[(&str, &str)]) -> Given {
    let moves = choices.iter().flat_map(|(ada, bob)| [choose(ada), choose(bob)]);
    started("rock-paper-scissors", json!({ "best_of": best_of }), moves)
}

fn shown(seat: u8, choice: &str, both: [&str; 2]) -> [Event; 2] {
    let chose = json!({ "chose": { "seat": seat, "choice": choice } });
    [played(chose), played(json!({ "shown": both }))]
}

#[test]
fn both_choose_at_the_same_time_and_in_any_order() {
    let game = rounds(3, &[]);
    assert_eq!(game.state().turn(), [Seat(0), Seat(1)]);
    let game = game.and(bob(), choose("paper"));
    assert_eq!(game.state().turn(), [Seat(0)]);
    game.when(bob(), choose("rock")).then_rejected(Rejection::NotYourTurn);
    game.when(ada(), choose("rock")).then(shown(0, "rock", ["rock", "paper"]));
}

#[test]
fn nobody_learns_what_the_other_has_chosen_only_that() {
    let given = rounds(3, &[]);
    let event = given.when(bob(), choose("paper")).events().remove(0);
    let given = given.and(bob(), choose("paper"));
    let game = given.state();
    for viewer in [Viewer::Seat(Seat(0)), Viewer::Spectator] {
        assert_eq!(game.view(viewer)["chosen"], json!([false, true]));
        assert_eq!(game.view(viewer)["choices"], json!([null, null]));
        let hidden = json!({ "chose": { "seat": 1, "choice": null } });
        assert_eq!(game.redact(&event, viewer), Ok(played(hidden)));
    }
    assert_eq!(game.view(Viewer::Seat(Seat(1)))["choices"], json!([null, "paper"]));
    assert_eq!(game.redact(&event, Viewer::Seat(Seat(1))), Ok(event));
}

#[test]
fn most_rounds_win_and_equal_choices_count_for_nobody() {
    let win = |seat| Event::Finished(Outcome::win(Seat(seat), 2, "rounds"));
    let game =
        rounds(3, &[("rock", "scissors"), ("paper", "paper"), ("paper", "scissors")]).and(ada(), choose("scissors"));
    let [chose, both] = shown(1, "paper", ["scissors", "paper"]);
    game.when(bob(), choose("paper")).then([chose, both, win(0)]);
    let game = rounds(1, &[]).and(ada(), choose("paper"));
    let [chose, both] = shown(1, "scissors", ["paper", "scissors"]);
    game.when(bob(), choose("scissors")).then([chose, both, win(1)]);
}

#[test]
fn equal_choices_do_not_go_on_for_ever() {
    let game = rounds(1, &[("rock", "rock"); 3]).and(ada(), choose("rock"));
    let drawn = game.when(bob(), choose("rock")).events();
    assert_eq!(drawn.last(), Some(&Event::Finished(Outcome::draw(2, "rounds"))));
}

#[test]
fn a_terminal_shows_the_score() {
    let game = rounds(3, &[("rock", "scissors")]).and(bob(), choose("paper"));
    let text = game.state().text(Viewer::Spectator);
    assert_eq!(text, "Best of 3: 1 - 0\nLast round: Rock - Scissors\nPlayer 1: has not chosen\nPlayer 2: has chosen\n");
}

#[test]
fn what_is_no_choice_is_refused() {
    for action in [json!({}), json!({ "choose": "well" }), json!({ "choose": 1 }), Value::Null] {
        let refused = rounds(3, &[]).when(ada(), play(action.clone())).rejection();
        assert!(matches!(refused, Rejection::MalformedMove { .. }), "{action}: {refused:?}");
    }
}

/// What a game shows of its whole log and its state.
fn everything(given: &Given, viewer: Viewer) -> String {
    let game = given.state();
    let events = given.messages().iter().flat_map(|message| &message.events);
    let redacted: Vec<Event> = events.map(|event| game.redact(event, viewer).expect("it is an event")).collect();
    format!("{}{}{}", json!(redacted), game.view(viewer), game.text(viewer))
}

#[test]
fn a_hidden_choice_makes_no_difference_in_the_whole_log() {
    let game = |choice: &str| rounds(3, &[]).and(ada(), choose(choice));
    for viewer in [Viewer::Seat(Seat(1)), Viewer::Spectator] {
        assert_eq!(everything(&game("rock"), viewer), everything(&game("paper"), viewer));
    }
    let own = Viewer::Seat(Seat(0));
    assert_ne!(everything(&game("rock"), own), everything(&game("paper"), own));
}
