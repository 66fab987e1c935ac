//! Names that resources share, names that AWS makes, and the order of the file.

use serde_json::json;

use super::*;

/// Every resource is called `chat`, and stands in the alphabet before what is meant, or after it.
const SHARED: &str = r"
Resources:
  ABucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: chat } }
  AFn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: chat
      Runtime: provided.al2023
      Handler: x
      Role: !GetAtt ZRole.Arn
      Events:
        S:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt ZTable.StreamArn
            StartingPosition: LATEST
            DestinationConfig: { OnFailure: { Destination: !GetAtt ZQueue.Arn } }
  APolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: AmazonDynamoDBFullAccess
      PolicyDocument: { Statement: [{ Effect: Allow, Action: 'dynamodb:GetItem', Resource: '*' }] }
  ATopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: chat } }
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: WEBSOCKET } }
  Auth:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      AuthorizerType: REQUEST
      AuthorizerUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${AFn.Arn}/invocations'
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Auth
      Target: !Sub 'integrations/${Integration}'
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${AFn.Arn}/invocations'
  May: { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: !Ref AFn, Principal: apigateway.amazonaws.com } }
  Rule:
    Type: AWS::Events::Rule
    Properties: { Name: chat, ScheduleExpression: rate(1 hour), Targets: [{ Id: a, Arn: !GetAtt AFn.Arn }] }
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Api, StageName: chat } }
  ZRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: chat
      AssumeRolePolicyDocument: {}
      ManagedPolicyArns: [!Ref APolicy]
  ZQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: chat } }
  ZTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: chat
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
";

/// F: a name that resources of different types share means the one of the type that is asked for, wherever it stands in
/// the alphabet.
#[test]
fn a_shared_name_means_the_resource_of_the_right_type() {
    // The other way round: what stood last stands first.
    let renamed =
        [("AFn", "YFn"), ("ZRole", "Brole"), ("ZTable", "Btable"), ("ZQueue", "Bqueue"), ("ABucket", "XBucket")];
    let turned = renamed.iter().fold(SHARED.to_owned(), |text, (old, new)| text.replace(old, new));
    for (text, function, table, queue) in
        [(SHARED, "AFn", "ZTable", "ZQueue"), (turned.as_str(), "YFn", "Btable", "Bqueue")]
    {
        let template = read_text(text);
        assert_eq!(template.warnings, Vec::<String>::new());
        let [mapping] = &template.mappings[..] else { panic!("{:?}", template.mappings) };
        assert_eq!((mapping.function.as_str(), mapping.table.as_str()), (function, table));
        assert_eq!(mapping.on_failure, Some(Destination::Queue(queue.to_owned())));
        let role = &template.functions[0];
        assert_eq!((role.role.as_str(), role.statements.len()), ("chat", 1));
        assert_eq!(role.statements[0]["Action"], "dynamodb:GetItem", "and not what AWS's policy of that name allows");
        let [route] = &template.apis[0].routes[..] else { panic!("{:?}", template.apis) };
        assert_eq!((route.function.as_str(), route.permission), (function, Permission::Granted));
        assert_eq!(route.authorizer.as_ref().unwrap().function, function);
        assert_eq!(template.schedules[0].function, function);
        assert_eq!(template.apis[0].stage, "chat");
    }
}

/// F: the smallest such template: a table and a function of one name.
#[test]
fn a_table_may_be_called_as_its_function() {
    let template = read_text(
        r"
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: chat
      Runtime: provided.al2023
      Handler: x
      Events: { S: { Type: DynamoDB, Properties: { Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST } } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: chat
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
",
    );
    assert_eq!(template.warnings, Vec::<String>::new());
    assert_eq!((template.mappings[0].function.as_str(), template.mappings[0].table.as_str()), ("Fn", "Table"));
}

/// F: an ARN of another account, region or kind is nothing of this template, whatever its last part is.
#[test]
fn only_the_whole_arn_counts() {
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/chat/stream/x";
    for (arn, is_meant) in [
        (table, true),
        ("arn:aws:dynamodb:eu-central-1:000000000000:table/chat/stream/x", false),
        ("arn:aws:dynamodb:us-east-1:111111111111:table/chat/stream/x", false),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/other/stream/chat", false),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/chat", false),
        ("arn:aws:kinesis:us-east-1:000000000000:stream/chat", false),
        ("chat", false),
    ] {
        let template = read_text(&SHARED.replace("Stream: !GetAtt ZTable.StreamArn", &format!("Stream: '{arn}'")));
        assert_eq!(template.mappings.len(), usize::from(is_meant), "{arn}");
    }
    // A right to a queue whose name only begins like that of the destination is the function's own.
    let text =
        SHARED.replace("Action: 'dynamodb:GetItem', Resource: '*'", "Action: 'sqs:SendMessage', Resource: QUEUE");
    let warnings = |queue: &str| read_text(&text.replace("QUEUE", queue)).warnings;
    assert_eq!(warnings("!GetAtt ZQueue.Arn"), Vec::<String>::new());
    assert_eq!(warnings("!Sub '${ZQueue.Arn}-2'").len(), 1);
}

/// F: what `Ref` gives: for most types the name, for some the ARN or the address.
#[test]
fn a_reference_gives_what_it_gives_on_aws() {
    let variables = "Variables: { A: !Ref ZQueue, B: !Ref ATopic, C: !Ref APolicy, D: !Ref ABucket, E: !Ref ZTable, \
                     F: !Sub '${ZQueue}', G: !GetAtt ZQueue.QueueName }";
    let template = read_text(
        &SHARED.replace("      Handler: x", &format!("      Handler: x\n      Environment: {{ {variables} }}")),
    );
    let values: Vec<_> = template.functions[0].environment.values().map(String::as_str).collect();
    let queue = "https://sqs.us-east-1.amazonaws.com/000000000000/chat";
    let policy = "arn:aws:iam::000000000000:policy/AmazonDynamoDBFullAccess";
    assert_eq!(values, [queue, "arn:aws:sns:us-east-1:000000000000:chat", policy, "chat", "chat", queue, "chat"]);
}

/// F: names that AWS makes of logical ids, where these are too short or too long for it.
#[test]
fn a_name_that_aws_makes_is_one_that_it_takes() {
    let long = "L".repeat(100);
    let template = read_text(&format!(
        r"
Resources:
  T: {{ Type: 'AWS::DynamoDB::Table', Properties: {{ StreamSpecification: {{ StreamViewType: KEYS_ONLY }} }} }}
  S2: {{ Type: 'AWS::Serverless::SimpleTable' }}
  Abc: {{ Type: 'AWS::Serverless::SimpleTable' }}
  B: {{ Type: 'AWS::S3::Bucket' }}
  F: &function
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: x
      Environment: {{ Variables: {{ T: !Ref T, B: !Ref B }} }}
      Events: {{ S: {{ Type: DynamoDB, Properties: {{ Stream: !GetAtt T.StreamArn, StartingPosition: LATEST }} }} }}
  {long}: *function
"
    ));
    let names: Vec<_> = template.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["local-T", "local-S2", "Abc"]);
    assert_eq!(template.tables[0].create["TableName"], "local-T");
    let functions: Vec<_> = template.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(functions, ["F", &long[..64]]);
    assert_eq!(json!(template.functions[0].environment), json!({ "B": "local-B", "T": "local-T" }));
    assert_eq!(template.mappings[0].table, "T");
}

/// F: the first API is the first of the file; functions, schedules and stages keep its order too.
#[test]
fn everything_stands_in_the_order_of_the_file() {
    let template = read_text(
        r"
Resources:
  Zebra: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: WEBSOCKET } }
  Second: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Zebra, StageName: live } }
  First: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Zebra, StageName: test } }
  Ant: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: WEBSOCKET } }
  Third: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: !Ref Ant, StageName: live } }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: x
      Events:
        Weekly: { Type: Schedule, Properties: { Schedule: rate(7 days) } }
        Daily: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
",
    );
    let apis: Vec<_> = template.apis.iter().map(|api| (api.id.as_str(), api.stage.as_str())).collect();
    assert_eq!(apis, [("Zebra", "live"), ("Ant", "live")]);
    assert_eq!(template.warnings, ["First: an API runs here with one stage; this one is left out."]);
    let schedules: Vec<_> = template.schedules.iter().map(|schedule| schedule.id.as_str()).collect();
    assert_eq!(schedules, ["Fn.Events.Weekly", "Fn.Events.Daily"]);
}
