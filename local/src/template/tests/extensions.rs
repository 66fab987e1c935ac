//! `AWS::LanguageExtensions`.

use serde_json::json;

use super::*;

const START: &str = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n";

fn with(text: &str) -> Template {
    read_text(&format!("{START}{text}"))
}

/// A function with these variables, and what else the template has.
fn variables(variables: &str, further: &str) -> (serde_json::Value, Vec<String>) {
    let template = with(&format!(
        "
Parameters:
  Names: {{ Type: CommaDelimitedList, Default: 'Games,Players' }}
  Stage: {{ Type: String, Default: Prod }}
  Which: {{ Type: String, Default: Games }}
Mappings:
  Sizes: {{ Prod: {{ memory: 512, zones: [a, b] }} }}
Conditions: {{ IsProd: !Equals [!Ref Stage, Prod] }}
Resources:
  TableGames: {{ Type: 'AWS::Serverless::SimpleTable' }}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {{ Runtime: provided.al2023, Handler: x, Environment: {{ Variables: {variables} }} }}
{further}"
    ));
    (json!(template.functions[0].environment), template.warnings)
}

const TABLES: &str = r"
Parameters:
  Names: { Type: CommaDelimitedList, Default: 'Games,Players' }
Resources:
  Before: { Type: 'AWS::Serverless::SimpleTable' }
  Fn::ForEach::Tables:
    - Name
    - !Ref Names
    - 'Table${Name}':
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !Sub 'my-${Name}'
          AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
          KeySchema: [{ AttributeName: id, KeyType: HASH }]
          StreamSpecification: { StreamViewType: NEW_IMAGE }
      'Fn${Name}':
        Type: AWS::Serverless::Function
        Properties:
          Runtime: provided.al2023
          Handler: x
          Environment: { Variables: { NAME: !Ref Name, TABLE: { Ref: { 'Fn::Sub': 'Table${Name}' } } } }
          Events:
            Fn::ForEach::Streams:
              - Other
              - !Ref Names
              - '${Name}Hears${Other}':
                  Type: DynamoDB
                  Properties: { Stream: !GetAtt [!Sub 'Table${Other}', StreamArn], StartingPosition: LATEST }
  After: { Type: 'AWS::Serverless::SimpleTable' }
";

/// F: `Fn::ForEach` repeats resources and properties, one loop inside of another, in the order of file and collection.
#[test]
fn a_loop_repeats_its_part_for_every_item() {
    let template = with(TABLES);
    assert_eq!(template.warnings, Vec::<String>::new());
    let tables: Vec<_> = template.tables.iter().map(|table| (table.id.as_str(), table.name.as_str())).collect();
    let expected =
        [("Before", "Before"), ("TableGames", "my-Games"), ("TablePlayers", "my-Players"), ("After", "After")];
    assert_eq!(tables, expected);
    let functions: Vec<_> = template.functions.iter().map(|function| function.id.as_str()).collect();
    assert_eq!(functions, ["FnGames", "FnPlayers"]);
    assert_eq!(json!(template.functions[1].environment), json!({ "NAME": "Players", "TABLE": "my-Players" }));
    let mappings: Vec<_> =
        template.mappings.iter().map(|mapping| (mapping.id.as_str(), mapping.table.as_str())).collect();
    let expected = [
        ("FnGamesGamesHearsGames", "TableGames"),
        ("FnGamesGamesHearsPlayers", "TablePlayers"),
        ("FnPlayersPlayersHearsGames", "TableGames"),
        ("FnPlayersPlayersHearsPlayers", "TablePlayers"),
    ];
    assert_eq!(mappings, expected);
}

/// F: collections by every function, conditions in loops, and `&{…}` for items with other characters.
#[test]
fn a_loop_takes_what_gives_a_list() {
    for collection in [
        "[a-1, b.2]",
        "!Split [',', 'a-1,b.2']",
        "!FindInMap [Lists, !Ref Which, items]",
        "!FindInMap [Lists, none, items, { DefaultValue: [a-1, b.2] }]",
        "[!Ref First, !Sub 'b.${Two}']",
    ] {
        let template = with(&format!(
            "
Parameters: {{ Which: {{ Type: String, Default: some }}, First: {{ Type: String, Default: a-1 }}, Two: {{ Type: String, Default: 2 }} }}
Mappings: {{ Lists: {{ some: {{ items: [a-1, b.2] }} }} }}
Conditions:
  Fn::ForEach::Conditions: [Item, {collection}, {{ 'Is&{{Item}}': !Equals ['${{Item}}', b.2] }}]
Resources:
  Fn: {{ Type: 'AWS::Serverless::Function', Properties: {{ Runtime: provided.al2023, Handler: x }} }}
  Fn::ForEach::Tables:
    - Item
    - {collection}
    - 'Table&{{Item}}':
        Type: AWS::Serverless::SimpleTable
        Condition: 'Is&{{Item}}'
        Properties: {{ TableName: 'table.${{Item}}' }}
"
        ));
        assert_eq!(template.warnings, Vec::<String>::new(), "{collection}");
        let tables: Vec<_> = template.tables.iter().map(|table| (table.id.as_str(), table.name.as_str())).collect();
        assert_eq!(tables, [("Tableb2", "table.b.2")], "{collection}");
    }
}

/// F: a loop that cannot be carried out is named, and ends.
#[test]
fn a_loop_that_cannot_be_carried_out_is_named() {
    let warnings = |parts: &str| {
        let function =
            "Fn: { Type: 'AWS::Serverless::Function', Properties: { Runtime: provided.al2023, Handler: x } }";
        with(&format!("Resources:\n  {function}\n  Fn::ForEach::Loop: {parts}\n")).warnings
    };
    let part = "{ 'Queue${A}': { Type: 'AWS::SQS::Queue' } }";
    let no_list = "Fn::ForEach::Loop is no list of an identifier, a collection and a part; it is left out.";
    let no_texts = "Fn::ForEach::Loop: its collection is no list of texts; it is left out.";
    for (parts, warning) in [
        ("x".to_owned(), no_list),
        ("[A, [b]]".to_owned(), no_list),
        (format!("[A, b, {part}]"), no_texts),
        (format!("[A, [[b]], {part}]"), no_texts),
        (format!("[A, [b, b], {part}]"), "Resources: Queueb is there twice, which AWS refuses."),
        (format!("[A, [b-c], {part}]"), "Queueb-c: a logical id has letters and digits only; AWS refuses this one."),
    ] {
        assert_eq!(warnings(&parts), [warning], "{parts}");
    }
    // Every level repeats the next ten times.
    let (items, table) = ("[a, b, c, d, e, f, g, h, i, j]", "{ Type: 'AWS::Serverless::SimpleTable' }");
    let nested = (1..6)
        .fold(format!("{{ 'Table${{A}}${{A1}}${{A2}}${{A3}}${{A4}}${{A5}}': {table} }}"), |part, level| {
            format!("{{ 'Fn::ForEach::Level{level}': [A{level}, {items}, {part}] }}")
        });
    let endless = with(&format!("Resources:\n  Fn::ForEach::Loop: [A, {items}, {nested}]\n"));
    assert!((5_000..10_000).contains(&endless.tables.len()), "{}", endless.tables.len());
    assert!(endless.warnings.iter().any(|warning| warning.contains("more than 10000 repetitions")));
}

/// F: `Fn::Length`, `Fn::ToJsonString`, `Fn::FindInMap` with a default and with formulas, and formulas in `Ref` and
/// `Fn::GetAtt`.
#[test]
fn the_functions_of_the_language_extensions_are_carried_out() {
    for (formula, expected) in [
        ("{ 'Fn::Length': !Ref Names }", "2"),
        ("{ 'Fn::Length': [a, !Ref Stage, { Ref: AWS::NoValue }] }", "2"),
        ("!Sub ['${Count} names', { Count: { 'Fn::Length': !Split [',', 'a,b,c'] } }]", "3 names"),
        (
            "{ 'Fn::ToJsonString': { a: [1, !Ref Stage], b: { Ref: TableGames } } }",
            r#"{"a":[1,"Prod"],"b":"TableGames"}"#,
        ),
        ("{ 'Fn::ToJsonString': [!Ref Stage] }", r#"["Prod"]"#),
        ("{ 'Fn::ToJsonString': {} }", "{}"),
        ("!FindInMap [Sizes, !Ref Stage, memory]", "512"),
        ("!FindInMap [!Join ['', [Siz, es]], !Select [0, !Split ['|', 'Prod|Test']], !Sub 'memory']", "512"),
        ("!FindInMap [Sizes, Test, memory, { DefaultValue: !Sub '${Stage}-128' }]", "Prod-128"),
        ("!FindInMap [Nothing, Test, memory, { DefaultValue: 7 }]", "7"),
        ("!FindInMap [Sizes, Prod, memory, { DefaultValue: 7 }]", "512"),
        ("{ Ref: { 'Fn::Sub': 'Table${Which}' } }", "TableGames"),
        ("{ Ref: !If [IsProd, Stage, Names] }", "Prod"),
        ("!GetAtt [!Sub 'Table${Which}', Arn]", "arn:aws:dynamodb:us-east-1:000000000000:table/TableGames"),
    ] {
        let (values, warnings) = variables(&format!("{{ V: {formula} }}"), "");
        assert_eq!((values, warnings), (json!({ "V": expected }), Vec::new()), "{formula}");
    }
    let (values, warnings) = variables("{ V: !FindInMap [Sizes, Test, x, { DefaultValue: !Ref AWS::NoValue }] }", "");
    assert_eq!((values, warnings), (json!({}), Vec::new()), "a default may take the property away");
    let (_, warnings) = variables("{ V: !FindInMap [Sizes, Test, memory] }", "");
    assert_eq!(warnings, ["Fn: Fn::FindInMap cannot be carried out; the value is left empty."]);
    let (_, warnings) = variables("{ V: { 'Fn::ToJsonString': text } }", "");
    assert_eq!(warnings, ["Fn: Fn::ToJsonString cannot be carried out; the value is left empty."]);
}

/// F: formulas in `DeletionPolicy` and `UpdateReplacePolicy`, and what these may say.
#[test]
fn what_becomes_of_a_resource_may_be_a_formula() {
    let further =
        |attributes: &str| variables("{}", &format!("  Queue: {{ Type: 'AWS::SQS::Queue', {attributes} }}")).1;
    for good in [
        "DeletionPolicy: !If [IsProd, Retain, Delete], UpdateReplacePolicy: !If [IsProd, Snapshot, Delete]",
        "DeletionPolicy: RetainExceptOnCreate, UpdateReplacePolicy: Retain",
        "DeletionPolicy: !If [IsProd, !Ref AWS::NoValue, Delete]",
    ] {
        assert_eq!(further(good), Vec::<String>::new(), "{good}");
    }
    let keep = "Queue.DeletionPolicy must be one of Delete, Retain, RetainExceptOnCreate, Snapshot; AWS refuses it.";
    assert_eq!(further("DeletionPolicy: Keep"), [keep]);
    assert_eq!(further("DeletionPolicy: !Ref Stage"), [keep]);
    let never = "Queue.UpdateReplacePolicy must be one of Delete, Retain, Snapshot; AWS refuses it.";
    assert_eq!(further("UpdateReplacePolicy: RetainExceptOnCreate"), [never]);
    assert_eq!(
        further("DeletionPolicy: !Ref Nothing"),
        ["Queue.DeletionPolicy: nothing is called Nothing; the value is left empty."]
    );
}

/// F: without the transform, AWS refuses the template, and it is said so.
#[test]
fn the_language_extensions_want_their_transform() {
    let text = format!(
        "{TABLES}
  More:
    Type: AWS::Serverless::Function
    DeletionPolicy: !Sub 'Retain'
    Properties:
      Runtime: provided.al2023
      Handler: x
      Environment: {{ Variables: {{ A: {{ 'Fn::Length': [] }}, B: {{ 'Fn::ToJsonString': [] }}, C: !FindInMap [A, B, C, {{ DefaultValue: 1 }}] }} }}
"
    );
    let warnings = read_text(&text).warnings;
    for what in [
        "Fn::ForEach::Tables: Fn::ForEach",
        "Fn::ForEach::Streams: Fn::ForEach",
        "FnGames: a formula inside of Ref",
        "FnPlayers: a formula inside of Ref",
        "More.DeletionPolicy: a formula",
        "More: Fn::Length",
        "More: Fn::ToJsonString",
        "More: DefaultValue",
    ] {
        let warning = format!("{what} needs the transform AWS::LanguageExtensions; AWS refuses it without.");
        assert!(warnings.contains(&warning), "{warning} is missing in {warnings:?}");
    }
    assert_eq!(warnings.len(), 8, "{warnings:?}");
}
