//! The account and the region that everything on this machine seems to be in.

/// The region in every ARN and in `AWS_REGION`.
pub(crate) const REGION: &str = "us-east-1";

/// The account in every ARN.
pub(crate) const ACCOUNT_ID: &str = "000000000000";
