use std::{collections::BTreeMap, path::Path, time::Duration};

use super::{model::*, *};

mod booleans;
mod code;
mod extensions;
mod named;
mod names;
mod projects;

const SMALL: &str = r"
Parameters:
  Size: { Type: Number, Default: 7 }
Conditions:
  IsBig: !Not [!Equals [!Ref Size, 7]]
Mappings:
  Ages: { local: { max: 60 } }
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: items
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: work } }
    Properties:
      Runtime: provided.al2023
      CodeUri: code
      Timeout: 9
      Layers: [a-layer]
      Environment:
        Variables:
          ITEMS: !Ref Items
          URL: !Sub 'https://${AWS::Region}/${Items.Arn}/${!Literal}'
          SECRET: '{{resolve:ssm:/a/secret}}'
          JOINED: !Join ['-', [a, !Ref Size]]
          CHOSEN: !If [IsBig, big, small]
          GONE: !Ref AWS::NoValue
      Events:
        Often: { Type: Schedule, Properties: { Schedule: rate(5 minutes) } }
        Never: { Type: Schedule, Properties: { Schedule: 'cron(0 0 * *)' } }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Items.StreamArn
      FunctionName: !GetAtt Worker.Arn
      StartingPosition: TRIM_HORIZON
      MaximumRecordAgeInSeconds: !FindInMap [Ages, local, max]
      DestinationConfig: { OnFailure: { Destination: !GetAtt Failures.Arn } }
  Failures: { Type: 'AWS::SQS::Queue' }
  Big: { Type: 'AWS::DynamoDB::Table', Condition: IsBig }
  Strange: { Type: 'AWS::Strange::Thing' }
";

/// A template without parameters, of a project in `/project`.
fn read_text(text: &str) -> Template {
    parse(text, Path::new("/project"), &BTreeMap::new()).unwrap()
}

fn small() -> Template {
    read_text(SMALL)
}

#[test]
fn tables_are_read() {
    let template = small();
    let [table] = &template.tables[..] else { panic!("{:?}", template.tables) };
    assert_eq!((table.id.as_str(), table.name.as_str()), ("Items", "items"));
    assert_eq!(table.stream_view.as_deref(), Some("NEW_IMAGE"));
    assert_eq!(table.expiry_attribute.as_deref(), Some("expires_at"));
    assert_eq!(table.create["KeySchema"][0]["AttributeName"], "id");
    assert_eq!(table.create["TableName"], "items");
}

#[test]
fn functions_are_read_with_their_formulas_resolved() {
    let template = small();
    let [function] = &template.functions[..] else { panic!("{:?}", template.functions) };
    let code = Code::Cargo { folder: "/project/code".into(), binary: Some("work".to_owned()) };
    assert_eq!((&function.code, function.timeout_seconds), (&code, 9));
    let variables: Vec<(&str, &str)> =
        function.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let url = "https://us-east-1/arn:aws:dynamodb:us-east-1:000000000000:table/items/${Literal}";
    let expected = [
        ("CHOSEN", "small"),
        ("ITEMS", "items"),
        ("JOINED", "a-7"),
        ("SECRET", "{{resolve:ssm:/a/secret}}"),
        ("URL", url),
    ];
    assert_eq!(variables, expected);
}

#[test]
fn mappings_and_schedules_are_read() {
    let template = small();
    let [mapping] = &template.mappings[..] else { panic!("{:?}", template.mappings) };
    assert_eq!((mapping.function.as_str(), mapping.table.as_str()), ("Worker", "Items"));
    assert_eq!((mapping.batch_size, mapping.retries_max, mapping.record_age_seconds_max), (100, None, Some(60)));
    assert_eq!(mapping.on_failure, Some(Destination::Queue("Failures".to_owned())));
    let [schedule] = &template.schedules[..] else { panic!("{:?}", template.schedules) };
    assert_eq!((schedule.function.as_str(), &schedule.when), ("Worker", &When::Every(Duration::from_mins(5))));
}

#[test]
fn whatever_is_not_understood_is_named() {
    let expected = [
        "Worker.Layers is not understood; it has no effect here.",
        "Strange: the type AWS::Strange::Thing is not understood; it has no effect here.",
        "Worker.Events.Never: the schedule cron(0 0 * *) is not understood; it does not run here.",
    ];
    let warnings = small().warnings;
    assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
    for warning in expected {
        assert!(warnings.iter().any(|named| named == warning), "{warning} is missing in {warnings:?}");
    }
}

#[test]
fn what_is_no_template_is_refused() {
    assert!(parse("{", Path::new("."), &BTreeMap::new()).is_err());
    assert!(parse("a: 1", Path::new("."), &BTreeMap::new()).is_err());
}

#[test]
fn the_template_of_turnlog_is_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let template = read(&path, &BTreeMap::new()).unwrap();
    assert_eq!(template.warnings, Vec::<String>::new());
    assert_eq!(template.apis[0].default_rate, Some(RateSpec { per_second: 1000, burst: 500 }));
    assert_eq!((template.functions.len(), template.tables.len(), template.mappings.len()), (8, 4, 4));
    let [api] = &template.apis[..] else { panic!("{:?}", template.apis) };
    assert_eq!((api.stage.as_str(), api.routes.len()), ("v1", 12));
    let route = |key: &str| api.routes.iter().find(|route| route.key == key).unwrap();
    assert_eq!(route("$connect").authorizer.as_ref().unwrap().function, "AuthorizerFunction");
    assert!(route("play").has_response && route("$default").has_response && !route("$disconnect").has_response);
    let games = template.mappings.iter().find(|mapping| mapping.function == "GamesFunction").unwrap();
    assert_eq!(games.on_failure, Some(Destination::Bucket("GamesFailuresBucket".to_owned())));
    assert_eq!(template.schedules[0].when, When::Every(Duration::from_mins(1)));
}
