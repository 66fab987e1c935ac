//! Whatever is not understood is named, wherever it stands.

use super::*;

/// A template with a function, of which `further` is a resource or a section more.
fn warnings_of(properties: &str, further: &str) -> Vec<String> {
    let text = format!(
        "
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: x
      {properties}
  Queue: {{ Type: 'AWS::SQS::Queue' }}
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{ AttributeName: id, AttributeType: S }}]
      KeySchema: [{{ AttributeName: id, KeyType: HASH }}]
      StreamSpecification: {{ StreamViewType: NEW_IMAGE }}
{further}"
    );
    read_text(&text).warnings
}

/// Issue 3, "everything not understood is named": what stands inside of properties.
#[test]
fn what_is_not_understood_inside_of_properties_is_named() {
    for (properties, warning) in [
        (
            "EventInvokeConfig: { DestinationConfig: {}, MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 }",
            "Fn.EventInvokeConfig.DestinationConfig is not understood; it has no effect here.",
        ),
        (
            "LoggingConfig: { LogFormat: JSON, Other: x }",
            "Fn.LoggingConfig.Other is not understood; it has no effect here.",
        ),
        (
            "Events: { Tick: { Type: Schedule, Properties: { Schedule: rate(1 hour), RetryPolicy: {} } } }",
            "Fn.Events.Tick.RetryPolicy is not understood; it has no effect here.",
        ),
        (
            "Events: { Tick: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour), EndDate: x } } }",
            "Fn.Events.Tick.EndDate is not understood; it has no effect here.",
        ),
        (
            "Events: { Tick: { Type: ScheduleV2, Properties: { ScheduleExpression: 'cron(0 3 * * ? *)', \
             ScheduleExpressionTimezone: Europe/Berlin } } }",
            "Fn.Events.Tick.ScheduleExpressionTimezone: it runs in UTC here, not in Europe/Berlin.",
        ),
        ("PermissionsBoundary: x", "Fn.PermissionsBoundary is not understood; it limits no right here."),
        (
            "Environment: { Variables: { A: !GetAtt Queue.Color } }",
            "Fn: the attribute Color of AWS::SQS::Queue is not understood; its name is used.",
        ),
        (
            "Environment: { Variables: { A: !Sub 'a ${Queue' } }",
            "Fn: Fn::Sub cannot be carried out; the value is left empty.",
        ),
        (
            "Environment: { Variables: { A: !Sub ['${Queue}'] } }",
            "Fn: Fn::Sub cannot be carried out; the value is left empty.",
        ),
        (
            "Environment: { Variables: { A: { Ref: [Queue] } } }",
            "Fn: Ref cannot be carried out; the value is left empty.",
        ),
        (
            "Environment: { Variables: { A: { 'Fn::GetAtt': [Queue] } } }",
            "Fn: Fn::GetAtt cannot be carried out; the value is left empty.",
        ),
        (
            "Policies: [{ Statement: { Effect: Allow, Action: ['sqs:SendMessage', 'dynamodb:*'], Resource: '*' } }]",
            "Fn: its policies let it call sqs, which does not run here; such a call fails.",
        ),
    ] {
        assert_eq!(warnings_of(properties, ""), [warning], "{properties}");
    }
    assert_eq!(warnings_of("Environment: { Variables: { A: !Sub 'a ${Queue.Arn}' } }", ""), Vec::<String>::new());
}

/// Issue 3, "everything not understood is named": sections, and resources beside functions.
#[test]
fn what_is_not_understood_beside_functions_is_named() {
    let rule = |target: &str| {
        format!(
            "  Rule: {{ Type: 'AWS::Events::Rule', Properties: {{ ScheduleExpression: rate(1 hour), \
             Targets: [{{ Id: a, Arn: !GetAtt Fn.Arn, {target} }}] }} }}"
        )
    };
    for (further, warning) in [
        (rule("InputPath: $.x"), "Rule.Targets.InputPath is not understood; it has no effect here."),
        (rule("InputTransformer: {}"), "Rule.Targets.InputTransformer is not understood; it has no effect here."),
        (
            "  Zoned: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: rate(1 hour), \
             ScheduleExpressionTimezone: Asia/Tokyo, Target: { Arn: !GetAtt Fn.Arn } } }"
                .to_owned(),
            "Zoned.ScheduleExpressionTimezone: it runs in UTC here, not in Asia/Tokyo.",
        ),
        ("Globals: { Api: {} }".to_owned(), "Globals.Api is not understood; it has no effect here."),
        (
            "Transform: [AWS::Serverless-2016-10-31, { Name: 'AWS::Include' }]".to_owned(),
            "The transform AWS::Include is not understood; the template is read as it stands.",
        ),
        (
            "Parameters: { P: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b } }".to_owned(),
            "The parameter P names a value in AWS's parameter store, which is not read; the name itself is used.",
        ),
    ] {
        assert_eq!(warnings_of("CodeUri: .", &further), [warning], "{further}");
    }
    let usual = "Transform: AWS::Serverless-2016-10-31\nGlobals: { Function: { Timeout: 5 } }";
    assert_eq!(warnings_of("CodeUri: .", usual), Vec::<String>::new());
}

/// A right to its failure destination is what Lambda uses, not the function.
#[test]
fn a_function_may_send_to_its_own_failure_destination() {
    let policies =
        "Policies: [{ Statement: { Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Queue.Arn } }]";
    let mapping = "  Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { \
                   EventSourceArn: !GetAtt Items.StreamArn, FunctionName: !Ref Fn, StartingPosition: LATEST, \
                   DestinationConfig: { OnFailure: { Destination: !GetAtt Queue.Arn } } } }";
    assert_eq!(warnings_of(policies, mapping), Vec::<String>::new());
    assert_eq!(warnings_of(policies, "").len(), 1, "without the mapping it is the function that sends");
}

/// Issue 3, "what AWS would refuse is refused locally, with the reason": values that a template does not allow.
#[test]
fn a_parameter_keeps_to_its_limits() {
    let parameter = |limits: &str, value: &str| {
        let function = "{ Type: AWS::Serverless::Function, Properties: { Runtime: provided.al2023, Handler: x } }";
        let text = format!("Parameters: {{ P: {{ Type: String, {limits} }} }}\nResources: {{ Fn: {function} }}");
        let given = BTreeMap::from([("P".to_owned(), value.to_owned())]);
        parse(&text, Path::new("/project"), &given).map(|template| template.warnings)
    };
    for (limits, good, wrong) in [
        ("AllowedPattern: '[a-z]+'", "abc", "abc1"),
        ("AllowedPattern: '^$|^a'", "a", "b"),
        ("MinLength: 2", "ab", "a"),
        ("MaxLength: 2", "ab", "abc"),
        ("MinValue: 2", "2", "1.5"),
        ("MaxValue: 2", "2", "3"),
    ] {
        assert_eq!(parameter(limits, good), Ok(Vec::new()), "{limits}");
        let reason = parameter(limits, wrong).unwrap_err();
        assert!(reason.starts_with(&format!("the parameter P cannot be {wrong:?}")), "{reason}");
    }
    assert_eq!(parameter("AllowedPattern: '(?<=a)b'", "b").unwrap().len(), 1, "what is not understood is named");
}
