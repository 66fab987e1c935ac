//! What templates of other projects use.

use std::fmt::Write as _;

use serde_json::json;

use super::*;

fn with_parameters(text: &str, parameters: &[(&str, &str)]) -> Result<Template, String> {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    parse(text, Path::new("/project"), &parameters)
}

const FORMULAS: &str = r"
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Stage: { Type: String, AllowedValues: [dev, live] }
  Names: { Type: CommaDelimitedList, Default: 'ann,ben' }
Mappings:
  Sizes: { dev: { memory: 128 }, live: { memory: 512 } }
Conditions:
  IsLive: !Equals [!Ref Stage, live]
  IsBoth: !And [!Condition IsLive, !Or [!Condition IsLive, !Not [!Condition IsLive]]]
Globals:
  Function: { Runtime: provided.al2, Timeout: 7, MemorySize: !FindInMap [Sizes, !Ref Stage, memory] }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: x
      Environment:
        Variables:
          SECOND: !Select [1, !Ref Names]
          THIRD: !Select [2, !Split ['/', a/b/c]]
          ENCODED: !Base64 hello
          COUNTED: !Sub ['${Count} of ${AWS::StackName}', { Count: { 'Fn::Length': !Ref Names } }]
          TEXT: { 'Fn::ToJsonString': { a: [1] } }
          BOTH: !If [IsBoth, 'yes', 'no']
";

/// Parameters with and without a default, conditions on conditions, mappings by parameter, globals, and every function.
#[test]
fn formulas_are_resolved() {
    for (stage, memory, both) in [("dev", 128, "no"), ("live", 512, "yes")] {
        let template = with_parameters(FORMULAS, &[("Stage", stage)]).unwrap();
        assert_eq!(template.warnings, Vec::<String>::new());
        let function = &template.functions[0];
        assert_eq!((function.memory_mb, function.timeout_seconds), (memory, 7));
        let variables: Vec<_> = function.environment.values().map(String::as_str).collect();
        let stack = aws_stack_name(&template);
        assert_eq!(variables, [both, &format!("2 of {stack}"), "aGVsbG8=", "ben", r#"{"a":[1]}"#, "c"]);
    }
}

/// What `AWS::StackName` stands for, wherever the template says it.
fn aws_stack_name(template: &Template) -> String {
    template.functions[0].environment["COUNTED"].rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_parameter_must_be_there_and_known() {
    let missing = "parameters without a default need a value: Stage; give it with --parameter Stage=VALUE";
    assert_eq!(with_parameters(FORMULAS, &[]).unwrap_err(), missing);
    let two = FORMULAS.replace("Parameters:", "Parameters:\n  Other: { Type: String, Default: }");
    let missing = "parameters without a default need a value: Other, Stage; give it with \
                   --parameter Other=VALUE --parameter Stage=VALUE";
    assert_eq!(with_parameters(&two, &[]).unwrap_err(), missing);
    assert!(with_parameters(FORMULAS, &[("Stage", "test")]).is_err(), "it is not allowed");
    assert!(with_parameters(FORMULAS, &[("Stage", "dev"), ("Other", "x")]).is_err(), "it is not there");
}

/// Issue 3. Conditions that depend on themselves, in whatever way, and one that is asked for very often.
#[test]
fn a_condition_that_depends_on_itself_is_named() {
    let mut conditions = String::from(
        "
  A: { Condition: A }
  B: !Not [!Condition C]
  C: !Equals [!If [B, x, y], x]
  D0: !Equals [a, a]",
    );
    for level in 1..60 {
        let below = level - 1;
        write!(conditions, "\n  D{level}: !And [!Condition D{below}, !Condition D{below}]").unwrap();
    }
    let resources = "
Resources:
  One: { Type: 'AWS::SQS::Queue', Condition: A }
  Two: { Type: 'AWS::SQS::Queue', Condition: B, Properties: { QueueName: !If [A, x, y] } }
  Three: { Type: 'AWS::DynamoDB::Table', Condition: D59 }";
    let template = with_parameters(&format!("Conditions:{conditions}{resources}"), &[]).unwrap();
    assert_eq!(template.tables.len(), 1);
    let itself = |name: &str| format!("Conditions.{name} depends on itself, which AWS refuses; it counts as false.");
    assert_eq!(template.warnings[..2], [itself("A"), itself("B")]);
    assert_eq!(template.warnings.len(), 3, "{:?}", template.warnings);
}

const RIGHTS: &str = r"
Resources:
  Items:
    Type: AWS::Serverless::SimpleTable
    Properties: { TableName: items }
  BySam:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      CodeUri: .
      Handler: x
      Policies:
        - DynamoDBReadPolicy: { TableName: !Ref Items }
        - AWSLambdaBasicExecutionRole
        - SQSPollerPolicy: { QueueName: q }
  ByRole:
    Type: AWS::Lambda::Function
    Properties: { Runtime: provided.al2023, Code: ., Handler: x, Role: !GetAtt Role.Arn }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess']
      Policies:
        - PolicyName: own
          PolicyDocument: { Statement: { Effect: Allow, Action: 'dynamodb:PutItem', Resource: !GetAtt Items.Arn } }
  Further:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: further
      Roles: [!Ref Role]
      PolicyDocument: { Statement: [{ Effect: Deny, Action: 'dynamodb:Scan', Resource: '*' }] }
";

/// SAM's policy templates and managed policies, and roles with policies of their own or from elsewhere.
#[test]
fn policies_are_read_wherever_they_stand() {
    let template = read_text(RIGHTS);
    let [by_sam, by_role] = &template.functions[..] else { panic!("{:?}", template.functions) };
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/items";
    assert_eq!(by_sam.statements.len(), 1);
    assert_eq!(by_sam.statements[0]["Resource"], json!([table, format!("{table}/index/*")]));
    let actions: Vec<_> = by_role.statements.iter().map(|statement| &statement["Action"]).collect();
    assert_eq!(actions[0], &json!("dynamodb:PutItem"));
    assert_eq!(by_role.statements[0]["Resource"], table);
    assert!(actions[1].as_array().unwrap().contains(&json!("dynamodb:Query")));
    assert_eq!((actions[2], &by_role.statements[2]["Effect"]), (&json!("dynamodb:Scan"), &json!("Deny")));
    let unknown = "BySam: the policy template SQSPollerPolicy is not understood; it grants nothing here.";
    assert!(template.warnings.iter().any(|warning| warning == unknown), "{:?}", template.warnings);
}

const EVENTS: &str = r"
Globals: { Function: { Runtime: provided.al2023, CodeUri: ., Handler: x } }
Resources:
  Items:
    Type: AWS::Serverless::SimpleTable
    Properties: { TableName: items }
  Streams:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: KEYS_ONLY }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Stream:
          Type: DynamoDB
          Properties: { Stream: !GetAtt Streams.StreamArn, StartingPosition: LATEST, TumblingWindowInSeconds: 5 }
        Night: { Type: ScheduleV2, Properties: { ScheduleExpression: 'cron(0 3 * * ? *)' } }
        Web: { Type: Api, Properties: { Path: /, Method: get } }
  Rule:
    Type: AWS::Events::Rule
    Properties: { ScheduleExpression: rate(2 hours), Targets: [{ Id: a, Arn: !GetAtt Fn.Arn }] }
  Off:
    Type: AWS::Scheduler::Schedule
    Properties:
      State: DISABLED
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: { Mode: 'OFF' }
      Target: { Arn: !GetAtt Fn.Arn, RoleArn: r }
";

/// Events of SAM, rules and schedules; what does not run here is named.
#[test]
fn events_are_read_in_every_form() {
    let template = read_text(EVENTS);
    assert_eq!(template.mappings.len(), 1);
    assert_eq!(template.mappings[0].starting_position, StartingPosition::Latest);
    assert_eq!(template.schedules.len(), 2, "{:?}", template.schedules);
    assert_eq!(template.mappings[0].tumbling_seconds, 5);
    let web = "Fn.Events.Web: events of type Api are not understood; nothing raises them here.";
    assert_eq!(template.warnings, [web]);
}

/// E, the parameters: `BatchSize` up to 10,000, a window up to 300 s, a factor up to 10, up to 10,000 retries, an age
/// from 60 to 604,800 s, five filters.
#[test]
fn what_aws_refuses_of_a_mapping_is_named() {
    let mapped = |properties: &str| {
        let further = format!("StartingPosition: LATEST, {properties}");
        let text = EVENTS.replace("StartingPosition: LATEST, TumblingWindowInSeconds: 5", &further);
        let template = read_text(&text);
        let warnings = template.warnings.into_iter().filter(|warning| warning.starts_with("FnStream")).collect();
        (template.mappings[0].clone(), warnings)
    };
    let good = "BatchSize: 10000, MaximumBatchingWindowInSeconds: 300, ParallelizationFactor: 10, \
                MaximumRetryAttempts: 10000, MaximumRecordAgeInSeconds: 60";
    let (mapping, warnings): (_, Vec<String>) = mapped(good);
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!((mapping.batch_size, mapping.window_seconds, mapping.parallelization), (10_000, 300, 10));
    assert_eq!((mapping.retries_max, mapping.record_age_seconds_max), (Some(10_000), Some(60)));
    let (mapping, warnings): (_, Vec<String>) = mapped("MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1");
    assert_eq!((mapping.retries_max, mapping.record_age_seconds_max, warnings), (None, None, Vec::new()));
    for (wrong, reason) in [
        ("BatchSize: 10001", "BatchSize must be from 1 to 10000; AWS refuses 10001."),
        ("BatchSize: 0", "BatchSize must be from 1 to 10000; AWS refuses 0."),
        ("BatchSize: few", "BatchSize is no whole number; AWS refuses it."),
        (
            "MaximumBatchingWindowInSeconds: 301",
            "MaximumBatchingWindowInSeconds must be from 0 to 300; AWS refuses 301.",
        ),
        ("TumblingWindowInSeconds: 901", "TumblingWindowInSeconds must be from 0 to 900; AWS refuses 901."),
        ("ParallelizationFactor: 11", "ParallelizationFactor must be from 1 to 10; AWS refuses 11."),
        ("MaximumRetryAttempts: -2", "MaximumRetryAttempts must be -1, or from 0 to 10000; AWS refuses -2."),
        (
            "MaximumRecordAgeInSeconds: 59",
            "MaximumRecordAgeInSeconds must be -1, or from 60 to 604800; AWS refuses 59.",
        ),
    ] {
        assert_eq!(mapped(wrong).1, [format!("FnStream.{reason}")], "{wrong}");
    }
    let filter = r#"{ Pattern: '{"eventName":["INSERT"]}' }"#;
    let filters =
        |count: usize| mapped(&format!("FilterCriteria: {{ Filters: [{}] }}", [filter].repeat(count).join(", ")));
    assert_eq!(filters(5).1, Vec::<String>::new());
    assert_eq!(filters(6).1, ["FnStream has 6 filters; AWS takes 5, and more on request."]);
}

/// D.4: an integration may take 50 ms to 29 s; what is beyond is named, as AWS refuses it, and 29 s without a word.
#[test]
fn the_time_out_of_an_integration_has_its_range() {
    for (written, expected, is_named) in [
        ("TimeoutInMillis: 49", Some(50), true),
        ("TimeoutInMillis: 50", Some(50), false),
        ("TimeoutInMillis: 29000", Some(29_000), false),
        ("TimeoutInMillis: 29001", Some(29_000), true),
        ("Description: none", None, false),
    ] {
        let text = format!("{ONE_ROUTE}      {written}\n");
        let template = read_text(&text);
        assert_eq!(template.apis[0].routes[0].timeout, expected.map(Duration::from_millis), "{written}");
        let warnings: &[&str] =
            if is_named { &["Integration.TimeoutInMillis must be from 50 to 29000; AWS refuses it."] } else { &[] };
        assert_eq!(template.warnings, warnings, "{written}");
    }
}

const ONE_ROUTE: &str = r"
Resources:
  Fn: { Type: 'AWS::Serverless::Function', Properties: { Runtime: provided.al2023, CodeUri: ., Handler: x } }
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Api, StageName: v1 } }
  Permission: { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: !Ref Fn, Principal: apigateway.amazonaws.com } }
  Route0: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: !Ref Api, RouteKey: r0, Target: !Sub 'integrations/${Integration}' } }
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations'
";

/// D.5: 300 routes.
#[test]
fn more_routes_than_aws_allows_are_named() {
    let mut text = ONE_ROUTE.to_owned();
    for route in 1..301 {
        writeln!(
            text,
            "  Route{route}: {{ Type: 'AWS::ApiGatewayV2::Route', Properties: {{ ApiId: !Ref Api, RouteKey: r{route}, \
             Target: !Sub 'integrations/${{Integration}}' }} }}"
        )
        .unwrap();
    }
    let template = read_text(&text);
    assert_eq!(template.warnings, ["Api: 301 routes are more than the 300 that AWS allows."]);
}
