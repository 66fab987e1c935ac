//! Scalars of YAML 1.1 where they decide something.

use super::*;

const SWITCHES: &str = r"
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: items
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: SWITCH }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: x
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            { Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST, Enabled: SWITCH, BisectBatchOnFunctionError: SWITCH }
        Tick: { Type: Schedule, Properties: { Schedule: rate(1 hour), Enabled: SWITCH } }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Items.StreamArn, FunctionName: !Ref Fn, StartingPosition: LATEST, Enabled: SWITCH }
";

/// F: `Enabled: no` is false, in every spelling of YAML 1.1: no records, no schedule, no expiry.
#[test]
fn what_is_switched_off_in_any_spelling_is_off() {
    for (spellings, on) in [
        (["no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE", "'false'"], false),
        (["yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE", "'true'"], true),
    ] {
        for spelling in spellings {
            let template = read_text(&SWITCHES.replace("SWITCH", spelling));
            assert_eq!(template.mappings.len(), if on { 2 } else { 0 }, "{spelling}");
            assert!(template.mappings.iter().all(|mapping| mapping.bisect == (mapping.id == "FnStream")), "{spelling}");
            assert_eq!(template.schedules.len(), usize::from(on), "{spelling}");
            assert_eq!(template.tables[0].expiry_attribute.is_some(), on, "{spelling}");
            assert_eq!(template.warnings, Vec::<String>::new(), "{spelling}");
        }
    }
}

/// F: a parameter with `Default: no` is false wherever it is used, and text where text is wanted, as on AWS.
#[test]
fn a_default_without_quotes_is_what_yaml_1_1_says() {
    let template = read_text(
        r"
Parameters:
  IsOn: { Type: String, Default: no, AllowedValues: [yes, no] }
  Owner: { Type: String, Default: 012345678901, AllowedPattern: '^[0-9]{12}$' }
  Mode: { Type: String, Default: 0300 }
  Part: { Type: String, Default: 1.10 }
  Since: { Type: String, Default: 2026-11-27 }
  Version: { Type: String, Default: '1.10' }
Conditions:
  IsOff: !Equals [!Ref IsOn, no]
  IsText: !Equals [!Ref IsOn, 'no']
Mappings:
  Owners: { 012345678901: { name: ann } }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: x
      Timeout: 0x10
      MemorySize: 1_024
      Environment:
        Variables:
          A: !Ref IsOn
          B: !Ref Owner
          C: !Ref Mode
          D: !Ref Part
          E: !Ref Since
          F: !Ref Version
          G: !If [IsOff, off, 'on']
          H: !If [IsText, text, no text]
          I: !FindInMap [Owners, !Ref Owner, name]
          J: !Sub '${IsOn}-${Owner}'
",
    );
    let function = &template.functions[0];
    assert_eq!((function.timeout_seconds, function.memory_mb), (16, 1024));
    let variables: Vec<_> = function.environment.values().map(String::as_str).collect();
    let expected =
        ["false", "012345678901", "192", "1.1", "2026-11-27", "1.10", "false", "no text", "ann", "false-012345678901"];
    assert_eq!(variables, expected);
    let told = [
        "Parameters.Owner.Default: 012345678901 without quotes is text in YAML 1.1, but AWS was seen to make a number of \
         such; write '012345678901'.",
        "Parameters.Mode.Default: 0300 without quotes is the number 192 in YAML 1.1; write '0300' if text is meant.",
        "Mappings.Owners: 012345678901 without quotes is text in YAML 1.1, but AWS was seen to make a number of such; \
         write '012345678901'.",
    ];
    assert_eq!(template.warnings, told);
}
