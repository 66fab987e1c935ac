//! Secrecy of all that leaves the server: two whole logs that differ in what a player may not see are the same to them.
//!
//! Games of every kind are played at random, and for every player and somebody who watches a twin is made whose hidden
//! part differs. Everything that is sent is rendered for both by the functions that the server uses, and must be equal to
//! the byte. What a viewer may see of the rules is judged by the position's own view, never by the game's, and the other
//! way round: where that view differs, the events must have told why.

mod course;
mod twin;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use turnlog_domain::{
    Actor, Audience, Command, Event, Game, GameId, Kind, Kinds, Message, OfferKind, Phase, PlayerId, Seat, Timestamp,
    Viewer,
    testing::{command_id, decide_with_log, invitation, play, player},
};
use turnlog_protocol::{Accepted, Answer, Push, View, WireMessage, encode};

use self::{
    course::Course,
    twin::{Change, Twin},
};
use crate::{
    random::Random,
    secrecy::who,
    tried::{at_random, once, require_same},
};

/// So many games of every kind are compared.
const CASES: u32 = 3;
/// Changes that are tried for every player.
const TWINS: usize = 3;
/// Of so many messages after one is looked at with everything, and not only the push.
const LOOK_EVERY: usize = 15;

/// Whatever differs behind a player's back, every frame that the server sends them is the same: answers, pushes, pages of
/// history, looks back and refusals.
///
/// # Panics
/// When a kind breaks it.
pub fn what_a_player_may_not_see_makes_no_difference_in_anything_that_is_sent(kinds: &Kinds) {
    let law = "what_a_player_may_not_see_makes_no_difference_in_anything_that_is_sent";
    at_random(
        kinds,
        law,
        CASES,
        || (any::<u64>(), 0_usize..70),
        |kind, &(seed, length)| {
            check(kinds, kind, seed, length, &mut Tally::new());
        },
    );
}

/// In the comparison of what is sent, everything that a kind hides did differ at some time.
///
/// # Panics
/// When a kind breaks it.
pub fn everything_that_is_hidden_was_compared(kinds: &Kinds) {
    once(kinds, "everything_that_is_hidden_was_compared", |kind| {
        let mut tally = Tally::new();
        (0..4).for_each(|seed| check(kinds, kind, seed, 60, &mut tally));
        let hides = hides_something(&Course::of(kinds, kind, &mut Random(0), 60));
        assert_eq!(
            kind.hidden(),
            hides,
            "HIDDEN says whether `view` hides anything from a spectator (left: HIDDEN, right: `view`)"
        );
        assert!(
            !(hides && kind.take_backs()),
            "`view` hides something, but TAKE_BACKS is true: whoever takes a move back would know what was hidden. Set it to \
             false"
        );
        let ends = kind.opens_at_end().then_some("ends");
        let expected = ["whispers", "invitations"].into_iter().chain(ends).chain(hides.then_some("positions"));
        for what in expected {
            let times = tally.get(what).copied().unwrap_or_default();
            assert!(times > 0, "{what} never differed in four games, so nothing was compared: {tally:?}");
        }
    });
}

/// How often something was compared although it differed behind a viewer's back.
type Tally = BTreeMap<&'static str, usize>;

fn count(tally: &mut Tally, what: &'static str, differs: bool) {
    *tally.entry(what).or_default() += usize::from(differs);
}

fn accepted(body: Accepted) -> String {
    encode(&Answer::Accepted { id: Some(command_id(1).into()), body })
}

/// What reaches a player of one message: the push, and the answer if it was their own.
fn told(game: &Game, message: &Message, player: &PlayerId) -> Vec<String> {
    let push = Push::text(game, game.viewer(player), [message]).expect("it is readable");
    let own = (message.actor.player() == Some(player)).then(|| {
        let answer = Accepted::command(game, player, message.seq, Some(message), None);
        accepted(answer.expect("it is readable"))
    });
    [push].into_iter().chain(own).collect()
}

/// What a player reads of a log up to its head: `watch` from several places, pages of `history`, and what they may do now.
fn read(game: &Game, log: &[Message], player: &PlayerId) -> Vec<String> {
    let watch = |from: usize| {
        let answer = Accepted::watch(game, player, log[from].seq, &log[from..], None);
        accepted(answer.expect("it is readable"))
    };
    let history = |page: &[Message]| accepted(Accepted::history(game, player, page).expect("it is readable"));
    let catching_up = Push::text(game, game.viewer(player), log).expect("it is readable");
    let watches = [0, log.len() / 2].map(watch);
    let actions = game.seat_of(player).map(|seat| accepted(Accepted::actions(game, seat)));
    let pages = [catching_up, history(log)].into_iter().chain(log.chunks(7).map(history));
    watches.into_iter().chain(pages).chain(actions).collect()
}

/// What a player may try in either of two games, legal or not.
fn attempts(one: &Game, other: &Game) -> Vec<Command> {
    let mut actions = vec![json!({}), json!([]), json!({ "no": "move" })];
    for game in [one, other] {
        let seats = (0..).map(Seat).take(game.seats().len());
        actions.extend(seats.flat_map(|seat| game.position().legal_actions(seat).into_iter().rev().take(6)));
    }
    let offers = [OfferKind::Draw, OfferKind::TakeBack, OfferKind::Pause, OfferKind::Rematch];
    let of_offer =
        |offer| [Command::Offer(offer), Command::accept(offer), Command::decline(offer), Command::withdraw(offer)];
    let say = |to| Command::Say { to, text: "hello".to_owned(), invitation: None };
    let others = [Command::Resign, Command::Resume, Command::ClaimTimeout, Command::Start, Command::LeaveSeat];
    // The code of another game.
    let codes = [None, Some(invitation(GameId::of_rematch(one.id(), one.seq())))];
    let sit = codes.map(|invitation| Command::TakeSeat { seat: Some(Seat(1)), entropy: None, invitation });
    let talk = [Audience::All, Audience::Spectators, Audience::Player(player("bob"))].map(say);
    let moves = actions.into_iter().map(play);
    moves.chain(offers.into_iter().flat_map(of_offer)).chain(others).chain(sit).chain(talk).collect()
}

/// What a player is told who tries this: the refusal, or that it is none.
fn refusal(kinds: &Kinds, game: &Game, log: &[Message], player: &PlayerId, command: &Command) -> String {
    let at = Timestamp::from_ms(game.at().as_ms() + 40_000);
    let actor = Actor::Player(player.clone());
    match decide_with_log(kinds, game.id(), log, Some(game), &actor, command, at) {
        Ok(events) => format!("accepted, {}", if events.is_empty() { "held already" } else { "done" }),
        Err(rejection) => encode(&Answer::rejected(None, rejection.into())),
    }
}

/// Texts of so many hexadecimal digits or more: seeds, hashes and codes.
fn secrets_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_hexdigit()).filter(|run| run.len() >= 24)
}

/// Demands that the only hash is the one by which the server has committed itself, and that the seed comes at the end.
fn check_for_secrets(game: &Game, log: &[Message], text: &str) {
    let promised = json!(game.chance().map(|promise| &promise.commitment));
    let revealed =
        |event: &Event| if let Event::SeedRevealed(seed) = event { Some(json!(seed.server_part)) } else { None };
    let revealed: Vec<Value> = log.iter().flat_map(|message| &message.events).filter_map(revealed).collect();
    for secret in secrets_in(text) {
        let is_told = promised == secret || revealed.iter().any(|seed| seed == secret);
        assert!(is_told, "a secret of the server, {secret}, is told in {text}");
    }
}

fn is_over(game: &Game) -> bool {
    matches!(game.phase(), Phase::Finished(_))
}

/// Demands that a player cannot tell a twin from the course, as long as they have not been shown a difference.
fn compare(course: &Course<'_>, twin: &Twin, player: &PlayerId, tally: &mut Tally) {
    let mut moves_differ = false;
    for index in 0..twin.log.len() {
        let (one, other) = (&course.games[index], &twin.games[index]);
        let (message, others) = (&course.log[index], &twin.log[index]);
        let viewer = one.viewer(player);
        moves_differ |= played(message) != played(others);
        if is_over(one) && one.kind().opens_at_end() && moves_differ {
            return;
        }
        let who = who(viewer);
        let happened = || format!("{}\n    or\n    {}", json!(message.events), json!(others.events));
        if one.position().view(viewer) != other.position().view(viewer) {
            let wire = |game, message| WireMessage::of(game, message, viewer).expect("it is readable");
            assert!(
                wire(one, message) != wire(other, others),
                "`view` tells {who} more than the events that it is shown. What happened was\n    {}\nwhich looks the same to \
                 {who} (`redact`), but then its view is\n    {}\n    or\n    {}",
                happened(),
                one.position().view(viewer),
                other.position().view(viewer)
            );
            return;
        }
        let why = || {
            format!(
                "what is sent to {who} tells what is hidden from it: it must be the same whether what happened was\n    {}\n\
                 since the view after both is {}. `redact` must leave out of events what `view` hides",
                happened(),
                one.position().view(viewer)
            )
        };
        require_same(told(one, message, player), told(other, others, player), why);
        require_same(one.text(viewer), other.text(viewer), why);
        count(tally, "positions", one.position().stored().get() != other.position().stored().get());
        count(tally, "messages", message.events != others.events);
        count(tally, "whispers", differs(message, others, |event| matches!(event, Event::Said(_))));
        count(tally, "invitations", differs(message, others, |event| matches!(event, Event::Created(_))));
        if index % LOOK_EVERY == 0 || index + 1 == twin.log.len() {
            compare_everything(course, twin, player, index);
        }
    }
}

/// What a player sees who looks back, from the last of these games, at each of them.
fn look_back(games: &[Game], player: &PlayerId) -> Vec<String> {
    let head = games.last().expect("there is a head");
    games.iter().map(|earlier| accepted(Accepted::moment(head, earlier, player))).collect()
}

fn compare_everything(course: &Course<'_>, twin: &Twin, player: &PlayerId, index: usize) {
    let (one, other) = (&course.games[index], &twin.games[index]);
    let (log, others) = (&course.log[..=index], &twin.log[..=index]);
    let what = |what: &str| {
        let who = who(one.viewer(player));
        format!("{what} of {who} differs between two games that should look the same to it, at message {}", one.seq())
    };
    let shown = read(one, log, player);
    require_same(&shown, &read(other, others, player), || what("the history"));
    check_for_secrets(one, log, &shown.concat());
    let seen = look_back(&course.games[..=index], player);
    require_same(&seen, &look_back(&twin.games[..=index], player), || what("a look back"));
    check_for_secrets(one, &[], &seen.concat());
    for command in attempts(one, other) {
        let answer = refusal(course.kinds, one, log, player, &command);
        let of_twin = refusal(course.kinds, other, others, player, &command);
        require_same(&answer, &of_twin, || what(&format!("the answer to {command:?}")));
        check_for_secrets(one, log, &answer);
    }
}

fn played(message: &Message) -> Vec<&Event> {
    let is_of_rules = |event: &&Event| matches!(event, Event::Played(_) | Event::TakenBack(_));
    message.events.iter().filter(is_of_rules).collect()
}

fn differs(one: &Message, other: &Message, is: impl Fn(&Event) -> bool) -> bool {
    one.events.iter().zip(&other.events).any(|(one, other)| is(one) && one != other)
}

/// After the end of a game whose kind opens everything, what happened in it is shown to all as it is stored.
fn check_the_end(course: &Course<'_>, tally: &mut Tally) {
    let game = course.head();
    if !is_over(game) || !game.kind().opens_at_end() {
        return;
    }
    count(tally, "ends", true);
    for player in course.everybody() {
        let viewer = game.viewer(&player);
        assert_eq!(game.view(viewer), game.position().view(Viewer::Open), "all is open to {player:?}");
        for earlier in &course.games {
            let open = View::of(earlier, earlier.viewer(&player));
            let (mut open, shown) = (json!(open), json!(Accepted::moment(game, earlier, &player)));
            open["game"] = earlier.position().view(Viewer::Open);
            assert_eq!(shown["view"], open, "{player:?} looks back at {}", earlier.seq());
        }
        for event in course.log.iter().flat_map(|message| &message.events) {
            if let Event::Played(_) | Event::TakenBack(_) | Event::SeedRevealed(_) = event {
                assert_eq!(game.redact(event, viewer).as_ref(), Ok(event), "all is open to {player:?}");
            }
        }
    }
}

fn check(kinds: &Kinds, kind: Kind, seed: u64, length: usize, tally: &mut Tally) {
    let mut random = Random(seed);
    let course = Course::of(kinds, kind, &mut random, length);
    check_the_end(&course, tally);
    for player in course.everybody() {
        compare(&course, &Twin::of(&course, &player, Change::Nothing), &player, tally);
        // Where nothing is hidden, every change shows at once.
        for _ in 0..if hides_something(&course) { TWINS } else { 1 } {
            let change = Change::of(&course, &player, &mut random);
            compare(&course, &Twin::of(&course, &player, change), &player, tally);
        }
    }
}

/// A kind hides something if some state looks different to somebody who may see everything.
fn hides_something(course: &Course<'_>) -> bool {
    let hides = |game: &Game| game.position().view(Viewer::Spectator) != game.position().view(Viewer::Open);
    course.games.iter().any(hides)
}
