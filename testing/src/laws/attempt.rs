//! What is tried on a game, at random.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use turnlog_domain::{Audience, Bot, Command, OfferKind, Seat, testing::player};

/// What a random actor tries next.
#[derive(Debug, Clone)]
pub(super) enum Attempt {
    /// A legal action of whoever is in turn, chosen by the index.
    Legal(Index),
    /// Any JSON as an action, by any of the players.
    Move(Index, Value),
    /// A legal action with one number in it changed, by whoever is in turn.
    Bent(Index, i64),
    Join(Index, Option<u8>),
    Leave(Index),
    Resign(Index),
    Abandon,
    Create,
    /// Anything about the table or an offer, by any of the players, after so many milliseconds.
    Other(Index, Command, u32),
}

pub(super) fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = prop_oneof![
        20 => any::<Index>().prop_map(Attempt::Legal),
        4 => (any::<Index>(), json_values()).prop_map(|(player, action)| Attempt::Move(player, action)),
        4 => (any::<Index>(), any::<i64>()).prop_map(|(index, number)| Attempt::Bent(index, number)),
        4 => (any::<Index>(), any::<Option<u8>>()).prop_map(|(player, seat)| Attempt::Join(player, seat)),
        1 => any::<Index>().prop_map(Attempt::Leave),
        1 => any::<Index>().prop_map(Attempt::Resign),
        1 => Just(Attempt::Abandon),
        1 => Just(Attempt::Create),
        6 => (any::<Index>(), others(), 1_u32..60_000).prop_map(|(player, command, ms)| Attempt::Other(player, command, ms)),
    ];
    vec(attempt, 0..120)
}

fn others() -> impl Strategy<Value = Command> {
    let offer = || {
        prop_oneof![Just(OfferKind::Draw), Just(OfferKind::TakeBack), Just(OfferKind::Pause), Just(OfferKind::Rematch)]
    };
    prop_oneof![
        (0_u8..8).prop_map(|seat| Command::kick(Seat(seat))),
        any::<Option<bool>>()
            .prop_map(|seat| Command::AddBot { seat: seat.map(|seat| Seat(seat.into())), bot: Bot::Random }),
        Just(Command::Start),
        Just(Command::ClaimTimeout),
        Just(Command::ClaimTimeout),
        Just(Command::Resume),
        offer().prop_map(Command::Offer),
        offer().prop_map(Command::accept),
        offer().prop_map(Command::accept),
        offer().prop_map(Command::decline),
        offer().prop_map(Command::withdraw),
        ".{0,20}".prop_map(|text| Command::Say { to: Audience::All, text, invitation: None }),
        Just(Command::Mute { player: player("bob") }),
        Just(Command::RenewInvitation),
    ]
}

pub(super) fn tables() -> impl Strategy<Value = Value> {
    let clock = prop_oneof![
        Just(json!("none")),
        Just(json!({ "seconds": 30 })),
        Just(json!({ "days": 1 })),
        Just(json!({ "fischer": { "initial_ms": 60_000, "increment_ms": 2000 } })),
    ];
    let timeout = prop_oneof![Just("drop_out"), Just("loss"), Just("default_move")];
    (clock, timeout, prop_oneof![Just("full"), Just("host")])
        .prop_map(|(clock, timeout, start)| json!({ "clock": clock, "timeout": timeout, "start": start }))
}

pub(super) fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![Just("cell".to_owned()), Just("column".to_owned()), ".{0,8}".prop_map(String::from)];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key, inner), 0..6).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

/// Default options with their numbers moved about; only those that the kind accepts make a game.
pub(super) fn options() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..24, 0..4)
}
