//! The account, the region and the stack that everything on this machine seems to be in.

/// The region in every ARN and in `AWS_REGION`.
pub(crate) const REGION: &str = "us-east-1";

/// The account in every ARN.
pub(crate) const ACCOUNT_ID: &str = "000000000000";

/// The name of the stack.
pub(crate) const STACK_NAME: &str = "local";

/// Whether Lambda takes `wanted` for the function of this name: its ARN, its account and name, or its name, each of which
/// may end in a version or an alias.
pub(crate) fn names_function(wanted: &str, name: &str) -> bool {
    let named = match wanted.split_once(":function:") {
        Some((owner, _)) if owner.starts_with("arn:") => function_arn(name),
        Some(_) => format!("{ACCOUNT_ID}:function:{name}"),
        None => name.to_owned(),
    };
    wanted.strip_prefix(&named).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The ARN of the function of this name.
pub(crate) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F: how functions are named.
    #[test]
    fn a_function_is_named_in_every_form_that_lambda_takes() {
        let arn = function_arn("chat");
        for wanted in [
            "chat",
            "chat:live",
            "chat:$LATEST",
            "000000000000:function:chat",
            "000000000000:function:chat:7",
            &arn,
            &format!("{arn}:live"),
        ] {
            assert!(names_function(wanted, "chat"), "{wanted}");
        }
        for wanted in ["Chat", "chat2", "chat-live", "111111111111:function:chat", &arn.replace("us-east", "eu-west")] {
            assert!(!names_function(wanted, "chat"), "{wanted}");
        }
        assert!(!names_function(&arn, "arn"), "it begins with the name of another function");
    }
}
