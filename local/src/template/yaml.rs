//! From YAML to JSON: the short forms of the intrinsic functions (`!Ref x`) become the long ones (`{"Ref": x}`).

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// Reads YAML text.
///
/// # Errors
/// When it is no YAML, has a key twice, or is not one document.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    match <[Yaml<'_>; 1]>::try_from(documents) {
        Ok([document]) => convert(document),
        Err(documents) => Err(format!("it has {} documents", documents.len())),
    }
}

fn convert(yaml: Yaml<'_>) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Value(scalar) => plain(scalar),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(convert).collect::<Result<_, _>>()?),
        Yaml::Mapping(mapping) => {
            let mut object = Map::new();
            for (key, value) in mapping {
                object.insert(key_text(key)?, convert(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, value) if tag.handle == "!" => intrinsic(&tag.suffix, convert(*value)?),
        Yaml::Tagged(tag, _) => return Err(format!("the tag {tag} is not understood")),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => return Err("a value cannot be read".to_owned()),
    })
}

fn plain(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(flag) => json!(flag),
        Scalar::Integer(number) => json!(number),
        Scalar::FloatingPoint(number) => json!(number.into_inner()),
        Scalar::String(text) => json!(text),
    }
}

fn key_text(key: Yaml<'_>) -> Result<String, String> {
    match convert(key)? {
        Value::String(key) => Ok(key),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err("a key is no text".to_owned()),
    }
}

fn intrinsic(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("Ref" | "Condition", _) => json!({ name: value }),
        ("GetAtt", Value::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap_or((text, ""));
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{name}"): value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_become_long_ones() {
        let text = "a: !Ref x\nb: !GetAtt t.Arn.More\nc: !Sub ['${q}', {q: !Ref AWS::Region}]\nd: !If [c, 1, !Ref AWS::NoValue]\n";
        let expected = json!({
            "a": { "Ref": "x" },
            "b": { "Fn::GetAtt": ["t", "Arn.More"] },
            "c": { "Fn::Sub": ["${q}", { "q": { "Ref": "AWS::Region" } }] },
            "d": { "Fn::If": ["c", 1, { "Ref": "AWS::NoValue" }] },
        });
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn values_keep_their_types_and_anchors_are_followed() {
        let text = "a: &shared { b: 1.5, c: true }\nd: *shared\ne: '1'\nf: null\n1: x\ng: $request.body.action\n";
        let shared = json!({ "b": 1.5, "c": true });
        let expected = json!({ "a": shared, "d": shared, "e": "1", "f": null, "1": "x", "g": "$request.body.action" });
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn a_resource_that_stands_there_twice_is_refused() {
        assert!(parse("a: 1\na: 2\n").is_err());
        assert!(parse("a: 1\n---\nb: 1\n").is_err());
    }
}
