//! Where the code of functions comes from, and functions that cannot run here.

use super::*;

fn with(text: &str, folder: &Path) -> Template {
    parse(text, folder, &BTreeMap::new()).unwrap()
}

/// F: `CodeUri` names a folder, a zip file or a package of cargo, and the binary of that, or its only one.
#[test]
fn code_comes_from_where_the_template_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("packed"), "").unwrap();
    let at = |name: &str| folder.path().join(name);
    for (properties, metadata, expected) in [
        ("CodeUri: app", "", Code::Bootstrap { folder: at("app") }),
        ("CodeUri: app.zip", "", Code::Zip { file: at("app.zip") }),
        ("CodeUri: out/App.ZIP", "", Code::Zip { file: at("out/App.ZIP") }),
        ("CodeUri: packed", "", Code::Zip { file: at("packed") }),
        ("CodeUri: app.zip", "BuildMethod: rust-cargolambda", Code::Zip { file: at("app.zip") }),
        ("CodeUri: app", "BuildMethod: rust-cargolambda", Code::Cargo { folder: at("app"), binary: None }),
        (
            "CodeUri: app",
            "BuildMethod: rust-cargolambda, BuildProperties: { Binary: talk }",
            Code::Cargo { folder: at("app"), binary: Some("talk".to_owned()) },
        ),
    ] {
        let text = format!(
            "Resources: {{ Fn: {{ Type: AWS::Serverless::Function, Metadata: {{ {metadata} }}, \
             Properties: {{ Runtime: provided.al2023, Handler: x, {properties} }} }} }}"
        );
        assert_eq!(with(&text, folder.path()).functions[0].code, expected, "{properties} {metadata}");
    }
}

const ELSEWHERE: &str = r"
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties: { StreamSpecification: { StreamViewType: NEW_IMAGE } }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: node
      Runtime: nodejs22.x
      Handler: x
      Events:
        S: { Type: DynamoDB, Properties: { Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST } }
        T: { Type: Schedule, Properties: { Schedule: rate(1 hour) } }
  Far: { Type: 'AWS::Serverless::Function', Properties: { Runtime: provided.al2023, Handler: x, CodeUri: { Bucket: b, Key: k } } }
";

/// F: a template in which no function can run says so once; what would call its functions is left out with them.
#[test]
fn a_template_in_which_no_function_can_run_says_so() {
    let template = with(ELSEWHERE, Path::new("/project"));
    let (node, far) = ("only provided runtimes run here, not \"nodejs22.x\"", "its code lies in S3");
    let expected = [
        format!("Fn: {node}; it is left out."),
        format!("Far: {far}; it is left out."),
        "No function of this template can run here, so that whatever needs one fails.".to_owned(),
    ];
    assert_eq!(template.warnings, expected);
    assert_eq!((template.functions.len(), template.mappings.len(), template.schedules.len()), (0, 0, 0));
    let left_out = |id: &str, name: &str, reason: &str| LeftOut {
        id: id.to_owned(),
        name: name.to_owned(),
        reason: reason.to_owned(),
    };
    assert_eq!(template.left_out, [left_out("Fn", "node", node), left_out("Far", "Far", far)]);
    let without = with("Resources: { Items: { Type: AWS::Serverless::SimpleTable } }", Path::new("/project"));
    assert_eq!(without.warnings, ["The template has no function, so that nothing answers here."]);
}
