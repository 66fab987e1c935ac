//! JSON with the order of its keys.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::{Document, Order};

/// Reads JSON text.
///
/// # Errors
/// When it is no JSON, or has a key twice.
pub(super) fn parse(text: &str) -> Result<Document, serde_json::Error> {
    let (mut order, mut place) = (Order::default(), Vec::new());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Ordered { order: &mut order, place: &mut place }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(Document { value, order, warnings: Vec::new() })
}

/// Reads the value at this place.
struct Ordered<'a> {
    order: &'a mut Order,
    place: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Ordered<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Ordered<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(json!(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(json!(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(json!(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(json!(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(json!(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            self.place.push(array.len().to_string());
            let item = items.next_element_seed(Ordered { order: self.order, place: self.place })?;
            self.place.pop();
            match item {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let (mut object, mut keys) = (Map::new(), Vec::new());
        while let Some(key) = entries.next_key::<String>()? {
            self.place.push(key.clone());
            let value = entries.next_value_seed(Ordered { order: self.order, place: self.place })?;
            self.place.pop();
            if object.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format!("the key {key} stands there twice")));
            }
            keys.push(key);
        }
        self.order.insert(self.place, keys);
        Ok(Value::Object(object))
    }
}
