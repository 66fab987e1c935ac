//! Where the tables are that a command works on: in a stack on this machine, or in an account of AWS.

use std::error::Error;

use clap::Args;
use serde::Deserialize;
use turnlog_domain::Kinds;
use turnlog_operations::{Account, Tables};

use crate::remote::Remote;

/// The heading of these options in the help of a command. It stands at each of them: one for all would reach on to the options
/// that follow.
const HEADING: &str = "Which tables";

/// Which tables: those of a stack on this machine, unless one of the options of AWS is given.
#[derive(Debug, Clone, Args)]
pub struct Location {
    /// The port of the stack on this machine.
    #[arg(long, help_heading = HEADING, default_value_t = 3000, conflicts_with_all = ["profile", "region", "endpoint", "stack"])]
    pub(crate) port: u16,
    /// The profile of AWS to use [default: what the SDK's variables say].
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The region of the deployed tables.
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Another address of DynamoDB, such as `http://127.0.0.1:8000`.
    #[arg(long, help_heading = HEADING, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// The name of the deployed stack; not needed where the account and region have only one. It is never one on this machine.
    #[arg(long, help_heading = HEADING, value_name = "NAME")]
    pub(crate) stack: Option<String>,
}

/// What the health of a local stack says of its tables.
#[derive(Debug, Deserialize)]
struct Health {
    dynamodb: String,
}

impl Location {
    /// The tables.
    ///
    /// # Errors
    /// When no stack answers there, or its tables cannot be told.
    pub async fn tables(&self, kinds: &Kinds) -> Result<Tables, Box<dyn Error>> {
        if !self.is_on_aws() {
            let health = Remote::new(self.port).call(reqwest::Method::GET, "/health", String::new()).await?;
            let health: Health = health.json().await?;
            return Ok(Tables::local(health.dynamodb, kinds.clone()).await?);
        }
        let Self { profile, region, endpoint, .. } = self.clone();
        Ok(Tables::deployed(Account { profile, region, endpoint }, self.stack.as_deref(), kinds.clone()).await?)
    }

    /// Whether the tables are not those of a stack on this machine.
    pub(crate) fn is_on_aws(&self) -> bool {
        self.profile.is_some() || self.region.is_some() || self.endpoint.is_some() || self.stack.is_some()
    }
}
