//! The account and the region that everything on this machine seems to be in, and what is called after them.

/// The region in every ARN and in `AWS_REGION`.
pub(crate) const REGION: &str = "us-east-1";

/// The account in every ARN.
pub(crate) const ACCOUNT_ID: &str = "000000000000";

/// The label of every stream. On AWS it is the time at which the stream was made. Here a template names a stream before
/// there is one, so that the label is the same for all.
pub(crate) const STREAM_LABEL: &str = "2020-01-01T00:00:00.000";

/// The ARN of a table of this name.
pub(crate) fn table_arn(table: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}")
}

/// The ARN of the stream of a table of this name: in templates, events, rights and answers of the database alike.
pub(crate) fn stream_arn(table: &str) -> String {
    format!("{}/stream/{STREAM_LABEL}", table_arn(table))
}
