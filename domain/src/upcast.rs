//! Upcasters of the game's own events: every stored form that is not written any more, and how it becomes the next one.
//!
//! What is stored stays as it is for ever. When a form changes, its version rises by one, and one line here says how the
//! form before becomes the new one. A line is never changed or taken away again. Each upcaster is pure and total: what is
//! damaged goes through as it is, and is found to be damaged by whoever reads it. What a kind stores is brought forward by
//! [`Rules::upcast`](crate::Rules::upcast).

use serde_json::{Value, json};

use crate::game::settings::Settings;

/// One step of the data of an event: from a version to the one after it.
struct Upcaster {
    event: &'static str,
    from: u32,
    upcast: fn(Value) -> Value,
}

/// All of them. A version without a line reads as the next one as it stands.
static UPCASTERS: &[Upcaster] = &[Upcaster { event: "created", from: 1, upcast: created_1_to_2 }];

/// Brings the data of an event from version `from` to version `to`, step by step.
pub(crate) fn upcast(event: &str, from: u32, to: u32, stored: Value) -> Value {
    (from..to).fold(stored, |stored, version| {
        match UPCASTERS.iter().find(|step| step.event == event && step.from == version) {
            Some(step) => (step.upcast)(stored),
            None => stored,
        }
    })
}

/// The first version knew neither tables nor chance nor private games; all of its kinds were for two.
fn created_1_to_2(mut data: Value) -> Value {
    if let Value::Object(fields) = &mut data {
        fields.insert("table".to_owned(), json!(Settings::before_choice()));
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::event::Event;

    #[test]
    fn upcasters_bear_anything() {
        for step in UPCASTERS {
            for damaged in [json!(null), json!(-1), json!("?"), json!([[]]), json!({ "to": {} })] {
                let _ = upcast(step.event, step.from, step.from + 1, damaged);
            }
        }
    }

    #[test]
    fn every_upcaster_leads_to_a_version_that_the_code_knows() {
        for (index, &Upcaster { event, from, .. }) in UPCASTERS.iter().enumerate() {
            let newest = Event::newest_version(event);
            assert!(newest.is_some_and(|newest| (1..newest).contains(&from)), "{event} from {from}");
            let is_twin = |other: &Upcaster| other.event == event && other.from == from;
            assert_eq!(UPCASTERS.iter().position(is_twin), Some(index), "{event} from {from} stands there twice");
        }
    }
}
