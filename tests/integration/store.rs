//! The tables, through the real SDK client against an embedded DynamoDB, with faults in between.

mod append;
mod connections;
mod context;
mod due;
mod golden;
mod inbox;
mod integrity;
pub(crate) mod layouts;
pub(crate) mod moments;
mod rows;
mod simulation;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use serde_json::json;
use turnlog_domain::{Actor, Command, CommandId, GameId, PlayerId, Seat, Seq, Timestamp, testing};
use turnlog_store::{AppendError, Appended, Log};

/// A game between Ada and Bob, and what its commands need.
pub(crate) struct Table {
    pub(crate) game: GameId,
    commands: u64,
}

pub(crate) fn ada() -> PlayerId {
    testing::player("ada")
}

pub(crate) fn bob() -> PlayerId {
    testing::player("bob")
}

pub(crate) fn actor(player: &PlayerId) -> Actor {
    Actor::Player(player.clone())
}

pub(crate) fn now(seconds: u64) -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000 + seconds * 1000)
}

pub(crate) fn create() -> Command {
    Command::create("tic-tac-toe", json!({}))
}

pub(crate) fn cell(cell: u8) -> Command {
    Command::Play { action: json!({ "cell": cell }), seen: None }
}

pub(crate) fn cell_seen(cell: u8, seen: u64) -> Command {
    Command::Play { action: json!({ "cell": cell }), seen: Some(Seq(seen)) }
}

pub(crate) fn join(seat: u8) -> Command {
    Command::take_seat(Some(Seat(seat)))
}

/// Lets `count` connections, each of a player of its own, follow a game: as `Websockets` writes it, but many items at once.
pub(crate) async fn let_follow(
    client: &aws_sdk_dynamodb::Client,
    table: &str,
    game: GameId,
    count: usize,
) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|number| format!("watcher-{number}")).collect();
    let item = |name: &String| {
        let texts =
            [("owner", format!("game#{game}")), ("item", format!("connection#{name}")), ("player_id", name.clone())];
        let mut put = PutRequest::builder().item("expires_at", AttributeValue::N("9999999999".to_owned()));
        for (attribute, text) in texts {
            put = put.item(attribute, AttributeValue::S(text));
        }
        let put = put.build().expect("it has an item");
        WriteRequest::builder().put_request(put).build()
    };
    for names in names.chunks(25) {
        let written = client.batch_write_item().request_items(table, names.iter().map(item).collect()).send().await;
        let left = written.expect("they are written").unprocessed_items.unwrap_or_default();
        assert!(left.is_empty(), "{left:?}");
    }
    names
}

impl Table {
    /// Made by Ada; nobody sits yet.
    pub(crate) async fn new(log: &Log) -> Self {
        Self::of(log, &create()).await
    }

    /// Made by Ada with that command; nobody sits yet.
    pub(crate) async fn of(log: &Log, create: &Command) -> Self {
        let id = testing::command_id(1);
        let game = GameId::of_create(&ada(), id);
        log.append(game, id, &actor(&ada()), create, now(0)).await.expect("it is created");
        Self { game, commands: 1 }
    }

    /// Made by Ada, who sits on seat 0; Bob sits on seat 1.
    pub(crate) async fn started(log: &Log) -> Self {
        let mut table = Self::new(log).await;
        table.accept(log, &ada(), join(0)).await;
        table.accept(log, &bob(), join(1)).await;
        table
    }

    pub(crate) fn next_id(&mut self) -> CommandId {
        self.commands += 1;
        testing::command_id(self.commands)
    }

    pub(crate) async fn append(
        &mut self,
        log: &Log,
        player: &PlayerId,
        command: Command,
    ) -> Result<Appended, AppendError> {
        let id = self.next_id();
        log.append(self.game, id, &actor(player), &command, now(self.commands)).await
    }

    pub(crate) async fn accept(&mut self, log: &Log, player: &PlayerId, command: Command) -> Seq {
        seq_of(&self.append(log, player, command).await.expect("it is accepted"))
    }
}

pub(crate) fn seq_of(appended: &Appended) -> Seq {
    match appended {
        Appended::Stored { message, .. } => message.seq,
        Appended::Repeated { seq } => *seq,
        Appended::Unchanged { folded } => folded.game.seq(),
    }
}
