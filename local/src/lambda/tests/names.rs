//! What a function is called, and one that cannot run here.

use super::*;

/// F: what is the name of a function is no other function, though one has it for its logical id.
#[tokio::test]
async fn a_name_comes_before_the_logical_id_of_another_function() {
    let named = |id: &str, name: &str| {
        // Nothing of it starts here.
        (
            FunctionSpec { id: id.to_owned(), name: name.to_owned(), ..spec() },
            Runs::Executable(PathBuf::from("/nowhere")),
        )
    };
    let endpoints = Endpoints::default();
    let parameters = Parameters::open(Path::new("/nowhere")).unwrap();
    let (limits, circumstances, access) = (LambdaLimits::default(), Circumstances::good(), Access::to_nothing());
    let functions = vec![named("chat", "other"), named("talk", "chat")];
    let lambda = Lambda::new(functions, &endpoints, &parameters, &limits, &circumstances, &access).unwrap();
    let left_out = LeftOut { id: "Gone".to_owned(), name: "gone".to_owned(), reason: "it lies in S3".to_owned() };
    let lambda = lambda.leaving_out(vec![left_out]);
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:chat";
    for (wanted, id) in [("chat", "talk"), (arn, "talk"), ("talk", "talk"), ("other:live", "chat"), ("gone", "Gone")] {
        assert_eq!(lambda.find(wanted).as_deref(), Some(id), "{wanted}");
    }
    assert_eq!(lambda.find("nobody"), None);
    let error = lambda.invoke("Gone", "{}".to_owned()).await.unwrap_err();
    assert_eq!(error, InvokeError::LeftOut("Gone does not run here: it lies in S3".to_owned()));
    lambda.stop().await;
}
