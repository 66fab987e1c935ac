//! The JSON of a frame, in every way in which the libraries of clients write it.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::id::FrameId;

/// What stands for half of a surrogate pair.
const REPLACEMENT: &str = "\\ufffd";

/// Bytes of an escape like `\ud83d`.
const ESCAPE_BYTES: usize = 6;

/// Reads a text; `None` when it is no JSON.
///
/// Numbers without a fraction become whole numbers however they are written, since some libraries write all numbers as
/// `4.0`. Half of a surrogate pair becomes U+FFFD, as the encoders of browsers have it: some libraries cut texts in the middle
/// of an emoji.
pub(crate) fn read(text: &str) -> Option<Value> {
    let mut value = serde_json::from_str(&mended(text)).ok()?;
    make_whole(&mut value);
    Some(value)
}

/// The id of the frame in a text that is no JSON; `None` when none can be found. It is the first one in the outermost
/// object.
pub(crate) fn find_id(text: &str) -> Option<FrameId> {
    let (mut depth, mut last, mut key) = (0_usize, None, None);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            '"' => {
                let (string, after) = rest.split_at(end_of_string(rest)?);
                rest = &after[1..];
                let found =
                    key.take().filter(|&key| key == "id" && depth == 1).and_then(|_| FrameId::parse(string).ok());
                if found.is_some() {
                    return found;
                }
                last = Some(string);
            }
            ':' => key = last.take(),
            _ if first.is_whitespace() => {}
            _ => {
                (last, key) = (None, None);
                match first {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
    }
    None
}

/// Where the string ends whose first quotation mark stands before `rest`.
fn end_of_string(rest: &str) -> Option<usize> {
    let mut bytes = rest.bytes().enumerate();
    loop {
        match bytes.next()? {
            (end, b'"') => return Some(end),
            (_, b'\\') => bytes.next().map(|_| ())?,
            (_, _) => {}
        }
    }
}

/// The text with U+FFFD for every half of a surrogate pair. Backslashes stand in strings only, so that nothing else is read.
fn mended(text: &str) -> Cow<'_, str> {
    let (mut mended, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = text[at..].find('\\') {
        let start = at + found;
        let rest = &text[start..];
        at = match escaped(rest) {
            None => start + 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            Some(0xd800..=0xdbff) if matches!(escaped(&rest[ESCAPE_BYTES..]), Some(0xdc00..=0xdfff)) => {
                start + 2 * ESCAPE_BYTES
            }
            Some(0xd800..=0xdfff) => {
                mended.push_str(&text[copied..start]);
                mended.push_str(REPLACEMENT);
                copied = start + ESCAPE_BYTES;
                copied
            }
            Some(_) => start + ESCAPE_BYTES,
        };
    }
    if mended.is_empty() {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[copied..]);
    Cow::Owned(mended)
}

/// The number in an escape like `\ud83d` with which the text begins.
fn escaped(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_whole),
        Value::Object(fields) => fields.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The whole number that a number with a fraction of zero or an exponent is; `None` when it has another fraction, or is too
/// large for 64 bits.
fn whole(number: &Number) -> Option<Number> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    // All digits, which are exact; `-0` is read as 0.
    let digits = format!("{float:.0}");
    digits.parse::<i64>().map(Number::from).or_else(|_| digits.parse::<u64>().map(Number::from)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8";

    #[test]
    fn numbers_without_a_fraction_are_whole_numbers_wherever_they_stand() {
        for (text, whole) in [
            ("4.0", json!(4)),
            ("4.000", json!(4)),
            ("4e0", json!(4)),
            ("1e2", json!(100)),
            ("1.5e1", json!(15)),
            ("-3.0", json!(-3)),
            ("0.0", json!(0)),
            ("-0.0", json!(0)),
            ("-0", json!(0)),
            ("4", json!(4)),
            ("9007199254740993", json!(9_007_199_254_740_993_u64)),
            ("9007199254740992.0", json!(9_007_199_254_740_992_u64)),
            ("18446744073709551615", json!(u64::MAX)),
            ("123456789012345.000000", json!(123_456_789_012_345_u64)),
            ("1700000000000.0000000000", json!(1_700_000_000_000_u64)),
            ("1.8446744073709550e19", json!(18_446_744_073_709_549_568_u64)),
            ("-9.223372036854775808e18", json!(i64::MIN)),
        ] {
            assert_eq!(read(text), Some(whole.clone()), "{text}");
            let nested = format!(r#"{{"a":[{{"b":{text}}}]}}"#);
            assert_eq!(read(&nested), Some(json!({ "a": [{ "b": whole }] })), "{nested}");
        }
    }

    #[test]
    fn other_numbers_stay_as_they_are() {
        for (text, float) in [
            ("4.5", 4.5),
            ("-0.25", -0.25),
            ("1e-7", 1e-7),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("1e20", 1e20),
            ("-1e19", -1e19),
            ("1.7976931348623157e308", f64::MAX),
        ] {
            let value = read(text).expect("it is JSON");
            assert!(value.is_f64(), "{text}");
            assert_eq!(value.as_f64(), Some(float), "{text}");
        }
        assert_eq!(read("1e400"), None);
        // A kind may take numbers with fractions: what was written as 4.0 is one of them still.
        assert_eq!(
            serde_json::from_value::<Vec<f64>>(read("[4.0, 4, 4.5]").expect("it is JSON")).ok(),
            Some(vec![4.0, 4.0, 4.5])
        );
    }

    #[test]
    fn halves_of_surrogate_pairs_are_mended_as_by_a_browser() {
        for (escaped, text) in [
            (r"\ud83d", "\u{fffd}"),
            (r"\uDE00", "\u{fffd}"),
            (r"a\ud83db", "a\u{fffd}b"),
            (r"\ud83d\ude00", "😀"),
            (r"\uD83D\uDE00\ud83d", "😀\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\\ude00", "\u{fffd}\\ude00"),
            (r"\\ud83d", "\\ud83d"),
            (r"\\\ud83d", "\\\u{fffd}"),
            (r"\u00e9ä😀", "éä😀"),
        ] {
            assert_eq!(read(&format!("\"{escaped}\"")), Some(json!(text)), "{escaped}");
            assert_eq!(read(&format!("{{\"{escaped}\":1}}")), Some(json!({ text: 1 })), "{escaped}");
        }
        for broken in [r#""\ud8""#, r#""\ud83"#, r#""\u+83d""#, "\"\\", r#""\x""#, "\\ä"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_id_is_found_in_what_is_no_json() {
        for text in [
            format!(r#"{{"id":"{ID}","action":"play","move":{{"#),
            format!(r#"{{"action":"say", "text":"bell{}", "id" : "{ID}"}}"#, '\u{7}'),
            format!(r#"{{"move":{{"id":"00000000-0000-4000-8000-000000000001"}},"id":"{ID}","n":NaN}}"#),
            format!(r#"{{"text":"\"id\":\"no\"","id":"{ID}",}}"#),
            format!(r#"{{"id":"{ID}","x":1e400}}"#),
            format!(r#"{{"id":"{ID}","move":{}"#, "[".repeat(200)),
            format!(r#"[{{"id":"{ID}"}}]"#),
            format!("{{\"id\":\"{ID}\"\u{0}"),
        ] {
            assert_eq!(find_id(&text).as_ref().map(FrameId::as_str), Some(ID), "{text}");
        }
    }

    #[test]
    fn no_id_is_made_up() {
        for text in [
            String::new(),
            format!(r#"{{"text":"\"id\":\"{ID}\""#),
            format!(r#"{{"move":{{"id":"{ID}"}}"#),
            format!(r#"{{"ids":"{ID}"}}"#),
            format!(r#"{{"action":"id","{ID}":1"#),
            format!(r#"{{"id":["{ID}"]}}"#),
            format!(r#"{{"id":"{ID}"#),
            format!(r#"{{"id":"{{{ID}}}""#),
            "{\"id\\".to_owned(),
        ] {
            assert_eq!(find_id(&text), None, "{text}");
        }
    }
}
