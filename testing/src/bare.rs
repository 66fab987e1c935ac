//! The rules by themselves, without a game around them, and what is said when they contradict themselves.

use serde_json::Value;
use turnlog_domain::{Chance, Position, Seat};

/// Every action of a seat that is in turn.
pub(crate) fn legal_actions(position: &dyn Position, seat: Seat) -> Vec<Value> {
    let actions = position.legal_actions(seat);
    assert!(
        !actions.is_empty(),
        "`turn` says that seat {} may act, but `legal_actions` has nothing that it can do, in the state {}",
        seat.0,
        position.stored()
    );
    actions
}

/// What a legal action causes.
pub(crate) fn decided(position: &dyn Position, seat: Seat, action: &Value, chance: &mut Chance) -> Vec<Value> {
    position.decide(seat, action, chance).unwrap_or_else(|rejection| {
        panic!(
            "`legal_actions` offers {action} to seat {}, but `decide` refuses it: {rejection} The state is {}",
            seat.0,
            position.stored()
        )
    })
}

/// The position after these events, which the rules have made themselves.
pub(crate) fn after(position: &dyn Position, events: &[Value]) -> Box<dyn Position> {
    let mut after = position.boxed();
    for event in events {
        if let Err(reason) = after.evolve(event) {
            panic!(
                "`evolve` refuses an event that the rules have just made, {event}: {reason}. It must take whatever `begin`, \
                 `decide` and `drop_out` return. The state is {}",
                position.stored()
            );
        }
    }
    after
}
