//! Whole logs out of one stack and into another.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use flate2::{Compression, write::GzEncoder};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};
use turnlog_tests::{Stack, build_once, eventually, say_seed};

use super::{bench::LONG_GAMES, cell, create, folded, play_cells, row_is_current, table};

type Item = BTreeMap<String, AttributeValue>;

async fn command(stack: &Stack, arguments: &[&str]) -> Command {
    let mut command = Command::new(build_once().await);
    command.args(arguments).args(["--port", &stack.port().to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs `turnlog`: whether it succeeded, what it printed, and what it complained of.
async fn turnlog(stack: &Stack, arguments: &[&str]) -> (bool, String, String) {
    let Output { status, stdout, stderr } = command(stack, arguments).await.output().await.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.success(), text(stdout), text(stderr))
}

async fn export(stack: &Stack) -> String {
    let (is_well, lines, told) = turnlog(stack, &["export", "--all"]).await;
    assert!(is_well, "{told}");
    lines
}

/// Imports: whether it succeeded, its figures, and its complaints.
async fn import(stack: &Stack, file: &Path) -> (bool, Value, String) {
    let (is_well, printed, told) = turnlog(stack, &["import", path(file), "--yes", "--json"]).await;
    (is_well, serde_json::from_str(&printed).unwrap_or_default(), told)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a test's folder has a plain name")
}

fn file(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("export.jsonl");
    fs::write(&file, text).expect("it can be written");
    file
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

/// The lines of one log.
fn lines_of<'a>(text: &'a str, log: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.contains(&format!(r#""game_id":{{"S":"{log}"}}"#))).collect()
}

fn text_of(lines: &[impl AsRef<str>]) -> String {
    lines.iter().flat_map(|line| [line.as_ref(), "\n"]).collect()
}

/// The items of a table whose sort key begins with that.
async fn rows(stack: &Stack, table: &str, beginning: &str) -> Vec<Item> {
    let scan = stack.dynamodb().await.scan().table_name(table);
    let (mut rows, mut after) = (Vec::<Item>::new(), None);
    loop {
        let page = scan.clone().set_exclusive_start_key(after).send().await.expect("it reads");
        rows.extend(page.items.unwrap_or_default().into_iter().map(|item| item.into_iter().collect()));
        after = page.last_evaluated_key;
        if after.is_none() {
            break;
        }
    }
    rows.retain(|row| row["item"].as_s().is_ok_and(|item| item.starts_with(beginning)));
    rows.sort_by_key(|row| format!("{:?}", (&row.get("game_id"), &row.get("player_id"), &row["item"])));
    rows
}

/// A stack with a finished game, one that goes on, one of bots, and a direct message. Returns the first two.
async fn lived_in() -> (Stack, String, String) {
    let stack = Stack::start().await;
    let (mut ada, mut bob) = (stack.connect("ada").await, stack.connect("bob").await);
    let finished = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &finished, &[0, 3, 1, 4, 2]).await;
    let running = table(&mut ada, &mut bob, "tic-tac-toe", json!({})).await;
    play_cells(&mut ada, &mut bob, &running, &[0, 3]).await;
    let bots = create(&mut ada, "connect-four", json!({}), json!({ "start": "host" })).await;
    ada.accept(json!({ "action": "watch", "game": bots })).await;
    for _ in 0..2 {
        ada.accept(json!({ "action": "add_bot", "game": bots, "bot": "random" })).await;
    }
    ada.accept(json!({ "action": "start", "game": bots })).await;
    ada.sees(&bots, |view| view["phase"] == "finished").await;
    for text in ["Hello", "Well played"] {
        ada.accept(json!({ "action": "sendmessage", "destinationPlayerId": "bob", "message": text })).await;
    }
    (stack, finished, running)
}

#[tokio::test]
async fn an_imported_log_is_the_same_to_the_byte_and_play_goes_on() {
    let (source, finished, running) = lived_in().await;
    let text = export(&source).await;
    let folder = folder();
    let target = Stack::start().await;
    let (is_well, figures, told) = import(&target, &file(folder.path(), &text)).await;
    assert!(is_well, "{told}");
    assert_eq!((&figures["games"], &figures["inboxes"], &figures["already"]), (&json!(3), &json!(1), &json!(0)));
    assert_eq!(figures["stored"], text.lines().count());
    assert_eq!(export(&target).await, text);

    row_is_current(&source, &running).await;
    for (table, beginning) in [("GamesTable", "state#"), ("PlayersTable", "game#")] {
        // The source's own rows may still be on their way.
        let is_equal = || async {
            let expected = rows(&source, table, beginning).await;
            (expected.len() > 1 && rows(&target, table, beginning).await == expected).then_some(())
        };
        eventually("equal rows", is_equal).await;
    }
    assert_eq!(rows(&target, "GamesTable", "parked").await, []);

    let mut ada = target.connect("ada").await;
    assert_eq!(ada.accept(cell(&running, 1)).await["seq"], folded(&source, &running).await.game.seq().0 + 1);
    assert_eq!(ada.reject(cell(&finished, 5)).await, "finished");

    let (is_well, figures, _) = import(&target, &file(folder.path(), &text)).await;
    assert!(is_well, "a log that has grown since holds all of it");
    assert_eq!((&figures["stored"], &figures["already"]), (&json!(0), &json!(text.lines().count())));
}

#[tokio::test]
async fn single_logs_are_exported_and_one_that_is_not_there_is_named() {
    let (stack, finished, running) = lived_in().await;
    let all = export(&stack).await;
    let missing = "11111111-1111-5111-8111-111111111111";
    let (is_well, lines, told) = turnlog(&stack, &["export", &running, missing, "player#bob", &running]).await;
    assert!(!is_well && told.contains(&format!("there is no {missing}")), "{told}");
    assert_eq!(lines, text_of(&[lines_of(&all, &running), lines_of(&all, "player#bob")].concat()));

    let folder = folder();
    let output = folder.path().join("one.jsonl");
    let arguments = ["export", &finished, "--output", path(&output)];
    let (is_well, printed, _) = turnlog(&stack, &[&arguments[..], &["--json"]].concat()).await;
    let figures: Value = serde_json::from_str(&printed).expect("it is JSON");
    assert!(is_well);
    assert_eq!((&figures["logs"], &figures["messages"]), (&json!(1), &json!(lines_of(&all, &finished).len())));
    let (is_well, _, told) = turnlog(&stack, &arguments).await;
    assert!(!is_well && told.contains("is there already"), "{told}");

    // Nobody reads what it writes.
    let mut child = command(&stack, &["export", "--all"]).await.spawn().expect("it starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().await.expect("it ends");
    let told = String::from_utf8(ended.stderr).expect("it is text");
    assert_eq!(
        (ended.status.code(), told.as_str()),
        (Some(2), "error: the output was closed before everything was written\n")
    );
}

/// A backup that ends at the first thing that is damaged would be worth little.
#[tokio::test]
async fn what_is_damaged_is_exported_as_it_is_and_what_is_no_message_is_named() {
    let (stack, finished, running) = lived_in().await;
    let sound = export(&stack).await;
    let client = stack.dynamodb().await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let put = async |log: &str, seq: &str, events: &str| {
        let put = client.put_item().table_name("MessagesTable").item("game_id", text(log));
        let put = put.item("seq", AttributeValue::N(seq.to_owned())).item("events", text(events));
        put.send().await.expect("it is written");
    };
    // A message that cannot be read, a gap, and a broken chain are exported as they are stored.
    put(&finished, "4", "[}").await;
    let gap = client.delete_item().table_name("MessagesTable").key("game_id", text(&running));
    gap.key("seq", AttributeValue::N("2".to_owned())).send().await.expect("it is removed");
    let (is_well, damaged, told) = turnlog(&stack, &["export", "--all"]).await;
    assert!(is_well, "{told}");
    assert_eq!(damaged.lines().count(), sound.lines().count() - 1);
    assert!(lines_of(&damaged, &finished)[3].contains(r#""events":{"S":"[}"}"#), "{damaged}");

    // These are no messages of any log.
    let strays = [(finished.as_str(), "2.5"), (&running, "-1"), (&running, "0"), ("somebody", "1")];
    for (log, seq) in strays {
        put(log, seq, "[]").await;
    }
    let output = Command::output(&mut command(&stack, &["export", "--all"]).await).await.expect("it runs");
    let told = String::from_utf8(output.stderr).expect("it is text");
    assert_eq!((output.status.code(), output.stdout), (Some(1), damaged.clone().into_bytes()));
    for (log, seq) in strays {
        assert!(told.contains(&format!(r#"game_id {{"S":"{log}"}}, seq {{"N":"{seq}"}}"#)), "{told}");
    }
    assert!(told.ends_with("error: 4 items are no messages and were left out\n"), "{told}");
    let (is_well, lines, told) = turnlog(&stack, &["export", &running]).await;
    assert!(!is_well && told.ends_with("error: 2 items are no messages and were left out\n"), "{told}");
    assert_eq!(lines, text_of(&lines_of(&damaged, &running)));

    // The backup is imported but for the damaged logs; and what is no message hinders no import.
    let (folder, target) = (folder(), Stack::start().await);
    let (is_well, figures, told) = import(&target, &file(folder.path(), &damaged)).await;
    assert!(!is_well && told.contains(&format!("{running}: message 2 is missing")), "{told}");
    assert!(told.contains(&format!("{finished}: a message cannot be read")), "{told}");
    assert_eq!((&figures["games"], &figures["inboxes"]), (&json!(1), &json!(1)));
    let (_, figures, told) = import(&stack, &file(folder.path(), &text_of(&lines_of(&sound, &running)))).await;
    assert_eq!((&figures["games"], &figures["stored"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(turnlog(&stack, &["export", &running]).await.1, text_of(&lines_of(&sound, &running)));
    let line = r#"{"Item":{"game_id":{"S":"somebody"},"seq":{"N":"2.5"}}}"#;
    let (is_well, _, told) = import(&target, &file(folder.path(), line)).await;
    assert!(!is_well && told.contains("line 1 of") && told.contains("nothing was imported"), "{told}");
}

#[tokio::test]
async fn an_import_asks_before_it_writes() {
    let (source, ..) = lived_in().await;
    let folder = folder();
    let file = file(folder.path(), &export(&source).await);
    let target = Stack::start().await;
    let (is_well, _, told) = turnlog(&target, &["import", path(&file)]).await;
    assert!(
        !is_well && told.contains("3 games and 1 inboxes with") && told.contains("nobody can be asked here; say --yes"),
        "{told}"
    );
    assert_eq!(export(&target).await, "");
}

/// What is done to the lines of a game, and what is said of it.
type Damage = (fn(&mut Vec<String>), &'static str);

#[tokio::test]
async fn a_log_with_a_fault_is_left_out_and_all_others_are_imported() {
    let (source, finished, running) = lived_in().await;
    let all = export(&source).await;
    let lines: Vec<String> = lines_of(&all, &finished).into_iter().map(str::to_owned).collect();
    let other = lines_of(&all, &running);
    let folder = folder();
    let cases: [Damage; 6] = [
        (|lines| drop(lines.remove(3)), "message 4 is missing: 5 comes instead"),
        (|lines| drop(lines.remove(0)), "message 1 is missing: 2 comes instead"),
        (|lines| lines.swap(3, 4), "message 4 is missing: 5 comes instead"),
        (
            |lines| lines[4] = lines[4].replace("cell\\\":3", "cell\\\":5"),
            "the state after message 5 is not the recorded one",
        ),
        (|lines| lines[4] = lines[4].replacen("\"N\":\"1", "\"N\":\"2", 1), "the state after message 5"),
        (
            |lines| lines[3] = lines[3].replace(r#""prev_hash":{"S":""#, r#""prev_hash":{"S":"X"#),
            "message 4 does not continue",
        ),
    ];
    let target = Stack::start().await;
    for (damage, said) in cases {
        let mut damaged = lines.clone();
        damage(&mut damaged);
        assert_ne!(damaged, lines, "{said}");
        let text = text_of(&damaged) + &text_of(&other);
        let (is_well, figures, told) = import(&target, &file(folder.path(), &text)).await;
        assert!(!is_well && told.contains(&format!("{finished}: {said}")), "{said}: {told}");
        assert_eq!((&figures["games"], &figures["problems"][0]["log"]), (&json!(1), &json!(finished)));
        assert_eq!(export(&target).await, text_of(&other), "{said}");
    }
}

#[tokio::test]
async fn logs_whose_lines_stand_apart_are_counted_once() {
    let (source, finished, running) = lived_in().await;
    let all = export(&source).await;
    let (one, other) = (lines_of(&all, &finished), lines_of(&all, &running));
    assert!(one.len() > 2 && other.len() > 2);
    // One line of each in turn, and the inboxes at the end.
    let longest = one.len().max(other.len());
    let apart = (0..longest).flat_map(|index| [one.get(index), other.get(index)]).flatten();
    let rest: Vec<&str> = all.lines().filter(|line| !one.contains(line) && !other.contains(line)).collect();
    let text = text_of(&apart.chain(&rest).copied().collect::<Vec<_>>());
    let folder = folder();
    let target = Stack::start().await;
    // Their first lines alone are sound, and no logs all the same.
    let (is_well, _, told) = turnlog(&target, &["import", path(&file(folder.path(), &text))]).await;
    assert!(!is_well && told.contains(&format!("1 games and 1 inboxes with {} messages", rest.len())), "{told}");
    let (is_well, figures, told) = import(&target, &file(folder.path(), &text)).await;
    assert!(!is_well && told.contains("2 logs could not be imported"), "{told}");
    let named: BTreeSet<_> =
        figures["problems"].as_array().expect("it is a list").iter().map(|one| one["log"].to_string()).collect();
    assert_eq!((named.len(), figures["problems"].as_array().map(Vec::len)), (2, Some(2)), "{figures}");
    assert_eq!((&figures["games"], &figures["inboxes"]), (&json!(1), &json!(1)), "{figures}");
    // Where the logs are already there, the same file has nothing to say against them, and they are as many.
    let (_, whole, _) = import(&target, &file(folder.path(), &all)).await;
    let (is_well, figures, told) = import(&target, &file(folder.path(), &text)).await;
    assert!(is_well, "{told}");
    for count in ["games", "inboxes", "messages"] {
        assert_eq!(figures[count], whole[count], "{count}: {figures}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_changes_nothing() {
    let (source, finished, _) = lived_in().await;
    let all = export(&source).await;
    let lines = lines_of(&all, &finished);
    let folder = folder();
    let target = Stack::start().await;
    let long = lines[2].replace(r#""at""#, &format!(r#""padding":{{"S":"{}"}},"at""#, "x".repeat(1_100_000)));
    let cut = &lines[2][..lines[2].len() / 2];
    for (line, said) in [
        (cut, "line 3 of"),
        ("garbage", "line 3 of"),
        ("{\"Item\":{\"game_id\":{\"S\":\"x\"},\"seq\":{\"N\":\"1\"}}}", "without the log of a game"),
        (long.as_str(), "is longer than 1048576 bytes"),
    ] {
        let text = text_of(&lines[..2]) + line;
        let (is_well, _, told) = import(&target, &file(folder.path(), &text)).await;
        assert!(!is_well && told.contains(said) && told.contains("nothing was imported"), "{told}");
        assert_eq!(export(&target).await, "", "{said}");
    }
}

#[tokio::test]
async fn what_this_version_does_not_know_is_kept() {
    let (source, finished, _) = lived_in().await;
    let all = export(&source).await;
    let mut lines: Vec<String> = lines_of(&all, &finished).into_iter().map(str::to_owned).collect();
    lines[2] = lines[2].replace(r#"{"Item":{"#, r#"{"Item":{"Zeit":{"L":[{"N":"1.5"},{"BOOL":true},{"B":"AAE="}]},"#);
    // An event from the future in the last message, which no other one covers.
    let last = lines.len() - 1;
    lines[last] = lines[last].replace(r#"\"type\":\"played\""#, r#"\"type\":\"foreseen\""#);
    assert_ne!(lines, lines_of(&all, &finished)[..]);
    let folder = folder();
    let target = Stack::start().await;
    let (is_well, figures, told) = import(&target, &file(folder.path(), &text_of(&lines))).await;
    assert!(is_well, "{told}");
    assert_eq!((&figures["games"], &figures["unfolded"]), (&json!(1), &json!(1)));
    assert_eq!(export(&target).await, text_of(&lines));
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let (source, finished, running) = lived_in().await;
    let all = export(&source).await;
    let folder = folder();
    let target = Stack::start().await;
    let mut other: Value = serde_json::from_str(lines_of(&all, &finished)[2]).expect("it is JSON");
    other["Item"]["at"]["N"] = json!("1");
    let put = target.dynamodb().await.put_item().table_name("MessagesTable");
    let put = other["Item"].as_object().expect("it is an item").iter().fold(put, |put, (name, value)| {
        let value = match (value["S"].as_str(), value["N"].as_str()) {
            (Some(text), _) => AttributeValue::S(text.to_owned()),
            (_, number) => AttributeValue::N(number.expect("it is a text or a number").to_owned()),
        };
        put.item(name, value)
    });
    put.send().await.expect("it is written");
    let (is_well, figures, told) = import(&target, &file(folder.path(), &all)).await;
    assert!(!is_well && told.contains(&format!("{finished}: the table has another message 3")), "{told}");
    assert_eq!((&figures["games"], &figures["inboxes"]), (&json!(2), &json!(1)));
    let there = export(&target).await;
    assert!(lines_of(&there, &finished).contains(&other.to_string().as_str()));
    assert!(!there.contains(lines_of(&all, &finished)[0]), "it is no game");
    assert_eq!(lines_of(&there, &running), lines_of(&all, &running));

    // A game that went another way here stays as it is.
    let mut ada = target.connect("ada").await;
    let played = ada.accept(cell(&running, 8)).await["seq"].as_u64().expect("it has a seq");
    let mut source_ada = source.connect("ada").await;
    source_ada.accept(cell(&running, 1)).await;
    let before = export(&target).await;
    let (is_well, _, told) = import(&target, &file(folder.path(), &export(&source).await)).await;
    assert!(!is_well && told.contains(&format!("{running}: the table has another message {played}")), "{told}");
    assert_eq!(export(&target).await, before);
}

#[tokio::test]
async fn a_game_is_there_only_when_all_of_it_is() {
    let (source, finished, _) = lived_in().await;
    let all = export(&source).await;
    let lines = lines_of(&all, &finished);
    let target = Stack::start().await;
    let stored = || async {
        let there = export(&target).await;
        (there.lines().count() == lines.len() - 2).then_some(there)
    };
    for is_completed in [false, true] {
        let mut importing =
            command(&target, &["import", "-", "--yes"]).await.stdin(Stdio::piped()).spawn().expect("it starts");
        let mut input = importing.stdin.take().expect("it is piped");
        let (last, others) = lines.split_last().expect("there are lines");
        input.write_all(text_of(others).as_bytes()).await.expect("it reads");
        assert_eq!(eventually("all but the first and the last", stored).await, text_of(&others[1..]));
        assert_eq!(rows(&target, "GamesTable", "").await, []);
        let rest = if is_completed { last } else { &last[..last.len() / 2] };
        input.write_all(rest.as_bytes()).await.expect("it reads");
        drop(input);
        assert_eq!(importing.wait().await.expect("it ends").success(), is_completed);
    }
    assert_eq!(export(&target).await, text_of(&lines));
    row_is_current(&target, &finished).await;
    assert_eq!(rows(&target, "GamesTable", "parked").await, []);
}

/// A stack with many games.
async fn busy() -> Stack {
    let stack = Stack::start().await;
    let (is_well, _, told) =
        turnlog(&stack, &[&["bench", "--games", "16", "--seconds", "3"][..], &LONG_GAMES].concat()).await;
    assert!(is_well, "{told}");
    stack
}

/// Ends a command at some part of the time that it may take, in the middle of whatever it does; tells whether it was still at
/// it. One that was quicker may take half as long the next time.
async fn is_killed_within(mut child: Child, whole: &mut Duration, random: &mut SmallRng) -> bool {
    let is_running = timeout(whole.mul_f64(random.random_range(0.1..0.9)), child.wait()).await.is_err();
    if is_running {
        child.kill().await.expect("it can be killed");
    } else {
        *whole /= 2;
    }
    is_running
}

/// How long a command takes that nobody disturbs.
async fn time_of(stack: &Stack, arguments: &[&str]) -> Duration {
    let began = Instant::now();
    let (is_well, _, told) = turnlog(stack, arguments).await;
    assert!(is_well, "{told}");
    began.elapsed()
}

#[tokio::test]
async fn what_is_killed_at_any_point_is_started_again_and_ends_in_the_same() {
    let seed = rand::random();
    say_seed(seed);
    let mut random = SmallRng::seed_from_u64(seed);
    let source = busy().await;
    let text = export(&source).await;
    let folder = folder();
    let output = folder.path().join("export.jsonl");
    let arguments = ["export", "--all", "--output", path(&output), "--resume"];
    let mut whole = time_of(&source, &["export", "--all", "--output", path(&folder.path().join("whole.jsonl"))]).await;
    let mut killed = 0;
    for _ in 0..6 {
        let child = command(&source, &arguments).await.spawn().expect("it starts");
        killed += u32::from(is_killed_within(child, &mut whole, &mut random).await);
        // As if the machine had stopped in the middle of a line, or of the file.
        if let Ok(written) = fs::read(&output) {
            fs::write(&output, &written[..random.random_range(0..=written.len())]).expect("it can be written");
        }
    }
    let (is_well, _, told) = turnlog(&source, &arguments).await;
    assert!(is_well, "{told}");
    assert!(fs::read_to_string(&output).expect("it reads") == text, "the export differs");

    let target = Stack::start().await;
    let arguments = ["import", path(&output), "--yes"];
    let mut whole = time_of(&Stack::start().await, &arguments).await;
    for _ in 0..6 {
        let child = command(&target, &arguments).await.spawn().expect("it starts");
        killed += u32::from(is_killed_within(child, &mut whole, &mut random).await);
    }
    let (is_well, _, told) = turnlog(&target, &arguments).await;
    assert!(is_well, "{told}");
    assert!(killed > 3, "hardly anything was killed: {killed}");
    assert!(export(&target).await == text, "the import differs");
    let expected = rows(&source, "GamesTable", "state#").await;
    let is_equal = || async { (rows(&target, "GamesTable", "state#").await == expected).then_some(()) };
    eventually("equal rows", is_equal).await;
    assert_eq!(rows(&target, "GamesTable", "parked").await, []);
}

/// The layout of DynamoDB's exports: a manifest names compressed files, in which items are in any order.
fn dynamodb_export(folder: &Path, lines: &[&str]) {
    fs::create_dir(folder.join("data")).expect("it can be made");
    let summary = json!({ "version": "2020-06-30", "outputFormat": "DYNAMODB_JSON", "exportType": "FULL_EXPORT", "itemCount": lines.len() });
    fs::write(folder.join("manifest-summary.json"), summary.to_string()).expect("it can be written");
    let mut manifest = String::new();
    for part in 0..4 {
        // An empty partition has an empty file.
        let lines: Vec<&str> = lines.iter().skip(part).step_by(3).copied().filter(|_| part < 3).collect();
        let name = format!("part{part}.json.gz");
        let file = fs::File::create(folder.join("data").join(&name)).expect("it can be made");
        let mut file = GzEncoder::new(file, Compression::fast());
        file.write_all(text_of(&lines).as_bytes()).expect("it can be written");
        file.finish().expect("it can be written");
        let listed = json!({ "itemCount": lines.len(), "md5Checksum": "", "etag": "", "dataFileS3Key": format!("AWSDynamoDB/01693685827463-2d8752fd/data/{name}") });
        manifest.extend([listed.to_string().as_str(), "\n"]);
    }
    fs::write(folder.join("manifest-files.json"), manifest).expect("it can be written");
}

#[tokio::test]
async fn an_export_of_dynamodb_to_s3_is_imported() {
    let (source, ..) = lived_in().await;
    let text = export(&source).await;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.shuffle(&mut SmallRng::seed_from_u64(7));
    let folder = folder();
    dynamodb_export(folder.path(), &lines);
    let target = Stack::start().await;
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(is_well, "{told}");
    assert_eq!(export(&target).await, text);

    let (is_well, _, told) = import(&target, &folder.path().join("data")).await;
    assert!(!is_well && told.contains("there is no manifest-files.json"), "{told}");
    let manifest = folder.path().join("manifest-files.json");
    let fewer = fs::read_to_string(&manifest).expect("it reads").replacen("\"itemCount\":", "\"itemCount\":1", 1);
    fs::write(&manifest, fewer).expect("it can be written");
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(!is_well && told.contains("and the manifest says"), "{told}");
    fs::remove_file(folder.path().join("data/part0.json.gz")).expect("it can be removed");
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(!is_well && told.contains("part0.json.gz"), "{told}");
    let summary = json!({ "outputFormat": "ION" });
    fs::write(folder.path().join("manifest-summary.json"), summary.to_string()).expect("it can be written");
    let (is_well, _, told) = import(&target, folder.path()).await;
    assert!(!is_well && told.contains("only full exports"), "{told}");
}
