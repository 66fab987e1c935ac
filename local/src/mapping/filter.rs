//! Which records a function gets: the filter criteria of an event source mapping.

use std::sync::Arc;

use quamina::Quamina;
use serde_json::{Map, Value};

use crate::limits::{FILTER_COMBINATIONS_MAX, FILTERS_ON_REQUEST_MAX};

/// What Lambda's documentation names. `EventBridge` has more for its own rules, and so has the library.
const OPERATORS: [&str; 6] = ["anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"];

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
        if patterns.len() > FILTERS_ON_REQUEST_MAX {
            return Err(format!("{} filters are more than AWS allows: {FILTERS_ON_REQUEST_MAX}", patterns.len()));
        }
        let mut matcher = Quamina::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let wrong = |reason: &dyn std::fmt::Display| format!("the filter {pattern}: {reason}");
            let fields = serde_json::from_str(pattern).map_err(|error| wrong(&error))?;
            for alternative in alternatives(fields).map_err(|reason| wrong(&reason))? {
                let alternative = Value::Object(alternative).to_string();
                matcher.add_pattern(index, &alternative).map_err(|error| wrong(&error))?;
            }
        }
        Ok(Self { patterns: Some(Arc::new(matcher)) })
    }

    /// Whether the function gets a record, given as it would see it.
    pub(super) fn passes(&self, record: &str) -> bool {
        self.patterns.as_ref().is_none_or(|patterns| patterns.has_matches(record.as_bytes()).unwrap_or(false))
    }
}

/// The patterns without `$or` that stand for one: a record matches it if it matches one of them.
fn alternatives(fields: Map<String, Value>) -> Result<Vec<Map<String, Value>>, String> {
    let mut all = vec![Map::new()];
    for (name, value) in fields {
        let of_field = match value {
            Value::Array(branches) if name == "$or" => {
                branches.into_iter().map(branch).collect::<Result<Vec<_>, _>>()?
            }
            Value::Object(fields) => vec![alternatives(fields)?],
            tests @ Value::Array(_) => {
                check_operators(&tests)?;
                let field = Map::from_iter([(name, tests)]);
                all.iter_mut().try_for_each(|known| merge(known, field.clone()))?;
                continue;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(format!("{name} is neither a list of tests nor an object"));
            }
        };
        let nested =
            |fields| if name == "$or" { fields } else { Map::from_iter([(name.clone(), Value::Object(fields))]) };
        let of_field: Vec<_> = of_field.into_iter().flatten().map(nested).collect();
        if all.len() * of_field.len() > FILTER_COMBINATIONS_MAX {
            return Err(format!("its $or have more combinations than AWS allows: {FILTER_COMBINATIONS_MAX}"));
        }
        let mut combined = Vec::new();
        for known in &all {
            for further in &of_field {
                let mut both = known.clone();
                merge(&mut both, further.clone())?;
                combined.push(both);
            }
        }
        all = combined;
    }
    Ok(all)
}

/// One branch of an `$or`.
fn branch(branch: Value) -> Result<Vec<Map<String, Value>>, String> {
    let Value::Object(fields) = branch else { return Err(format!("{branch} in its $or is no object")) };
    alternatives(fields)
}

/// Joins what two patterns ask for, of different fields.
fn merge(known: &mut Map<String, Value>, further: Map<String, Value>) -> Result<(), String> {
    for (name, value) in further {
        match (known.get_mut(&name), value) {
            (None, value) => drop(known.insert(name, value)),
            (Some(Value::Object(known)), Value::Object(further)) => merge(known, further)?,
            (Some(_), _) => return Err(format!("{name} is tested inside and outside of its $or")),
        }
    }
    Ok(())
}

fn check_operators(tests: &Value) -> Result<(), String> {
    let operators = tests.as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(Map::keys);
    match operators.into_iter().find(|operator| !OPERATORS.contains(&operator.as_str())) {
        Some(unknown) => Err(format!("event source mappings have no operator {unknown}")),
        None => Ok(()),
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

    /// E: operators null, "", equals, anything-but, numeric, exists (leaf), prefix; later documents add suffix and
    /// equals-ignore-case.
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

    /// E: operators, "and/or": `$or` joins fields by "or", wherever it stands; the number of combinations is limited.
    #[test]
    fn fields_are_joined_by_or() {
        let either = r#"{"eventName":["INSERT"],"dynamodb":{"NewImage":{
            "$or":[{"kind":{"S":["go"]}},{"price":{"N":["101"]}}]}}}"#;
        assert!(passes(&[either]));
        assert!(!passes(&[&either.replace("101", "102")]));
        assert!(!passes(&[&either.replace("INSERT", "REMOVE")]));
        let nested = r#"{"$or":[{"eventName":["REMOVE"]},{"$or":[{"eventName":["MODIFY"]},
            {"dynamodb":{"Keys":{"id":{"S":[{"prefix":"game-"}]}}}}]}],"dynamodb":{"NewImage":{"note":{"S":[""]}}}}"#;
        assert!(passes(&[nested]));
        assert!(!passes(&[&nested.replace("game-", "match-")]));
        let branch = r#"{"$or":[{"a":["1"]},{"b":["1"]},{"c":["1"]},{"d":["1"]}]}"#;
        let many = |count: u8| {
            let fields: Vec<_> = (0..count).map(|number| format!("\"{number}\":{branch}")).collect();
            Filter::new(&[format!("{{{}}}", fields.join(","))])
        };
        assert!(many(4).is_ok());
        assert!(many(5).unwrap_err().contains("combinations"), "4 to the power of 5 is 1,024");
    }

    /// E: five filters, ten on request.
    #[test]
    fn more_than_ten_filters_are_refused() {
        let filters = |count: usize| Filter::new(&vec![r#"{"eventName":["INSERT"]}"#.to_owned(); count]);
        assert!(filters(10).is_ok());
        assert!(filters(11).is_err());
    }

    /// E: a pattern that is none is refused, as when the mapping is made on AWS.
    #[test]
    fn what_is_no_filter_is_refused() {
        for wrong in [
            "{",
            "[]",
            r#"{"eventName":"INSERT"}"#,
            r#"{"a":[{"like":"x"}]}"#,
            r#"{"a":[{"wildcard":"x*"}]}"#,
            r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#,
            r#"{"$or":["a"]}"#,
            r#"{"a":["x"],"$or":[{"a":["b"]},{"c":["d"]}]}"#,
        ] {
            assert!(Filter::new(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
