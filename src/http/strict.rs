//! Strict parsing of JSON objects: repeated keys are refused. Parsers usually take the last one
//! silently, while a reviewer may have read the first; in a state document an object would get
//! lost, and what is missing from the document is deleted.

use std::cell::RefCell;
use std::fmt;

use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::looks_like_credential;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::ApiError;

/// The largest depth of a body. A state document has nine levels, everything else has fewer.
const MAX_DEPTH: usize = 16;

/// The largest number of values in a body. In memory a value takes about ten times the bytes that
/// it takes in the body, and a Worker has 128 MB; 200 identities with 100 scopes each are 100,000
/// values.
const MAX_VALUES: usize = 500_000;

/// How many repeated keys are named.
const MAX_PROBLEMS: usize = 100;

/// Parses a body that is a JSON object without repeated keys.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let reading = Reading::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { reading: &reading, depth: 0 }.deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    let Reading { twice, limit, .. } = reading;
    match (read, limit.into_inner()) {
        (_, Some(limit)) => Err(ApiError::new(ErrorCode::InvalidJson).with_message(limit)),
        (Ok(Value::Object(object)), None) => {
            let twice = twice.into_inner();
            if twice.is_empty() {
                Ok(object)
            } else {
                Err(ApiError::invalid(ErrorCode::InvalidRequest, &twice))
            }
        }
        _ => Err(ApiError::new(ErrorCode::InvalidJson)),
    }
}

/// What the visitors share while a body is parsed.
#[derive(Default)]
struct Reading {
    path: RefCell<Vec<String>>,
    twice: RefCell<Vec<FieldProblem>>,
    values: RefCell<usize>,
    limit: RefCell<Option<&'static str>>,
}

impl Reading {
    fn stands_twice(&self, key: &str) {
        let mut twice = self.twice.borrow_mut();
        if twice.len() < MAX_PROBLEMS {
            let path = self.path.borrow();
            let names = path.iter().map(String::as_str).chain([key]);
            let field: Vec<_> = names.map(shown).collect();
            twice
                .push(FieldProblem { field: field.join("."), problem: "is given more than once".to_owned() });
        }
    }
}

/// A key is the client's text: it is truncated, and a credential is left out.
fn shown(key: &str) -> String {
    if looks_like_credential(key) {
        return "[redacted]".to_owned();
    }
    key.chars().filter(|symbol| !symbol.is_control()).take(80).collect()
}

/// Parses one value, within the limits.
#[derive(Clone, Copy)]
struct Strict<'a> {
    reading: &'a Reading,
    depth: usize,
}

impl<'a> Strict<'a> {
    fn inside(self) -> Strict<'a> {
        Self { depth: self.depth + 1, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let mut values = self.reading.values.borrow_mut();
        *values += 1;
        let limit = if *values > MAX_VALUES {
            "The body has more than 500,000 values."
        } else if self.depth > MAX_DEPTH {
            "The body is nested more than 16 levels deep."
        } else {
            drop(values);
            return deserializer.deserialize_any(self);
        };
        self.reading.limit.replace(Some(limit));
        Err(D::Error::custom(limit))
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(self.inside())? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if read.contains_key(&key) {
                self.reading.stands_twice(&key);
            }
            self.reading.path.borrow_mut().push(key);
            let value = entries.next_value_seed(self.inside())?;
            if let Some(key) = self.reading.path.borrow_mut().pop() {
                read.insert(key, value);
            }
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_DEPTH, MAX_VALUES, object};

    #[test]
    fn json_is_read_as_ever() {
        let body = json!({"a": [1, -1, 1.5, true, null, "x\n", 9_007_199_254_740_991_i64], "b": {"c": {}}});
        assert_eq!(Value::Object(object(body.to_string().as_bytes()).unwrap()), body);
        for bad in ["", "[]", "7", "null", "{", "{}x", "{\"a\":1,}", "{\"a\":\"\u{0}\"}"] {
            assert_eq!(object(bad.as_bytes()).unwrap_err().code().as_str(), "invalid_json", "{bad}");
        }
    }

    #[test]
    fn every_key_that_stands_twice_is_named() {
        let body = r#"{"a":{"b":{"x":1,"x":2},"b":1},"c":1,"c":[{"d":1,"d":2}]}"#;
        let error = object(body.as_bytes()).unwrap_err();
        assert_eq!(error.code().as_str(), "invalid_request");
        let message = format!("{error:?}");
        for field in ["a.b.x", "a.b", "c", "c.d"] {
            assert!(message.contains(&format!("String(\"{field}\")")), "{message}");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(object(nested(MAX_DEPTH).as_bytes()).is_ok());
        for bad in [nested(MAX_DEPTH + 1), nested(5000), format!("{{\"a\":{}", "[".repeat(1_000_000))] {
            assert!(format!("{:?}", object(bad.as_bytes()).unwrap_err()).contains("16 levels"));
        }
        let many = format!("{{\"a\":[{}1]}}", "1,".repeat(MAX_VALUES));
        assert!(format!("{:?}", object(many.as_bytes()).unwrap_err()).contains("500,000"));
    }
}
