//! The tables of one deployment, for those who operate it.

use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{Client, config::Credentials};
use turnlog_domain::Kinds;
use turnlog_store::{Games, Messages, Players, ReadModels, StoreError, config_with, limits::CONNECT_TIMEOUT};

use crate::{
    limits::{ATTEMPTS_MAX, REQUEST_TIMEOUT},
    meter::Meter,
};

/// The logical ids of the tables in the template: the log first.
const MESSAGES: &str = "MessagesTable";
const GAMES: &str = "GamesTable";
const PLAYERS: &str = "PlayersTable";

/// The region that the tables of a local stack are in.
const LOCAL_REGION: &str = "us-east-1";

/// Whose tables, as AWS's own tools name it; what is left open is for the SDK's variables to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// The profile.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Another address of DynamoDB.
    pub endpoint: Option<String>,
}

/// The tables of one deployment.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The log.
    pub messages: Messages,
    /// The state of every game.
    pub games: Games,
    /// Profiles, games and results.
    pub players: Players,
    /// What all requests to them consume.
    pub meter: Meter,
}

/// The tables of a deployment cannot be told from their names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// The names cannot be listed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No table has such a name.
    #[error("there is no table {0} of this stack")]
    Missing(&'static str),
    /// Several stacks have a table of that name.
    #[error("several tables could be meant; name the stack: {}", .0.join(", "))]
    Several(Vec<String>),
}

impl Tables {
    /// The tables of a stack on AWS, told by their names: CloudFormation calls a table `<stack>-<logical id>-<random>`.
    /// Without the name of the stack there may be only one.
    ///
    /// # Errors
    /// When they cannot be listed or told.
    pub async fn deployed(account: Account, stack: Option<&str>, kinds: Kinds) -> Result<Self, FindError> {
        let Account { profile, region, endpoint } = account;
        let mut loader = defaults();
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(endpoint) = endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        Self::find(&loader.load().await, stack, kinds).await
    }

    /// The tables of a local stack, whose DynamoDB is at `endpoint`. There their names are the logical ids.
    ///
    /// # Errors
    /// When they cannot be listed or told.
    pub async fn local(endpoint: String, kinds: Kinds) -> Result<Self, FindError> {
        let credentials = Credentials::new("developer", "developer", None, None, "turnlog");
        let loader = defaults().region(Region::from_static(LOCAL_REGION)).credentials_provider(credentials);
        Self::find(&loader.endpoint_url(endpoint).load().await, None, kinds).await
    }

    /// What is derived from the log and kept in rows.
    pub fn read_models(&self) -> ReadModels {
        ReadModels::over(&self.games, &self.players)
    }

    async fn find(config: &SdkConfig, stack: Option<&str>, kinds: Kinds) -> Result<Self, FindError> {
        let meter = Meter::default();
        let client = client(config, &meter);
        let names = names(&client).await?;
        let table = |id| only(&names, stack, id);
        Ok(Self {
            messages: Messages::new(client.clone(), table(MESSAGES)?),
            games: Games::new(client.clone(), table(GAMES)?, kinds),
            players: Players::new(client, table(PLAYERS)?),
            meter,
        })
    }
}

/// A client for operators, who read whole tables and would rather wait than fail. The meter counts what it consumes.
fn client(config: &SdkConfig, meter: &Meter) -> Client {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(REQUEST_TIMEOUT);
    Client::from_conf(config_with(config, timeouts, ATTEMPTS_MAX).interceptor(meter.clone()).build())
}

fn defaults() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
}

async fn names(client: &Client) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let sent = client.list_tables().set_exclusive_start_table_name(after).send().await;
        let page = sent.map_err(|error| StoreError::of("ListTables", &error))?;
        names.extend(page.table_names.unwrap_or_default());
        after = page.last_evaluated_table_name;
        if after.is_none() {
            return Ok(names);
        }
    }
}

fn only(names: &[String], stack: Option<&str>, id: &'static str) -> Result<String, FindError> {
    let is_meant = |name: &&String| match stack {
        Some(stack) => name.strip_prefix(stack).is_some_and(|rest| rest.starts_with(&format!("-{id}-"))),
        None => *name == id || name.contains(&format!("-{id}-")),
    };
    let mut meant = names.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (None, _) => Err(FindError::Missing(id)),
        (Some(name), None) => Ok(name.clone()),
        (Some(_), Some(_)) => Err(FindError::Several(names.iter().filter(is_meant).cloned().collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str], stack: Option<&str>) -> Result<String, FindError> {
        only(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), stack, MESSAGES)
    }

    #[test]
    fn a_table_is_found_by_its_logical_id_and_its_stack() {
        let names = ["MessagesTable", "GamesTable"];
        assert_eq!(table(&names, None).as_deref(), Ok("MessagesTable"));
        let deployed = ["prod-MessagesTable-1ABC", "prod-GamesTable-2", "test-MessagesTable-3"];
        assert_eq!(table(&deployed, Some("prod")).as_deref(), Ok("prod-MessagesTable-1ABC"));
        assert!(matches!(table(&deployed, None), Err(FindError::Several(names)) if names.len() == 2));
        assert_eq!(table(&deployed, Some("pro")), Err(FindError::Missing(MESSAGES)));
    }
}
