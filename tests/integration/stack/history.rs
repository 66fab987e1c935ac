//! The commands that show moments of games.

use std::{ops::RangeInclusive, process::Stdio, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout},
    time::timeout,
};
use turnlog_domain::Seat;
use turnlog_tests::{Client, Stack};

use super::{cell, create, entries, folded, play, play_cells, row_is_current, table};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a command prints. It ends well.
async fn printed(stack: &Stack, arguments: &[&str]) -> String {
    let output = stack.turnlog(arguments).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it writes text")
}

/// The board in the terminal at a moment, without the lines above it.
async fn board(stack: &Stack, game: &str, moment: &str, viewer: &str) -> String {
    let shown = printed(stack, &["show", game, "--at", moment, "--as", viewer]).await;
    shown.split_once("\n\n").expect("an empty line stands above the board").1.trim().to_owned()
}

#[tokio::test]
async fn any_moment_of_a_game_is_drawn() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    ada.hears(&game, 8).await;
    let marks = |board: &str| board.chars().filter(|mark| matches!(mark, 'X' | 'O')).count();
    for (moves, seq) in (3..=8).enumerate() {
        assert_eq!(marks(&board(&stack, &game, &seq.to_string(), "spectator").await), moves);
    }
    let at = |seq: usize| {
        let message = ada.messages(&game)[seq - 1].clone();
        message["at"].as_i64().expect("it has a time")
    };
    // A moment of time lies after the last message that is not later.
    let time = |ms| chrono::DateTime::from_timestamp_millis(ms).expect("it is a time").to_rfc3339();
    assert_eq!(marks(&board(&stack, &game, &time(at(6)), "all").await), 3);
    assert_eq!(marks(&board(&stack, &game, &time(at(6) - 1), "all").await), 2);
    let replayed = printed(&stack, &["replay", &game, "--speed", "max"]).await;
    let boards = replayed.matches("tic-tac-toe  message").count();
    assert_eq!(boards, 8, "{replayed}");
    assert!(replayed.contains("won by seat 0 (line)"), "{replayed}");
    let listed = printed(&stack, &["games", "--json"]).await;
    let listed: Value = serde_json::from_str(listed.trim()).expect("there is one game");
    let expected = json!([game, "tic-tac-toe", 8, "finished", ["ada", "bob"]]);
    let fields = ["game", "kind", "messages", "phase", "players"].map(|name| listed[name].clone());
    assert_eq!(json!(fields), expected);
    assert_eq!(printed(&stack, &["games", "--active"]).await, "");
}

#[tokio::test]
async fn a_moment_is_seen_with_the_eyes_of_a_player() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "rock-paper-scissors", json!({})).await;
    ada.accept(play(&game, json!({ "choose": "rock" }))).await;
    let eyes = |viewer: &'static str| {
        let (stack, game) = (&stack, &game);
        async move { printed(stack, &["show", game, "--as", viewer, "--json"]).await.contains("rock\"") }
    };
    // The name of the kind contains it too, but not followed by a quotation mark.
    for (viewer, sees) in [("ada", true), ("all", true), ("bob", false), ("spectator", false), ("seat:1", false)] {
        assert_eq!(eyes(viewer).await, sees, "{viewer}");
    }
    let lines = printed(&stack, &["replay", &game, "--speed", "max", "--as", "bob"]).await;
    assert!(!lines.contains("\"rock\""), "{lines}");
}

/// Demands that the commands show every moment of a game to Bob and to a spectator as the socket does; returns what the
/// replay with Bob's eyes says.
async fn seen_as_over_the_socket(stack: &Stack, game: &str, bob: &mut Client, eve: &mut Client) -> String {
    let head = entries(stack, game).await.len();
    for (client, eyes) in [(&mut *bob, "bob"), (&mut *eve, "spectator")] {
        for seq in 1..=head {
            let expected = client.accept(json!({ "action": "view", "game": game, "at": { "seq": seq } })).await;
            let shown = printed(stack, &["show", game, "--at", &seq.to_string(), "--as", eyes, "--json"]).await;
            let shown: Value = serde_json::from_str(&shown).expect("it writes JSON");
            assert_eq!(shown["view"], expected["view"], "{game} at {seq} as {eyes}");
        }
    }
    let replayed = printed(stack, &["replay", game, "--speed", "max", "--as", "bob"]).await;
    for message in
        bob.accept(json!({ "action": "history", "game": game })).await["messages"].as_array().expect("a list")
    {
        for event in
            message["events"].as_array().expect("it is a list").iter().filter(|event| event["data"] != json!({}))
        {
            let event = format!("{} {}", event["type"].as_str().expect("it has a type"), event["data"]);
            assert!(replayed.contains(&event), "{event} in {replayed}");
        }
    }
    replayed
}

#[tokio::test]
async fn the_end_opens_earlier_moments_in_the_terminal_as_it_does_over_the_socket() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut eve = stack.connect("eve").await;
    for kind in ["rock-paper-scissors", "liars-dice"] {
        let game_id = create(&mut ada, kind, json!({}), json!({ "max_players": 2 })).await;
        for client in [&mut ada, &mut bob] {
            client.accept(json!({ "action": "join", "game": game_id })).await;
        }
        let game = folded(&stack, &game_id).await.game;
        let seat = game.turn()[0];
        let player = if seat == Seat(0) { &mut ada } else { &mut bob };
        player.accept(play(&game_id, game.position().legal_actions(seat)[0].clone())).await;
        let at = entries(&stack, &game_id).await.len().to_string();
        let hidden = seen_as_over_the_socket(&stack, &game_id, &mut bob, &mut eve).await;
        let board_before = board(&stack, &game_id, &at, "bob").await;
        let compared = async || stack.turnlog(&["diff", &game_id, "1", &at, "--as", "bob"]).await.stdout;
        let diff_before = compared().await;

        ada.accept(json!({ "action": "resign", "game": game_id })).await;
        let opened = seen_as_over_the_socket(&stack, &game_id, &mut bob, &mut eve).await;
        assert!(!opened.starts_with(hidden.trim_end()), "{kind}: what was hidden is open now: {opened}");
        assert_ne!(board(&stack, &game_id, &at, "bob").await, board_before, "{kind}");
        assert_eq!(board(&stack, &game_id, &at, "bob").await, board(&stack, &game_id, &at, "all").await, "{kind}");
        assert_ne!(compared().await, diff_before, "{kind}");
    }
}

#[tokio::test]
async fn two_moments_are_compared() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    ada.accept(cell(&game, 4)).await;
    let differing = stack.turnlog(&["diff", &game, "3", "4"]).await;
    let said = String::from_utf8(differing.stdout).expect("it writes text");
    assert_eq!(differing.status.code(), Some(1));
    assert!(said.contains("/game/cells/4: null -> 0\n"), "{said}");
    let same = stack.turnlog(&["diff", &game, "4", "4", "--json"]).await;
    assert_eq!(same.status.code(), Some(0));
    let same: Value = serde_json::from_slice(&same.stdout).expect("it writes JSON");
    assert_eq!(same, json!({ "from": 4, "to": 4, "patch": [] }));
}

/// A `turnlog tail` that runs.
struct Tail {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    errors: Lines<BufReader<ChildStderr>>,
}

impl Tail {
    async fn start(stack: &Stack, arguments: &[&str]) -> Self {
        let mut command = stack.command(&[&["tail", "--json"], arguments].concat()).await;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let errors = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        Self { child, lines, errors }
    }

    /// The next message: its game and its seq.
    async fn told(&mut self) -> (String, u64) {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("it is told in a minute");
        let line: Value = serde_json::from_str(&line.expect("it is text").expect("it goes on")).expect("it is JSON");
        let game = line["game"].as_str().expect("it has a game").to_owned();
        (game, line["seq"].as_u64().expect("it has a seq"))
    }

    /// The next messages of a game, up to that one: in order, each once, and without a gap.
    async fn tells(&mut self, game: &str, seqs: RangeInclusive<u64>) {
        for seq in seqs {
            assert_eq!(self.told().await, (game.to_owned(), seq));
        }
    }

    /// The next complaint.
    async fn says(&mut self) -> String {
        let line = timeout(PATIENCE, self.errors.next_line()).await.expect("it is said in a minute");
        line.expect("it is text").expect("it goes on")
    }
}

#[tokio::test]
async fn what_happens_is_told_as_it_happens_and_what_comes_after_the_end_too() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let mut tail = Tail::start(&stack, &[]).await;
    assert_eq!(tail.says().await, "following 0 unfinished games");
    let game = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &game, &[0, 3, 1, 4, 2]).await;
    tail.tells(&game, 1..=8).await;
    let say = |text: &str| json!({ "action": "say", "game": game, "to": "all", "text": text });
    ada.accept(say("well played")).await;
    tail.tells(&game, 9..=9).await;
    bob.accept(say("you too")).await;
    tail.tells(&game, 10..=10).await;
    // Of one game, finished or not, everything is told from then on.
    let mut one = Tail::start(&stack, &[&game]).await;
    assert_eq!(one.says().await, format!("following {game} from message 10 on"));
    ada.accept(say("once more?")).await;
    one.tells(&game, 11..=11).await;
}

#[tokio::test]
async fn a_log_that_cannot_be_read_does_not_keep_the_others_from_being_told() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let damaged = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    let sound = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    for game in [&damaged, &sound] {
        row_is_current(&stack, game).await;
    }
    let (mut all, mut one) = (Tail::start(&stack, &[]).await, Tail::start(&stack, &[&damaged]).await);
    assert_eq!(all.says().await, "following 2 unfinished games");
    assert_eq!(one.says().await, format!("following {damaged} from message 3 on"));
    ada.accept(cell(&damaged, 0)).await;
    all.tells(&damaged, 4..=4).await;
    one.tells(&damaged, 4..=4).await;
    // A message that nobody can read, and the row says that there is one.
    let client = stack.dynamodb().await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let put = client.put_item().table_name("MessagesTable").item("game_id", text(&damaged));
    put.item("seq", AttributeValue::N("5".to_owned())).item("events", text("[}")).send().await.expect("it is written");
    let row = client.update_item().table_name("GamesTable").key("game_id", text(&damaged)).key("item", text("state"));
    let row =
        row.update_expression("SET seq = :seq").expression_attribute_values(":seq", AttributeValue::N("5".to_owned()));
    row.send().await.expect("it is written");
    let said = all.says().await;
    assert!(said.starts_with(&format!("{damaged} is followed no further: a message cannot be read")), "{said}");
    let said = one.says().await;
    assert!(said.starts_with(&format!("error: {damaged} goes on in a way that cannot be read: ")), "{said}");
    assert_eq!(timeout(PATIENCE, one.child.wait()).await.expect("it ends").expect("it ran").code(), Some(1));
    play_cells(&mut ada, &mut bob, &sound, &[0, 3, 1, 4, 2]).await;
    all.tells(&sound, 4..=8).await;
    all.child.kill().await.expect("it still runs");
    assert_eq!(all.errors.next_line().await.expect("it is text"), None, "it is said once");
}

#[tokio::test]
async fn a_game_of_chess_is_written_as_pgn_and_files_are_played_through_the_rules() {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = stack.ada_and_bob().await;
    let game = table(&mut ada, &mut bob, "chess", json!({})).await;
    for (number, uci) in ["f2f3", "e7e5", "g2g4", "d8h4"].into_iter().enumerate() {
        let player = if number % 2 == 0 { &mut ada } else { &mut bob };
        player.accept(play(&game, json!({ "uci": uci }))).await;
    }
    let written = printed(&stack, &["pgn", &game]).await;
    let (tags, moves) = written.split_once("\n\n").expect("an empty line stands above the moves");
    let players = "[White \"ada\"]\n[Black \"bob\"]\n[Result \"0-1\"]\n[Termination \"normal\"]";
    assert!(tags.ends_with(players) && tags.contains(&format!("[Site \"{game}\"]")), "{tags}");
    assert_eq!(moves, "1. f3 e5 2. g4 Qh4# 0-1\n");

    let folder = tempfile::tempdir().expect("a folder can be made");
    let check = async |text: &str| {
        let file = folder.path().join("games.pgn");
        std::fs::write(&file, text).expect("it is written");
        let file = file.to_str().expect("it is a text");
        let output = stack.turnlog(&["pgn", "--check", file]).await;
        (output.status.code(), String::from_utf8(output.stdout).expect("it writes text").replace(file, "games.pgn"))
    };
    assert_eq!(check(&written).await, (Some(0), "games.pgn: games: 1, moves: 4, faults: 0\n".to_owned()));
    let (code, said) = check(&format!("{}\n{written}", written.replace("g4 Qh4#", "g4 Qh5#"))).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("game 1: line ") && said.ends_with("games: 2, moves: 4, faults: 1\n"), "{said}");
    let (code, said) = check(&written.replace("0-1", "1-0")).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("game 1: the file says 1-0, and the rules 0-1"), "{said}");
    // Files are held to mate and stalemate, and not to draws that come by themselves today.
    let fivefold = "Nf3 Nf6 Ng1 Ng8 ".repeat(4);
    for (text, moves) in [(format!("{fivefold}1-0"), 16), (format!("{fivefold}e4 1-0"), 17)] {
        assert_eq!(
            check(&text).await,
            (Some(0), format!("games.pgn: games: 1, moves: {moves}, faults: 0\n")),
            "{text}"
        );
    }
    let old_line_ends = "% made by a program\r[Event \"A\"]\r\r1. e4 e5 2. Qh5 Ke7 3. Qxe5# 0-1\r";
    let (code, said) = check(old_line_ends).await;
    assert!(code == Some(1) && said.ends_with("games: 1, moves: 0, faults: 1\n"), "{said}");
    let bad_tag = "[White \"The \"Great\" One\"]\n\n1. e4 *\n\n[Site \"B\"]\n\n1. d4 *\n\n[Site \"C\"]\n\n1. c5 *\n";
    let (code, said) = check(bad_tag).await;
    assert!(code == Some(1) && said.ends_with("games: 3, moves: 1, faults: 2\n"), "{said}");
    let none = stack.turnlog(&["pgn", "11111111-1111-5111-8111-111111111111"]).await;
    assert_eq!(none.status.code(), Some(2));
}
