//! CloudWatch's filter patterns for JSON, as far as our filters use them: `{ $.a.b = "text" }`.
//!
//! By <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html>: a selector begins
//! with `$.` and goes down by names; a text stands in double quotes, and is compared as a whole, letter by letter.

use serde_json::Value;

/// Whether a line is matched. Panics on a pattern of another form, so that nothing is taken for a match by mistake.
pub(super) fn matches(pattern: &str, line: &Value) -> bool {
    let inner = pattern.strip_prefix('{').and_then(|pattern| pattern.strip_suffix('}')).expect("a pattern for JSON");
    let (selector, text) = inner.split_once(" = ").expect("an equality");
    let text = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"')).expect("a text in quotes");
    assert!(!text.contains(['"', '*', '%', '\\']), "{text} has a meaning of its own");
    select(selector.trim(), line).is_some_and(|found| found == text)
}

/// The value of the metric that a matched line makes: a number, or a selector of one.
pub(super) fn value(metric_value: &str, line: &Value) -> f64 {
    let number = metric_value.parse().ok();
    number.or_else(|| select(metric_value, line)?.as_f64()).expect("a filter without a number makes no metric")
}

fn select<'a>(selector: &str, line: &'a Value) -> Option<&'a Value> {
    let names = selector.strip_prefix("$.").expect("a selector").split('.');
    names.into_iter().try_fold(line, |value, name| value.get(name))
}

#[test]
fn a_pattern_matches_a_whole_text_at_its_place() {
    let line = serde_json::json!({ "level": "INFO", "fields": { "message": "swept", "unreadable": 3 } });
    assert!(matches("{ $.fields.message = \"swept\" }", &line));
    for other in ["{ $.message = \"swept\" }", "{ $.fields.message = \"swep\" }", "{ $.fields.message = \"Swept\" }"] {
        assert!(!matches(other, &line), "{other}");
    }
    assert!((value("$.fields.unreadable", &line) - 3.0).abs() < f64::EPSILON);
    assert!((value("1", &line) - 1.0).abs() < f64::EPSILON);
}
