use super::*;

fn value(text: &str) -> Result<Value, String> {
    parse(text).map(|document| document.value)
}

#[test]
fn short_forms_become_long_ones() {
    let text =
        "a: !Ref x\nb: !GetAtt t.Arn.More\nc: !Sub ['${q}', {q: !Ref AWS::Region}]\nd: !If [c, 1, !Ref AWS::NoValue]\n";
    let expected = json!({
        "a": { "Ref": "x" },
        "b": { "Fn::GetAtt": ["t", "Arn.More"] },
        "c": { "Fn::Sub": ["${q}", { "q": { "Ref": "AWS::Region" } }] },
        "d": { "Fn::If": ["c", 1, { "Ref": "AWS::NoValue" }] },
    });
    assert_eq!(value(text), Ok(expected));
    let expected = json!({ "a": { "Ref": "yes" }, "b": { "Fn::Base64": "010" }, "c": { "Condition": "No" } });
    assert_eq!(value("a: !Ref yes\nb: !Base64 010\nc: !Condition No"), Ok(expected), "after a tag, all is text");
}

#[test]
fn values_keep_their_types_and_anchors_are_followed() {
    let text = "a: &shared { b: 1.5, c: true }\nd: *shared\ne: '1'\nf: null\n1: x\ng: $request.body.action\n";
    let shared = json!({ "b": 1.5, "c": true });
    let expected = json!({ "a": shared, "d": shared, "e": "1", "f": null, "1": "x", "g": "$request.body.action" });
    assert_eq!(value(text), Ok(expected));
}

/// F: quotes, blocks and tags make text of what would be something else, and tags the other way round.
#[test]
fn quotes_and_tags_decide_before_the_scalar_does() {
    let text = "a: 'no'\nb: \"012\"\nc: |\n  yes\nd: >-\n  1.0\ne: !!str on\nf: !!int '0x10'\ng: !!bool \"off\"\n\
                h: !!float '1.5'\ni: !!null ''\nj: ! 7\nk: [no, 'no']\nl:\n";
    let expected = json!({
        "a": "no", "b": "012", "c": "yes\n", "d": "1.0", "e": "on", "f": 16, "g": false, "h": 1.5, "i": null, "j": "7",
        "k": [false, "no"], "l": null,
    });
    assert_eq!(value(text), Ok(expected));
    for (wrong, reason) in [
        ("a: { b: !!int x }", "a.b: x is no int"),
        ("a: !!binary aGk=", "a: the tag tag:yaml.org,2002:!binary is not understood"),
        ("a: !!timestamp 2001-12-14", "a: the tag tag:yaml.org,2002:!timestamp is not understood"),
    ] {
        assert_eq!(value(wrong), Err(reason.to_owned()), "{wrong}");
    }
}

/// F: a key is text, and is read as a value would be before.
#[test]
fn a_key_is_what_its_scalar_means() {
    let expected = json!({ "true": 1, "false": 2, "y": 3, "8": 4, "012345678901": 5, "on": 6, "2010-09-09": 7 });
    assert_eq!(value("yes: 1\nOFF: 2\ny: 3\n010: 4\n012345678901: 5\n'on': 6\n2010-09-09: 7\n"), Ok(expected));
    assert_eq!(value("a: { yes: 1, on: 2 }"), Err("a: the key true stands there twice".to_owned()));
    assert_eq!(value("~: 1"), Err("a key is no text".to_owned()));
}

/// F: merge keys, which SAM writes out before CloudFormation sees them.
#[test]
fn mappings_are_merged() {
    let text = "base: &base { a: 1, b: 2 }\nmore: &more { b: 3, c: 4 }\n\
                one: { <<: *base, a: 9 }\nseveral: { a: 9, <<: [*base, *more] }\nplain: { '<<': x }\n";
    let value = value(text).unwrap();
    assert_eq!(value["one"], json!({ "a": 9, "b": 2 }));
    assert_eq!(value["several"], json!({ "a": 9, "b": 2, "c": 4 }));
    assert_eq!(value["plain"], json!({ "<<": "x" }));
    assert!(parse("a: { <<: [1] }").is_err());
}

/// F: a scalar that is not what it looks like is named, with its place.
#[test]
fn a_scalar_that_few_people_mean_is_named() {
    let text = "a: { b: [012, '012'] }\n09: 1\nc: 22:22\nd: 7\n";
    let expected = [
        "a.b.0: 012 without quotes is the number 10 in YAML 1.1; write '012' if text is meant.",
        "09 without quotes is text in YAML 1.1, but AWS was seen to make a number of such; write '09'.",
        "c: 22:22 without quotes is the number 1342 in YAML 1.1; write '22:22' if text is meant.",
    ];
    assert_eq!(parse(text).unwrap().warnings, expected);
}

/// F: a template in JSON is JSON.
#[test]
fn json_is_read_as_json() {
    let text = r#"{ "z": 1e2, "b": [true, null, -0.5, "no", "\ud83d\ude00", { "d": 1, "c": 2 }], "<<": "x" }"#;
    let document = parse(text).unwrap();
    let expected = json!({ "z": 100.0, "b": [true, null, -0.5, "no", "😀", { "d": 1, "c": 2 }], "<<": "x" });
    assert_eq!(document.value, expected);
    assert_eq!(document.order.sorted(expected.as_object().unwrap(), &[]), ["z", "b", "<<"]);
    let place = ["b", "5"].map(str::to_owned);
    assert_eq!(document.order.sorted(expected["b"][5].as_object().unwrap(), &place), ["d", "c"]);
    assert!(parse(r#"{ "a": 1, "a": 2 }"#).is_err());
    assert_eq!(value("{ a: 1e2 }"), Ok(json!({ "a": "1e2" })), "YAML may look like JSON");
}

#[test]
fn keys_stand_in_the_order_of_the_file() {
    let document = parse("z: { b: 1, a: { d: 1, c: 2 } }\na: [{ y: 1, x: 2 }]\n").unwrap();
    let keys = |place: &[&str]| {
        let value = place.iter().fold(&document.value, |value, key| match key.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[key],
        });
        let place: Vec<_> = place.iter().map(|key| (*key).to_owned()).collect();
        document.order.sorted(value.as_object().unwrap(), &place)
    };
    assert_eq!(keys(&[]), ["z", "a"]);
    assert_eq!(keys(&["z"]), ["b", "a"]);
    assert_eq!(keys(&["z", "a"]), ["d", "c"]);
    assert_eq!(keys(&["a", "0"]), ["y", "x"]);
}

#[test]
fn a_resource_that_stands_there_twice_is_refused() {
    assert!(parse("a: 1\na: 2\n").is_err());
    assert!(parse("a: 1\n'a': 2\n").is_err());
    assert!(parse("a: 1\n---\nb: 1\n").is_err());
    assert!(parse("a: *nothing\n").is_err());
}
