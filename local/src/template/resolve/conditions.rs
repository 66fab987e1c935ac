//! The conditions of a template.

use serde_json::Value;

use super::{Resolver, Warnings};
use crate::template::text;

impl Resolver<'_> {
    /// Whether a condition of the template holds.
    pub(super) fn holds(&self, name: &str, warnings: &mut Warnings) -> bool {
        let known = self.decided.borrow().get(name).copied();
        match known {
            Some(Some(holds)) => return holds,
            Some(None) => {
                warnings.push(format!("Conditions.{name} depends on itself, which AWS refuses; it counts as false."));
                return false;
            }
            None => {}
        }
        self.decided.borrow_mut().insert(name.to_owned(), None);
        let holds = self.is_true(&self.document["Conditions"][name], name, warnings);
        self.decided.borrow_mut().insert(name.to_owned(), Some(holds));
        holds
    }

    fn is_true(&self, condition: &Value, place: &str, warnings: &mut Warnings) -> bool {
        let Some((name, argument)) = condition.as_object().and_then(|object| object.iter().next()) else {
            warnings.push(format!("Conditions.{place} is not understood; it counts as false."));
            return false;
        };
        let parts = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name.as_str() {
            "Condition" => argument.as_str().is_some_and(|name| self.holds(name, warnings)),
            "Fn::Not" => !parts().first().is_some_and(|part| self.is_true(part, place, warnings)),
            "Fn::And" => parts().iter().all(|part| self.is_true(part, place, warnings)),
            "Fn::Or" => parts().iter().any(|part| self.is_true(part, place, warnings)),
            "Fn::Equals" => {
                let mut value = |index: usize| self.resolve(&argument[index], place, warnings).as_ref().and_then(text);
                value(0) == value(1)
            }
            _ => {
                warnings.push(format!("Conditions.{place}: {name} is not understood; it counts as false."));
                false
            }
        }
    }
}
