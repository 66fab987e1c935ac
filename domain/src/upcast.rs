//! Upcasters: every stored form that is not written any more, and how it becomes the next one.
//!
//! What is stored stays as it is for ever. When a form changes, its version rises by one, and one line here says how the
//! form before becomes the new one. A line is never changed or taken away again. Each upcaster is pure and total: what is
//! damaged goes through as it is, and is found to be damaged by whoever reads it.

use serde_json::{Value, json};

use crate::game::settings::Settings;

/// What has versions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The data of an event of the game, by its type.
    Event(&'static str),
    /// What a kind stores in `played`: its own event. The version is `Rules::VERSION`, as for the other two.
    Played(&'static str),
    /// What a kind stores in `created`: its options.
    Options(&'static str),
    /// What a kind stores in `taken_back`: its state.
    Position(&'static str),
}

/// One step of a form: from a version to the one after it.
struct Upcaster {
    form: Form,
    from: u32,
    upcast: fn(Value) -> Value,
}

/// All of them. A version without a line reads as the next one as it stands.
static UPCASTERS: &[Upcaster] = &[
    Upcaster { form: Form::Event("created"), from: 1, upcast: created_1_to_2 },
    #[cfg(test)]
    Upcaster { form: Form::Played("count-up"), from: 1, upcast: tests::added_1_to_2 },
    #[cfg(test)]
    Upcaster { form: Form::Played("count-up"), from: 2, upcast: tests::added_2_to_3 },
    #[cfg(test)]
    Upcaster { form: Form::Options("count-up"), from: 1, upcast: tests::options_1_to_2 },
    #[cfg(test)]
    Upcaster { form: Form::Position("count-up"), from: 1, upcast: tests::position_1_to_2 },
];

/// Brings a stored form from version `from` to version `to`, step by step.
pub(crate) fn upcast(form: Form, from: u32, to: u32, stored: Value) -> Value {
    (from..to).fold(stored, |stored, version| {
        match UPCASTERS.iter().find(|step| step.form == form && step.from == version) {
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
pub(crate) mod tests;
