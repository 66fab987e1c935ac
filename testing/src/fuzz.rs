//! Arbitrary bytes as options, tables and commands of every kind, as a fuzzer makes them.
//!
//! An input is text in lines, so that a corpus can be read. The first character of the first line chooses the kind, and
//! the rest of that line is the JSON of its options. The second line is the JSON of the table; everybody sits down and the
//! game starts, unless that line begins with `~`. Each further line is a command: its first character chooses who gives it,
//! the second what it is, and the rest belongs to that. A number that is missing is the length of what stands there.
//!
//! | second character | command |
//! |---|---|
//! | `#` and a number | the legal action of that number, by whoever is in turn |
//! | `=`, a number, `:` and JSON | the same, with its first leaf replaced |
//! | `!` | resign |
//! | `?` and a number | claim the time, so many seconds later |
//! | `+`, `-`, `x`, `w` and an offer's number | offer, accept, decline, withdraw |
//! | `R` | make the rematch on which all have agreed, and go on there |
//! | `r` | resume |
//! | `"`, `(` | say the rest of the line to all, to spectators |
//! | `'` and a digit | say the rest of the line to that person |
//! | `m` and a number | mute that person |
//! | `j`, `k` and a number | sit down on that seat, send away who sits there |
//! | `l`, `s` | leave, start |
//! | `b` and a number | set a bot on any seat, or on that of half the number: even ones are random, odd ones search |
//! | `o` | let a bot do what it has to |
//! | `a` and a number | close the game as the system, so many days later |
//! | anything else | play the JSON that begins here |

mod play;

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use turnlog_domain::{Kind, Kinds};

use self::play::Play;
use crate::tried::at_random;

/// Commands of one input; what is beyond is not read, so that no input is slow for its length alone.
const COMMANDS_MAX: usize = 160;

/// So many texts are played with every kind.
const CASES: u32 = 64;

/// Lines of commands that make some sense, as a fuzzer finds them in hours, break no law.
///
/// # Panics
/// When a kind breaks it.
pub fn lines_of_commands_break_no_law(kinds: &Kinds) {
    at_random(kinds, "lines_of_commands_break_no_law", CASES, texts, |kind, text| {
        let mut lines = text.split('\n');
        play(kinds, kind, lines.next().unwrap_or_default(), lines);
    });
}

/// Plays what the bytes say. It is the body of a fuzz target: `fuzz_target!(|bytes: &[u8]| moves(&kinds(), bytes))`.
///
/// # Panics
/// When anything breaks a law.
pub fn moves(kinds: &Kinds, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let (choice, options) = first(lines.next().unwrap_or_default());
    let kind = kinds.iter().nth(choice % kinds.iter().len()).expect("there are kinds");
    play(kinds, kind, options, lines);
}

/// Plays a game of a kind, of which the lines give the settings and the commands.
fn play<'a>(kinds: &Kinds, kind: Kind, options: &str, mut lines: impl Iterator<Item = &'a str>) {
    let table = lines.next().unwrap_or_default();
    let (is_filled, table) = table.strip_prefix('~').map_or((true, table), |table| (false, table));
    let table = read(table);
    let mut game = Play::create(kinds, kind, &read(options).unwrap_or(json!({})), &table.unwrap_or(json!({})));
    if is_filled {
        game.fill();
    }
    for line in lines.take(COMMANDS_MAX) {
        game.command(line);
    }
    game.check_the_end();
}

/// Texts without the character that chooses the kind: options by default, a table, and commands, mostly of those that there are.
fn texts() -> impl Strategy<Value = String> {
    const TABLES: [&str; 4] = [
        "{}",
        r#"{"start":"host"}"#,
        r#"{"clock":{"seconds":30},"timeout":"default_move"}"#,
        r#"~{"private":true,"clock":{"fischer":{"initial_ms":60000,"increment_ms":2000}}}"#,
    ];
    let command = prop_oneof![
        6 => (0..9_u8, 0..64_u8).prop_map(|(who, number)| format!("{who}#{number}")),
        2 => (0..9_u8, "[!?+xwRr\"('mjklsboa-]", 0..8_u8).prop_map(|(who, what, number)| format!("{who}{what}{number}")),
        1 => (0..9_u8, 0..64_u8, any::<i32>()).prop_map(|(who, number, leaf)| format!("{who}={number}:{leaf}")),
        1 => ".{0,16}".prop_map(String::from),
    ];
    (prop::sample::select(TABLES.to_vec()), vec(command, 0..60))
        .prop_map(|(table, commands)| format!("{{}}\n{table}\n{}", commands.join("\n")))
}

/// The number that the first character stands for, and the rest. Digits stand for themselves.
fn first(line: &str) -> (usize, &str) {
    let mut letters = line.chars();
    let number = letters.next().map_or(0, |letter| (letter as usize).wrapping_sub('0' as usize) % 256);
    (number, letters.as_str())
}

fn read(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn number(text: &str) -> usize {
    text.trim().parse().unwrap_or(text.len())
}
