//! Files of which something is wrong, and stacks in which something is already.

use std::{collections::BTreeSet, process::Stdio};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use turnlog_tests::{Stack, eventually};

use super::{command, export, file, folder, import, lines_of, lived_in, path, rows, text_of, turnlog};
use crate::stack::{cell, row_is_current};

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
        (|lines| drop(lines.remove(3)), "message 5 comes where 4 is due"),
        (|lines| drop(lines.remove(0)), "message 2 comes where 1 is due"),
        (|lines| lines.swap(3, 4), "message 5 comes where 4 is due"),
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
    assert!(!is_well && told.contains(&format!("1 game and 1 inbox with {} messages", rest.len())), "{told}");
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
