//! Which records a function gets: the filter criteria of an event source mapping.

use std::sync::Arc;

use quamina::Quamina;

/// Up to so many filters a mapping has, and ten on request.
const FILTERS_MAX: usize = 10;

/// The filters of one mapping, of which a record must match one. Cheap to clone.
#[derive(Clone)]
pub(super) struct Filter {
    /// None: no filter, every record.
    patterns: Option<Arc<Quamina<usize>>>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Filter").finish_non_exhaustive()
    }
}

impl Filter {
    /// Reads patterns as EventBridge has them.
    ///
    /// # Errors
    /// With what is wrong about one, which AWS would refuse as well or which is not understood here.
    pub(super) fn new(patterns: &[String]) -> Result<Self, String> {
        if patterns.is_empty() {
            return Ok(Self { patterns: None });
        }
        if patterns.len() > FILTERS_MAX {
            return Err(format!("{} filters are more than the {FILTERS_MAX} that AWS allows", patterns.len()));
        }
        let mut matcher = Quamina::new();
        for (index, pattern) in patterns.iter().enumerate() {
            if pattern.contains("\"$or\"") {
                return Err(format!("$or in the filter {pattern} is not understood; write one filter for each"));
            }
            matcher.add_pattern(index, pattern).map_err(|error| format!("the filter {pattern}: {error}"))?;
        }
        Ok(Self { patterns: Some(Arc::new(matcher)) })
    }

    /// Whether the function gets a record, given as it would see it.
    pub(super) fn passes(&self, record: &str) -> bool {
        self.patterns.as_ref().is_none_or(|patterns| patterns.has_matches(record.as_bytes()).unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"game-7"}},
        "NewImage":{"kind":{"S":"chess"},"price":{"N":"101"},"note":{"S":""}}}}"#;

    fn passes(patterns: &[&str]) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Filter::new(&patterns).unwrap().passes(RECORD)
    }

    /// E: EventBridge pattern syntax on the record; filters are joined by "or", the fields of one by "and".
    #[test]
    fn a_record_passes_that_matches_one_filter() {
        assert!(passes(&[]));
        assert!(passes(&[r#"{"eventName":["INSERT","REMOVE"]}"#]));
        assert!(!passes(&[r#"{"eventName":["REMOVE"]}"#]));
        assert!(passes(&[r#"{"eventName":["REMOVE"]}"#, r#"{"dynamodb":{"NewImage":{"kind":{"S":["chess"]}}}}"#]));
        assert!(!passes(&[r#"{"eventName":["INSERT"],"dynamodb":{"NewImage":{"kind":{"S":["go"]}}}}"#]));
    }

    /// E: operators null, "", equals, anything-but, numeric, exists (leaf), prefix.
    #[test]
    fn every_operator_of_the_documentation_is_understood() {
        let on = |field: &str, test: &str| passes(&[&format!(r#"{{"dynamodb":{{"NewImage":{{"{field}":{test}}}}}}}"#)]);
        assert!(on("note", r#"{"S":[""]}"#));
        assert!(!on("note", r#"{"S":[null]}"#));
        assert!(
            on("kind", r#"{"S":[{"anything-but":["go"]}]}"#) && !on("kind", r#"{"S":[{"anything-but":["chess"]}]}"#)
        );
        assert!(on("kind", r#"{"S":[{"prefix":"che"}]}"#) && !on("kind", r#"{"S":[{"prefix":"go"}]}"#));
        assert!(on("kind", r#"{"S":[{"exists":true}]}"#) && on("kind", r#"{"N":[{"exists":false}]}"#));
        assert!(on("kind", r#"{"S":[{"equals-ignore-case":"CHESS"}]}"#) && on("kind", r#"{"S":[{"suffix":"ess"}]}"#));
        assert!(!on("price", r#"{"S":[{"exists":true}]}"#));
    }

    /// E: numbers are strings: exact match on the text, and `numeric` does not work on them.
    #[test]
    fn dynamodbs_numbers_are_text() {
        let price = |test: &str| passes(&[&format!(r#"{{"dynamodb":{{"NewImage":{{"price":{{"N":{test}}}}}}}}}"#)]);
        assert!(price(r#"["101"]"#));
        assert!(!price(r#"["101.0"]"#) && !price("[101]") && !price(r#"[{"numeric":["=",101]}]"#));
    }

    /// E: a pattern that is none is refused, as when the mapping is made on AWS.
    #[test]
    fn what_is_no_filter_is_refused() {
        for wrong in ["{", "[]", r#"{"eventName":"INSERT"}"#, r#"{"a":[{"like":"x"}]}"#, r#"{"$or":[{"a":["b"]}]}"#] {
            assert!(Filter::new(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
