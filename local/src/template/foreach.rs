//! `Fn::ForEach` of the language extensions: parts of a template that are repeated for every item of a collection.

use serde_json::{Map, Value, json};

use super::{
    resolve::{Resolver, Warnings},
    text,
    yaml::{Document, Order},
};
use crate::limits::REPETITIONS_MAX;

/// How the keys of loops begin.
const LOOP: &str = "Fn::ForEach::";

/// Where loops may stand.
const SECTIONS: [&str; 3] = ["Conditions", "Outputs", "Resources"];

/// The sections of a template without their loops. One that cannot be carried out is left out, and named.
pub(super) fn expand(document: &Document, resolver: &Resolver<'_>, warnings: &mut Warnings) -> Document {
    let mut value = document.value.clone();
    let order = Order::default();
    let mut expansion =
        Expansion { old: &document.order, order, resolver, repetitions: 0, bound: Vec::new(), warnings };
    for section in SECTIONS {
        if let Some(there) = document.value.get(section) {
            let mut place = Place { old: vec![section.to_owned()], new: vec![section.to_owned()] };
            value[section] = expansion.walk(there, &mut place);
        }
    }
    Document { value, order: expansion.order, warnings: Vec::new() }
}

struct Expansion<'a, 'b> {
    old: &'a Order,
    order: Order,
    resolver: &'a Resolver<'b>,
    repetitions: usize,
    /// Each identifier of a loop around this place, with the item that it stands for.
    bound: Vec<(String, String)>,
    warnings: &'a mut Warnings,
}

/// Where a part stands in the file, and where in the expanded template.
struct Place {
    old: Vec<String>,
    new: Vec<String>,
}

impl Expansion<'_, '_> {
    fn walk(&mut self, value: &Value, place: &mut Place) -> Value {
        match value {
            Value::Object(object) => {
                if let Some(item) = self.item_of_reference(object) {
                    return json!(item);
                }
                let mut entries = (Map::new(), Vec::new());
                self.fill(object, place, &mut entries);
                self.order.insert(&place.new, entries.1);
                Value::Object(entries.0)
            }
            Value::Array(items) => {
                let mut item = |(index, item): (usize, &Value)| {
                    place.enter(&index.to_string(), &index.to_string());
                    let item = self.walk(item, place);
                    place.leave();
                    item
                };
                items.iter().enumerate().map(&mut item).collect()
            }
            Value::String(text) => json!(self.replaced(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Puts the entries of a mapping into another one, those of its loops among them.
    fn fill(
        &mut self,
        object: &Map<String, Value>,
        place: &mut Place,
        entries: &mut (Map<String, Value>, Vec<String>),
    ) {
        for key in self.old.sorted(object, &place.old) {
            if key.starts_with(LOOP) {
                place.old.push(key.clone());
                self.repeat(&key, &object[&key], place, entries);
                place.old.pop();
                continue;
            }
            let name = self.replaced(&key);
            place.enter(&key, &name);
            let value = self.walk(&object[&key], place);
            place.leave();
            if entries.0.insert(name.clone(), value).is_some() {
                self.warnings.push(format!("{}: {name} is there twice, which AWS refuses.", place.new.join(".")));
            } else {
                entries.1.push(name);
            }
        }
    }

    /// `[identifier, collection, part]`
    fn repeat(
        &mut self,
        name: &str,
        parts: &Value,
        place: &mut Place,
        entries: &mut (Map<String, Value>, Vec<String>),
    ) {
        let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
        let [Value::String(identifier), collection, Value::Object(part)] = parts else {
            self.warnings.push(format!("{name} is no list of an identifier, a collection and a part; it is left out."));
            return;
        };
        let collection = self.walk(collection, &mut Place { old: Vec::new(), new: Vec::new() });
        let items = self.resolver.resolve(&collection, name, self.warnings);
        let items: Option<Vec<String>> =
            items.as_ref().and_then(Value::as_array).and_then(|items| items.iter().map(text).collect());
        let Some(items) = items else {
            self.warnings.push(format!("{name}: its collection is no list of texts; it is left out."));
            return;
        };
        self.resolver.extension("Fn::ForEach", name, self.warnings);
        place.old.push("2".to_owned());
        for item in items {
            if self.repetitions == REPETITIONS_MAX {
                self.warnings
                    .push(format!("{name}: more than {REPETITIONS_MAX} repetitions; the others are left out."));
                break;
            }
            self.repetitions += 1;
            self.bound.push((identifier.clone(), item));
            self.fill(part, place, entries);
            self.bound.pop();
        }
        place.old.pop();
    }

    /// The item that `{ Ref: identifier }` stands for.
    fn item_of_reference(&self, object: &Map<String, Value>) -> Option<&str> {
        let name = object.get("Ref").filter(|_| object.len() == 1)?.as_str()?;
        self.bound.iter().rev().find(|(identifier, _)| identifier == name).map(|(_, item)| item.as_str())
    }

    /// A text with its identifiers replaced: `${Name}` by the item, and `&{Name}` by the letters and digits of it.
    fn replaced(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (identifier, item) in self.bound.iter().rev() {
            let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
            text = text.replace(&format!("${{{identifier}}}"), item).replace(&format!("&{{{identifier}}}"), &plain);
        }
        text
    }
}

impl Place {
    fn enter(&mut self, old: &str, new: &str) {
        self.old.push(old.to_owned());
        self.new.push(new.to_owned());
    }

    fn leave(&mut self) {
        self.old.pop();
        self.new.pop();
    }
}
